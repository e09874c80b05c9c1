/**
 * {@linkcode wait}: for the first of several objects that is ready.
 *
 * @module
 */

import { checkWaitOptions, suspend, type WaitOptions } from "../base/deadline.ts";

/** How {@linkcode wait} asks an object whether it is ready. */
export const waitable: unique symbol = Symbol("multiprocessing.waitable");

/** Whether and when an object is ready. */
export interface Readiness {
  /** Whether it is ready now; an object that lives elsewhere has to ask. */
  ready(): boolean | Promise<boolean>;
  /** Calls back when it may be ready, until the returned function is called. */
  onReady(wake: () => void): () => void;
}

/** What can be waited for: connections, sentinels, listeners, queues. */
export interface Waitable {
  /** Answers for {@linkcode wait}; throws if the object is closed. */
  [waitable](): Readiness;
}

/**
 * Waits until at least one of the objects is ready, as Python's `multiprocessing.connection.wait`. It takes nothing from any: a
 * connection is ready when something can be received or the other end is closed, a sentinel when its process has ended.
 *
 * @param objects What to wait for; none twice.
 * @param options How long to wait, in milliseconds.
 * @returns All objects that are ready, in the order they were given; none if the time ran out.
 * @throws {TypeError} If something cannot be waited for.
 * @throws {RangeError} If an object is given twice.
 *
 * @example The first of two pipes
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pipe, wait } from "@multiprocessing/deno";
 *
 * const [a, b] = Pipe();
 * const [c, d] = Pipe();
 * await c.send(1);
 * assertEquals(await wait([b, d]), [d]);
 * for (const connection of [a, b, c, d]) connection.close();
 * ```
 */
export async function wait<T extends Waitable>(objects: Iterable<T>, options: WaitOptions = {}): Promise<T[]> {
  checkWaitOptions(options);
  const list = [...objects];
  const all = list.map((object) => readinessOf(object));
  if (new Set(list).size < list.length) throw new RangeError("Cannot wait: an object is given twice");
  const end = options.timeout === undefined ? Infinity : performance.now() + options.timeout;
  for (;;) {
    options.signal?.throwIfAborted();
    const answers = await Promise.all(all.map((readiness) => readiness.ready()));
    const ready = list.filter((_, index) => answers[index]);
    const left = end - performance.now();
    if (ready.length > 0 || left <= 0) return ready;
    // A wake-up may be for what somebody else took meanwhile, so ask again.
    await nextWake(all, options.signal === undefined ? { timeout: left } : { timeout: left, signal: options.signal });
  }
}

function readinessOf(object: Waitable): Readiness {
  if (typeof object !== "object" || object === null || !(waitable in object)) {
    throw new TypeError(
      `Cannot wait for ${Deno.inspect(object, { depth: 0 })}: it is no connection, sentinel, listener or queue`,
    );
  }
  return object[waitable]();
}

function nextWake(all: readonly Readiness[], options: WaitOptions): Promise<void> {
  return suspend<void>(options, (resolve) => {
    const stops = all.map((readiness) => readiness.onReady(() => resolve()));
    return () => stops.forEach((stop) => stop());
  }, () => {});
}
