/**
 * {@linkcode Queue}, {@linkcode JoinableQueue} and {@linkcode SimpleQueue}.
 *
 * @module
 */

import { checkOptions, checkType } from "../base/check.ts";
import type { WaitOptions } from "../base/deadline.ts";
import { ShutDown, TimeoutError } from "../base/errors.ts";
import { type Readiness, type Waitable, waitable } from "../channel/wait.ts";
import { type AcquireOptions, waitingTime } from "../sync/place.ts";
import { type Port, run, wordsForSync } from "../sync/shared_object.ts";
import { QueueBase, queueOperations } from "./queue_base.ts";
import type { QueueWords } from "./queue_words.ts";

/** The port of a queue. */
export let queuePort: (queue: Queue<unknown> | SimpleQueue<unknown>) => Port<QueueWords>;

/**
 * A first-in first-out queue between processes, as Python's `multiprocessing.Queue`, of many that put and many that get.
 *
 * - An item is encoded when it is put: later changes do not matter, and what cannot be sent is refused by its own `put`. It is in the
 *   queue, safe from the end of this process, when the promise resolves.
 * - The items of one process keep their order. Whoever waits longest gets the next item.
 * - A process that is killed while it puts or gets harms nobody else: its item is in the queue wholly or not at all, and what it
 *   had not received yet goes to another.
 * - A queue can be sent to any process of the program.
 *
 * @example From one process to another
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * const queue = new (getContext("worker").Queue)<string>();
 * await queue.put("hello");
 * assertEquals(await queue.get(), "hello");
 * queue.close();
 * ```
 *
 * @typeParam T What is put and got.
 */
export class Queue<T = unknown> implements AsyncIterable<T>, Disposable, Waitable {
  /** The start method whose processes share it; the default one if absent. */
  static readonly startMethod: string | undefined = undefined;

  readonly #base: QueueBase<T>;

  /**
   * Makes a queue.
   *
   * @param maxSize The most items that may be in it, while further puts wait; 0 or less for no bound.
   * @throws {TypeError} If that is no number.
   * @throws {RangeError} If it is no whole number.
   */
  constructor(maxSize: number = 0) {
    this.#base = new QueueBase(new.target, maxSize);
  }

  /**
   * Puts an item at the end.
   *
   * @param item Anything that can cross to another process.
   * @param options How long to wait for room, in milliseconds, and what ends the wait. With `block: false` it is not waited for.
   * @throws {TypeError} If the item cannot be sent.
   * @throws {Full} If there was no room in time.
   * @throws {ShutDown} If the queue was shut down.
   * @throws {InvalidStateError} If it was closed in this process.
   */
  put(item: T, options: AcquireOptions = {}): Promise<void> {
    return this.#base.put(item, options);
  }

  /** {@linkcode Queue.put}, blocking the thread. */
  putSync(item: T, options: Omit<AcquireOptions, "signal"> = {}): void {
    this.#base.putSync(item, options);
  }

  /**
   * Takes the first item.
   *
   * @param options How long to wait for one, in milliseconds, and what ends the wait. With `block: false` it is not waited for.
   * @throws {Empty} If there was none in time.
   * @throws {ShutDown} If the queue was shut down and nothing is left.
   * @throws {InvalidStateError} If it was closed in this process.
   */
  get(options: AcquireOptions = {}): Promise<T> {
    return this.#base.get(options);
  }

  /** {@linkcode Queue.get}, blocking the thread. */
  getSync(options: Omit<AcquireOptions, "signal"> = {}): T {
    return this.#base.getSync(options);
  }

  /** {@linkcode Queue.put} with `block: false`. */
  putNowait(item: T): Promise<void> {
    return this.put(item, { block: false });
  }

  /** {@linkcode Queue.putNowait}, without a promise. */
  putNowaitSync(item: T): void {
    this.putSync(item, { block: false });
  }

