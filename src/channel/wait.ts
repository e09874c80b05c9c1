/**
 * {@linkcode wait} and {@linkcode waitSync}: for the first of several objects that is ready.
 *
 * @module
 */

import { checkWaitOptions, suspend, type WaitOptions, within } from "../base/deadline.ts";
import { NotSupportedError } from "../base/errors.ts";
import { node } from "./node.ts";

// An object that lives in a busy process answers late.
const LATE_MS = 50;

/** How {@linkcode wait} asks an object whether it is ready. */
export const waitable: unique symbol = Symbol("multiprocessing.waitable");

/** Whether and when an object is ready. */
export interface Readiness {
  /** Whether it is ready now; an object that lives elsewhere has to ask. */
  ready(): boolean | Promise<boolean>;
  /** Calls back when it may be ready, until the returned function is called. */
  onReady(wake: () => void): () => void;
  /** How a thread that blocks asks; absent where it would not hear of the object. */
  readonly sync?: SyncReadiness;
}

/** As {@linkcode Readiness}, for {@linkcode waitSync}. */
export interface SyncReadiness {
  /** Answers whether it is ready now, at once or while the thread is blocked. */
  ask(answer: (ready: boolean) => void): void;
  /** Why a thread that blocks for so many milliseconds would not hear when it is, if so. */
  refusal(timeout: number): Error | undefined;
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
  const { list, all } = readinessOfAll(objects);
  const end = options.timeout === undefined ? Infinity : performance.now() + options.timeout;
  const { signal } = options;
  let left = end - performance.now();
  for (;;) {
    // Without a wait, the answers are waited for all the same.
    const answers = await askAll(all, limits(left > 0 ? left : Infinity, signal));
    const ready = list.filter((_, index) => answers[index]);
    left = end - performance.now();
    if (ready.length > 0 || left <= 0) return ready;
    // A wake-up may be for what somebody else took meanwhile, so ask again.
    if (!await nextWake(all, limits(left, signal))) return [];
    left = Math.max(end - performance.now(), LATE_MS);
  }
}

/**
 * {@linkcode wait}, blocking the thread: for connections of pipes, and sentinels.
 *
 * @param objects What to wait for; none twice.
 * @param options How long to wait, in milliseconds.
 * @returns All objects that are ready, in the order they were given; none if the time ran out.
 * @throws {NotSupportedError} If a thread that blocks would not hear of an object; the message names the flag, if one would help.
 * @throws {TypeError} If something cannot be waited for.
 * @throws {RangeError} If an object is given twice, or neither an object nor a timeout.
 *
 * @example The first of two pipes
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pipe, waitSync } from "@multiprocessing/deno";
 *
 * const [a, b] = Pipe();
 * const [c, d] = Pipe();
 * c.sendSync(1);
 * assertEquals(waitSync([b, d]), [d]);
 * for (const connection of [a, b, c, d]) connection.close();
 * ```
 */
export function waitSync<T extends Waitable>(
  objects: Iterable<T>,
  options: { timeout?: number | undefined } = {},
): T[] {
  checkWaitOptions(options);
  const { timeout = Infinity } = options;
  const { list, all } = readinessOfAll(objects);
  const glances = all.map((readiness, index) => new Glance(readiness, readiness.sync ?? refuseSync(list[index])));
  if (list.length === 0 && timeout === Infinity) {
    throw new RangeError("Cannot block for nothing: give an object or a timeout");
  }
  const end = performance.now() + timeout;
  for (;;) {
    for (const glance of glances) glance.ask();
    const ready = list.filter((_, index) => glances[index]?.ready);
    const left = end - performance.now();
    if (ready.length > 0) {
      awaitAnswers(glances);
      return list.filter((_, index) => glances[index]?.ready);
    }
    // Without a wait, the answers are waited for all the same.
    if (timeout <= 0 && !glances.some(({ asked }) => asked)) return [];
    for (const glance of glances) glance.check(timeout);
    if (timeout > 0 && left <= 0) return [];
    const stops = glances.map((glance) => glance.watch());
    try {
      node.bell.waitSync(() => glances.some(({ hasNews }) => hasNews), left > 0 ? left : Infinity);
    } finally {
      for (const stop of stops) stop();
    }
  }
}

