/**
 * {@linkcode AsyncResult}: what comes of a job, later.
 *
 * @module
 */

import { checkOptions } from "../base/check.ts";
import { checkWaitOptions, suspend, type WaitOptions } from "../base/deadline.ts";
import { InvalidStateError, TimeoutError } from "../base/errors.ts";
import { keepProgram } from "../base/keep_program.ts";
import { wrong } from "./pool_init.ts";
import { SUBMIT_OPTIONS } from "./pool_task.ts";

/** What is called when a job has come to an end. */
export interface Callbacks<T> {
  /** Called once with the result, before anybody who waits for it. */
  callback?: ((result: T) => void) | undefined;
  /** Called once with the error, before anybody who waits for it. */
  errorCallback?: ((error: unknown) => void) | undefined;
}

/** Settles a result. */
export interface Settler<T> {
  readonly result: AsyncResult<T>;
  resolve(value: T): void;
  /** Without calling anybody back. */
  resolveQuietly(value: T): void;
  reject(error: unknown): void;
  /** Something that it needs takes a turn of the event loop; or does not any more. */
  readonly late: (isLate: boolean) => void;
}

/** Who makes results. */
export interface ResultOwner {
  /** See {@linkcode PoolEngine.blockUntil}. */
  blockUntil(done: () => boolean, timeout: number, late: () => boolean, what: string): void;
  /** One has come. */
  settled(result: object): void;
}

let settlerOf: <T>(callbacks: Callbacks<T>, owner: ResultOwner, pool: object) => Settler<T>;

/**
 * A result that is settled by whoever made it; it keeps its pool until then.
 *
 * @throws {TypeError} If a callback is no function.
 */
export function makeResult<T>(callbacks: Callbacks<T>, owner: ResultOwner, pool: object): Settler<T> {
  checkOptions("submit to the pool", callbacks, "{ callback: console.log }", SUBMIT_OPTIONS);
  for (const which of ["callback", "errorCallback"] as const) {
    const given: unknown = callbacks[which];
    // As Python's None.
    if (given !== undefined && given !== null && typeof given !== "function") throw wrong(which, "a function", given);
  }
  return settlerOf(callbacks, owner, pool);
}

/**
 * The result of a job that was submitted to a pool, as Python's `multiprocessing.pool.AsyncResult`. It can be awaited as a promise.
 *
 * @example Ready, or not yet
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ref, ThreadPool } from "@multiprocessing/deno";
 *
 * const parse = ref<(text: string) => unknown>("data:text/javascript,export default JSON.parse");
 * await using pool = new ThreadPool(1);
 * const result = pool.applyAsync(parse, ["[1, 2]"]);
 * assertEquals(result.ready(), false);
 * assertEquals(await result.get({ timeout: 10_000 }), [1, 2]);
 * assertEquals(result.successful(), true);
 * ```
 *
 * @typeParam T What the job results in.
 */
export class AsyncResult<T> implements PromiseLike<T> {
  /** Made when somebody asks for it: its reactions would keep the result until the next turn, which a thread that blocks may never have. */
  #promised: PromiseWithResolvers<T> | undefined;
  #callbacks: Callbacks<T> | undefined;
  #state: "pending" | "resolved" | "rejected" = "pending";
  /** The result or the error. */
  #value: unknown;
  /** How many things it needs that take a turn of the event loop. */
  #late = 0;
  #owner: ResultOwner | undefined;
  /** A pool that nobody has any more is ended, but not while something of it is to come: its input may still be read. */
  #pool: object | undefined;
  /** Who waits for its end, whatever it is. */
  #waiters: Set<() => void> | undefined;
  /** Whether anybody has asked for the result. */
  #asked = false;

  /** Results are made by the methods of a {@linkcode Pool} that do not wait. */
  constructor(callbacks: Callbacks<T> = {}) {
    this.#callbacks = callbacks;
  }

  static {
    settlerOf = <T>(callbacks: Callbacks<T>, owner: ResultOwner, pool: object) => {
      const result = new AsyncResult<T>(callbacks);
      result.#owner = owner;
      result.#pool = pool;
      return {
        result,
        resolve: (value) => result.#call("resolved", value),
        resolveQuietly: (value) => result.#settle("resolved", value),
        reject: (error) => result.#call("rejected", error),
        late: (isLate) => result.#late += isLate ? 1 : -1,
      };
    };
  }

  #settle(state: "resolved" | "rejected", value: unknown): void {
    if (this.#state !== "pending") return;
    this.#state = state;
    this.#value = value;
    this.#pool = undefined;
    this.#owner?.settled(this);
    this.#keepPromise();
    for (const wake of this.#waiters ?? []) wake();
  }

  get #promise(): Promise<T> {
    if (this.#promised === undefined) {
      this.#promised = Promise.withResolvers<T>();
      // Whoever waits for it is told; an error is no reason to end the program.
      this.#promised.promise.catch(() => {});
      this.#keepPromise();
    }
    return this.#promised.promise;
  }

