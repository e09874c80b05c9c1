/** Methods of a proxy's object by their names. What they throw is thrown here. */
import { Manager } from "@multiprocessing/deno";

if (import.meta.main) {
  await using manager = await Manager();
  const list = await manager.list([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  console.log(await list.callMethod("length"));
  console.log(await list.callMethod("slice", [2, 7]));
  try {
    await list.callMethod("pop", [20]);
  } catch (error) {
    console.log(String(error));
  }
}

/* Output:
10
[ 2, 3, 4, 5, 6 ]
RangeError: *
*/

// Catalogue: EX-33
