/**
 * The end of one wait: by what is waited for, by time, or by an abort. It is handled here alone, so that no wait leaves a
 * timer or a listener behind.
 *
 * @module
 */

import { checkOptions, namesOf } from "./check.ts";

/** How long a wait may take and what may end it early. */
export interface WaitOptions {
  /** Milliseconds; absent waits for ever, 0 or less does not wait at all. */
  timeout?: number | undefined;
  /** Ends the wait, which then rejects with `signal.reason` and has taken nothing. */
  signal?: AbortSignal | undefined;
}

// Longer delays overflow the timer's 32 bits and would fire at once.
const LONGEST_TIMER_MS = 0x7fff_ffff;

/** The names of {@linkcode WaitOptions}. */
export const WAIT_OPTIONS: readonly string[] = namesOf<WaitOptions>({ timeout: true, signal: true });

/**
 * Refuses options that are no options, before anything is waited for.
 *
 * @param names The options that there are.
 * @param what What was to be done.
 * @throws {TypeError} If they are no object, one is unknown, the timeout is not a number or the signal not an AbortSignal.
 */
export function checkWaitOptions(
  options: WaitOptions,
  names: readonly string[] = WAIT_OPTIONS,
  what: string = "wait",
): void {
  // What Python takes in its place: whether to wait, or for how many seconds.
  const example = typeof options === "boolean" ? "{ timeout: 0 }" : "{ timeout: 1000 }, for one second";
  checkOptions(what, options, example, names);
  const { timeout, signal } = options;
  if (timeout !== undefined && (typeof timeout !== "number" || Number.isNaN(timeout))) {
    throw new TypeError(`Cannot ${what}: timeout must be a number of milliseconds, received ${Deno.inspect(timeout)}`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`Cannot ${what}: signal must be an AbortSignal, received ${typeof signal}`);
  }
}

/**
 * Suspends the caller until `subscribe` settles it, the time is up or the signal aborts.
 *
 * @param options When to give up.
 * @param subscribe Registers the waiter and says how to remove it; removal happens on every way out, once. It may settle
 * at once.
 * @param expire What the wait yields when its time is up; it may throw.
 */
export function suspend<T>(
  options: WaitOptions,
  subscribe: (resolve: (value: T | PromiseLike<T>) => void, reject: (reason: unknown) => void) => () => void,
  expire: () => T,
): Promise<T> {
  const { timeout, signal } = options;
  return new Promise<T>((resolve, reject) => {
    signal?.throwIfAborted();
    let stopTimer = () => {};
    let settled = false;
    let remove = () => {};
    const settle = (outcome: () => void) => {
      if (settled) return;
      settled = true;
      remove();
      stopTimer();
      signal?.removeEventListener("abort", abort);
      outcome();
    };
    const abort = () => settle(() => reject(signal?.reason));
    const expired = () =>
      settle(() => {
        try {
          resolve(expire());
        } catch (error) {
          reject(error);
        }
      });
    remove = subscribe((value) => settle(() => resolve(value)), (reason) => settle(() => reject(reason)));
    // `subscribe` may have settled before it could return how to remove itself.
    if (settled) return remove();
    if (timeout !== undefined && timeout <= 0) return expired();
    if (timeout !== undefined && timeout !== Infinity) stopTimer = startTimer(timeout, expired);
    // The first timer of a program loads the runtime's, in which promises go on.
    if (settled) return stopTimer();
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** Acts after so many milliseconds, however many; what it returns calls it off. */
function startTimer(ms: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const arm = (left: number) => {
    const delay = Math.min(left, LONGEST_TIMER_MS);
    timer = setTimeout(() => left > delay ? arm(left - delay) : act(), delay);
  };
  arm(ms);
  return () => clearTimeout(timer);
}

/**
 * Waits for what a function begins; its outcome after the end of the wait is dropped.
 *
 * @param options When to give up. If the signal has aborted already, nothing is begun.
 * @param begin Gives the promise.
 * @param expire What the wait yields when its time is up; it may throw.
 */
export function within<T>(options: WaitOptions, begin: () => Promise<T>, expire: () => T): Promise<T> {
  return suspend<T>(options, (resolve, reject) => {
    begin().then(resolve, reject);
    return () => {};
  }, expire);
}

/** A signal that aborts with the first of some; with none, there is none. */
export function anyOf(own: AbortSignal, ...others: readonly (AbortSignal | undefined)[]): AbortSignal;
export function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined;
export function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((each) => each !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
}
