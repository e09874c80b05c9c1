/** Another start method than the program's: a context has everything that the module has, made for its own kind of processes. */
import { getContext, type Queue } from "@multiprocessing/deno";

export async function f(queue: Queue<string>): Promise<void> {
  await queue.put("hello");
}

if (import.meta.main) {
  const context = getContext("spawn");
  const queue = new context.Queue<string>();
  const process = new context.Process({ target: f, args: [queue] });
  await process.start();
  console.log(await queue.get());
  await process.join();
}

/* Output:
hello
*/

// Catalogue: EX-05
