import { assertEquals } from "@std/assert";
import { isEqual } from "../../src/managers/equality.ts";

const long = "a".repeat(20_000);
const bytes = (last: number) => new Uint8Array([1, 2, last]);

/** Holds itself, and what is given. */
function cyclic(item: unknown): unknown[] {
  const list: unknown[] = [item];
  for (let times = 0; times < 20; times++) list.push(list);
  return list;
}

function deep(levels: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < levels; level++) value = [value, value];
  return value;
}

const EQUAL: [string, unknown, unknown][] = [
  ["a Map in another order", new Map([[1, 1], [2, 2]]), new Map([[2, 2], [1, 1]])],
  ["a Set in another order", new Set([1, "b"]), new Set(["b", 1])],
  ["objects in a Set", new Set([{ a: 1 }, { b: 2 }]), new Set([{ b: 2 }, { a: 1 }])],
  ["objects as keys", new Map([[[1], 1], [[2], 2]]), new Map([[[2], 2], [[1], 1]])],
  ["dates", new Date(0), new Date(0)],
  ["expressions", /a/g, /a/g],
  ["bytes", bytes(3), bytes(3)],
  ["a buffer", bytes(3).buffer, bytes(3).buffer],
  ["properties in another order", { a: 1, b: [{}] }, { b: [{}], a: 1 }],
  ["errors", new RangeError("no"), new RangeError("no")],
  ["what holds itself", cyclic(1), cyclic(1)],
  ["what is shared at each depth", deep(40), deep(40)],
  ["no number", [NaN], [NaN]],
];
const DIFFERENT: [string, unknown, unknown][] = [
  ["a long text in a Map", new Map([["key", `${long}A`]]), new Map([["key", `${long}B`]])],
  ["a view", new DataView(bytes(3).buffer), new DataView(bytes(4).buffer)],
  ["a buffer in a Map", new Map([["key", bytes(3).buffer]]), new Map([["key", bytes(4).buffer]])],
  ["flags", /a/g, /a/i],
  ["classes", new Map(), new Set()],
  ["messages", new Error("a"), new Error("b")],
  ["what holds itself, and another item", cyclic(1), cyclic(2)],
  ["keys that are taken", new Set([[1], [1]]), new Set([[1], [2]])],
  ["what shows nothing", Promise.resolve(), Promise.resolve()],
  ["lengths", [1], [1, undefined]],
];

for (const [name, one, other] of EQUAL) {
  Deno.test(`isEqual() finds equal: ${name}`, () =>
    assertEquals([isEqual(one, other), isEqual(other, one)], [true, true]));
}
for (const [name, one, other] of DIFFERENT) {
  Deno.test(`isEqual() tells apart: ${name}`, () =>
    assertEquals([isEqual(one, other), isEqual(other, one)], [false, false]));
}
