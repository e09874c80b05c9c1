/** One task for a pool, whose result is asked for later, and the same task for many numbers. */
import { Pool } from "@multiprocessing/deno";

export function f(x: number): number {
  return x * x;
}

if (import.meta.main) {
  await using pool = new Pool({ processes: 4 });

  const result = pool.applyAsync(f, [10]);
  console.log(await result.get({ timeout: 10_000 }));

  console.log(await pool.map(f, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
}

/* Output:
100
[
   0,  1,  4,  9, 16,
  25, 36, 49, 64, 81
]
*/

// Catalogue: EX-11
