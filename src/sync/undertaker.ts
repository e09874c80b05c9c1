/**
 * What becomes of what a dead process held: its change that was under way is undone, its waits leave their queues, its locks and
 * permits go to the next, its handles are dropped. Every step can be repeated, as whoever buries may die as well.
 *
 * @module
 */

import type { Arena } from "./arena.ts";
import { doomedBy, freeBlock, freeChain, releaseHandle } from "./blocks.ts";
import type { Caretaker } from "./caretaker.ts";
import { kindOfPrimitive } from "./kinds.ts";
import { Block, Handle, Record, Slot, SlotState, Status } from "./layout.ts";
import type { Agent, Primitive } from "./primitive.ts";
import { chainOf } from "./records.ts";
import { slotAt, slotsInUse } from "./slots.ts";

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
  for (let block = doomedBy(arena, dead); block !== 0; block = doomedBy(arena, dead)) {
    // What it had taken out of the block goes with that.
    const primitive = primitiveAt(agent, block);
    if (primitive !== undefined) buryRecords(arena, dead, [primitive]);
    destroy(agent, block, dead);
  }
  for (const slot of hostedBy(arena, dead)) arena.declareDead(slot);
  const handles = [...handlesOf(arena, dead)];
  const blocks = new Set(handles.map((handle) => arena.wordOf(arena.cells[handle + Handle.BLOCK] ?? 0)));
  const primitives = [...blocks].map((block) => primitiveAt(agent, block)).filter((primitive) =>
    primitive !== undefined
  );
  // Twice: a record may have been moved to another block meanwhile, and what one block came to owe another is settled there.
  if (buryRecords(arena, dead, primitives)) buryRecords(arena, dead, primitives);
  for (const handle of handles) releaseHandle(arena, handle);
  if (arena.isGone(dead)) {
    freeChain(arena, slotAt(dead) + Slot.HANDLES, Handle.NEXT);
    freeChain(arena, slotAt(dead) + Slot.RECORDS, Record.CHAIN);
  }
  arena.freeSlot(dead);
  // Those whom it had answered may not have been told.
  arena.bells.ringAll(arena.slots());
}

/** Has primitives clean up after a dead one; whether it waited for any. */
function buryRecords(arena: Arena, dead: number, primitives: readonly Primitive[]): boolean {
  const busy = [...chainOf(arena, dead)].filter((record) =>
    Atomics.load(arena.cells, record + Record.STATUS) !== Status.FREE
  );
  const records = Map.groupBy(busy, (record) => arena.cells[record + Record.BLOCK] ?? 0);
  for (const primitive of primitives) primitive.bury(dead, records.get(primitive.block) ?? []);
  return busy.length > 0;
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
  for (const slot of slotsInUse(arena.words)) {
    const base = slotAt(slot);
    const alive = Atomics.load(arena.cells, base + Slot.STATE) === SlotState.ALIVE;
    if (alive && arena.cells[base + Slot.HOST] === host + 1) yield slot;
  }
}
