/**
 * {@linkcode Condition}.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { NotSupportedError } from "../base/errors.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { ConditionWords, LOCK_UNIT } from "./condition_words.ts";
import { Kind } from "./layout.ts";
import { Lock, lockPort, noteAbandoned, RLock } from "./lock.ts";
import { LockWords } from "./lock_words.ts";
import { type AcquireOptions, waitingTime } from "./place.ts";
import type { Agent } from "./primitive.ts";
import { type Operations, type Port, portFor, run, wordsForSync } from "./shared_object.ts";

/** What a wait for somebody else came to. */
export interface OfferedNotice {
  /** Has the notification, until that one says that it has heard of it; 0 for none. */
  readonly record: number;
  /** Whether the lock was had from a dead process. */
  readonly abandoned: boolean;
}

/** What can be done with a condition. */
export const conditionOperations = {
  async wait(words: ConditionWords, options: WaitOptions): Promise<OfferedNotice> {
    return { record: await words.offerNotice(options), abandoned: words.lockAbandoned };
  },
  received: (words: ConditionWords, record: number): void => words.received(record),
  notify: (words: ConditionWords, count: number): void => words.notify(count),
} satisfies Operations<ConditionWords>;

/** The port of a condition. */
export let conditionPort: (condition: Condition) => Port<ConditionWords>;

/** The lock of a condition. */
export let conditionLock: (condition: Condition) => Lock;

/** A condition together with the lock that its block names. */
export class LockedConditionWords extends ConditionWords {
  /** What must not be collected before this. */
  keep: unknown;

  constructor(agent: Agent, block: number) {
    const unit = agent.holder.arena.cells[block + LOCK_UNIT] ?? 0;
    super(agent, block, unit === 0 ? undefined : new LockWords(agent, agent.holder.arena.wordOf(unit)));
  }
}

/**
 * A place to wait until somebody says that something has changed, as Python's `multiprocessing.Condition`.
 *
 * @example Wait for a change
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * const { Condition, Lock } = getContext("worker");
 * const condition = new Condition(new Lock());
 * let ready = false;
 *
 * async function waitUntilReady() {
 *   await using _guard = await condition.guard();
 *   return await condition.waitFor(() => ready);
 * }
 *
 * const waiting = waitUntilReady();
 * {
 *   await using _guard = await condition.guard();
 *   ready = true;
 *   await condition.notifyAll();
 * }
 * assertEquals(await waiting, true);
 * ```
 */
export class Condition {
  /** The start method whose processes share it; the default one if absent. */
  static readonly startMethod: string | undefined = undefined;

  readonly #port: Port<ConditionWords>;
  readonly #lock: Lock;

  /**
   * Makes a condition.
   *
   * @param lock The lock that guards it; an {@linkcode RLock} of its own if absent, which the tasks of a process hold as one: where
   * several of them wait, give a {@linkcode Lock}.
   * @throws {TypeError} If it is no lock, or one of another start method.
   * @throws {NotSupportedError} If it is one of another process, with which this one shares no memory.
   */
  constructor(lock?: Lock | RLock) {
    if (lock !== undefined && !(lock instanceof Lock)) {
      throw new TypeError(`Cannot make a Condition: lock must be a Lock or an RLock, received ${Deno.inspect(lock)}`);
    }
    // Before the lock is made, which would take the port for its own.
    const port = portFor(new.target, Kind.CONDITION, LockedConditionWords);
    this.#lock = lock ?? new (boundClass(RLock, new.target.startMethod))();
    this.#port = this.#joined(port);
  }

  /** Names the lock in the block of the condition, for all who share it. */
  #joined(port: Port<ConditionWords>): Port<ConditionWords> {
    const { words, handle, whyNotBlock } = port;
    if (words === undefined || handle === undefined) return port;
    const { words: lock, host } = lockPort(this.#lock);
    if (host !== undefined) {
      throw new NotSupportedError(
        "Cannot make a Condition with a lock of another process: their memory is not shared; allow it by --allow-ffi, " +
          "or make it where the lock was made",
      );
    }
    const { cells } = words.agent.holder.arena;
    if (lock === undefined || lock.agent.holder.arena.cells !== cells) {
      throw new TypeError("Cannot make a Condition: its lock is of another start method; make both by one context");
    }
    words.name(lock.block);
    const joined = new LockedConditionWords(words.agent, words.block);
    // The handle goes with the words that were made for it.
    joined.keep = words;
    return { words: joined, handle, whyNotBlock };
  }

  /** {@linkcode Lock.acquire} of its lock. */
  acquire(options?: AcquireOptions): Promise<boolean> {
    return this.#lock.acquire(options);
  }

  /** {@linkcode Lock.acquireSync} of its lock. */
  acquireSync(options?: Omit<AcquireOptions, "signal">): boolean {
    return this.#lock.acquireSync(options);
  }

