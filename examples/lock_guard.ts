/** The two ways to hold a lock: for a scope, which is the better one, and by hand. */
import { Lock, Process } from "@multiprocessing/deno";

export async function workerWithGuard(lock: Lock): Promise<void> {
  await using _guard = await lock.guard();
  console.log("Lock acquired for a scope");
}

export async function workerByHand(lock: Lock): Promise<void> {
  await lock.acquire();
  try {
    console.log("Lock acquired by hand");
  } finally {
    await lock.release();
  }
}

if (import.meta.main) {
  const lock = new Lock();
  const processes = [workerWithGuard, workerByHand].map((target) => new Process({ target, args: [lock] }));
  for (const process of processes) await process.start();
  for (const process of processes) await process.join();
}

/* Output, interleaved:
Lock acquired for a scope

Lock acquired by hand
*/
