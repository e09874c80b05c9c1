/** A queue: any process may put, any may get. */
import { Process, Queue } from "@multiprocessing/deno";

export async function f(queue: Queue): Promise<void> {
  await queue.put([42, null, "hello"]);
}

if (import.meta.main) {
  const queue = new Queue();
  const process = new Process({ target: f, args: [queue] });
  await process.start();
  console.log(await queue.get());
  await process.join();
}

/* Output:
[ 42, null, "hello" ]
*/

// Catalogue: EX-06
