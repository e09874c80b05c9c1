/** Waiting for a process, but not for ever: `join` returns when the time is up, and `isAlive` tells what happened. */
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
  const d = new Process({ name: "daemon", target: daemon, daemon: true });
  const n = new Process({ name: "non-daemon", target: nonDaemon });
  await d.start();
  await n.start();
  await d.join({ timeout: 500 });
  console.log("d.isAlive()", d.isAlive());
  await n.join();
}

/* Output, interleaved:
Starting: daemon (perhaps)

Starting: non-daemon
Exiting : non-daemon

d.isAlive() true
*/

// Catalogue: EX-58
