/** A process that keeps objects for others: a dict and a list, which any process may change through its proxies. */
import { type DictProxy, type ListProxy, Manager, Process } from "@multiprocessing/deno";

export async function f(dict: DictProxy<string | number, unknown>, list: ListProxy<number>): Promise<void> {
  await dict.set(1, "1");
  await dict.set("2", 2);
  await dict.set(0.25, null);
  await list.reverse();
}

if (import.meta.main) {
  await using manager = await Manager();
  const dict = await manager.dict<string | number, unknown>();
  const list = await manager.list([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

  const process = new Process({ target: f, args: [dict, list] });
  await process.start();
  await process.join();

  console.log(await dict.copy());
  console.log((await list.copy()).join(" "));
}

/* Output:
Map(3) { 1 => "1", "2" => 2, 0.25 => null }
9 8 7 6 5 4 3 2 1 0
*/

// Catalogue: EX-10
