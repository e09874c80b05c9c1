/** How to do it: only the program that was started does what stands behind `import.meta.main`; its children do not. */
import { freezeSupport, Process, setStartMethod } from "@multiprocessing/deno";

export function f(): void {
  console.log("hello");
}

if (import.meta.main) {
  freezeSupport();
  setStartMethod("spawn");
  const process = new Process({ target: f });
  await process.start();
}

/* Output:
hello
*/

// Start method: spawn

// Catalogue: EX-44
