/**
 * A process that has put a large item into a queue: in Python, to join it before the item is taken waits for ever. Here an item is in
 * the queue when `put` resolves, whoever lives or dies afterwards, so either order ends.
 */
import { Process, Queue } from "@multiprocessing/deno";

export async function f(queue: Queue<string>): Promise<void> {
  await queue.put("X".repeat(1_000_000));
}

if (import.meta.main) {
  const queue = new Queue<string>();
  const process = new Process({ target: f, args: [queue] });
  await process.start();
  await process.join();
  console.log((await queue.get()).length);
}

/* Output:
1000000
*/

// Catalogue: EX-40
