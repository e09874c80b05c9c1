/** Takes the word that remote_put.ts has put into the queue of remote_server.ts. */
import { address, authKey, QueueManager } from "./remote_manager.ts";

if (import.meta.main) {
  QueueManager.register("getQueue");
  const manager = new QueueManager({ address, authKey });
  await manager.connect();
  const queue = await manager.getQueue();
  console.log(await queue.get());
}

/* Output:
hello
*/

// Beside: remote_server.ts

// After: remote_put.ts

// Catalogue: EX-26
