/** Messages of one's own by the module's logger, and those of a manager that starts and ends. */
import { INFO, logToStderr, Manager } from "@multiprocessing/deno";

if (import.meta.main) {
  const logger = logToStderr();
  logger.setLevel(INFO);
  logger.warning("doomed");

  const manager = await Manager();
  await manager.shutdown();
}

/* Output:
*/

/* Errors, interleaved:
[WARNING/MainProcess] doomed
[INFO/SyncManager-1] child process calling self.run()
[INFO/SyncManager-1] manager serving at *
[INFO/MainProcess] sending shutdown message to manager
[INFO/MainProcess] process shutting down

[INFO/SyncManager-1] process shutting down
[INFO/SyncManager-1] process exiting with exitcode 0
*/

// Catalogue: EX-38
