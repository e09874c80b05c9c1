import { assertEquals } from "@std/assert";
import { BaseManager, type Creator, type Proxied } from "../../mod.ts";

export function makeArray(): number[] {
  return [3, 1, 2];
}

export function half(item: number): string {
  return `${item / 2}`;
}

export function sum(a: number, b: number): number {
  return a + b;
}

export function makeMap(): Map<string, number> {
  return new Map([["a", 1]]);
}

export function makeSet(): Set<number> {
  return new Set([1, 2]);
}

class Containers extends BaseManager {
  declare array: Creator<typeof makeArray>;
  declare map: Creator<typeof makeMap>;
  declare set: Creator<typeof makeSet>;
}
Containers.register("array", { callable: makeArray });
Containers.register("map", { callable: makeMap });
Containers.register("set", { callable: makeSet });

Deno.test("A proxy of an array, a Map or a Set has its methods, which promise their results", async () => {
  await using manager = new Containers();
  await manager.start();
  await using array = await manager.array();
  const length: number = await array.push(4, 5);
  const part: number[] = await array.slice(1);
  const last: number | undefined = await array.pop();
  assertEquals([length, part, last], [5, [1, 2, 4, 5], 5]);
  assertEquals(await array.splice(0, 1), [3]);
  assertEquals(await array.splice(2), [4]);
  assertEquals([await array.indexOf(2), await array.join("-"), await array.includes(3)], [1, "1-2", false]);
  const halves: string[] = await array.map(half);
  const all: number = await array.reduce(sum);
  assertEquals([halves, all, await array.reduce(sum, 10)], [["0.5", "1"], 3, 13]);
  await using map = await manager.map();
  await map.set("b", 2);
  const value: number | undefined = await map.get("b");
  const known: boolean = await map.has("c");
  assertEquals([value, known, await map.delete("a")], [2, false, true]);
  await using set = await manager.set();
  await set.add(3);
  assertEquals([await set.has(3), await set.isSupersetOf(new Set([1]))], [true, true]);
});

/** Whether two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

Deno.test("The type of a proxy has nothing that the manager does not serve", () => {
  const none: [
    Same<keyof Proxied<number[]> & ("length" | "keys" | "values" | "entries" | "toLocaleString" | number), never>,
    Same<keyof Proxied<Map<string, number>> & ("size" | "keys" | "values" | "entries"), never>,
    Same<keyof Proxied<Set<number>> & ("size" | "keys" | "values" | "entries"), never>,
    Same<keyof Proxied<readonly number[]> & ("push" | "splice"), never>,
    Same<keyof Proxied<unknown> & ("push" | "get"), never>,
  ] = [true, true, true, true, true];
  assertEquals(none.length, 5);
});

Deno.test("A proxy of an array takes what the array takes", async () => {
  await using manager = new Containers();
  await manager.start();
  await using array = await manager.array();
  // @ts-expect-error Text is no number.
  await array.push("4");
  // @ts-expect-error Deno sends no iterator.
  assertEquals(typeof array.keys, "function");
});
