/** A namespace: named values that all processes see. Names that begin with `_` stay with the proxy. */
import { Manager } from "@multiprocessing/deno";

if (import.meta.main) {
  await using manager = await Manager();
  const global = await manager.Namespace();
  await global.set("x", 10);
  await global.set("y", "hello");
  await global.set("_z", 12.3);
  console.log(await global.toString());
}

/* Output:
Namespace(x=10, y='hello')
*/

// Catalogue: EX-22
