/**
 * The queues of managers: in the process of the manager alone, so that what is in them is not copied once more.
 *
 * @module
 */

import { anyOf, suspend, type WaitOptions } from "../base/deadline.ts";
import { Empty, Full, InvalidStateError, ShutDown, TimeoutError } from "../base/errors.ts";
import { Fifo } from "../base/fifo.ts";
import { type AcquireOptions, waitingTime } from "../sync/place.ts";
import { contents, textOf } from "./contents.ts";
import type { Holdings } from "./holdings.ts";

interface Waiter {
  readonly wake: () => void;
}

/** What a queue is to all its clients. */
export class QueueStore {
  readonly maxSize: number;
  readonly items = new Fifo<{ readonly value: unknown }>();
  readonly getters = new Fifo<Waiter>();
  readonly putters = new Fifo<Waiter>();
  readonly joiners = new Fifo<Waiter>();
  unfinished = 0;
  isShutDown = false;

  /** @param maxSize The most items that may be in it; 0 or less for no bound. */
  constructor(maxSize: number) {
    if (!Number.isInteger(maxSize)) {
      throw new RangeError(`Cannot make a queue: maxSize must be an integer, received ${Deno.inspect(maxSize)}`);
    }
    this.maxSize = maxSize;
  }

  /** Whether there is no room. */
  get isFull(): boolean {
    return this.maxSize > 0 && this.items.length >= this.maxSize;
  }

  /** So many items are done with. */
  finish(count: number): void {
    this.unfinished -= count;
    if (this.unfinished === 0) { for (const { wake } of this.joiners.drain()) wake(); }
  }

  /** Wakes who can go on. */
  serve(): void {
    while (this.getters.length > 0 && (this.items.length > 0 || this.isShutDown)) this.getters.shift()?.wake();
    while (this.putters.length > 0 && (!this.isFull || this.isShutDown)) this.putters.shift()?.wake();
  }
}

/** A queue, or what it is to one client. */
export class ServedQueue<T = unknown> {
  readonly #store: QueueStore;
  /** Ends the waits of a client that has gone. */
  readonly #gone: AbortSignal | undefined;

  /** @param gone Aborts when the client has gone that the queue is for; absent for the queue itself. */
  constructor(store: QueueStore, gone?: AbortSignal) {
    this.#store = store;
    this.#gone = gone;
  }

  /** The queue as one client has it. */
  static viewOf(queue: ServedQueue, holdings: Holdings): ServedQueue {
    const gone = new AbortController();
    holdings.onEnd(() => gone.abort());
    return new ServedQueue(queue.#store, gone.signal);
  }

  /** Puts an item at the end. */
  async put(item: T, options: AcquireOptions = {}): Promise<void> {
    const store = this.#store;
    const timeout = waitingTime(options);
    options.signal?.throwIfAborted();
    const full = () => {
      throw new Full(
        `Cannot put: the queue holds ${store.items.length} items, as many as it may, and none was taken in time`,
      );
    };
    this.#assertOpen("put");
    const put = () => {
      store.items.push({ value: item });
      store.unfinished++;
      store.serve();
    };
    if (!store.isFull && store.putters.length === 0) return put();
    await this.#wait(store.putters, timeout, options.signal, () => {
      this.#assertOpen("put");
      put();
    }, full);
  }

  /** Takes the first item. */
  async get(options: AcquireOptions = {}): Promise<T> {
    const store = this.#store;
    const timeout = waitingTime(options);
    options.signal?.throwIfAborted();
    const take = () => {
      const item = store.items.shift();
      if (item === undefined) throw new ShutDown("Cannot get: the queue was shut down and nothing is left");
      store.serve();
      return item.value as T;
    };
    if (store.items.length > 0 && store.getters.length === 0) return take();
    if (store.isShutDown) return take();
    return await this.#wait(store.getters, timeout, options.signal, take, () => {
      throw new Empty("Cannot get: the queue is empty, and nothing came in time");
    });
  }

  /** Puts an item if there is room. */
  putNowait(item: T): Promise<void> {
    return this.put(item, { block: false });
  }

  /** Takes the first item if there is one. */
  getNowait(): Promise<T> {
    return this.get({ block: false });
  }

  /** How many items there are. */
  qsize(): number {
    return this.#store.items.length;
  }

  /** Whether there is none. */
  empty(): boolean {
    return this.#store.items.length === 0;
  }

  /** Whether there is no room. */
  full(): boolean {
    return this.#store.isFull;
  }

  /** Nothing can be put any more; what is there can be taken, unless all is dropped at once. */
  shutdown({ immediate = false }: { immediate?: boolean | undefined } = {}): void {
    const store = this.#store;
    store.isShutDown = true;
    if (immediate) store.finish(store.items.drain().length);
    store.serve();
  }

  /** Says that an item which was taken is done with. */
  taskDone(): void {
    if (this.#store.unfinished - this.#store.items.length <= 0) {
      throw new InvalidStateError("Cannot mark a task as done: taskDone() was called too many times");
    }
    this.#store.finish(1);
  }

  /**
   * Waits until all items are done with.
   *
   * @throws {TimeoutError} If the time was up.
   */
  async join(options: WaitOptions = {}): Promise<void> {
    const timeout = waitingTime(options);
    options.signal?.throwIfAborted();
    if (this.#store.unfinished === 0) return;
    await this.#wait(this.#store.joiners, timeout, options.signal, () => {}, () => {
      throw new TimeoutError(`Cannot join the queue: not all items were done within ${timeout} ms`);
    });
  }

  /** For counting. */
  [contents](): Iterable<unknown> {
    return this.#store.items.values().map(({ value }) => value);
  }

  /** In words. */
  toString(): string {
    return `<Queue of ${this.#store.items.length} items, maxsize=${textOf(this.#store.maxSize)}>`;
  }

  /** Waits for one's turn; what is done then is done at once, so that nothing is taken in vain. */
  #wait<R>(
    waiters: Fifo<Waiter>,
    timeout: number,
    signal: AbortSignal | undefined,
    turn: () => R,
    expire: () => R,
  ): Promise<R> {
    const all = anyOf(signal, this.#gone);
    return suspend<R>({ timeout, ...all && { signal: all } }, (resolve, reject) => {
      const waiter: Waiter = {
        wake: () => {
          try {
            resolve(turn());
          } catch (error) {
            reject(error);
          }
        },
      };
      waiters.push(waiter);
      return () => waiters.remove(waiter);
    }, expire);
  }

  #assertOpen(what: string): void {
    if (this.#store.isShutDown) throw new ShutDown(`Cannot ${what}: the queue was shut down`);
  }
}
