/**
 * A job of many items, cut into tasks, and its results put together.
 *
 * @module
 */

import type { Settler } from "./async_result.ts";
import type { Resolvers } from "./pool_task.ts";

/**
 * Submits a list in chunks.
 *
 * @param size How many items make a task.
 * @param settler Settled when all tasks have ended: with all results, or what the first that failed threw.
 * @param submit Makes a task of some items.
 */
export function mapList<R>(
  list: readonly unknown[],
  size: number,
  settler: Settler<R[]>,
  submit: (items: readonly unknown[], outcome: Resolvers) => void,
): void {
  const results: R[] = new Array(list.length);
  let failure: { readonly error: unknown } | undefined;
  let left = Math.ceil(list.length / size) || 0;
  if (left === 0) settler.resolveQuietly([]);
  const finish = () => {
    if (--left > 0) return;
    if (failure === undefined) settler.resolve(results);
    else settler.reject(failure.error);
  };
  for (let from = 0; from < list.length; from += size) {
    submit(list.slice(from, from + size), {
      resolve: (value) => {
        (value as R[]).forEach((result, index) => results[from + index] = result);
        finish();
      },
      reject: (error) => {
        failure ??= { error };
        finish();
      },
      late: settler.late,
    });
  }
}
