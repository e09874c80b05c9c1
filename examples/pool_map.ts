/** A pool of processes that share the work of a `map`. */
import { Pool } from "@multiprocessing/deno";

export function f(x: number): number {
  return x * x;
}

if (import.meta.main) {
  await using pool = new Pool(5);
  console.log(await pool.map(f, [1, 2, 3]));
}

/* Output:
[ 1, 4, 9 ]
*/

// Catalogue: EX-01
