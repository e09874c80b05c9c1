/**
 * Condition in shared words: a queue of those who wait to be notified, beside a lock, under the mutex of the lock. Whoever waits joins
 * the queue as he gives the lock up, so no notification falls between the two. Whoever is notified is moved to the queue of the lock,
 * and so is waked once, when the lock is his ("wait morphing", as Butenhof calls it, "Programming with POSIX Threads", 1997). One that
 * was given to somebody who died or gave up before hearing of it is passed on.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { InvalidStateError } from "../base/errors.ts";
import { tie, untie } from "./blocks.ts";
import { Block, Record, Status } from "./layout.ts";
import type { LockWords } from "./lock_words.ts";
import { type Agent, Primitive } from "./primitive.ts";
import { dequeue, nextOf, queueLength } from "./records.ts";

/** Notifications to be passed on. */
const OWED = Block.EXTRA;
/** Unit of the lock's block. */
export const LOCK_UNIT: number = Block.EXTRA + 1;

/** A condition in shared words. */
export class ConditionWords extends Primitive {
  /** The lock; none before it is named in the block. */
  readonly #lock: LockWords | undefined;

  constructor(agent: Agent, block: number, lock?: LockWords) {
    super(agent, block, lock?.block);
    this.#lock = lock;
  }

  /** Says which lock it is beside, once; the lock's block stays as long as the condition's. */
  name(lock: number): void {
    tie(this.arena, this.block + LOCK_UNIT, lock);
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
  waitForNotice(options: WaitOptions): Promise<boolean> {
    return this.offerNotice(options).then((record) => record !== 0 && this.heard(record));
  }

  /**
   * {@linkcode ConditionWords.waitForNotice} for somebody else: the record that has the notification, or 0 for none. It goes to another
   * if that one dies before it is {@linkcode ConditionWords.received}.
   */
  async offerNotice(options: WaitOptions): Promise<number> {
    const lock = this.#heldLock("wait: must acquire() condition before using wait()");
    options.signal?.throwIfAborted();
    const record = this.takeRecord();
    const depth = this.#join(record, lock);
    let noticed = false;
    try {
      noticed = await this.wait(record, options, () => true, () => this.#leave(record, lock, false), () => {
        this.#leave(record, lock, true);
      });
      return noticed ? record : 0;
    } finally {
      // Whoever waited goes on as the holder, whatever ended the wait.
      await this.wait(record, {}, () => true, () => true, () => {});
      if (!noticed) this.agent.records.give(record);
      lock.restore(depth);
    }
  }

  /** A notification that was offered has arrived. */
  received(record: number): void {
    this.heard(record);
  }

  /** {@linkcode ConditionWords.waitForNotice}, blocking the thread. */
  waitForNoticeSync(timeout: number): boolean {
    const lock = this.#heldLock("wait: must acquire() condition before using wait()");
    const record = this.takeRecord();
    const depth = this.#join(record, lock);
    const noticed = this.waitSync(record, timeout, () => true, () => this.#leave(record, lock, false));
    this.waitSync(record, Infinity, () => true, () => true);
    this.agent.records.give(record);
    lock.restore(depth);
    return noticed;
  }

  /** Lets so many of those who wait go on, the first first; `Infinity` for all. */
  notify(count: number): void {
    const lock = this.#heldLock("notify: lock is not owned");
    // Whom it is all the same to whether one of several goes on, or all, owes nobody anything.
    const owed = count === Infinity ? 0 : this.block + OWED;
    this.arena.finishBurials();
    // They are not counted before: one of them may give up meanwhile. Nobody joins them, as the lock is held.
    for (let left = count; left > 0; left--) if (!this.change(() => this.#moveFirst(lock, owed))) return;
  }

  override destroy(): void {
    untie(this.arena, this.block + LOCK_UNIT);
  }

  protected override settle(): boolean {
    if (this.#lock === undefined) return false;
    const owed = this.load(OWED);
    if (owed === 0) return this.#lock.handOn();
    // With nobody there it goes the way of every notification without a sleeper.
    this.store(OWED, this.#moveFirst(this.#lock, this.block + OWED) ? owed - 1 : 0);
    return true;
  }

  /** Moves the first who is alive to the queue of the lock, as part of a transaction; whether there was one. */
  #moveFirst(lock: LockWords, owed: number): boolean {
    let record = this.first();
    // What is done for one who is being buried would be overlooked.
    while (record !== 0 && this.arena.isDead(this.cells[record + Record.OWNER] ?? 0)) {
      record = nextOf(this.arena, record);
    }
    if (record === 0) return false;
    dequeue(this.arena, record, Status.WAITING);
    lock.admit(record, owed);
    return true;
  }

  /** Joins the queue, and gives the lock up; how often it was held. */
  #join(record: number, lock: LockWords): number {
    return this.change(() => {
      this.enqueue(record);
      return lock.letGo();
    });
  }

  /**
   * No longer waits to be notified; whether that has come. It goes to another if `passOn`, in the same change, so that it is not lost
   * in between.
   */
  #leave(record: number, lock: LockWords, passOn: boolean): boolean {
    return this.change(() => {
      if (Atomics.load(this.cells, record + Record.BLOCK) === this.block) {
        dequeue(this.arena, record, Status.WAITING);
        lock.admit(record, 0);
        return false;
      }
      if (passOn) {
        this.arena.set(record + Record.INFO, 0);
        this.store(OWED, this.load(OWED) + 1);
      }
      return true;
    });
  }

  #heldLock(what: string): LockWords {
    if (this.#lock?.mine) return this.#lock;
    const shared = this.#lock?.recursive
      ? ", an RLock, which another task of this process may have given up by waiting; where several wait, use new Condition(new Lock())"
      : "";
    throw new InvalidStateError(`Cannot ${what}; this process does not hold the lock of the Condition${shared}`);
  }
}
