/**
 * What a task may know of itself while it runs in a worker: {@linkcode taskSignal} and {@linkcode reportProgress}.
 *
 * @module
 */

import { InvalidStateError } from "../base/errors.ts";

/** A task that runs in this worker. */
export interface RunningTask {
  /** Aborted when nobody wants the task any more. */
  readonly signal: AbortSignal;
  report(progress: unknown): void;
}

let running: RunningTask | undefined;

/** Says which task runs from now on; a worker runs one at a time. */
export function setRunningTask(task: RunningTask | undefined): void {
  running = task;
}

/**
 * Inside a task: a signal that is aborted when its caller aborts it, or when its time is up. Who asks after the task has ended, as what
 * it has left behind may, gets that of the task that runs then.
 *
 * @returns The signal of the task that runs in this worker.
 * @throws {InvalidStateError} If no task of a pool runs in this process.
 *
 * @example A task that can be aborted
 * ```ts
 * import { taskSignal } from "@multiprocessing/deno";
 *
 * export async function download(url: string) {
 *   const response = await fetch(url, { signal: taskSignal() });
 *   return await response.text();
 * }
 * ```
 */
export function taskSignal(): AbortSignal {
  return runningTask("ask for its signal").signal;
}

/**
 * Inside a task: tells its caller how far it is, who hears of it by `onProgress`, in order and before the result. What a task has left
 * behind reports to the caller of the task that runs then.
 *
 * @param value Anything that can cross to another process.
 * @throws {InvalidStateError} If no task of a pool runs in this process.
 * @throws {TypeError} If the value cannot be sent.
 *
 * @example Every hundredth
 * ```ts
 * import { reportProgress } from "@multiprocessing/deno";
 *
 * export function count(items: string[]) {
 *   items.forEach((_, index) => {
 *     if (index % 100 === 0) reportProgress(index / items.length);
 *   });
 *   return items.length;
 * }
 * ```
 */
export function reportProgress(value: unknown): void {
  runningTask("report its progress").report(value);
}

function runningTask(what: string): RunningTask {
  if (running !== undefined) return running;
  throw new InvalidStateError(`Cannot ${what}: no task of a pool runs in this process; call it in a task`);
}
