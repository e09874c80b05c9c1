/** A target from another module, which says by `share` that it has it. */
import { Process } from "@multiprocessing/deno";
import { worker } from "./import_worker.ts";

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

// Catalogue: EX-54
