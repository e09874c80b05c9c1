/**
 * {@linkcode SharedEvent}, which the module exports as `Event`.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { EventWords } from "./event_words.ts";
import { Kind } from "./layout.ts";
import { waitingTime } from "./place.ts";
import { type Operations, type Port, portFor, run, wordsForSync } from "./shared_object.ts";

/** What can be done with an event. */
export const eventOperations = {
  isSet: (words: EventWords): boolean => words.isSet,
  set: (words: EventWords): void => words.set(),
  clear: (words: EventWords): void => words.clear(),
  wait: (words: EventWords, options: WaitOptions): boolean | Promise<boolean> =>
    options.timeout !== undefined && options.timeout <= 0 ? words.isSet : words.waitUntilSet(options),
} satisfies Operations<EventWords>;

/** The port of an event. */
export let eventPort: (event: SharedEvent) => Port<EventWords>;

/**
 * A flag that processes wait for, as Python's `multiprocessing.Event`.
 *
 * @example Wait until it is set
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * const event = new (getContext("worker").Event)();
 * assertEquals(await event.wait({ timeout: 0 }), false);
 * await event.set();
 * assertEquals(await event.wait(), true);
 * ```
 */
export class SharedEvent {
  /** The start method whose processes share it; the default one if absent. */
  static readonly startMethod: string | undefined = undefined;

  readonly #port: Port<EventWords>;

  /** Makes an event that is not set. */
  constructor() {
    this.#port = portFor(new.target, Kind.EVENT, EventWords);
  }

  /** Whether it is set. */
  isSet(): Promise<boolean> {
    return run(this.#port, eventOperations, "isSet");
  }

  /** {@linkcode SharedEvent.isSet}, without a promise. */
  isSetSync(): boolean {
    return wordsForSync(this.#port, "to look at an event").isSet;
  }

  /** Sets it; all who wait go on. */
  set(): Promise<void> {
    return run(this.#port, eventOperations, "set");
  }

  /** {@linkcode SharedEvent.set}, without a promise. */
  setSync(): void {
    wordsForSync(this.#port, "to set an event").set();
  }

  /** Clears it; whoever comes now waits. */
  clear(): Promise<void> {
    return run(this.#port, eventOperations, "clear");
  }

  /** {@linkcode SharedEvent.clear}, without a promise. */
  clearSync(): void {
    wordsForSync(this.#port, "to clear an event").clear();
  }

  /**
   * Waits until it is set.
   *
   * @param options How long to wait, in milliseconds, and what ends the wait.
   * @returns Whether it was set; false only if the time was up.
   * @throws The reason of the signal, if that ended the wait.
   */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    const timeout = waitingTime(options);
    const { signal } = options;
    signal?.throwIfAborted();
    return await run(this.#port, eventOperations, "wait", [], { timeout, ...signal && { signal } });
  }

  /** {@linkcode SharedEvent.wait}, blocking the thread. */
  waitSync(options: Omit<WaitOptions, "signal"> = {}): boolean {
    const words = wordsForSync(this.#port, "until an event is set");
    const timeout = waitingTime(options);
    return words.isSet || timeout > 0 && words.waitUntilSetSync(timeout);
  }

  /** As Python prints it. */
  toString(): string {
    const { words } = this.#port;
    return `<Event ${words === undefined ? "unknown" : words.isSet ? "set" : "unset"}>`;
  }

  /** {@linkcode SharedEvent.toString}, for `Deno.inspect`. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  static {
    Object.defineProperty(this, "name", { value: "Event" });
    eventPort = (event) => event.#port;
  }
}
