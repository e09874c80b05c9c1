/**
 * What becomes of what a dead process held: its change that was under way is undone, its waits leave their queues, its locks and
 * permits go to the next, its handles are dropped. Every step can be repeated, as whoever buries may die as well.
 *
 * @module
 */

import { type Arena, slotAt } from "./arena.ts";
import { doomedBy, freeBlock, freeChain, releaseHandle } from "./blocks.ts";
import type { Caretaker } from "./caretaker.ts";
import { kindOfPrimitive } from "./kinds.ts";
import { Block, Handle, MAX_SLOTS, Record, Slot, SlotState, Status } from "./layout.ts";
import type { Agent, Primitive } from "./primitive.ts";
import { chainOf } from "./records.ts";

/** Who cleans up in the name of an agent. */
export function caretakerFor(agent: () => Agent): Caretaker {
  return {
    bury: (dead) => bury(agent().holder.arena, dead, agent()),
    destroy: (block, slot) => destroy(agent(), block, slot),
  };
}

function destroy(agent: Agent, block: number, slot: number): void {
  primitiveAt(agent, block)?.destroy();
  freeBlock(agent.holder.arena, block, slot);
}

function bury(arena: Arena, dead: number, agent: Agent): void {
  arena.rollBack(dead);
  for (let block = doomedBy(arena, dead); block !== 0; block = doomedBy(arena, dead)) destroy(agent, block, dead);
  for (const slot of hostedBy(arena, dead)) arena.declareDead(slot);
  const handles = [...handlesOf(arena, dead)];
  const records = Map.groupBy(chainOf(arena, dead), (record) => arena.cells[record + Record.BLOCK] ?? 0);
  const blocks = new Set(handles.map((handle) => arena.wordOf(arena.cells[handle + Handle.BLOCK] ?? 0)));
  for (const block of blocks) {
    const busy = (records.get(block) ?? []).filter((record) =>
      Atomics.load(arena.cells, record + Record.STATUS) !== Status.FREE
    );
    primitiveAt(agent, block)?.bury(dead, busy);
  }
  for (const handle of handles) releaseHandle(arena, handle);
  if (arena.isGone(dead)) {
    freeChain(arena, slotAt(dead) + Slot.HANDLES, Handle.NEXT);
    freeChain(arena, slotAt(dead) + Slot.RECORDS, Record.CHAIN);
  }
  arena.freeSlot(dead);
  // Those whom it had answered may not have been told.
  arena.ringAll();
}

function primitiveAt(agent: Agent, block: number): Primitive | undefined {
  const kind = kindOfPrimitive(agent.holder.arena.cells[block + Block.KIND] ?? 0);
  return kind === undefined ? undefined : new kind.words(agent, block);
}

function* handlesOf(arena: Arena, slot: number): Iterable<number> {
  let unit = Atomics.load(arena.cells, slotAt(slot) + Slot.HANDLES);
  while (unit !== 0) {
    const handle = arena.wordOf(unit);
    if (Atomics.load(arena.cells, handle + Handle.BLOCK) !== 0) yield handle;
    unit = Atomics.load(arena.cells, handle + Handle.NEXT);
  }
}

function* hostedBy(arena: Arena, host: number): Iterable<number> {
  for (let slot = 0; slot < MAX_SLOTS; slot++) {
    const base = slotAt(slot);
    const alive = Atomics.load(arena.cells, base + Slot.STATE) === SlotState.ALIVE;
    if (alive && arena.cells[base + Slot.HOST] === host + 1) yield slot;
  }
}
