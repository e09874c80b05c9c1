/**
 * Pools that managers hold.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { NotSupportedError } from "../base/errors.ts";
import { identity } from "../base/identity.ts";
import type { Target } from "../codec/ref.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { Pool } from "../pool/pool.ts";
import { type ChunkOptions, isAsync, isIterable, type Items, wrong } from "../pool/pool_init.ts";
import type { PoolStats } from "../pool/pool_stats.ts";
import { readTaskOptions, type TaskOptions } from "../pool/pool_task.ts";
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

/** What the pool would have to call or to take here. */
const LEFT_OUT = ["callback", "errorCallback", "onProgress", "transfer"];

/**
 * A pool that a manager holds; its workers are the manager's children.
 *
 * Its options are those of {@linkcode Pool}, but for what the manager cannot do from afar: to call functions of this process, to take
 * its memory, and to heed a signal once the call has been answered. The message says what to do instead.
 */
export class PoolProxy extends BaseProxy {
  /** The methods that are reached. */
  static override readonly exposed: readonly string[] | undefined = METHODS;
  /** What stays with the manager until it is asked for. */
  static override readonly methodToTypeid: Readonly<Record<string, string>> | undefined = RESULT_TYPES;

  /** Calls a function in a worker. */
  async apply<A extends unknown[], R>(
    f: Target<A, R>,
    args?: A,
    options: Pick<TaskOptions, "timeout" | "grace" | "signal"> = {},
  ): Promise<R> {
    checkSupported("apply", options);
    return await this.callMethod("apply", [f, args ?? [], options]) as R;
  }

  /** Calls a function in a worker, without waiting for it. */
  async applyAsync<A extends unknown[], R>(
    f: Target<A, R>,
    args?: A,
    options: Pick<TaskOptions, "timeout" | "grace"> = {},
  ): Promise<AsyncResultProxy<R>> {
    checkSupported("applyAsync", options);
    return await this.callMethod("applyAsync", [f, args ?? [], options]) as AsyncResultProxy<R>;
  }

  /** Calls a function with each item. */
  async map<T, R>(
    f: Target<[T], R>,
    items: Items<T>,
    options: Pick<ChunkOptions, "timeout" | "grace" | "signal" | "chunkSize"> = {},
  ): Promise<R[]> {
    return await this.#over("map", f, items, options) as R[];
  }

  /** Calls a function with each item, without waiting for it. */
  async mapAsync<T, R>(
    f: Target<[T], R>,
    items: Items<T>,
    options: Pick<ChunkOptions, "timeout" | "grace" | "chunkSize"> = {},
  ): Promise<AsyncResultProxy<R[]>> {
    return await this.#over("mapAsync", f, items, options) as AsyncResultProxy<R[]>;
  }

  /** Calls a function with the arguments in each item. */
  async starmap<A extends unknown[], R>(
    f: Target<A, R>,
    items: Items<A>,
    options: Pick<ChunkOptions, "timeout" | "grace" | "signal" | "chunkSize"> = {},
  ): Promise<R[]> {
    return await this.#over("starmap", f, items, options) as R[];
  }

  /** Calls a function with the arguments in each item, without waiting for it. */
  async starmapAsync<A extends unknown[], R>(
    f: Target<A, R>,
    items: Items<A>,
    options: Pick<ChunkOptions, "timeout" | "grace" | "chunkSize"> = {},
  ): Promise<AsyncResultProxy<R[]>> {
    return await this.#over("starmapAsync", f, items, options) as AsyncResultProxy<R[]>;
  }

  /** Calls a function with each item; the results one by one, in order. */
  async imap<T, R>(
    f: Target<[T], R>,
    items: Items<T>,
    options: Pick<ChunkOptions, "timeout" | "grace" | "chunkSize"> = {},
  ): Promise<IteratorProxy<R>> {
    return await this.#over("imap", f, items, options) as IteratorProxy<R>;
  }

  /** Calls a function with each item; the results one by one, as they come. */
  async imapUnordered<T, R>(
    f: Target<[T], R>,
    items: Items<T>,
    options: Pick<ChunkOptions, "timeout" | "grace" | "chunkSize"> = {},
  ): Promise<IteratorProxy<R>> {
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
    checkSupported(method, options);
    if (!isAsync(items)) {
      if (!isIterable(items)) throw wrong("items", "an iterable", items);
      return this.callMethod(method, [f, Array.isArray(items) ? items : [...items], options]);
    }
    return Array.fromAsync(items).then((list) => this.callMethod(method, [f, list, options]));
  }
}

/**
 * Refuses what a pool of a manager cannot do; better than to leave it out.
 *
 * @throws {NotSupportedError} If there is something of the kind.
 * @throws {TypeError} If an option is of the wrong kind.
 */
function checkSupported(method: string, options: TaskOptions): void {
  readTaskOptions(options);
  const given = Object.entries(options).filter(([, value]) => value !== undefined).map(([name]) => name);
  const refused = LEFT_OUT.find((name) => given.includes(name));
  if (refused !== undefined) {
    throw new NotSupportedError(
      `Cannot call ${method} with ${refused}: the pool of a manager reaches nothing of this process; leave it out and use the result`,
    );
  }
  if (method in RESULT_TYPES && given.includes("signal")) {
    throw new NotSupportedError(
      `Cannot call ${method} with a signal: the call is answered before the tasks are done; give a timeout, or use apply() or map()`,
    );
  }
}

useProxyClass("Pool", PoolProxy);
useProxyClass("AsyncResult", AsyncResultProxy);
