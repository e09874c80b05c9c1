/**
 * {@linkcode ThreadPool}.
 *
 * @module
 */

import type { StartMethod } from "../process/start_method.ts";
import { Pool } from "./pool.ts";
import { checkAlone, type PoolInit } from "./pool_init.ts";

/** A {@linkcode Pool} of workers, whatever the default context is, as Python's `multiprocessing.pool.ThreadPool`. */
export class ThreadPool extends Pool {
  /** `"worker"`. */
  static override readonly startMethod: StartMethod = "worker";

  /**
   * Makes a pool of workers.
   *
   * @param init How many, or what the pool is made of.
   * @throws {TypeError} If `context` or `maxTasksPerChild` is given, or something else that a pool cannot be made of.
   */
  constructor(init: number | null | Omit<PoolInit, "context" | "maxTasksPerChild"> = {}) {
    checkAlone("ThreadPool", arguments);
    for (const option of ["context", "maxTasksPerChild"]) {
      if (typeof init !== "object" || init === null || !(option in init)) continue;
      throw new TypeError(`Cannot make a ThreadPool: ${option} cannot be given; use Pool`);
    }
    super(init);
  }
}
