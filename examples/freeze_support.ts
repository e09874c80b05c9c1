/**
 * A program that can be compiled: `deno compile -A examples/freeze_support.ts`. The executable cannot run as a child of itself, so its
 * processes are workers, unless `setExecutable` names a `deno`. `freezeSupport` is there for the sake of Python's programs, and does
 * nothing: no child enters what stands behind `import.meta.main`.
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
