/** Who wants to wait for a daemon says so. */
import { currentProcess, Process } from "@multiprocessing/deno";
import { delay } from "@std/async";

export async function daemon(): Promise<void> {
  console.log("Starting:", currentProcess().name);
  await delay(500);
  console.log("Exiting :", currentProcess().name);
}

export function nonDaemon(): void {
  console.log("Starting:", currentProcess().name);
  console.log("Exiting :", currentProcess().name);
}

if (import.meta.main) {
  const d = new Process({ name: "daemon", target: daemon, daemon: true });
  const n = new Process({ name: "non-daemon", target: nonDaemon });
  await d.start();
  await n.start();
  await d.join();
  await n.join();
}

/* Output, interleaved:
Starting: daemon
Exiting : daemon

Starting: non-daemon
Exiting : non-daemon
*/

// Catalogue: EX-57