  /** {@linkcode Queue.get} with `block: false`. */
  getNowait(): Promise<T> {
    return this.get({ block: false });
  }

  /** {@linkcode Queue.getNowait}, without a promise. */
  getNowaitSync(): T {
    return this.getSync({ block: false });
  }

  /** Another name of {@linkcode Queue.getNowait}, as Python's reference had it. */
  getNoWait(): Promise<T> {
    return this.getNowait();
  }

  /** How many items are in the queue. */
  qsize(): Promise<number> {
    return run(this.#base.port, queueOperations, "size");
  }

  /** {@linkcode Queue.qsize}, without a promise. */
  qsizeSync(): number {
    return queueOperations.size(wordsForSync(this.#base.port, "to look at a queue"));
  }

  /** Whether nothing is in the queue. */
  async empty(): Promise<boolean> {
    this.#base.checkOpen("look into the queue");
    return await this.qsize() === 0;
  }

  /** {@linkcode Queue.empty}, without a promise. */
  emptySync(): boolean {
    this.#base.checkOpen("look into the queue");
    return this.qsizeSync() === 0;
  }

  /** Whether there is no room in the queue. */
  full(): Promise<boolean> {
    return run(this.#base.port, queueOperations, "full");
  }

  /** {@linkcode Queue.full}, without a promise. */
  fullSync(): boolean {
    return queueOperations.full(wordsForSync(this.#base.port, "to look at a queue"));
  }

  /** Puts and gets no more in this process; may be repeated. Gets that wait here reject, puts go on; others are not concerned. */
  close(): void {
    this.#base.close();
  }

  /** {@linkcode Queue.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Waits until all that was put here is in the queue.
   *
   * @throws {InvalidStateError} If the queue was not closed before.
   */
  joinThread(): Promise<void> {
    return this.#base.joinThread();
  }

  /** Lets this process end although puts still wait for room; their items are lost then. */
  cancelJoinThread(): void {
    this.#base.cancelJoinThread();
  }

  /**
   * Ends the queue for all processes: puts are refused from now on, and gets as soon as nothing is left.
   *
   * @param options With `immediate` nothing is left at once.
   */
  async shutdown(options: { immediate?: boolean | undefined } = {}): Promise<void> {
    await run(this.#base.port, queueOperations, "shutDown", [isImmediate(options)]);
  }

  /** {@linkcode Queue.shutdown}, without a promise. */
  shutdownSync(options: { immediate?: boolean | undefined } = {}): void {
    const immediate = isImmediate(options);
    wordsForSync(this.#base.port, "to shut a queue down").shutDown(immediate);
  }

  /** Takes items until the queue is shut down and nothing is left. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<T> {
    try {
      for (;;) yield await this.get();
    } catch (error) {
      if (!(error instanceof ShutDown)) throw error;
    }
  }

  /** For {@linkcode wait}: ready when there is something to get, or never will be. */
  [waitable](): Readiness {
    this.#base.checkOpen("wait for the queue");
    return readinessOf(this.#base.port);
  }

  static {
    queuePort = (queue) => queue instanceof Queue ? queue.#base.port : simplePort(queue);
  }
}

/**
 * A {@linkcode Queue} that knows which items are done, as Python's `multiprocessing.JoinableQueue`.
 *
 * @example Wait until all is done
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * const queue = new (getContext("worker").JoinableQueue)<number>();
 * await queue.put(1);
 * assertEquals(await queue.get(), 1);
 * await queue.taskDone();
 * await queue.join();
 * ```
 *
 * @typeParam T What is put and got.
 */
export class JoinableQueue<T = unknown> extends Queue<T> {
  /**
   * Says that an item that was got is done.
   *
   * @throws {InvalidStateError} If that was said more often than items were put.
   */
  async taskDone(): Promise<void> {
    await run(queuePort(this), queueOperations, "taskDone");
  }

  /** {@linkcode JoinableQueue.taskDone}, without a promise. */
  taskDoneSync(): void {
    wordsForSync(queuePort(this), "to say that a task is done").taskDone();
  }

  /**
   * Waits until every item that was put is done.
   *
   * @param options How long to wait, in milliseconds, and what ends the wait.
   * @throws {TimeoutError} If the time was up.
   */
  async join(options: WaitOptions = {}): Promise<void> {
    const timeout = waitingTime(options);
    const { signal } = options;
    signal?.throwIfAborted();
    if (!await run(queuePort(this), queueOperations, "join", [], { timeout, ...signal && { signal } })) {
      throw notDone(timeout);
    }
  }

  /** {@linkcode JoinableQueue.join}, blocking the thread. */
  joinSync(options: Omit<WaitOptions, "signal"> = {}): void {
    const timeout = waitingTime(options);
    if (!wordsForSync(queuePort(this), "until all items are done").joinSync(timeout)) throw notDone(timeout);
  }
}

let simplePort: (queue: SimpleQueue<unknown>) => Port<QueueWords>;

/**
 * The simplest queue, as Python's `multiprocessing.SimpleQueue`: without a bound, and without anything else.
 *
 * @example In and out
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * const queue = new (getContext("worker").SimpleQueue)<string>();
 * await queue.put("x");
 * assertEquals(await queue.get(), "x");
 * queue.close();
 * ```
 *
 * @typeParam T What is put and got.
 */
export class SimpleQueue<T = unknown> implements Disposable, Waitable {
  /** The start method whose processes share it; the default one if absent. */
  static readonly startMethod: string | undefined = undefined;

  readonly #base: QueueBase<T>;

  /** Makes a queue. */
  constructor() {
    this.#base = new QueueBase<T>(new.target, 0);
  }

  /**
   * Puts an item at the end.
   *
   * @throws {TypeError} If the item cannot be sent.
   */
  put(item: T): Promise<void> {
    return this.#base.put(item, {});
  }

  /** {@linkcode SimpleQueue.put}, without a promise. */
  putSync(item: T): void {
    this.#base.putSync(item, {});
  }

  /** Takes the first item. */
  get(): Promise<T> {
    return this.#base.get({});
  }

  /** {@linkcode SimpleQueue.get}, blocking the thread. */
  getSync(): T {
    return this.#base.getSync({});
  }

  /** Whether nothing is in the queue. */
  async empty(): Promise<boolean> {
    this.#base.checkOpen("look into the queue");
    return await run(this.#base.port, queueOperations, "size") === 0;
  }

  /** {@linkcode SimpleQueue.empty}, without a promise. */
  emptySync(): boolean {
    this.#base.checkOpen("look into the queue");
    return queueOperations.size(wordsForSync(this.#base.port, "to look at a queue")) === 0;
  }

  /** Puts and gets no more in this process. */
  close(): void {
    this.#base.close();
  }

  /** {@linkcode SimpleQueue.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For {@linkcode wait}: ready when there is something to get. */
  [waitable](): Readiness {
    this.#base.checkOpen("wait for the queue");
    return readinessOf(this.#base.port);
  }

  static {
    simplePort = (queue) => queue.#base.port;
  }
}

function readinessOf(port: Port<QueueWords>): Readiness {
  return {
    ready: () => run(port, queueOperations, "readable"),
    onReady: (wake) => {
      const controller = new AbortController();
      run(port, queueOperations, "watch", [], { signal: controller.signal }).then(wake, () => {
        // Not waited for any more, or asked again when the home has ended.
      });
      return () => controller.abort();
    },
  };
}

function notDone(timeout: number): TimeoutError {
  return new TimeoutError(`Cannot join the queue: not all items were done within ${timeout} ms`);
}

function isImmediate(options: { immediate?: boolean | undefined }): boolean {
  checkOptions("shut the queue down", options, "{ immediate: true }", ["immediate"]);
  const { immediate = false } = options;
  checkType("shut the queue down: immediate", "boolean", immediate);
  return immediate;
}
