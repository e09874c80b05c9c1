/**
 * The items of a queue, one behind another in the arena's memory.
 *
 * A large item is written first and linked then, by a transaction: between its maker and the queue, and between the queue and its
 * receiver, it belongs to a record, so that it is found when either dies. A small one is written and linked, or unlinked and read, in
 * one transaction, in memory that the queue keeps for such. So each is there wholly or not at all.
 *
 * @module
 */

import { classOf, giveSpace, takeSpace } from "../sync/blocks.ts";
import { Block, Header, Record, Status, UNIT_BYTES } from "../sync/layout.ts";
import { Primitive } from "../sync/primitive.ts";

/** Items that were put, ever; a count that may run over, as the two below. */
const PUTS = Block.STATE;
const FIRST = Block.EXTRA;
const LAST = Block.EXTRA + 1;
/** Items that were taken, and not given back. */
const GETS = Block.EXTRA + 2;
/** Items of which somebody said that they are done. */
const DONE = Block.EXTRA + 4;
/** Free memory for small items; a queue has no data, so no size of them. */
const SPARE = Block.SIZE;

/** An item: a head, and its bytes. */
const Item = {
  NEXT: 0,
  SIZE: 1,
  CLASS: 2,
  /** Its number among all that were put: the order of those that are given back. */
  NUMBER: 3,
  /** In spare memory: how much of it there is, from here on. Behind all bytes, so that those of an item outlast an undone change. */
  DEPTH: 31,
} as const;
const ITEM_HEAD_BYTES = 16;
const SMALL_CLASS = 2;
const SMALL_ITEM_BYTES = UNIT_BYTES << SMALL_CLASS;
/** Most bytes of a small item. */
export const SMALL_BYTES = 108;
/** As much spare memory as a queue keeps, in items. */
const MOST_SPARE = 4096;

/** An item that somebody else is to have, who has yet to say that it has arrived. */
export interface OfferedItem {
  readonly bytes: Uint8Array;
  /** Has the item until then. */
  readonly record: number;
}

/** A chain of items in shared words. A record names its item by its INFO. */
export abstract class ItemChain extends Primitive {
  #seen: Int32Array | undefined;
  #bytes: Uint8Array = new Uint8Array();

  /** How many items are there. */
  get size(): number {
    return (this.load(PUTS) - this.load(GETS)) | 0;
  }

  /** How many items were put of which nobody has said that they are done. */
  protected get unfinished(): number {
    return (this.load(PUTS) - this.load(DONE)) | 0;
  }

  /** One item less is unfinished; as part of a transaction. */
  protected finishOne(): void {
    this.store(DONE, (this.load(DONE) + 1) | 0);
  }

