import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Array as SharedArray, Pipe, type RawArray } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachSharedMemory } from "../helpers/methods.ts";
import * as targets from "../targets/values.ts";

const { Foo, Point } = targets;

const SUMS = [680, 626, 934, 821, 150, 233, 548, 982, 714, 831];
/** The running sums of a list. */
function runningSums(numbers: readonly number[]): number[] {
  let total = 0;
  return numbers.map((number) => total += number);
}

forEachSharedMemory("Array and RawArray are summed in place by a child [VAL-12]", async (ctx) => {
  const arrays = [new ctx.Array("i", SUMS), new ctx.RawArray("i", SUMS), new ctx.Array("q", SUMS, { lock: false })];
  for (const array of arrays) await finish([await start(ctx, targets.sum, array as RawArray<number>)]);
  for (const array of arrays) assertEquals(array.slice(), runningSums(SUMS));
});

forEachSharedMemory("Array of a size is zeros, also in memory that was used before [VAL-10]", (ctx) => {
  for (let round = 0; round < 3; round++) {
    const array = new ctx.Array("i", 100);
    assertEquals([...array].every((element) => element === 0), true);
    array.fill(42);
  }
  return Promise.resolve();
});

forEachSharedMemory("Array refuses options that are none", (ctx) => {
  for (const options of [false, null, 5]) {
    assertThrows(() => Reflect.construct(ctx.Array, ["i", [1], options]), TypeError, "such as { lock: false }");
  }
  return Promise.resolve();
});

forEachSharedMemory("Array has index, negative at(), slices and refusals [VAL-11]", (ctx) => {
  const array = new ctx.Array("i", [1, 2, 3, 4, 5]);
  array[0] = 10;
  array.setSlice(1, 3, [20, 30]);
  assertEquals([array.length, array[0], array.at(-1), array.slice(0, 3)], [5, 10, 5, [10, 20, 30]]);
  assertThrows(() => Object.assign(array, { length: 9 }), TypeError, "length");
  assertThrows(() => array[5], RangeError);
  assertThrows(() => array[5] = 1, RangeError);
  assertThrows(() => array.setSlice(0, 2, [1]), RangeError);
  assertThrows(() => array[0] = 1.5, TypeError);
  assertThrows(() => new ctx.Array("i", -1), RangeError);
  assertEquals([...array], [10, 20, 30, 4, 5]);
  return Promise.resolve();
});

forEachSharedMemory("Array has a lock as Value has [VAL-07] [VAL-08]", async (ctx) => {
  const array = new ctx.Array("i", 3);
  assert(array.getLock() instanceof ctx.RLock && array.getObj() instanceof ctx.RawArray);
  await using _guard = await array.guard();
  assertEquals(await array.getLock().locked(), true);
  const lock = new ctx.Lock();
  assertStrictEquals(new ctx.Array("i", 3, { lock }).getLock(), lock);
  const raw = new ctx.Array("i", 3, { lock: false });
  assertEquals([raw instanceof ctx.RawArray, raw instanceof ctx.Array, "getLock" in raw], [true, false, false]);
  assertThrows(() => Reflect.construct(ctx.Array, ["i", 3, { lock: "no lock" }]), TypeError, "as the lock");
});

forEachSharedMemory("Array.buffer shows what a child writes [VAL-12]", async (ctx) => {
  const array = new ctx.Array("d", 1000);
  const view: Float64Array<SharedArrayBuffer> = array.buffer;
  await finish([await start(ctx, targets.fill, array, 0.5)]);
  assertEquals([view.length, view.every((element) => element === 0.5)], [1000, true]);
});

forEachSharedMemory("Array.buffer keeps its memory when the array is forgotten", (ctx) => {
  const view = new ctx.Array("i", 1000).buffer.fill(7);
  for (let round = 0; round < 50; round++) new ctx.Array("i", 1000).fill(-1);
  assertEquals(view.every((element) => element === 7), true);
  return Promise.resolve();
});

