/**
 * {@linkcode SyncManager}: a manager of lists, dicts, locks, queues and their kin.
 *
 * @module
 */

import { checkAlone, isIterable, type PoolInit } from "../pool/pool_init.ts";
import type { BarrierOptions } from "../sync/barrier.ts";
import { BaseManager } from "./base_manager.ts";
import type { ArrayProxy, DictInit, DictProxy, ListProxy, SetProxy, ValueProxy } from "./container_proxies.ts";
import type {
  BarrierProxy,
  BoundedSemaphoreProxy,
  ConditionProxy,
  EventProxy,
  LockProxy,
  RLockProxy,
  SemaphoreProxy,
} from "./lock_proxies.ts";
import type { Namespace } from "./namespace_proxy.ts";
import type { PoolProxy } from "./pool_proxy.ts";
import "./pool_proxy.ts";
import type { JoinableQueueProxy, QueueProxy } from "./queue_proxies.ts";
import { entriesOf } from "./served_dict.ts";
import { SYNC_TYPES } from "./sync_types.ts";

/**
 * Keeps lists, dicts, locks, queues and their kin for the processes of a program, and for other programs, as Python's
 * `multiprocessing.managers.SyncManager`. What a process holds that ends is given back.
 *
 * @example A dict and a list
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * await using manager = await getContext("worker").Manager();
 * await using dict = await manager.dict<string, number>();
 * await using list = await manager.list([3, 1, 2]);
 * await dict.set("a", 1);
 * await list.sort();
 * assertEquals(await dict.get("a"), 1);
 * assertEquals(await list.getValue(), [1, 2, 3]);
 * ```
 */
export class SyncManager extends BaseManager {
  /** The built-in types that its objects include. */
  protected static override readonly typeSets: readonly string[] = [SYNC_TYPES];

  /** Makes a list. */
  async list<T>(items: Iterable<T> = []): Promise<ListProxy<T>> {
    return await this.#make("list", [listed("a list", items)]);
  }

  /** Makes a dict of a Map, of pairs or of an object. */
  async dict<K = string, V = unknown>(init?: DictInit<K, V>): Promise<DictProxy<K, V>> {
    return await this.#make("dict", [entriesOf(init)]);
  }

  /** Makes a set. */
  async set<T>(items: Iterable<T> = []): Promise<SetProxy<T>> {
    return await this.#make("set", [listed("a set", items)]);
  }

  /** Makes a namespace with attributes to begin with. */
  async Namespace<T extends object = Record<string, unknown>>(
    attributes: Partial<T> = {},
  ): Promise<Namespace<T>> {
    if (typeof attributes !== "object" || attributes === null) {
      throw unfit("a Namespace", "attributes must be an object such as { x: 1 }", attributes);
    }
    return await this.#make("Namespace", [attributes]);
  }

  /** Makes a queue of at most so many items; 0 for no bound. */
  Queue<T = unknown>(maxSize = 0): Promise<QueueProxy<T>> {
    return this.#make("Queue", [maxSize]);
  }

  /** Makes a queue that knows what is done with. */
  JoinableQueue<T = unknown>(maxSize = 0): Promise<JoinableQueueProxy<T>> {
    return this.#make("JoinableQueue", [maxSize]);
  }

  /** Makes a lock. */
  Lock(): Promise<LockProxy> {
    return this.#make("Lock", []);
  }

  /** Makes a lock that its holder can take again. */
  RLock(): Promise<RLockProxy> {
    return this.#make("RLock", []);
  }

  /** Makes a semaphore of so many permits. */
  Semaphore(value = 1): Promise<SemaphoreProxy> {
    return this.#make("Semaphore", [value]);
  }

  /** Makes a semaphore that takes no more permits back than it gave. */
  BoundedSemaphore(value = 1): Promise<BoundedSemaphoreProxy> {
    return this.#make("BoundedSemaphore", [value]);
  }

  /** Makes a condition, with a lock of its own if none is given. */
  Condition(lock?: LockProxy | RLockProxy): Promise<ConditionProxy> {
    return this.#make("Condition", lock === undefined ? [] : [lock]);
  }

  /** Makes an event. */
  Event(): Promise<EventProxy> {
    return this.#make("Event", []);
  }

  /** Makes a barrier for so many. */
  Barrier(parties: number, options: BarrierOptions = {}): Promise<BarrierProxy> {
    return this.#make("Barrier", [parties, options]);
  }

  /** Makes a value; the type code is for people. */
  Value<T>(typecode: string, value: T): Promise<ValueProxy<T>> {
    return this.#make("Value", [typecode, value]);
  }

  /** Makes an array of typed numbers. */
  async Array(typecode: string, init: number | Iterable<number>): Promise<ArrayProxy> {
    return await this.#make("Array", [typecode, typeof init === "number" ? init : listed("an Array", init)]);
  }

  /** Makes a pool of so many workers, or of what a pool is made of. */
  Pool(init?: number | Omit<PoolInit, "context" | "onWorkerExit">): Promise<PoolProxy> {
    checkAlone("Pool", arguments);
    return this.#make("Pool", init === undefined ? [] : [init]);
  }

  /** Of a type that every server of this class makes. */
  async #make<P>(typeid: string, args: unknown[]): Promise<P> {
    return await this.create(typeid, ...args) as unknown as P;
  }
}

/**
 * What a container is made of, as it is sent.
 *
 * @throws {TypeError} If it cannot be listed.
 */
function listed<T>(what: string, items: Iterable<T>): readonly T[] {
  if (!isIterable(items)) throw unfit(what, "items must be iterable, such as [1, 2]", items);
  return Array.isArray(items) ? items : [...items];
}

function unfit(what: string, needed: string, received: unknown): TypeError {
  return new TypeError(`Cannot make ${what}: its ${needed}, received ${Deno.inspect(received)}`);
}

/** Makes and starts a {@linkcode SyncManager} of a class. */
export async function startedManager(cls: typeof SyncManager): Promise<SyncManager> {
  const manager = new cls();
  await manager.start();
  return manager;
}

/**
 * Starts a manager of lists, dicts, locks, queues and their kin, as Python's `multiprocessing.Manager`.
 *
 * @returns The manager, started; dispose of it, or call its `shutdown`, to end its process.
 * @throws {Deno.errors.NotCapable} If a permission is missing; the message names the flag.
 *
 * @example Processes that fill a dict
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Manager } from "@multiprocessing/deno";
 *
 * await using manager = await Manager();
 * const dict = await manager.dict<string | number, unknown>([["2", 2]]);
 * await dict.set(1, "1");
 * assertEquals(await dict.toString(), "{'2': 2, 1: '1'}");
 * ```
 */
export function Manager(): Promise<SyncManager> {
  return startedManager(SyncManager);
}
