/**
 * A resource goes to a child as an argument. A global variable would be another one in each process: a child imports the module, and
 * makes its own.
 */
import { Lock, Process } from "@multiprocessing/deno";

export async function f(lock: Lock): Promise<void> {
  await using _guard = await lock.guard();
  // What only one process at a time may do.
}

if (import.meta.main) {
  const lock = new Lock();
  for (let i = 0; i < 10; i++) await new Process({ target: f, args: [lock] }).start();
}

/* Output:
*/

// Catalogue: EX-41
