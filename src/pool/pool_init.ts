/**
 * What pools are made of, and what is refused.
 *
 * @module
 */

import { checkContext, checkCount, checkNames, checkType } from "../base/check.ts";
import { identity } from "../base/identity.ts";
import { NodeHandoff } from "../channel/node_handoff.ts";
import { Ref, type Target } from "../codec/ref.ts";
import type { ProcessPermissions } from "../process/permissions.ts";
import type { StartMethod } from "../process/start_method.ts";
import type { WorkerExit } from "./pool_recruiter.ts";
import { encoded, type TaskOptions } from "./pool_task.ts";

/** Items of a job. */
export type Items<T> = Iterable<T> | AsyncIterable<T>;

/** What a {@linkcode Pool} is made of. */
export interface PoolInit {
  /** How many workers; the number of processors if absent. */
  processes?: number | undefined;
  /** Called once in each worker, replacements included, before any task. */
  initializer?: Target<never[], unknown> | undefined;
  /** Arguments of the initializer. */
  initargs?: unknown[] | undefined;
  /** After how many tasks a worker is replaced; a chunk counts as one. */
  maxTasksPerChild?: number | null | undefined;
  /** What starts the workers; the default context if absent. */
  context?: { getStartMethod(): StartMethod | null } | undefined;
  /** What the workers may do, never more than this process. */
  permissions?: ProcessPermissions | undefined;
  /** `timeout` of tasks that name none, in milliseconds. */
  taskTimeout?: number | undefined;
  /** Called when a worker has ended, for whatever reason. */
  onWorkerExit?: ((exit: WorkerExit) => void) | undefined;
}

const OPTIONS: Readonly<Record<keyof PoolInit, true>> = {
  processes: true,
  initializer: true,
  initargs: true,
  maxTasksPerChild: true,
  context: true,
  permissions: true,
  taskTimeout: true,
  onWorkerExit: true,
};
const NAMES = Object.keys(OPTIONS);

/** Options of jobs over several items. */
export interface ChunkOptions extends TaskOptions {
  /** How many items make a task. */
  chunkSize?: number | undefined;
}

/**
 * Refuses Python's positional arguments after the first one, which would be lost.
 *
 * @param given All arguments.
 * @throws {TypeError} If there is more than one.
 */
export function checkAlone(what: string, given: ArrayLike<unknown>): void {
  if (Array.from(given).slice(1).every((each) => each === undefined)) return;
  throw new TypeError(
    `Cannot make a ${what}: received ${given.length} arguments; pass one, as new ${what}({ processes: 1, initializer })`,
  );
}

/**
 * Refuses what no pool can be made of.
 *
 * @throws {RangeError} If a number is out of range.
 * @throws {TypeError} If something is of the wrong kind.
 */
export function checkedInit(init: PoolInit): PoolInit {
  checkNames("make a pool", init, NAMES);
  const { processes, initializer, initargs, context, taskTimeout, onWorkerExit } = init;
  if (processes !== undefined) checkType("make a pool: processes", "number", processes);
  if (processes !== undefined && !(Number.isInteger(processes) && processes >= 1)) {
    throw new RangeError(`Cannot make a pool: Number of processes must be at least 1, received ${processes}`);
  }
  if (initializer !== undefined && typeof initializer !== "function" && !(initializer instanceof Ref)) {
    throw wrongInit("initializer", "a function", initializer);
  }
  if (taskTimeout !== undefined && !(typeof taskTimeout === "number" && !Number.isNaN(taskTimeout))) {
    throw wrongInit("taskTimeout", "a number of milliseconds", taskTimeout);
  }
  if (onWorkerExit !== undefined && typeof onWorkerExit !== "function") {
    throw wrongInit("onWorkerExit", "a function", onWorkerExit);
  }
  if (initargs !== undefined && !Array.isArray(initargs)) throw wrongInit("initargs", "an array", initargs);
  // As Python's None.
  if (context !== undefined && context !== null) checkContext("make a pool", context, "getStartMethod");
  const { maxTasksPerChild = null } = init;
  if (maxTasksPerChild !== null) checkCount("make a pool: maxTasksPerChild", maxTasksPerChild, 1);
  return init;
}

/**
 * Refuses what cannot be sent to a worker.
 *
 * @throws {TypeError} If it is or has a function that is not found, or something else that cannot be sent.
 */
export function checkSendable(value: unknown): void {
  const handoff = new NodeHandoff("a worker of the pool", identity.address);
  encoded(value, handoff);
  // Each worker is sent one of its own.
  handoff.abandon();
}

/** Refuses a chunk of nothing. */
export function checkChunkSize(chunkSize: number | undefined): void {
  if (chunkSize === undefined) return;
  if (typeof chunkSize !== "number") throw wrong("chunkSize", "a number", chunkSize);
  if (Number.isInteger(chunkSize) && chunkSize >= 1) return;
  throw new RangeError(`Cannot submit to the pool: Chunksize must be 1+, not ${chunkSize}`);
}

/** Refuses items that cannot be iterated over. */
export function checkItems(items: unknown): asserts items is Items<unknown> {
  if (!isAsync(items) && !isIterable(items)) throw wrong("items", "an iterable", items);
}

/** Whether items come as promises. */
export function isAsync(items: unknown): items is AsyncIterable<unknown> {
  return typeof items === "object" && items !== null && Symbol.asyncIterator in items;
}

/** Whether items can be listed. */
export function isIterable(items: unknown): items is Iterable<unknown> {
  return typeof items === "string" || typeof items === "object" && items !== null && Symbol.iterator in items;
}

/** Why something cannot be submitted. */
export function wrong(what: string, needed: string, received: unknown): TypeError {
  return new TypeError(
    `Cannot submit to the pool: ${what} must be ${needed}, received ${Deno.inspect(received, { depth: 0 })}`,
  );
}

function wrongInit(what: string, needed: string, received: unknown): TypeError {
  return new TypeError(
    `Cannot make a pool: ${what} must be ${needed}, received ${Deno.inspect(received, { depth: 0 })}`,
  );
}
