/** Five processes that are told who they are. */
import { Process } from "@multiprocessing/deno";

export function worker(number: number): void {
  console.log("Worker:", number);
}

if (import.meta.main) {
  for (let i = 0; i < 5; i++) {
    const process = new Process({ target: worker, args: [i] });
    await process.start();
  }
}

/* Output, interleaved:
Worker: 0

Worker: 1

Worker: 2

Worker: 3

Worker: 4
*/

// Catalogue: EX-53
