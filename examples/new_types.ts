/** Types of one's own for a manager: which methods their proxies have, iterators, and an object with many functions. */
import { BaseManager, BaseProxy, type Creator } from "@multiprocessing/deno";

export class Foo {
  f(): void {
    console.log("you called Foo.f()");
  }

  g(): void {
    console.log("you called Foo.g()");
  }

  _h(): void {
    console.log("you called Foo._h()");
  }
}

export function* squares(): Generator<number> {
  for (let i = 0; i < 10; i++) yield i * i;
}

const operator = {
  add: (a: number, b: number) => a + b,
  pow: (a: bigint, b: bigint) => a ** b,
  slice: (list: number[], start: number, end: number) => list.slice(start, end),
  repeat: (list: number[], times: number) => Array.from({ length: times }, () => list).flat(),
};

export function getOperator(): typeof operator {
  return operator;
}

/** Steps through an iterator of the manager. */
export class IteratorProxy extends BaseProxy implements AsyncIterable<number> {
  static override readonly exposed = ["next"];

  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    for (;;) {
      const { done, value } = await this.callMethod("next") as IteratorResult<number>;
      if (done) return;
      yield value;
    }
  }
}

class MyManager extends BaseManager {
  declare Foo1: Creator<typeof Foo>;
  declare Foo2: () => Promise<BaseProxy>;
  declare squares: () => Promise<IteratorProxy>;
  declare operator: Creator<typeof getOperator>;
}

// A proxy has the public methods, or those that are named.
MyManager.register("Foo1", { callable: Foo });
MyManager.register("Foo2", { callable: Foo, exposed: ["g", "_h"] });
MyManager.register("squares", { callable: squares, proxyType: IteratorProxy });
MyManager.register("operator", { callable: getOperator });

const LINE = "-".repeat(20);

if (import.meta.main) {
  await using manager = new MyManager();
  await manager.start();

  console.log(LINE);
  const foo1 = await manager.Foo1();
  await foo1.f();
  await foo1.g();
  console.log("_h" in foo1 ? "Foo1 has _h" : "Foo1 has no _h");

  console.log(LINE);
  const foo2 = await manager.Foo2();
  await foo2.callMethod("g");
  await foo2.callMethod("_h");
  console.log("f" in foo2 ? "Foo2 has f" : "Foo2 has no f");

  console.log(LINE);
  const numbers: string[] = [];
  for await (const number of await manager.squares()) numbers.push(`<${number}>`);
  console.log(numbers.join(" "));

  console.log(LINE);
  const op = await manager.operator();
  console.log("op.add(23, 45) =", await op.add(23, 45));
  console.log("op.pow(2n, 94n) =", await op.pow(2n, 94n));
  console.log("op.slice([0, …, 9], 2, 6) =", await op.slice([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 2, 6));
  console.log("op.repeat([0, …, 4], 3) =", (await op.repeat([0, 1, 2, 3, 4], 3)).join(" "));
  console.log("exposed of op:", Object.keys(operator).filter((name) => name in op));
}

/* Output:
--------------------
you called Foo.f()
you called Foo.g()
Foo1 has no _h
--------------------
you called Foo.g()
you called Foo._h()
Foo2 has no f
--------------------
<0> <1> <4> <9> <16> <25> <36> <49> <64> <81>
--------------------
op.add(23, 45) = 68
op.pow(2n, 94n) = 19807040628566084398385987584n
op.slice([0, …, 9], 2, 6) = [ 2, 3, 4, 5 ]
op.repeat([0, …, 4], 3) = 0 1 2 3 4 0 1 2 3 4 0 1 2 3 4
exposed of op: [ "add", "pow", "slice", "repeat" ]
*/

// Catalogue: EX-45
