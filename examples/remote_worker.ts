/** The queue that other programs get by a manager, fed by a process of this one. */
import { Process, Queue } from "@multiprocessing/deno";
import { authKey, QueueManager } from "./remote_manager.ts";

export class Worker extends Process {
  readonly queue: Queue<string>;

  constructor(queue: Queue<string>) {
    super();
    this.queue = queue;
  }

  override async run(): Promise<void> {
    await this.queue.put("local hello");
  }
}

if (import.meta.main) {
  const queue = new Queue<string>();
  const worker = new Worker(queue);
  await worker.start();

  QueueManager.register("getQueue", { callable: () => queue });
  const server = new QueueManager({ address: ["127.0.0.1", 0], authKey }).getServer();
  const enough = new AbortController();
  const served = server.serveForever({ signal: enough.signal });

  // What a program elsewhere would do:
  const client = await QueueManager.fromAddress(server.address, authKey);
  console.log(await (await client.getQueue()).get());

  enough.abort();
  await served;
}

/* Output:
local hello
*/

// Catalogue: EX-27
