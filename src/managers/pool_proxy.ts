/**
 * Pools that managers hold.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { identity } from "../base/identity.ts";
import type { Target } from "../codec/ref.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { Pool } from "../pool/pool.ts";
import type { ChunkOptions, Items } from "../pool/pool_init.ts";
import type { PoolStats } from "../pool/pool_stats.ts";
import type { TaskOptions } from "../pool/pool_task.ts";
import type { IteratorProxy } from "./container_proxies.ts";
import { BaseProxy, useProxyClass } from "./proxy.ts";
import { registerBuiltin } from "./registry.ts";
import { SYNC_TYPES } from "./sync_types.ts";

const METHODS = [
  "apply",
  "applyAsync",
  "map",
  "mapAsync",
  "starmap",
  "starmapAsync",
  "imap",
  "imapUnordered",
  "close",
  "terminate",
  "join",
  "stats",
];
const RESULT_METHODS = ["get", "wait", "ready", "successful"];
/** What stays with the manager until it is asked for. */
const RESULT_TYPES: Readonly<Record<string, string>> = {
  applyAsync: "AsyncResult",
  mapAsync: "AsyncResult",
  starmapAsync: "AsyncResult",
  imap: "Iterator",
  imapUnordered: "Iterator",
};

registerBuiltin(SYNC_TYPES, {
  typeid: "Pool",
  exposed: METHODS,
  methodToTypeid: RESULT_TYPES,
  callable: (init) => new (boundClass(Pool, identity.startMethod))(init as number | undefined),
});
registerBuiltin(SYNC_TYPES, { typeid: "AsyncResult", exposed: RESULT_METHODS });

/** The result of a task of a pool that a manager holds. It is no promise: ask it by {@linkcode AsyncResultProxy.get}. */
export class AsyncResultProxy<T = unknown> extends BaseProxy {
  /** The methods that are reached. */
  static override readonly exposed: readonly string[] | undefined = RESULT_METHODS;

  /** The result, once there is one. */
  async get(options: WaitOptions = {}): Promise<T> {
    // What the task gives is what its function returns.
    return await this.callMethod("get", [options]) as T;
  }

  /** Waits until there is one. */
  async wait(options: WaitOptions = {}): Promise<void> {
    await this.callMethod("wait", [options]);
  }

  /** Whether there is one. */
  async ready(): Promise<boolean> {
    return await this.callMethod("ready") === true;
  }

  /** Whether it is no error; rejects while there is none. */
  async successful(): Promise<boolean> {
    return await this.callMethod("successful") === true;
  }
}

/** A pool that a manager holds; its workers are the manager's children. */
export class PoolProxy extends BaseProxy {
  /** The methods that are reached. */
  static override readonly exposed: readonly string[] | undefined = METHODS;
  /** What stays with the manager until it is asked for. */
  static override readonly methodToTypeid: Readonly<Record<string, string>> | undefined = RESULT_TYPES;

  /** Calls a function in a worker. */
  async apply<A extends unknown[], R>(f: Target<A, R>, args?: A, options: TaskOptions = {}): Promise<R> {
    return await this.callMethod("apply", [f, args ?? [], options]) as R;
  }

  /** Calls a function in a worker, without waiting for it. */
  async applyAsync<A extends unknown[], R>(f: Target<A, R>, args?: A): Promise<AsyncResultProxy<R>> {
    return await this.callMethod("applyAsync", [f, args ?? []]) as AsyncResultProxy<R>;
  }

  /** Calls a function with each item. */
  async map<T, R>(f: Target<[T], R>, items: Items<T>, options: ChunkOptions = {}): Promise<R[]> {
    return await this.#over("map", f, items, options) as R[];
  }

  /** Calls a function with each item, without waiting for it. */
  async mapAsync<T, R>(f: Target<[T], R>, items: Items<T>, options: ChunkOptions = {}): Promise<AsyncResultProxy<R[]>> {
    return await this.#over("mapAsync", f, items, options) as AsyncResultProxy<R[]>;
  }

  /** Calls a function with the arguments in each item. */
  async starmap<A extends unknown[], R>(f: Target<A, R>, items: Items<A>, options: ChunkOptions = {}): Promise<R[]> {
    return await this.#over("starmap", f, items, options) as R[];
  }

  /** Calls a function with the arguments in each item, without waiting for it. */
  async starmapAsync<A extends unknown[], R>(
    f: Target<A, R>,
    items: Items<A>,
    options: ChunkOptions = {},
  ): Promise<AsyncResultProxy<R[]>> {
    return await this.#over("starmapAsync", f, items, options) as AsyncResultProxy<R[]>;
  }

  /** Calls a function with each item; the results one by one, in order. */
  async imap<T, R>(f: Target<[T], R>, items: Items<T>, options: ChunkOptions = {}): Promise<IteratorProxy<R>> {
    return await this.#over("imap", f, items, options) as IteratorProxy<R>;
  }

  /** Calls a function with each item; the results one by one, as they come. */
  async imapUnordered<T, R>(f: Target<[T], R>, items: Items<T>, options: ChunkOptions = {}): Promise<IteratorProxy<R>> {
    return await this.#over("imapUnordered", f, items, options) as IteratorProxy<R>;
  }

  /** No more tasks. */
  async close(): Promise<void> {
    await this.callMethod("close");
  }

  /** Ends the workers at once. */
  async terminate(): Promise<void> {
    await this.callMethod("terminate");
  }

  /** Waits until the workers have ended. */
  async join(): Promise<void> {
    await this.callMethod("join");
  }

  /** What the pool tells about its work. */
  async stats(): Promise<PoolStats> {
    return await this.callMethod("stats") as PoolStats;
  }

  /** Terminates the pool, and gives the proxy up. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate().catch(() => {
      // It was disposed of already, or the manager has gone, and the pool with it.
    });
    await super[Symbol.asyncDispose]();
  }

  /** The items cross at once; what makes them stays here. */
  #over(method: string, f: unknown, items: Items<unknown>, options: ChunkOptions): Promise<unknown> {
    if (typeof items !== "object" || items === null || !(Symbol.asyncIterator in items)) {
      return this.callMethod(method, [f, Array.isArray(items) ? items : [...items as Iterable<unknown>], options]);
    }
    return Array.fromAsync(items).then((list) => this.callMethod(method, [f, list, options]));
  }
}

useProxyClass("Pool", PoolProxy);
useProxyClass("AsyncResult", AsyncResultProxy);
