/** A function in another process. */
import { Process } from "@multiprocessing/deno";

export function f(name: string): void {
  console.log("hello", name);
}

if (import.meta.main) {
  const process = new Process({ target: f, args: ["bob"] });
  await process.start();
  await process.join();
}

/* Output:
hello bob
*/

// Catalogue: EX-02