  /** {@linkcode Lock.release} of its lock. */
  release(): Promise<void> {
    return this.#lock.release();
  }

  /** {@linkcode Lock.releaseSync} of its lock. */
  releaseSync(): void {
    this.#lock.releaseSync();
  }

  /** {@linkcode Lock.guard} of its lock. */
  guard(options?: WaitOptions): Promise<AsyncDisposable> {
    return this.#lock.guard(options);
  }

  /** {@linkcode Lock.guardSync} of its lock. */
  guardSync(options?: Omit<WaitOptions, "signal">): Disposable {
    return this.#lock.guardSync(options);
  }

  /** {@linkcode Lock.abandoned} of its lock. */
  get abandoned(): boolean {
    return this.#lock.abandoned;
  }

  /**
   * Gives the lock up, waits to be notified, and takes the lock again, as often as it was held; that is not limited by the time.
   *
   * @param options How long to wait, in milliseconds, and what ends the wait.
   * @returns Whether there was a notification; false only if the time was up.
   * @throws {InvalidStateError} If this process does not hold the lock.
   * @throws The reason of the signal, if that ended the wait; the lock is held again then, too.
   */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    const timeout = waitingTime(options);
    const limits = { timeout, ...options.signal && { signal: options.signal } };
    const { words } = this.#port;
    if (words !== undefined) return await words.waitForNotice(limits);
    noteAbandoned(this.#lock, false);
    const { record, abandoned } = await run(this.#port, conditionOperations, "wait", [], limits);
    noteAbandoned(this.#lock, abandoned);
    return record !== 0;
  }

  /** {@linkcode Condition.wait}, blocking the thread. */
  waitSync(options: Omit<WaitOptions, "signal"> = {}): boolean {
    return wordsForSync(this.#port, "until a condition is notified").waitForNoticeSync(waitingTime(options));
  }

  /**
   * Waits until something is true; asked at once, and after each notification, while the lock is held.
   *
   * @param predicate What is to be true.
   * @param options How long to wait in all, in milliseconds, and what ends the wait.
   * @returns What `predicate` answered last; something false only if the time was up.
   */
  async waitFor<T>(predicate: () => T | Promise<T>, options: WaitOptions = {}): Promise<T> {
    checkPredicate(predicate);
    const end = performance.now() + waitingTime(options);
    let answer = await predicate();
    while (!answer) {
      const timeout = end - performance.now();
      if (timeout <= 0) break;
      await this.wait({ ...options, timeout });
      answer = await predicate();
    }
    return answer;
  }

  /** {@linkcode Condition.waitFor}, blocking the thread. */
  waitForSync<T>(predicate: () => T, options: Omit<WaitOptions, "signal"> = {}): T {
    checkPredicate(predicate);
    const end = performance.now() + waitingTime(options);
    // Refused at the call, and not only when it comes to a wait.
    wordsForSync(this.#port, "until a condition is notified");
    let answer = predicate();
    while (!answer) {
      const timeout = end - performance.now();
      if (timeout <= 0) break;
      this.waitSync({ timeout });
      answer = predicate();
    }
    return answer;
  }

  /**
   * Lets some of those who wait go on; those who have waited longest.
   *
   * @param n How many at most.
   * @throws {InvalidStateError} If this process does not hold the lock.
   */
  async notify(n: number = 1): Promise<void> {
    checkCount(n);
    await run(this.#port, conditionOperations, "notify", [n]);
  }

  /** {@linkcode Condition.notify}, without a promise. */
  notifySync(n: number = 1): void {
    checkCount(n);
    wordsForSync(this.#port, "to notify a condition").notify(n);
  }

  /** Lets all who wait go on. */
  notifyAll(): Promise<void> {
    return this.notify(Infinity);
  }

  /** {@linkcode Condition.notifyAll}, without a promise. */
  notifyAllSync(): void {
    this.notifySync(Infinity);
  }

  /** As Python prints it: the lock, and how many wait. */
  toString(): string {
    return `<Condition(${this.#lock}, ${this.#port.words?.waiters ?? "unknown"})>`;
  }

  /** {@linkcode Condition.toString}, for `Deno.inspect`. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  static {
    conditionPort = (condition) => condition.#port;
    conditionLock = (condition) => condition.#lock;
  }
}

function checkPredicate(predicate: unknown): void {
  if (typeof predicate === "function") return;
  throw new TypeError(`Cannot wait: predicate must be a function, received ${Deno.inspect(predicate)}`);
}

function checkCount(n: number): void {
  if (typeof n !== "number") throw new TypeError(`Cannot notify: n must be a number, received ${Deno.inspect(n)}`);
  if (n >= 0 && (Number.isInteger(n) || n === Infinity)) return;
  throw new RangeError(`Cannot notify ${n} of those who wait: give a whole number`);
}
