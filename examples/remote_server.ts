/** Serves one queue to programs on this and other machines that know the key. */
import { Queue } from "@multiprocessing/deno";
import { address, authKey, QueueManager } from "./remote_manager.ts";

if (import.meta.main) {
  const queue = new Queue<string>();
  QueueManager.register("getQueue", { callable: () => queue });
  const server = new QueueManager({ address, authKey }).getServer();

  const interrupted = new AbortController();
  Deno.addSignalListener("SIGINT", () => interrupted.abort());
  console.log("serving at port", address[1]);
  await server.serveForever({ signal: interrupted.signal });
}

/* Output:
serving at port *
*/

// Runs until interrupted

// Catalogue: EX-24
