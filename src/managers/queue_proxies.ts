/**
 * Proxies of queues.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { ShutDown } from "../base/errors.ts";
import type { AcquireOptions } from "../sync/place.ts";
import { BaseProxy, useProxyClass } from "./proxy.ts";

/** A queue that a manager holds. */
export class QueueProxy<T = unknown> extends BaseProxy implements AsyncIterable<T> {
  /** The methods that are reached. */
  static override readonly exposed: readonly string[] | undefined = [
    "put",
    "get",
    "putNowait",
    "getNowait",
    "qsize",
    "empty",
    "full",
    "shutdown",
    "taskDone",
    "join",
  ];
  /** The methods whose abort waits for the manager's word. */
  protected static override readonly waits: readonly string[] = ["put", "get", "join"];

  /** Puts an item at the end; rejects with Full if there was no room in time. */
  async put(item: T, options: AcquireOptions = {}): Promise<void> {
    await this.callMethod("put", [item, options]);
  }

  /** Takes the first item; rejects with Empty if there was none in time. */
  async get(options: AcquireOptions = {}): Promise<T> {
    // What was put is what is got.
    return await this.callMethod("get", [options]) as T;
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
  async qsize(): Promise<number> {
    return Number(await this.callMethod("qsize"));
  }

  /** Whether there is none. */
  async empty(): Promise<boolean> {
    return await this.callMethod("empty") === true;
  }

  /** Whether there is no room. */
  async full(): Promise<boolean> {
    return await this.callMethod("full") === true;
  }

  /** Nothing can be put any more; with `immediate` nothing can be taken either. */
  async shutdown(options: { immediate?: boolean | undefined } = {}): Promise<void> {
    await this.callMethod("shutdown", [options]);
  }

  /** Says that an item which was taken is done with. */
  async taskDone(): Promise<void> {
    await this.callMethod("taskDone");
  }

  /** Waits until all items are done with; rejects with TimeoutError if they were not in time. */
  async join(options: WaitOptions = {}): Promise<void> {
    await this.callMethod("join", [options]);
  }

  /** Takes items until the queue is shut down. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<T> {
    try {
      for (;;) yield await this.get();
    } catch (error) {
      if (!(error instanceof ShutDown)) throw error;
    }
  }
}

/** A queue that knows what is done with. */
export class JoinableQueueProxy<T = unknown> extends QueueProxy<T> {}

useProxyClass("Queue", QueueProxy);
useProxyClass("JoinableQueue", JoinableQueueProxy);
