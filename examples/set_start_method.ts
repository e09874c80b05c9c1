/** The start method of the whole program, chosen once, before its first process. */
import { Process, Queue, setStartMethod } from "@multiprocessing/deno";

export async function f(queue: Queue<string>): Promise<void> {
  await queue.put("hello");
}

if (import.meta.main) {
  setStartMethod("spawn");
  const queue = new Queue<string>();
  const process = new Process({ target: f, args: [queue] });
  await process.start();
  console.log(await queue.get());
  await process.join();
}

/* Output:
hello
*/

// Start method: spawn

// Catalogue: EX-04
