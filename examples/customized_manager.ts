/** A manager that keeps objects of a class of one's own. */
import { BaseManager, type Creator } from "@multiprocessing/deno";

export class Maths {
  add(x: number, y: number): number {
    return x + y;
  }

  mul(x: number, y: number): number {
    return x * y;
  }
}

class MyManager extends BaseManager {
  declare Maths: Creator<typeof Maths>;
}

MyManager.register("Maths", { callable: Maths });

if (import.meta.main) {
  await using manager = new MyManager();
  await manager.start();
  const maths = await manager.Maths();
  console.log(await maths.add(4, 3));
  console.log(await maths.mul(7, 8));
}

/* Output:
7
56
*/

// Catalogue: EX-23
