/**
 * {@linkcode Barrier}.
 *
 * @module
 */

import { checkOptions } from "../base/check.ts";
import type { WaitOptions } from "../base/deadline.ts";
import { BarrierWords, type Passage } from "./barrier_words.ts";
import { Kind } from "./layout.ts";
import { waitingTime } from "./place.ts";
import { type Operations, type Port, portFor, run, wordsForSync } from "./shared_object.ts";

/** What can be done with a barrier. */
export const barrierOperations = {
  arrive: (words: BarrierWords, options: WaitOptions): Promise<Passage> => words.arrive(options),
  finish: (words: BarrierWords): void => words.finish(),
  abort: (words: BarrierWords): void => words.break(),
  reset: (words: BarrierWords): void => words.reset(),
  waiting: (words: BarrierWords): number => words.afterDeaths().waiting,
  broken: (words: BarrierWords): boolean => words.afterDeaths().broken,
} satisfies Operations<BarrierWords>;

/** What is particular to a barrier. */
export interface BarrierOptions {
  /** Run by the last one to arrive, before the others go on. */
  action?: (() => void | Promise<void>) | undefined;
  /** How long each waits at most, in milliseconds, unless it says otherwise. */
  timeout?: number | undefined;
}

/** The port and the options of a barrier. */
export let barrierParts: (barrier: Barrier) => { port: Port<BarrierWords>; options: BarrierOptions };

/**
 * A place where so many wait for each other, as Python's `multiprocessing.Barrier`. If one of them dies, gives up or runs out of time,
 * it is broken, and all the others are told.
 *
 * @example Two meet
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * const barrier = new (getContext("worker").Barrier)(2);
 * const numbers = await Promise.all([barrier.wait(), barrier.wait()]);
 * assertEquals(numbers.sort(), [0, 1]);
 * ```
 */
export class Barrier {
  /** The start method whose processes share it; the default one if absent. */
  static readonly startMethod: string | undefined = undefined;

  /** How many have to arrive. */
  readonly parties: number;
  readonly #port: Port<BarrierWords>;
  readonly #options: BarrierOptions;

  /**
   * Makes a barrier.
   *
   * @param parties How many have to arrive.
   * @param options What the last one runs, and how long each waits.
   * @throws {TypeError} If something is of the wrong kind.
   * @throws {RangeError} If `parties` is not a whole number from 1 on.
   */
  constructor(parties: number, options: BarrierOptions = {}) {
    checkParties(parties, options);
    this.parties = parties;
    this.#options = options;
    this.#port = portFor(new.target, Kind.BARRIER, BarrierWords, (words) => words.initialize(parties));
  }

  /**
   * Waits until all have arrived.
   *
   * @param options How long to wait, in milliseconds, and what ends the wait; both break the barrier.
   * @returns A number that each gets once, from 0 to `parties - 1`, by arrival.
   * @throws {BrokenBarrierError} If the barrier is broken or reset.
   */
  async wait(options: WaitOptions = {}): Promise<number> {
    const timeout = this.#timeOf(options);
    const { signal } = options;
    signal?.throwIfAborted();
    const passage = await run(this.#port, barrierOperations, "arrive", [], { timeout, ...signal && { signal } });
    if (!passage.last) return passage.index;
    try {
      await this.#options.action?.();
    } catch (error) {
      await this.abort();
      throw error;
    }
    await run(this.#port, barrierOperations, "finish");
    return passage.index;
  }

  /** {@linkcode Barrier.wait}, blocking the thread. */
  waitSync(options: Omit<WaitOptions, "signal"> = {}): number {
    const words = wordsForSync(this.#port, "until all have arrived");
    const passage = words.arriveSync(this.#timeOf(options));
    if (!passage.last) return passage.index;
    try {
      this.#options.action?.();
    } catch (error) {
      words.break();
      throw error;
    }
    words.finish();
    return passage.index;
  }

  /** Refuses those who wait, and makes the barrier whole. */
  reset(): Promise<void> {
    return run(this.#port, barrierOperations, "reset");
  }

  /** {@linkcode Barrier.reset}, without a promise. */
  resetSync(): void {
    wordsForSync(this.#port, "to reset a barrier").reset();
  }

  /** Breaks the barrier: who waits and who comes is refused. */
  abort(): Promise<void> {
    return run(this.#port, barrierOperations, "abort");
  }

  /** {@linkcode Barrier.abort}, without a promise. */
  abortSync(): void {
    wordsForSync(this.#port, "to break a barrier").break();
  }

  /** How many have arrived and wait. */
  nWaiting(): Promise<number> {
    return run(this.#port, barrierOperations, "waiting");
  }

  /** {@linkcode Barrier.nWaiting}, without a promise. */
  nWaitingSync(): number {
    return wordsForSync(this.#port, "to look at a barrier").afterDeaths().waiting;
  }

  /** Whether it is broken. */
  broken(): Promise<boolean> {
    return run(this.#port, barrierOperations, "broken");
  }

  /** {@linkcode Barrier.broken}, without a promise. */
  brokenSync(): boolean {
    return wordsForSync(this.#port, "to look at a barrier").afterDeaths().broken;
  }

  /** How long one waits who says so, or does not. */
  #timeOf(options: WaitOptions): number {
    const timeout = waitingTime(options);
    return options.timeout === undefined ? this.#options.timeout ?? Infinity : timeout;
  }

  static {
    barrierParts = (barrier) => ({ port: barrier.#port, options: barrier.#options });
  }
}

function checkParties(parties: number, options: BarrierOptions): void {
  checkOptions("make a Barrier", options, "{ action, timeout: 1000 }", ["action", "timeout"]);
  const { action, timeout } = options;
  if (typeof parties !== "number") {
    throw new TypeError(`Cannot make a Barrier: parties must be a number, received ${Deno.inspect(parties)}`);
  }
  if (!Number.isInteger(parties) || parties < 1 || parties > 65535) {
    throw new RangeError(`Cannot make a Barrier for ${parties}: parties must be a whole number from 1 to 65,535`);
  }
  if (action !== undefined && typeof action !== "function") {
    throw new TypeError(`Cannot make a Barrier: action must be a function, received ${Deno.inspect(action)}`);
  }
  waitingTime({ ...timeout !== undefined && { timeout } });
}
