/** What a pool can do: results in order and as they come, one task and several, and patience that ends. */
import { Pool, TimeoutError } from "@multiprocessing/deno";
import { delay } from "@std/async";

export function f(x: number): number {
  return x * x;
}

export function pid(): number {
  return Deno.pid;
}

export async function sleep(ms: number): Promise<void> {
  await delay(ms);
}

if (import.meta.main) {
  const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  {
    await using pool = new Pool({ processes: 4 });

    console.log((await pool.map(f, numbers)).join(" "));

    // The same numbers, in the order in which they are ready.
    for await (const square of pool.imapUnordered(f, numbers)) console.log(square);

    // One task, in one process.
    const square = pool.applyAsync(f, [20]);
    console.log(await square.get({ timeout: 10_000 }));
    const one = pool.applyAsync(pid);
    console.log("process", await one.get({ timeout: 10_000 }));

    // Several tasks at once, which may use several processes.
    const several = [1, 2, 3, 4].map(() => pool.applyAsync(pid));
    console.log("processes", (await Promise.all(several)).join(" "));

    // One process is made to sleep longer than we care to wait.
    const slow = pool.applyAsync(sleep, [60_000]);
    try {
      await slow.get({ timeout: 50 });
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      console.log("We lacked patience and got a TimeoutError");
    }

    console.log("For the moment, the pool remains available for more work");
  }
  console.log("Now the pool is closed and no longer available");
}

/* Output, interleaved:
0 1 4 9 16 25 36 49 64 81

0

1

4

9

16

25

36

49

64

81

400
process *
processes * * * *
We lacked patience and got a TimeoutError
For the moment, the pool remains available for more work
Now the pool is closed and no longer available
*/

// Catalogue: EX-12
