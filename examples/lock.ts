/** A lock around what only one process at a time may do: here, writing to the standard output. */
import { Lock, Process } from "@multiprocessing/deno";

export async function f(lock: Lock, number: number): Promise<void> {
  await using _guard = await lock.guard();
  console.log("hello world", number);
}

if (import.meta.main) {
  const lock = new Lock();
  for (let number = 0; number < 10; number++) {
    await new Process({ target: f, args: [lock, number] }).start();
  }
}

/* Output, interleaved:
hello world 0

hello world 1

hello world 2

hello world 3

hello world 4

hello world 5

hello world 6

hello world 7

hello world 8

hello world 9
*/

// Catalogue: EX-08
