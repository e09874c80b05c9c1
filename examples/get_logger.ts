/** The module's logger: its level says how much is told. */
import { getLogger, INFO, logToStderr, Process } from "@multiprocessing/deno";

export function worker(): void {
  console.log("Doing some work");
}

if (import.meta.main) {
  logToStderr();
  const logger = getLogger();
  logger.setLevel(INFO);
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
[INFO/Process-1] process exiting with exitcode 0
[INFO/MainProcess] process shutting down
*/

// Catalogue: EX-62
