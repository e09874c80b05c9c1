/**
 * An arena: shared words with a slot for each process that takes part, and transactions over them. A process may be killed between
 * any two instructions; what it was changing is then undone by whoever notices, from a log that it wrote ahead of each change
 * (undo logging, as in Gray and Reuter, "Transaction Processing", 1992).
 *
 * How a death is noticed: a process holds a robust mutex in its slot as long as it lives, and the kernel signs it when the process
 * ends in whatever way. Threads of one process have no such; whoever ends a thread tells.
 *
 * @module
 */

import { isThreadEnded } from "../base/thread_life.ts";
import type { Caretaker } from "./caretaker.ts";
import { Doorbells } from "./doorbells.ts";
import { Header, LINEAGE_LEVELS, LOG_ENTRIES, OWNER_DIED, Slot, SlotState, UNIT_BYTES, UNIT_WORDS } from "./layout.ts";
import { slotAt, slotsInUse, takeSlot } from "./slots.ts";
import type { SharedWords } from "./words.ts";

const CONTENDED = 1 << 30;
const OWNER_MASK = 0xffff;
// A transaction takes about a microsecond, so a mutex is likely to be free within this many looks.
const SPINS = 200;
/** Longer than any transaction takes, however long its thread waits for a processor; in milliseconds. */
const TRANSACTION_MS = 10_000;

/** Shared words, and this thread's place among those who share them. */
export class Arena {
  readonly words: SharedWords;
  /** This thread's slot. */
  readonly self: number;
  readonly #base: number;
  readonly #caretaker: Caretaker;
  #logged = 0;
  #isLast = false;
  #isRetired = false;
  #busy = false;
  /** The doorbells of all. */
  readonly bells: Doorbells;
  readonly #afterwards: (() => void)[] = [];

