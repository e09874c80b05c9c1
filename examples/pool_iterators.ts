/** Results of a pool one by one: an iterator whose `next` may be told how long to wait, as that of a single task may. */
import { Pool, TimeoutError } from "@multiprocessing/deno";
import { delay } from "@std/async";

export function f(x: number): number {
  return x * x;
}

export async function sleep(ms: number): Promise<void> {
  await delay(ms);
}

if (import.meta.main) {
  await using pool = new Pool({ processes: 4 });

  const result = pool.applyAsync(f, [10]); // evaluated in one process
  console.log(await result.get({ timeout: 10_000 }));

  console.log((await pool.map(f, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])).join(" "));

  const squares = pool.imap(f, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  console.log((await squares.next()).value);
  console.log((await squares.next()).value);
  console.log((await squares.next({ timeout: 10_000 })).value);

  const slow = pool.applyAsync(sleep, [60_000]);
  try {
    await slow.get({ timeout: 50 });
  } catch (error) {
    console.log(error instanceof TimeoutError ? "TimeoutError" : error);
  }
}

/* Output:
100
0 1 4 9 16 25 36 49 64 81
0
1
4
TimeoutError
*/

// Catalogue: EX-34