/** Blocks for the answers that are still to come, for a moment only: what lives in a busy process holds up nobody else. */
function awaitAnswers(glances: readonly Glance[]): void {
  const late = glances.filter((glance) => glance.asked && glance.isHeard);
  if (late.length === 0 || !node.bell.canWaitSync) return;
  node.bell.waitSync(() => !late.some(({ asked }) => asked), LATE_MS);
}

/** What a thread that blocks knows of an object. */
class Glance {
  ready = false;
  /** Whether an answer is to come. */
  asked = false;
  /** Whether something has changed since it asked. */
  hasNews = false;
  #isStale = true;
  readonly #readiness: Readiness;
  readonly #sync: SyncReadiness;

  constructor(readiness: Readiness, sync: SyncReadiness) {
    this.#readiness = readiness;
    this.#sync = sync;
  }

  /** Asks, if it may have become ready. */
  ask(): void {
    this.hasNews = false;
    if (!this.#isStale || this.asked) return;
    this.#isStale = false;
    this.asked = true;
    this.#sync.ask((ready) => {
      this.asked = false;
      this.ready = ready;
      this.hasNews = true;
    });
  }

  /** Whether a thread that blocks would hear of it. */
  get isHeard(): boolean {
    return this.#sync.refusal(Infinity) === undefined;
  }

  /** Refuses to block where it would not be heard of. */
  check(timeout: number): void {
    const refusal = this.#sync.refusal(timeout);
    if (refusal !== undefined) throw refusal;
  }

  /** Hears when it may have become ready, until the returned function is called. */
  watch(): () => void {
    return this.#readiness.onReady(() => this.#isStale = this.hasNews = true);
  }
}

function refuseSync(object: unknown): never {
  throw new NotSupportedError(
    `Cannot block for ${
      Deno.inspect(object, { depth: 0 })
    }: a thread that blocks hears of pipes and sentinels only; await wait() or poll() instead`,
  );
}

function readinessOfAll<T extends Waitable>(objects: Iterable<T>): { list: T[]; all: Readiness[] } {
  if (!(Symbol.iterator in Object(objects))) {
    throw new TypeError(`Cannot wait for ${Deno.inspect(objects, { depth: 0 })}: give a list, as wait([connection])`);
  }
  const list = [...objects];
  const all = list.map((object) => readinessOf(object));
  if (new Set(list).size < list.length) throw new RangeError("Cannot wait: an object is given twice");
  return { list, all };
}

function limits(timeout: number, signal: AbortSignal | undefined): WaitOptions {
  return signal === undefined ? { timeout } : { timeout, signal };
}

/** Which are ready; one whose answer does not come in time is not, and holds up those that are for a moment only. */
async function askAll(all: readonly Readiness[], options: WaitOptions): Promise<boolean[]> {
  options.signal?.throwIfAborted();
  const answers = all.map((readiness) => readiness.ready());
  const known = answers.map((answer) => answer === true);
  if (!answers.some((answer) => typeof answer !== "boolean")) return known;
  const first = Promise.withResolvers<void>();
  const asked = Promise.all(answers.map(async (answer, index) => {
    known[index] = await answer;
    if (known[index]) first.resolve();
  }));
  await within<unknown>(options, () => Promise.race([first.promise, asked]), () => {});
  if (!known.includes(true)) return known;
  const { signal } = options;
  await within<unknown>(limits(LATE_MS, signal), () => asked, () => {});
  return known;
}

function readinessOf(object: Waitable): Readiness {
  if (typeof object !== "object" || object === null || !(waitable in object)) {
    throw new TypeError(
      `Cannot wait for ${Deno.inspect(object, { depth: 0 })}: it is no connection, sentinel, listener or queue`,
    );
  }
  return object[waitable]();
}

function nextWake(all: readonly Readiness[], options: WaitOptions): Promise<boolean> {
  return suspend<boolean>(options, (resolve) => {
    const stops = all.map((readiness) => readiness.onReady(() => resolve(true)));
    return () => stops.forEach((stop) => stop());
  }, () => false);
}