  #keepPromise(): void {
    if (this.#state === "resolved") this.#promised?.resolve(this.#value as T);
    else if (this.#state === "rejected") this.#promised?.reject(this.#value);
  }

  #call(state: "resolved" | "rejected", value: unknown): void {
    if (this.#state !== "pending" || this.#callbacks === undefined) return;
    const callback = state === "resolved" ? this.#callbacks.callback : this.#callbacks.errorCallback;
    this.#callbacks = undefined;
    if (typeof callback !== "function") return this.#settle(state, value);
    try {
      const outcome: unknown = callback(value as never);
      if (!(outcome instanceof Promise)) return this.#settle(state, value);
      this.#late++;
      outcome.then(() => this.#settle(state, value), (error) => this.#settle("rejected", error));
    } catch (error) {
      this.#settle("rejected", error);
    }
  }

  /** Whether it is a result to come that nobody has asked for. */
  static isForgotten(result: object): boolean {
    return #asked in result && !result.#asked && result.#state === "pending";
  }

  /** Whether the job has come to an end. */
  ready(): boolean {
    return this.#state !== "pending";
  }

  /**
   * Whether the job came to an end without an error.
   *
   * @throws {InvalidStateError} If it has not come to an end.
   */
  successful(): boolean {
    if (this.#state === "pending") {
      throw new InvalidStateError("Cannot tell whether the job was successful: it is not ready; wait for it first");
    }
    return this.#state === "resolved";
  }

  /**
   * The result, once it is there. The job goes on if the time is up first.
   *
   * @param options How long to wait, in milliseconds, and what ends the wait.
   * @throws {TimeoutError} If the result was not there in time.
   * @throws What the job threw.
   */
  get(options: WaitOptions = {}): Promise<T> {
    this.#asked = true;
    if (typeof options !== "object" || options === null) return this.#getWithin(options);
    if (options.timeout === undefined && options.signal === undefined) return this.#promise;
    return this.#getWithin(options);
  }

  async #getWithin(options: WaitOptions): Promise<T> {
    await this.#wait(options, () => {
      throw notReady(options.timeout);
    });
    return await this.#promise;
  }

  /**
   * {@linkcode AsyncResult.get}, blocking the thread. Workers are replaced and timeouts of tasks heeded meanwhile; other work of this
   * thread waits.
   *
   * @param options How long to wait, in milliseconds.
   * @throws {NotSupportedError} If the workers share no memory with this process (the message names the flag), or if it takes a turn of the
   * event loop: for an asynchronous callback or input, to load a module that the result needs, to launch a worker where none is there.
   * @throws {InvalidStateError} Within a callback or an input of the pool.
   * @throws {TimeoutError} If the result was not there in time.
   * @throws What the job threw.
   */
  getSync(options: { timeout?: number | undefined } = {}): T {
    this.#asked = true;
    this.waitSync(options);
    if (this.#state === "pending") throw notReady(options.timeout);
    if (this.#state === "rejected") throw this.#value;
    return this.#value as T;
  }

  /**
   * Waits until the job has come to an end, or the time is up.
   *
   * @param options How long to wait, in milliseconds, and what ends the wait.
   */
  async wait(options: WaitOptions = {}): Promise<void> {
    await this.#wait(options, () => {});
  }

  /** {@linkcode AsyncResult.wait}, blocking the thread; throws as {@linkcode AsyncResult.getSync}. */
  waitSync(options: { timeout?: number | undefined } = {}): void {
    checkWaitOptions(options);
    const { timeout = Infinity } = options;
    this.#owner?.blockUntil(() => this.ready(), timeout, () => this.#late > 0, "until the job is done");
  }

  /** For `await`. */
  then<A = T, B = never>(
    onResolved?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#asked = true;
    return this.#promise.then(onResolved, onRejected);
  }

  async #wait(options: WaitOptions, expire: () => void): Promise<void> {
    checkWaitOptions(options);
    if (this.ready()) return;
    keepProgram.begin();
    try {
      await suspend<void>(options, (resolve) => {
        const waiters = this.#waiters ??= new Set();
        const wake = () => resolve();
        waiters.add(wake);
        return () => waiters.delete(wake);
      }, expire);
    } finally {
      keepProgram.end();
    }
  }
}

function notReady(timeout: number | undefined): TimeoutError {
  return new TimeoutError(`Cannot get the result: it was not ready within ${timeout} ms; the job goes on`);
}
