/** An ordinary object in a managed list: what is read is a copy, so a changed one has to be assigned again. */
import { Manager } from "@multiprocessing/deno";
import { assertEquals } from "@std/assert";

if (import.meta.main) {
  await using manager = await Manager();
  const list = await manager.list([new Map<string, number>()]);

  const dict = await list.get(0);
  dict.set("a", 1);
  dict.set("b", 2);
  assertEquals(await list.get(0), new Map()); // The manager does not know yet.

  await list.set(0, dict);
  assertEquals(await list.get(0), new Map([["a", 1], ["b", 2]]));
}

/* Output:
*/

// Catalogue: EX-31
