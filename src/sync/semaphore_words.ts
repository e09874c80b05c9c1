/**
 * Semaphore and BoundedSemaphore in shared words. Besides the count it is known who holds how many permits, so that those of a
 * process that dies come back. A permit released by somebody who holds none is taken to be that of whoever has held one longest.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { InvalidStateError } from "../base/errors.ts";
import { Block, Record, Status, UNIT_WORDS } from "./layout.ts";
import { type Agent, Primitive } from "./primitive.ts";

/** The most permits there may be, or {@linkcode NO_BOUND}. */
const BOUND = Block.EXTRA;
const NO_BOUND = -1;
/** First of those who hold permits. */
const HOLDERS = Block.EXTRA + 1;
/** How many permits a record holds. */
const HELD = Record.INFO;
/** The most that fits a word. */
export const MOST_PERMITS = 2 ** 31 - 1;

/** A semaphore in shared words. */
export class SemaphoreWords extends Primitive {
  /** Sets the state of a fresh block. */
  initialize(value: number, bound: number | undefined): void {
    this.cells[this.block + BOUND] = bound ?? NO_BOUND;
    Atomics.store(this.cells, this.block + Block.STATE, value);
  }

  /** How many permits are left. */
  get value(): number {
    return this.load(Block.STATE);
  }

  /** The most there may be. */
  get bound(): number | undefined {
    const bound = this.load(BOUND);
    return bound === NO_BOUND ? undefined : bound;
  }

  /** Takes a permit if there is one. */
  tryAcquire(): boolean {
    if (this.value === 0) this.arena.finishBurials();
    return this.value > 0 && this.#take(false) === undefined;
  }

  /** Takes a permit. */
  acquire(options: WaitOptions): Promise<boolean> {
    const record = this.#take(true);
    if (record === undefined) return Promise.resolve(true);
    return this.wait(record, options, () => this.#keep(record), () => this.#withdraw(record), () => {
      if (this.#withdraw(record)) this.release(1);
    });
  }

  /** Takes a permit, blocking the thread. */
  acquireSync(timeout: number): boolean {
    const record = this.#take(true);
    return record === undefined ||
      this.waitSync(record, timeout, () => this.#keep(record), () => this.#withdraw(record));
  }

  /**
   * Gives permits back, or more than there were.
   *
   * @throws {InvalidStateError} If there would be more than there may.
   */
  release(permits: number): void {
    for (let left = permits; left > 0;) {
      left -= this.change(() => {
        const value = this.load(Block.STATE);
        const bound = this.bound ?? MOST_PERMITS;
        if (value + left > bound) throw tooMany(bound);
        const returned = this.#giveBack(left);
        this.store(Block.STATE, value + returned);
        return returned;
      });
    }
  }

  override heldBy(agent: Agent): boolean {
    return this.#holding(agent.holder.slot) !== 0;
  }

  protected override settle(): boolean {
    const value = this.load(Block.STATE);
    const record = this.first();
    if (value === 0 || record === 0) return false;
    this.answer(record, Status.HOLDING);
    this.#addHolder(record);
    this.store(Block.STATE, value - 1);
    return true;
  }

  protected override left(record: number, status: number): void {
    if (status !== Status.HOLDING) return;
    this.#removeHolder(record);
    this.store(Block.STATE, this.load(Block.STATE) + Atomics.load(this.cells, record + HELD));
  }

  /** Takes a permit, or joins the queue: the record that waits is the answer. */
  #take(join: boolean): number | undefined {
    const record = this.takeRecord();
    const outcome = this.change(() => {
      const value = this.load(Block.STATE);
      if (value > 0 && this.first() === 0) {
        this.store(Block.STATE, value - 1);
        return this.#hold(record);
      }
      if (join) this.enqueue(record);
      return join ? "queued" : "refused";
    });
    if (outcome === "queued") return record;
    if (outcome === "used") this.agent.records.lend(record);
    else this.agent.records.give(record);
    return outcome === "refused" ? record : undefined;
  }

  #hold(record: number): "used" | "spare" {
    const known = this.#holding(this.agent.holder.slot);
    if (known !== 0) {
      this.arena.set(known + HELD, Atomics.load(this.cells, known + HELD) + 1);
      return "spare";
    }
    this.arena.set(record + Record.STATUS, Status.HOLDING);
    this.#addHolder(record);
    return "used";
  }

  /** Takes permits off those who hold them: the caller's, else the oldest. How many were accounted for. */
  #giveBack(permits: number): number {
    const record = this.#holding(this.agent.holder.slot) || this.arena.wordOf(this.load(HOLDERS));
    if (record === 0) return permits;
    const held = Atomics.load(this.cells, record + HELD);
    const returned = Math.min(held, permits);
    this.arena.set(record + HELD, held - returned);
    if (held > returned) return returned;
    this.#removeHolder(record);
    this.arena.set(record + Record.STATUS, Status.FREE);
    this.arena.afterwards(() => this.agent.records.reclaim(record));
    return returned;
  }

  /** The record of what a slot holds; 0 for none. */
  #holding(slot: number): number {
    let record = this.arena.wordOf(this.load(HOLDERS));
    while (record !== 0 && this.cells[record + Record.OWNER] !== slot) {
      record = this.arena.wordOf(Atomics.load(this.cells, record + Record.NEXT));
    }
    return record;
  }

  /** At the end, so that the oldest is first. */
  #addHolder(record: number): void {
    let last = this.arena.wordOf(this.load(HOLDERS));
    while (last !== 0) {
      const next = this.arena.wordOf(Atomics.load(this.cells, last + Record.NEXT));
      if (next === 0) break;
      last = next;
    }
    this.arena.set(record + HELD, 1);
    this.arena.set(record + Record.NEXT, 0);
    this.arena.set(record + Record.PREVIOUS, last / UNIT_WORDS);
    this.arena.set(last === 0 ? this.block + HOLDERS : last + Record.NEXT, record / UNIT_WORDS);
  }

  #removeHolder(record: number): void {
    const next = Atomics.load(this.cells, record + Record.NEXT);
    const previous = Atomics.load(this.cells, record + Record.PREVIOUS);
    this.arena.set(previous === 0 ? this.block + HOLDERS : this.arena.wordOf(previous) + Record.NEXT, next);
    if (next !== 0) this.arena.set(this.arena.wordOf(next) + Record.PREVIOUS, previous);
  }

  /** The wait is over, and the record is that of a permit; true, as the outcome. From now on others may free it. */
  #keep(record: number): true {
    this.agent.records.lend(record);
    return true;
  }

  /** Stops waiting; whether the permit came at the last moment, which the record holds then. */
  #withdraw(record: number): boolean {
    if (this.withdraw(record) !== Status.WAITING) return this.#keep(record);
    this.agent.records.give(record);
    return false;
  }
}

function tooMany(bound: number): InvalidStateError {
  return new InvalidStateError(
    `Cannot release a semaphore beyond ${bound} permits: semaphore or lock released too many times`,
  );
}
