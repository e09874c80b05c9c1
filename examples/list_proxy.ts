/** The proxy of a list: its text is the list's, its inspection its own, and it answers as a list does, later. */
import { Manager } from "@multiprocessing/deno";

if (import.meta.main) {
  await using manager = await Manager();
  const list = await manager.list(Array.from({ length: 10 }, (_, i) => i * i));
  console.log(await list.toString());
  console.log(list);
  console.log(await list.get(4));
  console.log(await list.slice(2, 5));
}

/* Output:
[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]
<ListProxy object, typeid 'list' at *>
16
[ 4, 9, 16 ]
*/

// Catalogue: EX-28
