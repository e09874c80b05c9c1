/** Five processes that do the same. */
import { Process } from "@multiprocessing/deno";

export function worker(): void {
  console.log("Worker");
}

if (import.meta.main) {
  for (let i = 0; i < 5; i++) {
    const process = new Process({ target: worker });
    await process.start();
  }
}

/* Output:
Worker
Worker
Worker
Worker
Worker
*/

// Catalogue: EX-52
