/**
 * Lock and RLock in shared words. The state is one word, so an uncontended acquire or release is one compare-exchange. Whoever
 * finds it taken looks for a while, then joins the queue, and a release hands the lock to the first in it: nobody starves, and
 * nobody else may take it in between. (A futex mutex as in Drepper, "Futexes are tricky", 2011, with a queue and hand-over.)
 *
 * State: the holder's slot, and the flags below. While `QUEUED` is set, it changes under the block's mutex only. A change that may be
 * undone begins and ends with `QUEUED`, as others would be undone with it: the flag is set and dropped by itself, for good.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { InvalidStateError } from "../base/errors.ts";
import { Block, Kind, Record, Status, UNIT_WORDS } from "./layout.ts";
import { type Agent, Primitive } from "./primitive.ts";
import { nextOf } from "./records.ts";

const HOLDER = 0xffff;
/** Somebody is in the queue. */
const QUEUED = 1 << 30;
/** The former holder died; kept until the next one releases. */
const ABANDONED = 1 << 29;
/** How often an RLock is held. */
const DEPTH = Block.EXTRA;
// About as long as it takes to wake a process, so that two that take turns need not sleep.
const LOOKS = 400;

/** A lock in shared words. */
export class LockWords extends Primitive {
  /** Whether its holder may take it again. */
  readonly recursive: boolean;
  readonly #state: number;

  constructor(agent: Agent, block: number) {
    super(agent, block);
    this.recursive = agent.holder.arena.cells[block + Block.KIND] === Kind.RLOCK;
    this.#state = block + Block.STATE;
  }

