import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { copy, synchronized } from "../../mod.ts";
import { forEachSharedMemory } from "../helpers/methods.ts";
import { finish, start } from "../helpers/children.ts";
import * as targets from "../targets/values.ts";

const { Foo, Point } = targets;

forEachSharedMemory("synchronized() gives a raw object a lock [SCT-08]", async (ctx) => {
  const raw = new ctx.RawValue("i", 7);
  const lock = new ctx.Lock();
  const value = synchronized(raw, lock);
  assert(value instanceof ctx.Value);
  assertStrictEquals(value.getLock(), lock);
  assertStrictEquals(value.getObj(), raw);
  await finish([await start(ctx, targets.increment, value, 3)]);
  assertEquals([raw.value, value.value], [10, 10]);
});

forEachSharedMemory("synchronized() makes a recursive lock if none is given [SCT-08]", (ctx) => {
  const number: number = ctx.synchronized(new ctx.RawValue("i", 7)).value;
  const array = ctx.synchronized(new ctx.RawArray("c", "text"));
  const point = ctx.synchronized(new ctx.RawArray(Point, 2).at(1));
  point.x = 5;
  for (const object of [array, point]) assert(object.getLock() instanceof ctx.RLock);
  assertEquals([number, array.value, array[0], point.x, point.value.y], [7, "text", "t", 5, 0]);
  return Promise.resolve();
});

forEachSharedMemory("synchronized() refuses what has a lock and what is not shared [SCT-08]", (ctx) => {
  const twice: object[] = [new ctx.Value("i"), new ctx.Array("i", 1), ctx.synchronized(new ctx.RawValue("i"))];
  for (const object of twice) assertThrows(() => synchronized(object), TypeError, "object already synchronized");
  for (const object of [new Point(1, 2), {}, [1]]) {
    assertThrows(() => synchronized<object>(object), TypeError, "Cannot synchronize");
  }
  assertThrows(() => Reflect.apply(synchronized, undefined, [new ctx.RawValue("i"), 5]), TypeError, "as the lock");
  return Promise.resolve();
});

forEachSharedMemory("copy() gives a new shared object with the same contents [SCT-07]", async (ctx) => {
  const foo = ctx.copy(new Foo(2, 5, 2 ** 33));
  const value = new ctx.Value("i", 7);
  const array = new ctx.RawArray("i", [1, 2]);
  const copies = { value: copy(value), array: copy(array), foo: ctx.copy(foo) };
  value.value = 0;
  array.fill(0);
  foo.x = 0;
  assertEquals([copies.value.value, [...copies.array], copies.foo.x, copies.foo.z], [7, [1, 2], 2, 2 ** 33]);
  assert(copies.value instanceof ctx.Value && copies.value.getLock() !== value.getLock());
  await finish([
    await start(ctx, targets.fill, copies.array, 9),
    await start(ctx, targets.assign, [copies.value], [8]),
  ]);
  assertEquals([[...copies.array], copies.value.value], [[9, 9], 8]);
});

forEachSharedMemory("copy() refuses what is not shared [SCT-07]", () => {
  for (const object of [{}, [1], new Int32Array(2)]) assertThrows(() => copy(object), TypeError, "Cannot copy");
  return Promise.resolve();
});
