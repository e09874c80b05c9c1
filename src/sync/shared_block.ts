/**
 * Blocks of plain memory in an arena, as typed values use them. A block is kept as long as the object is that stands for it.
 *
 * @module
 */

import type { Block } from "../memory/block.ts";
import { dataOf } from "./blocks.ts";
import type { Agent } from "./primitive.ts";

/** Where a block of memory was taken from. */
export interface BlockOrigin {
  readonly agent: Agent;
  readonly handle: number;
}

const origins = new WeakMap<Block, BlockOrigin>();
const handles = new FinalizationRegistry<BlockOrigin>(({ agent, handle }) => agent.holder.drop(handle));

/** The memory of a handle. */
export function blockAt(agent: Agent, handle: number): Block {
  const block: Block = dataOf(agent.holder.arena, agent.holder.blockOf(handle));
  origins.set(block, { agent, handle });
  handles.register(block, { agent, handle });
  return block;
}

/** Where a block was taken from, if it is one of an arena. */
export function originOf(block: Block): BlockOrigin | undefined {
  return origins.get(block);
}
