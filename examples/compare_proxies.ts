/** Proxies do not compare by value: ask for a copy first. */
import { Manager } from "@multiprocessing/deno";
import { equal } from "@std/assert";

if (import.meta.main) {
  await using manager = await Manager();
  const list = await manager.list([1, 2, 3]);
  console.log(equal(list, [1, 2, 3]));
  console.log(equal(await list.copy(), [1, 2, 3]));
}

/* Output:
false
true
*/

// Catalogue: EX-32
