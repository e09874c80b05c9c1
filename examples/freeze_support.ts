/**
 * A program that can be compiled: `deno compile -A examples/freeze_support.ts`. The executable cannot run as a child of itself, so its
 * processes are workers, unless `setExecutable` names a `deno`. In a program that runs from source, `freezeSupport` does nothing.
 */
import { freezeSupport, Process } from "@multiprocessing/deno";

export function f(): void {
  console.log("hello world!");
}

if (import.meta.main) {
  freezeSupport();
  await new Process({ target: f }).start();
}

/* Output:
hello world!
*/

// Catalogue: EX-15