  /** Writes a small item and puts it at the end, if there is memory for it; as part of a transaction. */
  protected addSmall(bytes: Uint8Array): boolean {
    const unit = bytes.length <= SMALL_BYTES ? this.load(SPARE) : 0;
    if (unit === 0) return false;
    this.store(SPARE, this.#wordAt(unit, Item.NEXT));
    this.#write(unit, bytes);
    this.toEnd(unit);
    return true;
  }

  /**
   * Takes the first item off and copies it, if it is small and its memory may be kept; as part of a transaction.
   *
   * @param into At least {@linkcode SMALL_BYTES}.
   * @returns Its size, or -1 if it was not taken.
   */
  protected takeSmall(into: Uint8Array): number {
    const unit = this.load(FIRST);
    if (unit === 0 || !this.#isKept(unit)) return -1;
    this.unlinkFirst();
    const size = this.#wordAt(unit, Item.SIZE);
    const memory = this.#memory();
    const begin = unit * UNIT_BYTES + ITEM_HEAD_BYTES;
    // Making a view takes longer than so few bytes.
    for (let at = 0; at < size; at++) into[at] = memory[begin + at] as number;
    this.#keep(unit);
    return size;
  }

  /** Brings bytes into shared memory, held by a record. */
  protected bring(bytes: Uint8Array): number {
    const { arena } = this;
    const record = this.takeRecord();
    const size = bytes.length <= SMALL_BYTES
      ? SMALL_CLASS
      : Math.max(SMALL_CLASS + 1, classOf(ITEM_HEAD_BYTES + bytes.length));
    const unit = arena.atomically(Header.MUTEX, () => {
      const unit = takeSpace(arena, size);
      arena.set(arena.wordOf(unit) + Item.CLASS, size);
      arena.set(record + Record.INFO, unit);
      arena.set(record + Record.STATUS, Status.HOLDING);
      if (size === SMALL_CLASS) this.#write(unit, bytes);
      return unit;
    });
    if (size !== SMALL_CLASS) arena.sheltered(() => this.#write(unit, bytes));
    return record;
  }

  /** Puts an item at the end; as part of a transaction. */
  protected toEnd(unit: number): void {
    const { arena } = this;
    const word = arena.wordOf(unit);
    const last = this.load(LAST);
    const puts = this.load(PUTS);
    this.cells[word + Item.NUMBER] = puts;
    arena.set(word + Item.NEXT, 0);
    if (last === 0) this.store(FIRST, unit);
    else arena.set(arena.wordOf(last) + Item.NEXT, unit);
    this.store(LAST, unit);
    this.store(PUTS, (puts + 1) | 0);
  }

  /** The item of a record goes back to where it was, before all that were put later; as part of a transaction. */
  protected putInPlace(record: number): void {
    const { arena } = this;
    const unit = Atomics.load(this.cells, record + Record.INFO);
    const word = arena.wordOf(unit);
    const number = this.#wordAt(unit, Item.NUMBER);
    let previous = 0;
    let next = this.load(FIRST);
    // The count may have run over, so differences are compared.
    while (next !== 0 && ((this.#wordAt(next, Item.NUMBER) - number) | 0) < 0) {
      previous = next;
      next = this.#wordAt(next, Item.NEXT);
    }
    arena.set(word + Item.NEXT, next);
    if (previous === 0) this.store(FIRST, unit);
    else arena.set(arena.wordOf(previous) + Item.NEXT, unit);
    if (next === 0) this.store(LAST, unit);
    this.store(GETS, (this.load(GETS) - 1) | 0);
    arena.set(record + Record.INFO, 0);
    arena.set(record + Record.STATUS, Status.FREE);
  }

  /** Gives a record the first item, as part of a transaction. */
  protected handOver(record: number): boolean {
    if (this.size === 0) return false;
    this.arena.set(record + Record.INFO, this.unlinkFirst());
    this.arena.set(record + Record.STATUS, Status.GRANTED);
    return true;
  }

  /** Has the item of a record read, valid only during the call; from then on it is this process's. */
  protected carryOff<R>(record: number, read: (bytes: Uint8Array) => R): R {
    const unit = Atomics.load(this.cells, record + Record.INFO);
    try {
      return read(this.bytesOf(unit));
    } finally {
      this.freeItemOf(record);
    }
  }

  /** The bytes of an item, as long as it is there. */
  protected bytesOf(unit: number): Uint8Array {
    const size = this.#wordAt(unit, Item.SIZE);
    this.arena.wordOf(unit, ITEM_HEAD_BYTES + size);
    const begin = unit * UNIT_BYTES + ITEM_HEAD_BYTES;
    return this.#memory().subarray(begin, begin + size);
  }

  /** Takes the first item off; as part of a transaction. */
  protected unlinkFirst(): number {
    const unit = this.load(FIRST);
    const next = this.#wordAt(unit, Item.NEXT);
    this.store(FIRST, next);
    if (next === 0) this.store(LAST, 0);
    this.store(GETS, (this.load(GETS) + 1) | 0);
    return unit;
  }

  /** Frees an item that nobody wants; after the transaction, if it has to be. */
  protected free(unit: number): void {
    const { arena } = this;
    if (this.#isKept(unit)) return this.#keep(unit);
    arena.afterwards(() =>
      arena.atomically(Header.MUTEX, () => giveSpace(arena, unit, this.#wordAt(unit, Item.CLASS)))
    );
  }

  /** Frees the item of a record, and the record. */
  protected freeItemOf(record: number): void {
    const { arena } = this;
    const unit = Atomics.load(this.cells, record + Record.INFO);
    const kept = this.#wordAt(unit, Item.CLASS) === SMALL_CLASS && arena.atomically(this.block + Block.MUTEX, () => {
      if (!this.#isKept(unit)) return false;
      this.#keep(unit);
      this.#forget(record);
      return true;
    });
    if (!kept) {
      arena.atomically(Header.MUTEX, () => {
        giveSpace(arena, unit, this.#wordAt(unit, Item.CLASS));
        this.#forget(record);
      });
    }
    this.agent.records.give(record);
  }

  /** Throws the first item away, once it was looked at; whether there was one. */
  protected discardFirst(look: (bytes: Uint8Array) => void): boolean {
    const record = this.takeRecord();
    const there = this.change(() => {
      if (!this.handOver(record)) return false;
      if (this.unfinished > 0) this.finishOne();
      return true;
    });
    if (there) this.carryOff(record, look);
    else this.agent.records.give(record);
    return there;
  }

  /** Gives memory for small items back; nobody uses the queue any more. */
  protected giveSpare(): void {
    const { arena } = this;
    const more = () =>
      // Whoever has the heap's mutex has this queue to itself, so one transaction is enough.
      arena.atomically(Header.MUTEX, () => {
        const unit = this.load(SPARE);
        if (unit === 0) return false;
        this.store(SPARE, this.#wordAt(unit, Item.NEXT));
        giveSpace(arena, unit, SMALL_CLASS);
        return true;
      });
    while (more());
  }

  /** Whether memory of that item is kept when it is free. */
  #isKept(unit: number): boolean {
    if (this.#wordAt(unit, Item.CLASS) !== SMALL_CLASS) return false;
    const spare = this.load(SPARE);
    return spare === 0 || this.#wordAt(spare, Item.DEPTH) < MOST_SPARE;
  }

  /** Keeps memory of a small item; as part of a transaction. */
  #keep(unit: number): void {
    const spare = this.load(SPARE);
    const depth = spare === 0 ? 1 : this.#wordAt(spare, Item.DEPTH) + 1;
    const word = this.arena.wordOf(unit, SMALL_ITEM_BYTES);
    this.cells[word + Item.DEPTH] = depth;
    this.arena.set(word + Item.NEXT, spare);
    this.store(SPARE, unit);
  }

  #forget(record: number): void {
    this.arena.set(record + Record.INFO, 0);
    this.arena.set(record + Record.STATUS, Status.FREE);
  }

  #write(unit: number, bytes: Uint8Array): void {
    const word = this.arena.wordOf(unit, ITEM_HEAD_BYTES + bytes.length);
    this.cells[word + Item.SIZE] = bytes.length;
    const memory = this.#memory();
    const begin = unit * UNIT_BYTES + ITEM_HEAD_BYTES;
    if (bytes.length > SMALL_BYTES) return memory.set(bytes, begin);
    for (let at = 0; at < bytes.length; at++) memory[begin + at] = bytes[at] as number;
  }

  /** All bytes as far as the words reach; making a view takes longer than reading a small item. */
  #memory(): Uint8Array {
    const { cells } = this;
    if (this.#seen !== cells) {
      this.#seen = cells;
      this.#bytes = new Uint8Array(cells.buffer);
    }
    return this.#bytes;
  }

  #wordAt(unit: number, index: number): number {
    // The words are asked for afterwards: they may grow.
    const word = this.arena.wordOf(unit, SMALL_ITEM_BYTES) + index;
    return Atomics.load(this.cells, word);
  }
}
