import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { c_int, Pipe, type RawValue, Value } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachSharedMemory, methodsOf } from "../helpers/methods.ts";
import { runDeno } from "../helpers/program.ts";
import * as targets from "../targets/values.ts";

const { Body, Foo, Point } = targets;

/** Whether processes of a start method share memory with this one. */
function sharesMemory(method: string): boolean {
  return method === "worker" || Deno.permissions.querySync({ name: "ffi" }).state === "granted";
}

forEachSharedMemory("Value and Array are changed by a child [VAL-01] [EX-09]", async (ctx) => {
  const n = new ctx.Value("d", 0.0);
  const a = new ctx.Array("i", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await finish([await start(ctx, targets.compute, n, a)]);
  assertEquals(n.value, 3.1415927);
  assertEquals(a.slice(), [0, -1, -2, -3, -4, -5, -6, -7, -8, -9]);
});

forEachSharedMemory("Value and RawValue come back from a child [VAL-04]", async (ctx) => {
  const values: RawValue<unknown>[] = [];
  const classes: (typeof ctx.RawValue)[] = [ctx.Value, ctx.RawValue];
  for (const Class of classes) {
    values.push(
      new Class("i", 4343),
      new Class("d", 3.625),
      new Class("h", -232),
      new Class("q", 2 ** 33),
      new Class("c", "x"),
      new Class("?", false),
      new Class("u", "x"),
    );
  }
  const next = [24234, -4.25, 234, 2 ** 34, "y", true, "😀"];
  await finish([await start(ctx, targets.assign, values, [...next, ...next])]);
  assertEquals(values.map((value) => value.value), [...next, ...next]);
});

forEachSharedMemory("Value has a recursive lock of its own, or the one given [VAL-07] [VAL-08]", async (ctx) => {
  const own = new ctx.Value("i", 5);
  const again = new ctx.Value("i", 5, { lock: true });
  assert(own.getLock() instanceof ctx.RLock && again.getLock() instanceof ctx.RLock);
  assert(own.getLock() !== again.getLock());
  assertStrictEquals(own.getLock(), own.getLock());
  for (const lock of [new ctx.Lock(), new ctx.RLock()]) {
    const value = new ctx.Value("i", 5, { lock });
    assertStrictEquals(value.getLock(), lock);
    await value.acquire();
    assertEquals(await lock.locked(), true);
    await value.release();
  }
  own.getObj().value = 6;
  assertEquals(own.value, 6);
});

forEachSharedMemory("Value with lock false is a RawValue [VAL-07]", (ctx) => {
  const raw = new ctx.Value("i", 5, { lock: false });
  assert(raw instanceof ctx.RawValue);
  assertEquals([raw instanceof ctx.Value, "getLock" in raw, "getObj" in raw, raw.value], [false, false, false, 5]);
  for (const lock of ["no lock", 1, {}, Symbol.iterator]) {
    assertThrows(() => Reflect.construct(ctx.Value, ["i", 5, { lock }]), TypeError, "as the lock");
  }
  return Promise.resolve();
});

forEachSharedMemory("Value += 1 under its lock is exact from many processes [VAL-09]", async (ctx) => {
  const counter = new ctx.Value("i");
  const children = [1, 2, 3].map(() => start(ctx, targets.increment, counter, 50));
  await targets.increment(counter, 50);
  await finish(await Promise.all(children));
  assertEquals(counter.value, 200);
});

forEachSharedMemory("Value += 1 under its lock is exact from threads that block [VAL-09]", async (ctx) => {
  if (!sharesMemory(ctx.getStartMethod())) return;
  const counter = new ctx.Value("q");
  const children = [1, 2].map(() => start(ctx, targets.incrementSync, counter, 500));
  await targets.increment(counter, 100);
  await finish(await Promise.all(children));
  assertEquals(counter.value, 1100);
});

forEachSharedMemory("Value refuses what the type cannot hold and keeps what it had [VAL-05] [VAL-06]", (ctx) => {
  const value = new ctx.Value("i", 7);
  assertThrows(() => value.value = 2 ** 31, RangeError);
  assertThrows(() => value.value = 1.5, TypeError);
  assertThrows(() => Reflect.set(value, "value", "7"), TypeError);
  assertEquals(value.value, 7);
  return Promise.resolve();
});

forEachSharedMemory("Value of a structure has its fields, also in a child [SCT-04] [SCT-09]", async (ctx) => {
  const foo = new ctx.Value(Foo, 3, 2);
  foo.z = 5;
  const next = { x: 1, y: 2, z: 3 };
  assertEquals([foo.x, foo.value.y, foo.getObj().value.z], [3, 2, 5]);
  const body = new ctx.Value(Body, { at: { x: 1, y: 2 }, tag: "still" }, { lock: new ctx.Lock() });
  await finish([await start(ctx, targets.move, body), await start(ctx, targets.assign, [foo], [next])]);
  assertEquals([body.at.x, body.at.y, body.tag.value, body.marks.slice()], [2, -1, "moved", [0, 0, 7]]);
  assertEquals([foo.x, foo.y, foo.z], [1, 2, 3]);
});

forEachSharedMemory("Value's structure is shared when it is sent by itself, another is copied", async (ctx) => {
  const shared = new ctx.Value(Point, 1, 2);
  const own = new Point(1, 2);
  await finish([await start(ctx, targets.shift, shared.value), await start(ctx, targets.shift, own)]);
  assertEquals([shared.x, own.x], [11, 1]);
});

forEachSharedMemory("Value crosses a pipe and back, as itself", async (ctx) => {
  const value = new ctx.Value("i", 5);
  const [here, there] = Pipe<Value<number>>();
  await here.send(value);
  const copy = await there.recv();
  copy.value += 1;
  await copy.acquire();
  assertEquals([value.value, copy instanceof Value, await value.getLock().locked()], [6, true, true]);
  await copy.release();
  here.close();
  there.close();
});

forEachSharedMemory("Value is typed by the code", (ctx) => {
  const number: number = new ctx.Value("q", 7).value;
  const truth: boolean = new ctx.Value("?", true).value;
  const text: string = new ctx.Value("c").value;
  const point: number = new ctx.Value(Point, 1, 2).value.y;
  const raw: RawValue<number> = new ctx.Value("i", 1, { lock: false });
  const withLock: Value<number> = new ctx.Value("i", { lock: true });
  // @ts-expect-error text is no number
  assertThrows(() => new ctx.Value("i", "7"), TypeError);
  // @ts-expect-error a raw value has no lock
  assertEquals(raw.getLock, undefined);
  assertEquals([number, truth, text, point, withLock.value], [7, true, "\0", 2, 0]);
  return Promise.resolve();
});

forEachSharedMemory("Value and RawValue take the type that is named", (ctx) => {
  const value = new ctx.Value<number>("i", 1);
  const withOther: Value<string> = new ctx.Value<string>("u", "x", { lock: new ctx.Lock() });
  const without: RawValue<number> = new ctx.Value<number>(c_int, 2, { lock: false });
  const raw = new ctx.RawValue<boolean>("?", true);
  const [number, truth]: [number, boolean] = [value.value, raw.value];
  assertEquals([number, withOther.value, without.value, truth], [1, "x", 2, true]);
  // @ts-expect-error text is no number
  assertThrows(() => new ctx.Value<number>("i", "7"), TypeError);
  // @ts-expect-error what the value is kept as does not make it so
  assertThrows((): RawValue<string> => new ctx.RawValue("i", "7"), TypeError);
  // @ts-expect-error a raw value has no lock
  assertEquals(without.getLock, undefined);
  return Promise.resolve();
});

forEachSharedMemory("Value prints as Python's wrapper [SCT-09]", (ctx) => {
  assertEquals(`${new ctx.Value("i", 7)}`, "<Synchronized wrapper for c_int(7)>");
  assertEquals(Deno.inspect(new ctx.Value(Point, 1, 2)), "<SynchronizedPoint wrapper for Point(x=1, y=2)>");
  return Promise.resolve();
});

for (const method of methodsOf("Value, Array and their raw kin", ["spawn", "forkserver"])) {
  Deno.test(`Value, Array and their raw kin say which flag they lack without --allow-ffi (${method})`, async () => {
    const program = `import { getContext, NotSupportedError } from ${
      JSON.stringify(import.meta.resolve("../../mod.ts"))
    };
      const ctx = getContext("${method}");
      const calls = [() => new ctx.Value("i"), () => new ctx.Array("i", 3), () => new ctx.RawValue("i"), () => new ctx.RawArray("i", 3)];
      for (const call of calls) {
        try { call(); console.log("made"); } catch (error) { console.log(error instanceof NotSupportedError, error.message); }
      }`;
    const url = `data:application/typescript;base64,${btoa(program)}`;
    const { stdout, stderr } = await runDeno([
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-run",
      "--allow-import",
      url,
    ]);
    const lines = stdout.trim().split("\n");
    assertEquals(lines.length, 4, stderr);
    for (const line of lines) assertMatch(line, /^true Cannot .*--allow-ffi/);
  });
}
