/**
 * A job of many items, cut into tasks, and its results put together.
 *
 * @module
 */

import { within } from "../base/deadline.ts";
import { leave } from "../codec/transfer.ts";
import type { Settler } from "./async_result.ts";
import { Input } from "./input.ts";
import type { PoolEngine } from "./pool_engine.ts";
import { isAsync, isIterable, type Items, wrong } from "./pool_init.ts";
import { TaskList } from "./pool_queue.ts";
import type { Job } from "./pool_task.ts";
import { Mode } from "./pool_wire.ts";

/** What a job over a list is made of. */
export interface MapInit<R> {
  readonly engine: PoolEngine;
  readonly job: Job;
  /** How many items make a task; as many as give each worker four of them if absent. */
  readonly chunkSize: number | undefined;
  /** Settled when all tasks have ended: with all results, or what the first that failed threw. */
  readonly settler: Settler<R[]>;
}

/** Begins a job; what goes wrong with its items is its result. */
export function beginMap<R>(init: MapInit<R>, items: Items<unknown>): void {
  const { engine, job: { options: { signal } }, settler } = init;
  try {
    engine.supply(isAsync(items) ? listLater(init, items) : listNow(init, items, signal));
    engine.pump();
  } catch (error) {
    settler.reject(error);
  }
}

function listNow<R>(init: MapInit<R>, items: Iterable<unknown>, signal: AbortSignal | undefined): TaskList {
  signal?.throwIfAborted();
  const tasks = new TaskList((error) => init.settler.reject(error));
  mapList(init, checked(init.job, Array.isArray(items) ? items : [...items]), tasks);
  return tasks;
}

function listLater<R>(init: MapInit<R>, items: AsyncIterable<unknown>): TaskList {
  const { engine, job: { options: { signal } }, settler } = init;
  const input = new Input(items);
  let dropped = false;
  const tasks = new TaskList((error) => {
    dropped = true;
    settler.reject(error);
    input.closeQuietly();
  });
  const listed = (list: readonly unknown[] | undefined) => {
    tasks.awaited = false;
    settler.late(false);
    if (list !== undefined && !dropped) mapList(init, list, tasks);
    engine.pump();
  };
  tasks.awaited = true;
  settler.late(true);
  allOf(input, signal).then((list) => checked(init.job, list)).then(listed, (error) => {
    settler.reject(error);
    input.closeQuietly();
    listed(undefined);
  });
  return tasks;
}

/** The items, if each is what the job calls its function with. */
function checked(job: Job, list: readonly unknown[]): readonly unknown[] {
  const odd = job.mode === Mode.STARMAP ? list.findIndex((item) => !isIterable(item)) : -1;
  if (odd >= 0) throw wrong(`items[${odd}]`, "a list of arguments", list[odd]);
  return list;
}

/** All items, unless the signal aborts before the last has come, which may be never. */
function allOf(input: Input, signal: AbortSignal | undefined): Promise<unknown[]> {
  return within<unknown[]>(signal === undefined ? {} : { signal }, () => input.list(), () => []);
}

function mapList<R>({ engine, job, chunkSize, settler }: MapInit<R>, list: readonly unknown[], tasks: TaskList): void {
  const size = chunkSize ?? Math.ceil(list.length / (4 * engine.size));
  const results: R[] = new Array(list.length);
  let failure: { readonly error: unknown } | undefined;
  let left = Math.ceil(list.length / size) || 0;
  if (left === 0) settler.resolveQuietly([]);
  const finish = () => {
    if (--left > 0) return;
    if (failure === undefined) settler.resolve(results);
    else settler.reject(failure.error);
  };
  let made = true;
  for (let from = 0; from < list.length; from += size) {
    const outcome = {
      resolve: (value: unknown) => {
        (value as R[]).forEach((result, index) => results[from + index] = result);
        finish();
      },
      reject: (error: unknown) => {
        failure ??= { error };
        finish();
      },
      late: settler.late,
    };
    made = engine.submit(tasks, job, list.slice(from, from + size), outcome) && made;
  }
  if (made) leave(job.buffers);
}
