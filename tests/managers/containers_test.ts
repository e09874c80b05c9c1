import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { BaseProxy } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";

forEachStartMethod("Containers in words: what contains itself, or is long, has an end", async (ctx) => {
  await using manager = await ctx.Manager();
  const node: unknown[] = [1];
  const map = new Map<string, unknown>([["list", node]]);
  for (let times = 0; times < 12; times++) node.push(node, map);
  map.set("self", map);
  const list = await manager.list([node]);
  assertStringIncludes(await list.toString(), "[[1, [...], {'list': [...], 'self': {...}}, [...], {");
  let shared: unknown = "end";
  for (let depth = 0; depth < 7; depth++) shared = Array(20).fill(shared);
  const repeated = await manager.list([shared]);
  const text = await repeated.toString();
  assertEquals([text.length < 200_000, text.includes("[...]")], [true, true]);
  // What is but long is told in full.
  const numbers = Array.from({ length: 40_000 }, (_, x) => x);
  const long = await manager.list(numbers);
  assertEquals(await long.toString(), `[${numbers.join(", ")}]`);
  const dict = await manager.dict([["text", "a".repeat(200_000)]]);
  assertEquals((await dict.toString()).length, "{'text': ''}".length + 200_000);
  assertEquals((await manager.debugInfo()).split("\n").length, 8);
  for (const proxy of [list, repeated, long, dict]) await proxy[Symbol.asyncDispose]();
});

forEachStartMethod("ListProxy finds what is equal, and nothing else", async (ctx) => {
  await using manager = await ctx.Manager();
  const long = "a".repeat(20_000);
  const list = await manager.list<unknown>([new Map([["text", `${long}A`]]), new Set([1, 2])]);
  await assertRejects(() => list.remove(new Map([["text", `${long}B`]])), RangeError, "not in the list");
  assertEquals([await list.indexOf(new Set([2, 1])), await list.includes(new Set([3, 1]))], [1, false]);
  await assertRejects(() => list.repeat(NaN), TypeError, "times must be an integer, received NaN");
  assertEquals(await list.length, 2);
});

forEachStartMethod("A proxy refuses assignments, which would stay in this process", async (ctx) => {
  await using manager = await ctx.Manager();
  const [dict, list, value] = [await manager.dict(), await manager.list([1]), await manager.Value("i", 1)];
  const lock = await manager.Lock();
  for (const [proxy, name] of [[dict, "a"], [list, "0"], [value, "value"]] as const) {
    assertThrows(() => Reflect.set(proxy, name, 1), TypeError, `Cannot assign to ${name} of a `);
    assertThrows(() => Reflect.set(proxy, name, 1), TypeError, "await its method set");
  }
  assertThrows(() => Object.assign(lock, { free: true }), TypeError, "call one of its methods");
  assertEquals([await dict.size, await list.at(0), await value.value], [0, 1, 1]);
});

Deno.test("A class of proxies of one's own may have what it assigns", () => {
  class Counted extends BaseProxy {}
  const proxy = Object.create(Counted.prototype);
  proxy.calls = 1;
  assertEquals(Object.entries(proxy), [["calls", 1]]);
});
