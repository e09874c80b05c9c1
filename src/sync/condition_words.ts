/**
 * Condition in shared words: a queue of those who wait to be notified, beside a lock. Whoever waits joins the queue before giving the
 * lock up, so no notification falls between the two. One that was given to somebody who died or gave up before hearing of it is
 * passed on.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { InvalidStateError } from "../base/errors.ts";
import { Block, Record, Status } from "./layout.ts";
import type { LockWords } from "./lock_words.ts";
import { type Agent, Primitive } from "./primitive.ts";
import { dequeue, queueLength } from "./records.ts";

/** Notifications to be passed on. */
const OWED = Block.EXTRA;
/** Unit of the lock's block. */
export const LOCK_UNIT: number = Block.EXTRA + 1;
/** What a record is told: one of several, or everyone. */
const TO_ALL = 1;

/** A condition in shared words. */
export class ConditionWords extends Primitive {
  /** The lock; none where only the queue matters, as in a burial. */
  readonly #lock: LockWords | undefined;

  constructor(agent: Agent, block: number, lock?: LockWords) {
    super(agent, block);
    this.#lock = lock;
  }

  /** How many wait. */
  get waiters(): number {
    return queueLength(this.arena, this.block);
  }

  /** Whether the lock was had from a process that has died. */
  get lockAbandoned(): boolean {
    return this.#lock?.abandoned ?? false;
  }

  /** Gives the lock up, waits to be notified, and takes it again; whether there was a notification. */
  async waitForNotice(options: WaitOptions): Promise<boolean> {
    const lock = this.#heldLock("wait: must acquire() condition before using wait()");
    options.signal?.throwIfAborted();
    const record = this.#join();
    const depth = lock.releaseAll();
    try {
      return await this.wait(record, options, () => this.#got(record), () => this.#withdraw(record), () => {
        this.#withdraw(record, true);
      });
    } finally {
      // Whoever waited goes on as the holder, whatever ended the wait.
      await lock.acquire({});
      lock.restore(depth);
    }
  }

  /** {@linkcode ConditionWords.waitForNotice}, blocking the thread. */
  waitForNoticeSync(timeout: number): boolean {
    const lock = this.#heldLock("wait: must acquire() condition before using wait()");
    const record = this.#join();
    const depth = lock.releaseAll();
    try {
      return this.waitSync(record, timeout, () => this.#got(record), () => this.#withdraw(record));
    } finally {
      lock.acquireSync(Infinity);
      lock.restore(depth);
    }
  }

  /** Lets so many of those who wait go on, the first first; `Infinity` for all. */
  notify(count: number): void {
    this.#heldLock("notify: lock is not owned");
    const info = count === Infinity ? TO_ALL : 0;
    this.arena.finishBurials();
    for (let left = Math.min(count, this.waiters); left > 0; left--) {
      const record = this.change(() => {
        const record = this.first();
        if (record === 0) return 0;
        this.arena.set(record + Record.INFO, info);
        this.answer(record, Status.GRANTED);
        return record;
      });
      if (record === 0) return;
    }
  }

  protected override settle(): boolean {
    const owed = this.load(OWED);
    if (owed === 0) return false;
    const record = this.first();
    // With nobody there it goes the way of every notification without a sleeper.
    this.store(OWED, record === 0 ? 0 : owed - 1);
    if (record !== 0) this.answer(record, Status.GRANTED);
    return record !== 0;
  }

  protected override left(record: number, status: number): void {
    const meant = status === Status.GRANTED && Atomics.load(this.cells, record + Record.INFO) !== TO_ALL;
    if (meant) this.store(OWED, this.load(OWED) + 1);
  }

  #join(): number {
    const record = this.takeRecord();
    this.change(() => this.enqueue(record));
    return record;
  }

  #got(record: number): boolean {
    this.agent.records.give(record);
    return true;
  }

  /** Whether there was a notification; it goes to another if `passOn`, in the same change, so that it is not lost in between. */
  #withdraw(record: number, passOn = false): boolean {
    const came = this.change(() => {
      const status = Atomics.load(this.cells, record + Record.STATUS);
      if (status === Status.WAITING) dequeue(this.arena, record, Status.FREE);
      else if (passOn) {
        this.arena.set(record + Record.STATUS, Status.FREE);
        this.store(OWED, this.load(OWED) + 1);
      }
      return status !== Status.WAITING;
    });
    this.agent.records.give(record);
    return came;
  }

  #heldLock(what: string): LockWords {
    if (this.#lock?.mine) return this.#lock;
    throw new InvalidStateError(`Cannot ${what}; this process does not hold the lock of the Condition`);
  }
}