forEachSharedMemory("shared objects of all kinds are changed by a child [SCT-03] [EX-19]", async (ctx) => {
  const lock = new ctx.Lock();
  const n = new ctx.Value("i", 7);
  const x = new ctx.Value("d", 1 / 3, { lock: false });
  const s = new ctx.Array("c", "hello world", { lock });
  const points = new ctx.Array(Point, [[1.875, -6.25], [-5.75, 2.0], [2.375, 9.5]], { lock });
  await finish([await start(ctx, targets.modify, n, x, s, points)]);
  assertEquals([n.value, x.value, s.value], [49, 0.1111111111111111, "HELLO WORLD"]);
  assertEquals([...points].map(({ x, y }) => [x, y]), [[3.515625, 39.0625], [33.0625, 4.0], [5.640625, 90.25]]);
});

for (const lock of [true, false]) {
  const name = `shared objects are doubled by a child, ${lock ? "with" : "without"} locks [SCT-05]`;
  forEachSharedMemory(name, async (ctx) => {
    const options: { lock: boolean } = { lock };
    const x = new ctx.Value("i", 7, options);
    const y = new ctx.Value("d", 1 / 3, options);
    const z = new ctx.Value("q", 2 ** 33, options);
    const foo = new ctx.Value(Foo, 3, 2, options);
    const array = new ctx.Array("d", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], options);
    const text = new ctx.Array("c", 20, options);
    text.value = "hello";
    await finish([await start(ctx, targets.double, x, y, z, foo, array, text)]);
    assertEquals([x.value, y.value, z.value, foo.value.x, foo.value.y], [14, 2 / 3, 2 ** 34, 6, 4]);
    assertEquals([array.slice(), text.value], [[0, 2, 4, 6, 8, 10, 12, 14, 16, 18], "hellohello"]);
  });
}

forEachSharedMemory("Array crosses a pipe, and a part of it too", async (ctx) => {
  const points = new ctx.Array(Point, 3);
  const [here, there] = Pipe();
  await here.send([points, points.at(2)]);
  const received: unknown = await there.recv();
  assert(Array.isArray(received));
  const [array, point]: unknown[] = received;
  assert(array instanceof SharedArray && point instanceof Point);
  point.x = 5;
  assertEquals([points.at(2).x, array.length], [5, 3]);
  here.close();
  there.close();
});

forEachSharedMemory("Array is typed by the code", (ctx) => {
  const numbers: SharedArray<number> = new ctx.Array("i", [1]);
  const integers: Int32Array<SharedArrayBuffer> = new ctx.Array("i", [1]).buffer;
  const truth: boolean = new ctx.Array("?", [true]).at(0);
  const raw: RawArray<number> = new ctx.Array("d", 1, { lock: false });
  const text: string = new ctx.Array("c", "x").value;
  // @ts-expect-error text is no number
  assertThrows(() => new ctx.Array("i", ["x"]), TypeError);
  assertEquals([numbers.at(0), integers[0], truth, raw.length, text], [1, 1, true, 1, "x"]);
  return Promise.resolve();
});

forEachSharedMemory("Array and RawArray take the type that is named", (ctx) => {
  const array = new ctx.Array<number>("i", 3);
  const withLock: SharedArray<number> = array;
  const without: RawArray<number> = new ctx.Array<number>("d", [1], { lock: false });
  const raw = new ctx.RawArray<boolean>("?", [true]);
  const truth: boolean = raw.at(0);
  assertEquals([withLock.length, without.at(0), truth], [3, 1, true]);
  // @ts-expect-error text is no number
  assertThrows(() => new ctx.Array<number>("i", ["x"]), TypeError);
  // @ts-expect-error what the elements are kept as does not make them so
  assertThrows((): RawArray<string> => new ctx.RawArray("i", ["x"]), TypeError);
  return Promise.resolve();
});

forEachSharedMemory("Array prints as Python's wrapper [SCT-09]", (ctx) => {
  assertEquals(`${new ctx.Array("i", [1, 2])}`, "<SynchronizedArray wrapper for c_int_Array_2(1, 2)>");
  assertEquals(Deno.inspect(new ctx.Array("c", "hi")), '<SynchronizedString wrapper for c_char_Array_2("hi")>');
  return Promise.resolve();
});
