/** A process seen from outside: before it starts, while it runs, after it was terminated. */
import { Process } from "@multiprocessing/deno";
import { delay } from "@std/async";

export async function sleep(ms: number): Promise<void> {
  await delay(ms);
}

if (import.meta.main) {
  const process = new Process({ target: sleep, args: [1_000_000] });
  console.log(process, process.isAlive());
  await process.start();
  console.log(process, process.isAlive());
  process.terminate();
  await process.join();
  console.log(process, process.isAlive());
  console.log(process.exitCode === -15); // the number of SIGTERM
}

/* Output:
<Process name='Process-1' parent=* initial> false
<Process name='Process-1' pid=* parent=* started> true
<Process name='Process-1' pid=* parent=* stopped exitcode=-SIGTERM> false
true
*/

// Catalogue: EX-14
