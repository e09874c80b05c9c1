/**
 * {@linkcode Semaphore} and {@linkcode BoundedSemaphore}.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { asyncGuard, syncGuard } from "./guard.ts";
import { Kind } from "./layout.ts";
import { notInTime } from "./lock.ts";
import { type AcquireOptions, waitingTime } from "./place.ts";
import { MOST_PERMITS, SemaphoreWords } from "./semaphore_words.ts";
import { type Operations, type Port, portFor, run, wordsForSync } from "./shared_object.ts";

/** What can be done with a semaphore. */
export const semaphoreOperations = {
  acquire: (words: SemaphoreWords, options: WaitOptions): boolean | Promise<boolean> =>
    options.timeout !== undefined && options.timeout <= 0 ? words.tryAcquire() : words.acquire(options),
  release: (words: SemaphoreWords, permits: number): void => words.release(permits),
  value: (words: SemaphoreWords): number => words.afterDeaths().value,
} satisfies Operations<SemaphoreWords>;

/** The port of a semaphore. */
export let semaphorePort: (semaphore: Semaphore) => Port<SemaphoreWords>;

/**
 * So many permits, which processes take and give back, as Python's `multiprocessing.Semaphore`. Those that a process holds when it
 * dies come back.
 *
 * @example Two at a time
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * const semaphore = new (getContext("worker").Semaphore)(2);
 * await semaphore.acquire();
 * assertEquals(await semaphore.getValue(), 1);
 * await semaphore.release();
 * ```
 */
export class Semaphore {
  /** The start method whose processes share it; the default one if absent. */
  static readonly startMethod: string | undefined = undefined;

  readonly #port: Port<SemaphoreWords>;

  /**
   * Makes a semaphore.
   *
   * @param value How many permits there are at first.
   * @throws {TypeError} If that is no number.
   * @throws {RangeError} If it is not a whole number from 0 to 2,147,483,647.
   */
  constructor(value: number = 1) {
    checkPermits(value, 0, `make a ${new.target.name}`);
    const bounded = new.target.bounded;
    this.#port = portFor(new.target, Kind.SEMAPHORE, SemaphoreWords, (words) => {
      words.initialize(value, bounded ? value : undefined);
    });
  }

  /** Whether there may never be more permits than at first. */
  protected static get bounded(): boolean {
    return false;
  }

  /**
   * Takes a permit.
   *
   * @param options How long to wait for one, in milliseconds, and what ends the wait. With `block: false` it is not waited for.
   * @returns Whether one was taken.
   * @throws The reason of the signal, if that ended the wait.
   */
  async acquire(options: AcquireOptions = {}): Promise<boolean> {
    const timeout = waitingTime(options);
    const { signal } = options;
    signal?.throwIfAborted();
    return await run(this.#port, semaphoreOperations, "acquire", [], { timeout, ...signal && { signal } });
  }

  /** {@linkcode Semaphore.acquire}, blocking the thread. */
  acquireSync(options: Omit<AcquireOptions, "signal"> = {}): boolean {
    const words = wordsForSync(this.#port, "until there is a permit");
    const timeout = waitingTime(options);
    return words.tryAcquire() || timeout > 0 && words.acquireSync(timeout);
  }

  /**
   * Gives permits back.
   *
   * @param n How many.
   * @throws {InvalidStateError} If there would be more than there may: of a {@linkcode BoundedSemaphore} more than at first.
   */
  async release(n: number = 1): Promise<void> {
    checkPermits(n, 1, "release a semaphore");
    await run(this.#port, semaphoreOperations, "release", [n]);
  }

  /** {@linkcode Semaphore.release}, without a promise. */
  releaseSync(n: number = 1): void {
    checkPermits(n, 1, "release a semaphore");
    wordsForSync(this.#port, "to release a semaphore").release(n);
  }

  /** How many permits are left. */
  async getValue(): Promise<number> {
    return await run(this.#port, semaphoreOperations, "value");
  }

  /** {@linkcode Semaphore.getValue}, without a promise. */
  getValueSync(): number {
    return wordsForSync(this.#port, "to look at a semaphore").afterDeaths().value;
  }

  /** Whether no permit is left. */
  async locked(): Promise<boolean> {
    return await this.getValue() === 0;
  }

  /** {@linkcode Semaphore.locked}, without a promise. */
  lockedSync(): boolean {
    return this.getValueSync() === 0;
  }

  /**
   * Takes a permit for a scope.
   *
   * @param options How long to wait for it.
   * @returns What gives it back: `await using _ = await semaphore.guard()`.
   * @throws {TimeoutError} If the time was up.
   */
  async guard(options: WaitOptions = {}): Promise<AsyncDisposable> {
    if (!await this.acquire(options)) throw notInTime(options.timeout);
    return asyncGuard(this);
  }

  /** {@linkcode Semaphore.guard}, blocking the thread: `using _ = semaphore.guardSync()`. */
  guardSync(options: Omit<WaitOptions, "signal"> = {}): Disposable {
    if (!this.acquireSync(options)) throw notInTime(options.timeout);
    return syncGuard(this);
  }

  /** As Python prints it. */
  toString(): string {
    const { words } = this.#port;
    return words === undefined ? "<Semaphore(value=unknown)>" : `<Semaphore(value=${words.value})>`;
  }

  /** {@linkcode Semaphore.toString}, for `Deno.inspect`. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  static {
    semaphorePort = (semaphore) => semaphore.#port;
  }
}

/**
 * A {@linkcode Semaphore} that never has more permits than at first, as Python's `multiprocessing.BoundedSemaphore`.
 *
 * @example One release too many
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { getContext, InvalidStateError } from "@multiprocessing/deno";
 *
 * const semaphore = new (getContext("worker").BoundedSemaphore)(1);
 * await assertRejects(() => semaphore.release(), InvalidStateError);
 * ```
 */
export class BoundedSemaphore extends Semaphore {
  /** Whether there may never be more permits than at first. */
  protected static override get bounded(): boolean {
    return true;
  }

  /** As Python prints it. */
  override toString(): string {
    const { words } = semaphorePort(this);
    return words === undefined
      ? "<BoundedSemaphore(value=unknown)>"
      : `<BoundedSemaphore(value=${words.value}, maxvalue=${words.bound})>`;
  }
}

function checkPermits(permits: number, least: number, what: string): void {
  if (typeof permits !== "number") {
    throw new TypeError(`Cannot ${what}: the number of permits must be a number, received ${Deno.inspect(permits)}`);
  }
  if (Number.isInteger(permits) && permits >= least && permits <= MOST_PERMITS) return;
  throw new RangeError(`Cannot ${what}: ${permits} is no number of permits; give a whole number from ${least} on`);
}
