/**
 * Who waits for what: records in shared memory, in a queue on the block that they are about, in order of arrival. A record is all
 * that others know of a wait; they change its status and ring the doorbell of its process.
 *
 * @module
 */

import type { Arena } from "./arena.ts";
import { type Holder, takeLink } from "./blocks.ts";
import { Block, Header, Record, Slot, Status, UNIT_WORDS } from "./layout.ts";
import { slotAt } from "./slots.ts";

const LEAST_TAKEN = 16;

/** The records of one holder. */
export class Records {
  readonly #holder: Holder;
  readonly #free: number[] = [];
  /** Those whose waits are over, and which others may free. */
  readonly #lent = new Set<number>();
  /** Taken since the last look for those that others have freed. */
  #taken = 0;

  constructor(holder: Holder) {
    this.#holder = holder;
  }

  /** A record about a block, in no queue yet. */
  take(block: number): number {
    const { arena, slot } = this.#holder;
    this.#taken++;
    const record = this.#free.pop() ?? this.#sweep() ?? this.#make();
    arena.cells[record + Record.OWNER] = slot;
    arena.cells[record + Record.BELL] = arena.self;
    arena.cells[record + Record.BLOCK] = block;
    arena.cells[record + Record.NEXT] = 0;
    arena.cells[record + Record.PREVIOUS] = 0;
    arena.cells[record + Record.INFO] = 0;
    return record;
  }

  /** Takes a record back that is in no queue. */
  give(record: number): void {
    Atomics.store(this.#holder.arena.cells, record + Record.STATUS, Status.FREE);
    this.#free.push(record);
  }

  /** Has others free a record, who may give back for us what it holds; not as long as its wait has not heard of that. */
  lend(record: number): void {
    this.#lent.add(record);
  }

  /** Takes a record back that was freed, if it was lent. */
  reclaim(record: number): void {
    if (this.#lent.delete(record)) this.#free.push(record);
  }

  /** Takes those back that others have freed. Looked for once in as many takes as there may be of them. */
  #sweep(): number | undefined {
    if (this.#taken < Math.max(LEAST_TAKEN, this.#lent.size)) return undefined;
    this.#taken = 0;
    for (const record of this.#lent) if (this.#isFreed(record)) this.reclaim(record);
    return this.#free.pop();
  }

  #isFreed(record: number): boolean {
    const { arena } = this.#holder;
    const isFree = () => Atomics.load(arena.cells, record + Record.STATUS) === Status.FREE;
    // It may be part of a change that is not finished, and may be undone yet.
    return isFree() && arena.atomically((arena.cells[record + Record.BLOCK] ?? 0) + Block.MUTEX, isFree);
  }

  #make(): number {
    const { arena, slot } = this.#holder;
    return arena.atomically(Header.MUTEX, () => {
      const record = takeLink(arena, slotAt(slot) + Slot.RECORDS, Record.CHAIN);
      arena.set(record + Record.STATUS, Status.FREE);
      return record;
    });
  }
}

/** All records of a slot. */
export function* chainOf(arena: Arena, slot: number): Iterable<number> {
  let unit = Atomics.load(arena.cells, slotAt(slot) + Slot.RECORDS);
  while (unit !== 0) {
    const record = arena.wordOf(unit);
    yield record;
    unit = Atomics.load(arena.cells, record + Record.CHAIN);
  }
}

/** The first of a queue; 0 if it is empty. `head` is the word that names it. */
export function first(arena: Arena, block: number): number {
  return arena.wordOf(Atomics.load(arena.cells, block + Block.HEAD));
}

/** The next of a queue. */
export function nextOf(arena: Arena, record: number): number {
  return arena.wordOf(Atomics.load(arena.cells, record + Record.NEXT));
}

/** Puts a record at the end of its block's queue; as part of a transaction on the block. */
export function enqueue(arena: Arena, record: number, status: number): void {
  const { cells } = arena;
  const block = cells[record + Record.BLOCK] ?? 0;
  const last = Atomics.load(cells, block + Block.TAIL);
  arena.set(record + Record.PREVIOUS, last);
  arena.set(record + Record.NEXT, 0);
  arena.set(record + Record.STATUS, status);
  arena.set(last === 0 ? block + Block.HEAD : arena.wordOf(last) + Record.NEXT, record / UNIT_WORDS);
  arena.set(block + Block.TAIL, record / UNIT_WORDS);
}

/** Takes a record out of its queue and gives it a status; as part of a transaction on the block. */
export function dequeue(arena: Arena, record: number, status: number): void {
  const { cells } = arena;
  const block = cells[record + Record.BLOCK] ?? 0;
  const next = Atomics.load(cells, record + Record.NEXT);
  const previous = Atomics.load(cells, record + Record.PREVIOUS);
  arena.set(previous === 0 ? block + Block.HEAD : arena.wordOf(previous) + Record.NEXT, next);
  arena.set(next === 0 ? block + Block.TAIL : arena.wordOf(next) + Record.PREVIOUS, previous);
  arena.set(record + Record.STATUS, status);
}

/** Takes a record out of its queue, gives it a status and has its process look; as part of a transaction on the block. */
export function answer(arena: Arena, record: number, status: number): void {
  dequeue(arena, record, status);
  arena.ringAfterwards(arena.cells[record + Record.BELL] ?? 0);
}

/** How many wait in a block's queue. */
export function queueLength(arena: Arena, block: number): number {
  let length = 0;
  for (let record = first(arena, block); record !== 0; record = nextOf(arena, record)) length++;
  return length;
}
