/** A semaphore: ten processes want to work, three at a time do. */
import { currentProcess, type ListProxy, Manager, Process, Semaphore } from "@multiprocessing/deno";
import { assert } from "@std/assert";
import { delay } from "@std/async";

export async function worker(semaphore: Semaphore, active: ListProxy<string>): Promise<void> {
  await using _permit = await semaphore.guard();
  const { name } = currentProcess();
  await active.append(name);
  const names = await active.copy();
  assert(names.length <= 3);
  console.log(`${name} runs, together with ${names.length - 1} others`);
  await delay(20 * Math.random());
  await active.remove(name);
}

if (import.meta.main) {
  await using manager = await Manager();
  const active = await manager.list<string>();
  const semaphore = new Semaphore(3);
  const processes = Array.from({ length: 10 }, () => new Process({ target: worker, args: [semaphore, active] }));
  for (const process of processes) await process.start();
  for (const process of processes) await process.join();
  console.log("Now running:", await active.copy());
}

/* Output, interleaved:
Process-2 runs, together with * others

Process-3 runs, together with * others

Process-4 runs, together with * others

Process-5 runs, together with * others

Process-6 runs, together with * others

Process-7 runs, together with * others

Process-8 runs, together with * others

Process-9 runs, together with * others

Process-10 runs, together with * others

Process-11 runs, together with * others

Now running: []
*/