  /** Takes the lock if it is free. */
  tryAcquire(): boolean {
    const value = Atomics.compareExchange(this.cells, this.#state, 0, this.me);
    if (value !== 0 && !this.#tryAcquireOther(value)) return false;
    if (this.arena.isSigned) this.#undoAndStop();
    if (this.recursive && value === 0) this.cells[this.block + DEPTH] = 1;
    return true;
  }

  /** Takes the lock. */
  acquire(options: WaitOptions): Promise<boolean> {
    if (this.tryAcquire() || this.#lookForAWhile()) return Promise.resolve(true);
    const record = this.#join();
    if (record === undefined) return Promise.resolve(true);
    return this.wait(record, options, () => this.heard(record), () => this.stopWaiting(record), () => {
      if (this.stopWaiting(record)) this.release();
    });
  }

  /** Takes the lock, blocking the thread. */
  acquireSync(timeout: number): boolean {
    if (this.tryAcquire() || this.#lookForAWhile()) return true;
    const record = this.#join();
    if (record === undefined) return true;
    return this.waitSync(record, timeout, () => this.heard(record), () => this.stopWaiting(record));
  }

  /**
   * Gives the lock back, or hands it to the next.
   *
   * @throws {InvalidStateError} If it is free, or recursive and somebody else's.
   */
  release(): void {
    const value = Atomics.load(this.cells, this.#state);
    // Looked at afterwards: a lock that was taken from this thread is another's by now.
    this.arena.stopIfSigned();
    if (!this.#canRelease(value)) throw this.#refusal();
    if (this.recursive && this.load(DEPTH) > 1) return void this.#deepen(-1);
    this.#release(value);
  }

  /** Gives the lock up entirely, however often it is held, as part of a transaction on it; how often is the answer. */
  letGo(): number {
    const depth = this.recursive ? this.load(DEPTH) : 1;
    this.#exchange((value) => value & QUEUED);
    return depth;
  }

  /**
   * Lets somebody wait for the lock who has waited for something else, as part of a transaction on it.
   *
   * @param owed Word that counts one more if he dies before he hears that the lock is his; 0 for none.
   */
  admit(record: number, owed: number): void {
    this.#pin();
    this.arena.set(record + Record.BLOCK, this.block);
    this.enqueue(record, owed);
  }

  /** Hands the lock to the next if it is free; as part of a transaction on it. Whether it must be called again. */
  handOn(): boolean {
    return this.settle();
  }

  /** Holds it as often as before {@linkcode LockWords.letGo}, after it was taken once. Other tasks may hold it as well. */
  restore(depth: number): void {
    if (this.recursive && depth > 1) this.#deepen(depth - 1);
  }

  /** Whether anybody holds it. */
  get locked(): boolean {
    return (Atomics.load(this.cells, this.#state) & HOLDER) !== 0;
  }

  /** Whether this process holds it. */
  get mine(): boolean {
    return (Atomics.load(this.cells, this.#state) & HOLDER) === this.me;
  }

  /** How often it is held, by anybody. */
  get depth(): number {
    if (!this.locked) return 0;
    return this.recursive ? this.load(DEPTH) : 1;
  }

  /** Whether this process holds it because its former holder died. */
  get abandoned(): boolean {
    return this.mine && (Atomics.load(this.cells, this.#state) & ABANDONED) !== 0;
  }

  override heldBy(agent: Agent): boolean {
    return (this.load(Block.STATE) & HOLDER) === agent.holder.slot + 1;
  }

  protected override settle(): boolean {
    const value = this.load(Block.STATE);
    if (this.first() === 0) return (value & QUEUED) !== 0 && this.#unpin();
    if ((value & HOLDER) !== 0) return this.recursive && this.#joinHolder(value);
    const record = this.#firstAlive();
    if (record === 0) return false;
    const holder = this.#ownerOf(record);
    if (this.recursive) this.store(DEPTH, 1);
    this.answer(record, Status.GRANTED);
    this.store(Block.STATE, holder | value & ABANDONED | QUEUED);
    // The holder's other tasks hold it too.
    return this.recursive || this.first() === 0;
  }

  protected override left(record: number, status: number): void {
    const owed = Atomics.load(this.cells, record + Record.INFO);
    if (owed !== 0) {
      this.arena.wordOf(Math.floor(owed / UNIT_WORDS));
      this.arena.set(owed, Atomics.load(this.cells, owed) + 1);
    }
    // It never knew that it had the lock.
    if (status === Status.GRANTED && this.depth === 1) this.#takeFrom(this.#ownerOf(record), 0);
  }

  protected override died(slot: number): void {
    this.#takeFrom(slot + 1, ABANDONED);
  }

  /** Where the state is not plainly free: recursion, what a dead one left, and the dead themselves. */
  #tryAcquireOther(seen: number): boolean {
    for (let value = seen;; value = this.load(Block.STATE)) {
      const holder = value & HOLDER;
      if (this.recursive && holder === this.me) {
        // What gave it this lock may have been undone.
        if (this.#deepen(1)) return true;
      } else if (holder !== 0) {
        if (!this.arena.isDead(holder - 1)) return false;
        this.arena.finishBurials();
      } else if (value & QUEUED) {
        // Nobody in the queue is alive, or whoever hands the lock on is not done yet.
        this.arena.finishBurials();
        this.settleAll();
        if ((this.load(Block.STATE) & (QUEUED | HOLDER)) === QUEUED) return false;
      } else if (Atomics.compareExchange(this.cells, this.#state, value, value | this.me) === value) {
        if (this.recursive) this.cells[this.block + DEPTH] = 1;
        return true;
      }
    }
  }

  /** Of use only if the holder runs meanwhile, in another process. */
  #lookForAWhile(): boolean {
    for (let looks = 0; looks < LOOKS; looks++) {
      const value = Atomics.load(this.cells, this.#state);
      if (value & QUEUED || (value & HOLDER) === this.me) return false;
      if ((value & HOLDER) === 0 && this.tryAcquire()) return true;
    }
    return false;
  }

  /** Joins the queue; without an answer the lock was free after all. */
  #join(): number | undefined {
    const record = this.takeRecord();
    const joined = this.change(() => {
      for (;;) {
        const value = this.load(Block.STATE);
        if ((value & (HOLDER | QUEUED)) === 0) {
          // By itself, as the fast path of others does not ask for the mutex.
          if (Atomics.compareExchange(this.cells, this.#state, value, value | this.me) === value) return false;
        } else if (Atomics.compareExchange(this.cells, this.#state, value, value | QUEUED) === value) {
          this.enqueue(record);
          return true;
        }
      }
    });
    if (joined) return record;
    this.agent.records.give(record);
    if (this.recursive) this.cells[this.block + DEPTH] = 1;
    return undefined;
  }

  /** The first in the queue whose process is there still; the others are buried by and by. */
  #firstAlive(): number {
    let record = this.first();
    while (record !== 0 && this.arena.isDead(this.#ownerOf(record) - 1)) record = nextOf(this.arena, record);
    return record;
  }

  /** Changes the state by itself, as the fast path of others does not ask for the mutex. */
  #exchange(next: (value: number) => number): void {
    for (;;) {
      const value = this.load(Block.STATE);
      if (Atomics.compareExchange(this.cells, this.#state, value, next(value)) === value) return;
    }
  }

  /** Has the state change under the mutex only; as part of a transaction, which may write it from now on. */
  #pin(): number {
    return Atomics.or(this.cells, this.#state, QUEUED) | QUEUED;
  }

  /** Has it change without the mutex again, once nobody is in the queue; whether that must wait for a transaction of its own. */
  #unpin(): boolean {
    if (!this.arena.isUnchanged) return true;
    Atomics.and(this.cells, this.#state, ~QUEUED);
    return false;
  }

  /** Takes it from a holder, who has died; as part of a transaction. */
  #takeFrom(holder: number, flags: number): void {
    if ((this.load(Block.STATE) & HOLDER) !== holder) return;
    const value = this.#pin();
    // Any process may have released it meanwhile.
    if ((value & HOLDER) === holder) this.store(Block.STATE, value & ~HOLDER | flags);
  }

  /** What the owner of a record is called in the state. */
  #ownerOf(record: number): number {
    return (this.cells[record + Record.OWNER] ?? 0) + 1;
  }

  /** Lets a task go on that waits although its own process holds the lock. */
  #joinHolder(value: number): boolean {
    let record = this.first();
    while (record !== 0 && this.#ownerOf(record) !== (value & HOLDER)) record = nextOf(this.arena, record);
    if (record === 0) return false;
    this.answer(record, Status.GRANTED);
    this.store(DEPTH, this.load(DEPTH) + 1);
    return true;
  }

  /** In a thread that was terminated and runs on. */
  #undoAndStop(): void {
    this.arena.lastly(() => this.change(() => this.#takeFrom(this.me, 0)));
  }

  #release(value: number): void {
    if (!(value & QUEUED) && Atomics.compareExchange(this.cells, this.#state, value, 0) === value) return;
    const released = this.change(() => {
      // Others may have released it meanwhile.
      if (!this.#canRelease(this.#pin())) return false;
      // Another task of this process may have been let in meanwhile.
      if (this.recursive && this.load(DEPTH) > 1) this.store(DEPTH, this.load(DEPTH) - 1);
      else this.store(Block.STATE, QUEUED);
      return true;
    });
    if (!released) throw this.#refusal();
  }

  /** Whether this process may release it. */
  #canRelease(value: number): boolean {
    return this.recursive ? (value & HOLDER) === this.me : (value & HOLDER) !== 0;
  }

  #refusal(): InvalidStateError {
    return new InvalidStateError(
      this.recursive
        ? "Cannot release an RLock: attempt to release recursive lock not owned by thread; only the process that holds it may"
        : "Cannot release a Lock: semaphore or lock released too many times",
    );
  }

  /**
   * Counts how often this process holds it, if it does. As long as somebody is in the queue, others may do so too: they let its tasks
   * in.
   */
  #deepen(by: number): boolean {
    if (this.load(Block.STATE) & QUEUED) {
      return this.change(() => {
        if (!this.mine) return false;
        this.store(DEPTH, this.load(DEPTH) + by);
        return true;
      });
    }
    this.cells[this.block + DEPTH] = this.load(DEPTH) + by;
    return true;
  }
}
