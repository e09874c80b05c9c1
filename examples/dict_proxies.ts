/** Dicts in a list, all kept by the manager: a change of one is seen by everybody. */
import { Manager } from "@multiprocessing/deno";

if (import.meta.main) {
  await using manager = await Manager();
  const list = await manager.list([
    await manager.dict<string, number>(),
    await manager.dict<string, number>(),
  ]);
  const [first, second] = [await list.get(0), await list.get(1)];
  await first.set("a", 1);
  await first.set("b", 2);
  await second.set("c", 3);
  await second.set("z", 26);
  console.log(await (await list.get(0)).toString());
  console.log(await (await list.get(1)).toString());
}

/* Output:
{'a': 1, 'b': 2}
{'c': 3, 'z': 26}
*/

// Catalogue: EX-30
