/** A program waits for its children, but not for its daemons: those it ends. */
import { currentProcess, Process } from "@multiprocessing/deno";
import { delay } from "@std/async";

export async function daemon(): Promise<void> {
  console.log("Starting:", currentProcess().name);
  await delay(60_000);
  console.log("Exiting :", currentProcess().name);
}

export function nonDaemon(): void {
  console.log("Starting:", currentProcess().name);
  console.log("Exiting :", currentProcess().name);
}

if (import.meta.main) {
  await new Process({ name: "daemon", target: daemon, daemon: true }).start();
  await new Process({ name: "non-daemon", target: nonDaemon }).start();
}

/* Output, interleaved:
Starting: daemon (perhaps)

Starting: non-daemon
Exiting : non-daemon
*/

// Catalogue: EX-56
