/**
 * {@linkcode Lock} and {@linkcode RLock}.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { TimeoutError } from "../base/errors.ts";
import { identity } from "../base/identity.ts";
import { asyncGuard, syncGuard } from "./guard.ts";
import { Kind } from "./layout.ts";
import { LockWords } from "./lock_words.ts";
import { type AcquireOptions, waitingTime } from "./place.ts";
import { type Operations, type Port, portFor, run, wordsForSync } from "./shared_object.ts";

/** What taking a lock came to. */
const REFUSED = 0;
const TAKEN = 1;
const TAKEN_ABANDONED = 2;

const TRUE = Promise.resolve(true);
const DONE = Promise.resolve();

/** What can be done with a lock. */
export const lockOperations = {
  async acquire(words: LockWords, options: WaitOptions): Promise<number> {
    const taken = options.timeout !== undefined && options.timeout <= 0
      ? words.tryAcquire()
      : await words.acquire(options);
    if (!taken) return REFUSED;
    return words.abandoned ? TAKEN_ABANDONED : TAKEN;
  },
  release: (words: LockWords): void => words.release(),
  locked: (words: LockWords): boolean => words.afterDeaths().locked,
  mine: (words: LockWords): boolean => words.mine,
} satisfies Operations<LockWords>;

/** The port of a lock. */
export let lockPort: (lock: Lock) => Port<LockWords>;

/** Tells a lock that is reached elsewhere whether it was had from a dead process. */
export let noteAbandoned: (lock: Lock, abandoned: boolean) => void;

/**
 * A lock that processes take in turns, as Python's `multiprocessing.Lock`. Whoever waits is served in order of arrival. If the process
 * that holds it dies, it is released, and the next one to take it is told so by {@linkcode Lock.abandoned}.
 *
 * Any process may release it. It is not reentrant: a second `acquire` in the same process waits as well.
 *
 * @example One at a time
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * const lock = new (getContext("worker").Lock)();
 * {
 *   await using _guard = await lock.guard();
 *   assertEquals(await lock.acquire({ block: false }), false);
 * }
 * assertEquals(await lock.locked(), false);
 * ```
 */
export class Lock {
  /** The start method whose processes share it; the default one if absent. */
  static readonly startMethod: string | undefined = undefined;

  readonly #port: Port<LockWords>;
  #abandoned = false;

  /**
   * Makes a lock that nobody holds.
   *
   * @throws {RangeError} If the shared memory of the program is full.
   */
  constructor() {
    this.#port = portFor(new.target, new.target.kind, LockWords);
  }

  /** What it is in shared memory. */
  protected static get kind(): number {
    return Kind.LOCK;
  }

  /**
   * Takes the lock.
   *
   * @param options How long to wait for it, in milliseconds, and what ends the wait. With `block: false` it is not waited for.
   * @returns Whether it was taken.
   * @throws The reason of the signal, if that ended the wait.
   */
  acquire(options?: AcquireOptions): Promise<boolean> {
    if (options === undefined && this.#port.words?.tryAcquire()) return TRUE;
    return this.#acquire(options ?? {});
  }

  async #acquire(options: AcquireOptions): Promise<boolean> {
    const timeout = waitingTime(options);
    const { signal } = options;
    signal?.throwIfAborted();
    const outcome = await run(this.#port, lockOperations, "acquire", [], { timeout, ...signal && { signal } });
    this.#abandoned = outcome === TAKEN_ABANDONED;
    return outcome !== REFUSED;
  }

  /** {@linkcode Lock.acquire}, blocking the thread. */
  acquireSync(options?: Omit<AcquireOptions, "signal">): boolean {
    const words = wordsForSync(this.#port, "until a lock is free");
    if (options === undefined) return words.acquireSync(Infinity);
    const timeout = waitingTime(options);
    return timeout > 0 ? words.acquireSync(timeout) : words.tryAcquire();
  }

  /**
   * Gives the lock back.
   *
   * @throws {InvalidStateError} If nobody holds it; an {@linkcode RLock}, if this process does not.
   */
  release(): Promise<void> {
    const { words } = this.#port;
    if (words === undefined) {
      this.#abandoned = false;
      return run(this.#port, lockOperations, "release");
    }
    try {
      words.release();
      return DONE;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** {@linkcode Lock.release}, without a promise. */
  releaseSync(): void {
    wordsForSync(this.#port, "to release a lock").release();
  }

  /** Whether anybody holds it. */
  locked(): Promise<boolean> {
    return run(this.#port, lockOperations, "locked");
  }

  /** {@linkcode Lock.locked}, without a promise. */
  lockedSync(): boolean {
    return wordsForSync(this.#port, "to look at a lock").afterDeaths().locked;
  }

  /** Whether this process holds it because the process that held it before has died: what it guards may be half-written. */
  get abandoned(): boolean {
    return this.#port.words?.abandoned ?? this.#abandoned;
  }

  /**
   * Takes the lock for a scope.
   *
   * @param options How long to wait for it.
   * @returns What gives it back: `await using _ = await lock.guard()`.
   * @throws {TimeoutError} If the time was up.
   */
  async guard(options: WaitOptions = {}): Promise<AsyncDisposable> {
    if (!await this.acquire(options)) throw notInTime(options.timeout);
    return asyncGuard(this);
  }

  /** {@linkcode Lock.guard}, blocking the thread: `using _ = lock.guardSync()`. */
  guardSync(options: Omit<WaitOptions, "signal"> = {}): Disposable {
    if (!this.acquireSync(options)) throw notInTime(options.timeout);
    return syncGuard(this);
  }

  /** As Python prints it. */
  toString(): string {
    return `<Lock(owner=${ownerOf(this.#port.words)})>`;
  }

  /** {@linkcode Lock.toString}, for `Deno.inspect`. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  static {
    lockPort = (lock) => lock.#port;
    noteAbandoned = (lock, abandoned) => {
      lock.#abandoned = abandoned;
    };
  }
}

/**
 * A lock that the process that holds it may take again, as Python's `multiprocessing.RLock`. It must be released as often as it was
 * taken, by that process. All tasks of a process count as one holder.
 *
 * @example Taken twice
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * const lock = new (getContext("worker").RLock)();
 * await lock.acquire();
 * await lock.acquire();
 * await lock.release();
 * assertEquals(await lock.locked(), true);
 * await lock.release();
 * ```
 */
export class RLock extends Lock {
  /** What it is in shared memory. */
  protected static override get kind(): number {
    return Kind.RLOCK;
  }

  /** As Python prints it. */
  override toString(): string {
    const words = lockPort(this).words;
    if (words === undefined) return "<RLock(unknown)>";
    const owner = ownerOf(words);
    return `<RLock(${owner}, ${owner === "SomeOtherProcess" ? "nonzero" : words.depth})>`;
  }
}

function ownerOf(words: LockWords | undefined): string {
  if (words === undefined) return "unknown";
  if (!words.locked) return "None";
  return words.mine ? identity.name : "SomeOtherProcess";
}

/** What a guard that did not get its lock throws. */
export function notInTime(timeout: number | undefined): TimeoutError {
  return new TimeoutError(`Cannot take the lock: others held it for ${timeout} ms; wait longer, or release it sooner`);
}
