/** All that the module logs, its least steps included: here, of a manager that starts and ends. */
import { logToStderr, Manager, SUBDEBUG } from "@multiprocessing/deno";

if (import.meta.main) {
  const logger = logToStderr();
  logger.setLevel(SUBDEBUG);
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
[DEBUG/SyncManager-1] manager received shutdown message
[INFO/SyncManager-1] process shutting down
[DEBUG/SyncManager-1] running all "atexit" finalizers with priority >= 0
[DEBUG/SyncManager-1] running the remaining "atexit" finalizers
[INFO/SyncManager-1] process exiting with exitcode 0

[INFO/MainProcess] process shutting down
[DEBUG/MainProcess] running all "atexit" finalizers with priority >= 0
[DEBUG/MainProcess] running the remaining "atexit" finalizers
*/

// Catalogue: EX-39
