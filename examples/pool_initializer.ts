/** What each process of a pool does first: open a connection, read a file, or just say who it is. */
import { currentProcess, Pool } from "@multiprocessing/deno";

export function startProcess(): void {
  console.log("Starting", currentProcess().name);
}

export function double(x: number): number {
  return x * 2;
}

if (import.meta.main) {
  const inputs = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  console.log("Input   :", inputs.join(" "));
  console.log("Built-in:", inputs.map(double).join(" "));

  await using pool = new Pool({ processes: 4, initializer: startProcess });
  const outputs = await pool.map(double, inputs);
  console.log("Pool    :", outputs.join(" "));

  pool.close(); // no more tasks
  await pool.join(); // the last ones are done
}

/* Output, interleaved:
Input   : 0 1 2 3 4 5 6 7 8 9
Built-in: 0 2 4 6 8 10 12 14 16 18
Pool    : 0 2 4 6 8 10 12 14 16 18

Starting *

Starting *

Starting *

Starting *
*/
