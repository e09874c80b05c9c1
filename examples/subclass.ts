/** A process by inheritance: the exported class says in `run` what it does. */
import { Process } from "@multiprocessing/deno";

export class Worker extends Process {
  override run(): void {
    console.log("In", this.name);
  }
}

if (import.meta.main) {
  const workers: Worker[] = [];
  for (let i = 0; i < 5; i++) {
    const worker = new Worker();
    workers.push(worker);
    await worker.start();
  }
  for (const worker of workers) await worker.join();
}

/* Output, interleaved:
In Worker-1

In Worker-2

In Worker-3

In Worker-4

In Worker-5
*/

// Catalogue: EX-63
