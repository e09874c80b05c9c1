/**
 * Which `deno` children run, and with which flags. Deno does not reveal to a program what it was started with: who starts it with
 * `--config`, `--unstable-…` or `--v8-flags` says so here, once, and every child and grandchild gets them too.
 */
import { Process, setExecutable } from "@multiprocessing/deno";

export function f(): void {}

if (import.meta.main) {
  setExecutable(Deno.execPath(), { args: ["--v8-flags=--max-old-space-size=512"] });
  const process = new Process({ target: f });
  await process.start();
  await process.join();
}

/* Output:
*/

// Catalogue: EX-16
