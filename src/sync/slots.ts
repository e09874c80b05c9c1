/**
 * The slots of an arena: who takes part in it. A slot whose process is gone is taken again. That of a thread that was terminated is not,
 * as the thread may run for a while still and touch it; whoever looks through the slots from then on goes past it.
 *
 * @module
 */

import { Header, LINEAGE_LEVELS, MAX_SLOTS, Slot, SLOT_WORDS, SLOTS_AT, SlotState, TRANSIT_SLOT } from "./layout.ts";
import type { SharedWords } from "./words.ts";

type Cells = Int32Array<SharedArrayBuffer>;

/** First word of a slot. */
export function slotAt(slot: number): number {
  return SLOTS_AT + slot * SLOT_WORDS;
}

/**
 * Takes a slot.
 *
 * @param lineage Fingerprints of an address, see {@linkcode Slot.LINEAGE}.
 * @param host The slot that acts for it; none if it is this thread's own.
 * @throws {RangeError} If there is none left, or the address is too long.
 */
export function takeSlot(words: SharedWords, lineage: readonly number[], host: number | undefined): number {
  const { cells } = words;
  // It would not be found when one above it has ended, which the kernel tells only of processes.
  if (!words.obituaries && lineage.length > LINEAGE_LEVELS) {
    throw new RangeError(
      `Cannot share memory with a worker ${lineage.length} levels down: at most ${LINEAGE_LEVELS} fit; start it higher up`,
    );
  }
  const begin = TRANSIT_SLOT + 1;
  for (let slot = pastTerminated(cells, begin); slot < MAX_SLOTS; slot = pastTerminated(cells, slot + 1)) {
    const base = slotAt(slot);
    if (Atomics.compareExchange(cells, base + Slot.STATE, SlotState.FREE, SlotState.TAKEN) !== SlotState.FREE) continue;
    cells.fill(0, base + Slot.OBITUARY, base + Slot.STATE);
    cells.fill(0, base + Slot.STATE + 1, base + Slot.LOG);
    cells.fill(0, base + Slot.LINEAGE, base + SLOT_WORDS);
    cells.set(lineage.slice(0, LINEAGE_LEVELS), base + Slot.LINEAGE);
    cells[base + Slot.HOST] = host === undefined ? 0 : host + 1;
    if (host === undefined) words.sign(base + Slot.OBITUARY);
    raise(cells, Header.SLOTS, slot + 1);
    Atomics.store(cells, base + Slot.STATE, SlotState.ALIVE);
    return slot;
  }
  throw new RangeError(
    `Cannot share memory with one process more: all ${MAX_SLOTS} places are taken, one by each worker that was terminated, too; ` +
      "let workers end by themselves",
  );
}

/** All slots that were ever taken and are not those of terminated threads. */
export function* slotsInUse({ cells }: SharedWords): Iterable<number> {
  let slot = pastTerminated(cells, TRANSIT_SLOT + 1);
  while (slot < Atomics.load(cells, Header.SLOTS)) {
    yield slot;
    slot = pastTerminated(cells, slot + 1);
  }
}

/** The first from `slot` on that is not a terminated thread's. */
function pastTerminated(cells: Cells, slot: number): number {
  const terminated = (slot: number) => Atomics.load(cells, slotAt(slot) + Slot.STATE) === SlotState.DEAD;
  if (slot >= MAX_SLOTS || !terminated(slot)) return slot;
  let next = slot;
  while (next < MAX_SLOTS && terminated(next)) next = Atomics.load(cells, slotAt(next) + Slot.PAST) || next + 1;
  // What is dead stays so, so whoever writes this last is right.
  Atomics.store(cells, slotAt(slot) + Slot.PAST, next);
  return next;
}

function raise(cells: Cells, index: number, atLeast: number): void {
  for (;;) {
    const value = Atomics.load(cells, index);
    if (value >= atLeast || Atomics.compareExchange(cells, index, value, atLeast) === value) return;
  }
}
