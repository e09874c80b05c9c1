/** Ten processes that write what they computed to one dict of a manager. */
import { type DictProxy, Manager, Process } from "@multiprocessing/deno";

export async function worker(dict: DictProxy<number, number>, key: number, value: number): Promise<void> {
  await dict.set(key, value);
}

if (import.meta.main) {
  await using manager = await Manager();
  const dict = await manager.dict<number, number>();
  const processes = Array.from({ length: 10 }, (_, i) => new Process({ target: worker, args: [dict, i, i * 2] }));
  for (const process of processes) await process.start();
  for (const process of processes) await process.join();

  const entries = [...await dict.copy()].sort(([a], [b]) => a - b);
  console.log(entries.map(([key, value]) => `${key}: ${value}`).join(", "));
}

/* Output:
0: 0, 1: 2, 2: 4, 3: 6, 4: 8, 5: 10, 6: 12, 7: 14, 8: 16, 9: 18
*/
