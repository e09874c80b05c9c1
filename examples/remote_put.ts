/** Puts a word into the queue of remote_server.ts. */
import { address, authKey, QueueManager } from "./remote_manager.ts";

if (import.meta.main) {
  QueueManager.register("getQueue");
  const manager = new QueueManager({ address, authKey });
  await manager.connect();
  const queue = await manager.getQueue();
  await queue.put("hello");
}

/* Output:
*/

// Beside: remote_server.ts

// Catalogue: EX-25