  /**
   * Takes a slot.
   *
   * @param lineage Fingerprints of this process's address, see {@linkcode Slot.LINEAGE}.
   * @throws {RangeError} If there is none left.
   */
  constructor(words: SharedWords, lineage: readonly number[], caretaker: Caretaker) {
    this.words = words;
    this.#caretaker = caretaker;
    this.self = this.takeSlot(lineage, undefined);
    this.#base = slotAt(this.self);
    this.bells = new Doorbells(words, this.self);
    // A thread that was terminated before it took its slot was not found by those who cleaned up after it.
    if (!words.obituaries && isThreadEnded()) Atomics.or(this.cells, this.#base + Slot.OBITUARY, OWNER_DIED);
    // Those who sleep already are to look after this process too.
    this.bells.ringAll(this.slots());
    this.stopIfSigned();
  }

  /** The words; asked for anew wherever the memory may have grown. */
  get cells(): Int32Array<SharedArrayBuffer> {
    return this.words.cells;
  }

  /** First word of a unit, which the words reach from now on, as they reach so many bytes behind it. */
  wordOf(unit: number, bytes: number = 2 * UNIT_BYTES): number {
    const word = unit * UNIT_WORDS;
    const end = word + bytes / 4;
    if (end > this.words.cells.length) this.words.reserve(Math.ceil(end));
    return word;
  }

  /** Takes a slot for somebody on whose behalf this process acts, or for itself. */
  takeSlot(lineage: readonly number[], host: number | undefined): number {
    return takeSlot(this.words, lineage, host);
  }

  /**
   * Runs `change` while holding a mutex. It must make all changes by {@linkcode Arena.set}; if this process dies meanwhile they are
   * undone. Transactions do not nest and do not wait.
   */
  atomically<T>(mutex: number, change: () => T): T {
    if (this.#busy) throw new Error("Cannot begin a transaction: another is not finished");
    this.#lock(mutex);
    this.#busy = true;
    try {
      return change();
    } catch (error) {
      this.#undo(this.self);
      throw error;
    } finally {
      this.#busy = false;
      this.#commit(mutex);
    }
  }

  /** Touches memory of this process outside of transactions: whoever takes a thread for dead lets it finish that. */
  sheltered<T>(work: () => T): T {
    const holds = this.#base + Slot.HOLDS;
    Atomics.store(this.cells, holds, Header.SHELTER + 1);
    this.stopIfSigned();
    try {
      return work();
    } finally {
      Atomics.store(this.cells, holds, 0);
      this.stopIfSigned();
    }
  }

  /** The last change of a thread that others take for dead, to take back what it did meanwhile; it stops afterwards. */
  lastly(change: () => void): never {
    this.#isLast = true;
    change();
    return this.#park();
  }

  /** Whether the transaction has changed nothing so far, and so would have nothing to undo. */
  get isUnchanged(): boolean {
    return this.#logged === 0;
  }

  /** Writes a word, as part of a transaction. */
  set(index: number, value: number): void {
    if (this.#logged === LOG_ENTRIES) throw new Error("Cannot log one change more: the transaction is too large");
    const entry = this.#base + Slot.LOG + 2 * this.#logged;
    this.cells[entry] = index;
    this.cells[entry + 1] = Atomics.load(this.cells, index);
    Atomics.store(this.cells, this.#base + Slot.LOGGED, ++this.#logged);
    Atomics.store(this.cells, index, value);
  }

  /** Runs something as soon as the transaction is over. */
  afterwards(work: () => void): void {
    this.#afterwards.push(work);
  }

  /** Cleans up a block that nobody holds any more. */
  destroy(block: number): void {
    this.#caretaker.destroy(block, this.self);
  }

  /** Rings a slot's doorbell as soon as the transaction is over. */
  ringAfterwards(slot: number): void {
    this.bells.ringLater(slot);
  }

  /** The slots of those who take part themselves. */
  *slots(): Iterable<number> {
    for (const slot of slotsInUse(this.words)) {
      const base = slotAt(slot);
      if (Atomics.load(this.cells, base + Slot.STATE) === SlotState.ALIVE && this.cells[base + Slot.HOST] === 0) {
        yield slot;
      }
    }
  }

  /** The words that the kernel signs when somebody else dies. */
  *obituaries(): Iterable<number> {
    if (!this.words.obituaries) return;
    for (const slot of this.slots()) {
      const base = slotAt(slot);
      // Whoever cleans up after a dead one is watched in its place.
      if (slot !== this.self && Atomics.load(this.cells, base + Slot.REAPER) === 0) yield base + Slot.OBITUARY;
    }
  }

  /** Whether the process of a slot has died and was not buried yet. */
  isDead(slot: number): boolean {
    const base = slotAt(slot);
    return (Atomics.load(this.cells, base + Slot.OBITUARY) & OWNER_DIED) !== 0 &&
      Atomics.load(this.cells, base + Slot.STATE) === SlotState.ALIVE;
  }

  /** Signs the obituaries of slots, for those of whom the kernel knows nothing, and buries them. */
  declareDead(...slots: number[]): void {
    // All of them before the first is buried, so that nothing is handed to another of them.
    for (const slot of slots) {
      const base = slotAt(slot);
      if (Atomics.load(this.cells, base + Slot.STATE) !== SlotState.ALIVE) continue;
      Atomics.or(this.cells, base + Slot.OBITUARY, OWNER_DIED);
    }
    this.buryDead();
  }

  /** {@linkcode Arena.declareDead} for those at or below an address. */
  declareLineageDead(lineage: readonly number[]): void {
    // The kernel has signed, but nobody may have seen it: a wait watches so many obituaries, and no more.
    if (this.words.obituaries) return this.buryDead();
    const level = lineage.length - 1;
    if (level < 0 || level >= LINEAGE_LEVELS) return;
    const below = (slot: number) => this.cells[slotAt(slot) + Slot.LINEAGE + level] === lineage[level];
    this.declareDead(...[...this.slots()].filter(below));
  }

  /** Cleans up after everybody who has died. */
  buryDead(): void {
    for (const slot of slotsInUse(this.words)) {
      if (this.isDead(slot)) this.#buryOnce(slot);
    }
  }

  /** Whether this thread has ended by itself, and others may be cleaning up after it. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Says that this thread ends by itself, and so will touch the arena no more. */
  retire(): void {
    Atomics.store(this.cells, this.#base + Slot.RETIRED, 1);
    if (this.words.obituaries) return;
    this.#isRetired = true;
    Atomics.or(this.cells, this.#base + Slot.OBITUARY, OWNER_DIED);
    // Whoever ended this thread may be blocked for what it holds.
    this.bells.ringAll(this.slots());
  }

  /** Whether others take this thread for dead: it was terminated, and runs still because the runtime cannot stop it. */
  get isSigned(): boolean {
    return (Atomics.load(this.cells, this.#base + Slot.OBITUARY) & OWNER_DIED) !== 0 && !this.#isLast;
  }

  /** Stops this thread for good, if others take it for dead: it must not touch what they have cleaned up. */
  stopIfSigned(): void {
    if (this.isSigned) this.#park();
  }

  /** Cleans up after everybody who has died, and waits for those whom others clean up after. Not in the middle of a burial. */
  finishBurials(): void {
    this.buryDead();
    for (const slot of slotsInUse(this.words)) {
      const reaper = slotAt(slot) + Slot.REAPER;
      while (this.isDead(slot)) {
        const value = Atomics.load(this.cells, reaper);
        if (value === this.self + 1) break;
        if (value !== 0) this.words.block(reaper, value, this.obituaries(), Infinity);
        this.buryDead();
      }
    }
  }

  /** Undoes what a dead process had begun, and frees what it held of the arena itself. */
  rollBack(dead: number): void {
    const base = slotAt(dead);
    const holds = Atomics.load(this.cells, base + Slot.HOLDS) - 1;
    if (holds >= 0 && (Atomics.load(this.cells, holds) & OWNER_MASK) === dead + 1) {
      this.#undo(dead);
      Atomics.store(this.cells, holds, 0);
      this.words.wake(holds);
    }
    Atomics.store(this.cells, base + Slot.HOLDS, 0);
  }

  /** The last step of a burial. */
  freeSlot(slot: number): void {
    const base = slotAt(slot);
    // A thread that was terminated may come back to it, so it is not given to another.
    const gone = this.isGone(slot);
    // In this order, so that nobody buries it again who comes in between; somebody else may have the slot already.
    Atomics.store(this.cells, base + Slot.STATE, gone ? SlotState.FREE : SlotState.DEAD);
    Atomics.compareExchange(this.cells, base + Slot.REAPER, this.self + 1, 0);
    this.words.wake(base + Slot.REAPER);
  }

  /** Whether a dead one cannot come back; a thread that was terminated may run for a while still. */
  isGone(slot: number): boolean {
    const base = slotAt(slot);
    return this.words.obituaries || this.cells[base + Slot.HOST] !== 0 || this.cells[base + Slot.RETIRED] === 1;
  }

  #buryOnce(dead: number): void {
    if (!this.#takeCharge(dead, 0)) return;
    // Whatever they were doing is undone first: what one of them has locked may be needed to bury another.
    this.#letFinish(dead);
    this.rollBack(dead);
    const inherited: number[] = [];
    // All slots: it may have died when it had given one back, and was in charge of it still.
    for (let slot = 0; slot < Atomics.load(this.cells, Header.SLOTS); slot++) {
      if (slot === dead || !this.#takeCharge(slot, dead + 1)) continue;
      this.#letFinish(slot);
      this.rollBack(slot);
      inherited.push(slot);
    }
    // What it was cleaning up after others itself is begun again.
    for (const slot of [...inherited, dead]) this.#caretaker.bury(slot);
  }

  /** Waits until a thread that was terminated has finished what it is at, as it runs still: nobody may clean up beneath it. */
  #letFinish(dead: number): void {
    if (this.words.obituaries) return;
    const holds = slotAt(dead) + Slot.HOLDS;
    let before = 0;
    for (let value = Atomics.load(this.cells, holds); value !== before; value = Atomics.load(this.cells, holds)) {
      if (value === 0) return;
      // Else two that were terminated could wait for each other.
      Atomics.store(this.cells, this.#base + Slot.HOLDS, 0);
      this.stopIfSigned();
      this.words.block(holds, value, [], TRANSACTION_MS);
      this.stopIfSigned();
      before = value;
    }
  }

  /** Becomes the one who buries somebody; whether that was possible, and is needed. */
  #takeCharge(dead: number, former: number): boolean {
    const reaper = slotAt(dead) + Slot.REAPER;
    // A thread that was terminated and runs on must not bury anybody, least of all itself: nobody would take over from it.
    this.stopIfSigned();
    for (let expected = former;; expected = 0) {
      if (Atomics.compareExchange(this.cells, reaper, expected, this.self + 1) !== expected) return false;
      if (this.isSigned) this.#resign(reaper);
      if (this.isDead(dead)) return true;
      // It was buried meanwhile, and somebody else may have the slot by now: who is looked at once more, if he has died since.
      Atomics.compareExchange(this.cells, reaper, this.self + 1, 0);
      if (!this.isDead(dead)) return false;
    }
  }

  /** Leaves a burial to others, who may have relied on this thread meanwhile. */
  #resign(reaper: number): never {
    Atomics.compareExchange(this.cells, reaper, this.self + 1, 0);
    this.words.wake(reaper);
    this.bells.ringAll(this.slots());
    return this.#park();
  }

  #lock(mutex: number): void {
    this.#take(mutex);
    // Taken for dead while it waited: it is too late for a change.
    if (!this.isSigned) return;
    if (Atomics.exchange(this.cells, mutex, 0) & CONTENDED) this.words.wake(mutex);
    this.#park();
  }

  #take(mutex: number): void {
    const { cells } = this;
    const mine = this.self + 1;
    const holds = this.#base + Slot.HOLDS;
    // Said before it is done, so that whoever buries this process knows where to look.
    Atomics.store(cells, holds, mutex + 1);
    this.stopIfSigned();
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.load(cells, mutex) === 0 && Atomics.compareExchange(cells, mutex, 0, mine) === 0) return;
    }
    for (;;) {
      const value = Atomics.load(cells, mutex);
      if (value === 0) {
        // Others may sleep still, so whoever takes it now has to wake them.
        if (Atomics.compareExchange(cells, mutex, 0, mine | CONTENDED) === 0) return;
        continue;
      }
      if (!(value & CONTENDED) && Atomics.compareExchange(cells, mutex, value, value | CONTENDED) !== value) continue;
      this.words.block(mutex, value | CONTENDED, this.obituaries(), Infinity);
      // The dead may hold it.
      this.buryDead();
      Atomics.store(cells, holds, mutex + 1);
    }
  }

  #park(): never {
    const holds = this.#base + Slot.HOLDS;
    Atomics.store(this.cells, holds, 0);
    this.words.wake(holds);
    const nothing = new Int32Array(new SharedArrayBuffer(4));
    for (;;) Atomics.wait(nothing, 0, 0);
  }

  #commit(mutex: number): void {
    const { cells } = this;
    this.#logged = 0;
    Atomics.store(cells, this.#base + Slot.LOGGED, 0);
    const value = Atomics.exchange(cells, mutex, 0);
    Atomics.store(cells, this.#base + Slot.HOLDS, 0);
    if (value & CONTENDED) this.words.wake(mutex);
    this.stopIfSigned();
    this.bells.ringThose();
    if (this.#afterwards.length > 0) { for (const work of this.#afterwards.splice(0)) work(); }
  }

  #undo(slot: number): void {
    const { cells } = this;
    const base = slotAt(slot);
    for (let entry = Atomics.load(cells, base + Slot.LOGGED) - 1; entry >= 0; entry--) {
      const at = base + Slot.LOG + 2 * entry;
      const index = cells[at] ?? 0;
      // Memory may have grown since this process looked last.
      this.wordOf(Math.floor(index / UNIT_WORDS));
      Atomics.store(this.cells, index, cells[at + 1] ?? 0);
    }
    Atomics.store(cells, base + Slot.LOGGED, 0);
  }
}
