/** What the module itself does, in every process, on standard error: in all detail. */
import { DEBUG, logToStderr, Process } from "@multiprocessing/deno";

export function worker(): void {
  console.log("Doing some work");
}

if (import.meta.main) {
  logToStderr(DEBUG);
  const process = new Process({ target: worker });
  await process.start();
  await process.join();
}

/* Output:
Doing some work
*/

/* Errors:
[INFO/Process-1] child process calling self.run()
[INFO/Process-1] process shutting down
[DEBUG/Process-1] running all "atexit" finalizers with priority >= 0
[DEBUG/Process-1] running the remaining "atexit" finalizers
[INFO/Process-1] process exiting with exitcode 0
[INFO/MainProcess] process shutting down
[DEBUG/MainProcess] running all "atexit" finalizers with priority >= 0
[DEBUG/MainProcess] running the remaining "atexit" finalizers
*/

// Catalogue: EX-61
