/** A proxy within another one's object: whoever reads it gets a proxy of the same list. */
import { type ListProxy, Manager } from "@multiprocessing/deno";

if (import.meta.main) {
  await using manager = await Manager();
  const a = await manager.list<ListProxy<string>>();
  const b = await manager.list<string>();
  await a.append(b);
  console.log(await a.toString(), await b.toString());

  await b.append("hello");
  console.log(await (await a.get(0)).toString(), await b.toString());
}

/* Output:
[<ListProxy object, typeid 'list' at *>] []
['hello'] ['hello']
*/

// Catalogue: EX-29
