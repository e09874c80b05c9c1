/**
 * {@linkcode dummy}: the module on workers.
 *
 * @module
 */

import { WorkerContext } from "./context.ts";
import { ThreadPool } from "./pool/thread_pool.ts";

/** The class of {@linkcode dummy}. */
export class Dummy extends WorkerContext {
  /** {@linkcode ThreadPool}. */
  override readonly Pool: typeof ThreadPool = ThreadPool;
}

/**
 * The whole surface of the module on workers, as Python's `multiprocessing.dummy` has it on threads: what is written for the module
 * runs with `dummy` in its place, whatever the default start method is. Its `Pool` is a {@linkcode ThreadPool}.
 *
 * Where it differs from Python's: workers share no variables, so what they are given is sent, as to any process; a worker that fails
 * has exit code 1, not 0; `duplex: false` makes a pipe of one direction here too.
 *
 * @example A worker
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dummy } from "@multiprocessing/deno";
 *
 * const process = new dummy.Process({ name: "helper" });
 * await process.start();
 * await process.join();
 * assertEquals([process.pid, process.exitCode], [Deno.pid, 0]);
 * ```
 */
export const dummy: Dummy = new Dummy("worker");
