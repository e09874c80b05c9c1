/** A process that is ended early. It counts as alive until its end is known; that of a worker is at once. */
import { Process } from "@multiprocessing/deno";
import { delay } from "@std/async";

export async function slowWorker(): Promise<void> {
  await delay(60_000);
  console.log("Finished worker");
}

if (import.meta.main) {
  const process = new Process({ target: slowWorker });
  console.log("BEFORE:", process, process.isAlive());

  await process.start();
  console.log("DURING:", process, process.isAlive());

  process.terminate();
  console.log("TERMINATED:", process, process.isAlive());

  await process.join();
  console.log("JOINED:", process, process.isAlive());
}

/* Output:
BEFORE: <Process name='Process-1' parent=* initial> false
DURING: <Process name='Process-1' pid=* parent=* started> true
TERMINATED: <Process name='Process-1' pid=* parent=* started> true
JOINED: <Process name='Process-1' pid=* parent=* stopped exitcode=-SIGTERM> false
*/

// Catalogue: EX-59

// Start method: spawn, forkserver
