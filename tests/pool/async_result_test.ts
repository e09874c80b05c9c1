import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { AsyncResult, InvalidStateError, TimeoutError } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { upTo } from "../helpers/notes.ts";
import { fail, failAtFive, hold, same, square } from "../targets/pool.ts";

forEachStartMethod(
  "AsyncResult: get, wait, ready and successful [POOL-08] [POOL-26] [POOL-27] [POOL-28]",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
    const result = pool.applyAsync(hold<string>, [begun, goOn, "value"]);
    assertInstanceOf(result, AsyncResult);
    assertEquals(result.ready(), false);
    assertThrows(() => result.successful(), InvalidStateError, "it is not ready");
    const late = await assertRejects(() => result.get({ timeout: 1 }), TimeoutError);
    assertEquals(late.message, "Cannot get the result: it was not ready within 1 ms; the job goes on");
    await assertRejects(() => result.get({ timeout: 0 }), TimeoutError);
    assertEquals(await result.wait({ timeout: 1 }), undefined);
    const reason = new Error("changed my mind");
    assertEquals(await assertRejects(() => result.get({ signal: AbortSignal.abort(reason) })), reason);
    assertThrows(() => result.successful(), InvalidStateError);
    await goOn.set();
    assertEquals(await result.wait(), undefined);
    assertEquals([result.ready(), result.successful()], [true, true]);
    assertEquals([await result.get(), await result.get({ timeout: 0 }), await result], Array(3).fill("value"));
    const failed = pool.applyAsync(fail, ["type"]);
    await failed.wait();
    assertEquals([failed.ready(), failed.successful()], [true, false]);
    for (const _ of [1, 2]) await assertRejects(() => failed.get(), TypeError, "no such type");
    await assertRejects(async () => await failed, TypeError);
  },
);

forEachStartMethod("AsyncResult of map is not ready before all of it is [POOL-11]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  const result = pool.starmapAsync(hold<number>, [[begun, goOn, 1], [begun, goOn, 2]], { chunkSize: 1 });
  await begun.wait();
  assertEquals(result.ready(), false);
  await goOn.set();
  assertEquals(await result, [1, 2]);
});

forEachStartMethod("Pool calls back once, with what came of the job [POOL-23]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const called: unknown[] = [];
  const callback = (value: unknown) => void called.push(value);
  const errorCallback = (error: unknown) => void called.push(String(error));
  await pool.applyAsync(square, [3], { callback, errorCallback });
  await pool.mapAsync(square, upTo(10), { callback, errorCallback, chunkSize: 3 });
  await pool.applyAsync(failAtFive, [5], { callback, errorCallback }).wait();
  await pool.mapAsync(failAtFive, upTo(10), { callback, errorCallback, chunkSize: 2 }).wait();
  await pool.starmapAsync(same<number>, [[1], [2]], { callback }).wait();
  await pool.applyAsync(failAtFive, [5], { callback }).wait();
  await pool.applyAsync(square, [5], { errorCallback }).wait();
  assertEquals(called, [9, upTo(10).map(square), "RangeError: five", "RangeError: five", [1, 2]]);
});

forEachStartMethod("Pool calls back before anybody hears who waits [POOL-24]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const order: string[] = [];
  const result = pool.applyAsync(square, [3], { callback: () => void order.push(`callback ${result.ready()}`) });
  const waits = [result.get(), result.wait(), result.then()].map((wait) => wait.then(() => order.push("waited")));
  await Promise.all(waits);
  assertEquals(order, ["callback false", "waited", "waited", "waited"]);
});

forEachStartMethod("Pool: what a callback throws comes of its job, and of no other [POOL-25]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const raise = () => {
    throw new RangeError("from the callback");
  };
  const reject = () => Promise.reject(new RangeError("from the callback, later"));
  const results = [
    pool.applyAsync(square, [1], { callback: raise }),
    pool.applyAsync(square, [1], { callback: reject }),
    pool.mapAsync(square, [1], { callback: raise }),
    pool.applyAsync(fail, ["own"], { errorCallback: raise }),
  ];
  for (const result of results) {
    await assertRejects(async () => await result, RangeError, "from the callback");
    assertEquals([result.ready(), result.successful()], [true, false]);
  }
  const slow = Promise.withResolvers<void>();
  const waiting = pool.applyAsync(square, [4], { callback: () => slow.promise });
  assertEquals(await pool.map(square, upTo(100)), upTo(100).map(square));
  assert(!waiting.ready());
  slow.resolve();
  assertEquals(await waiting, 16);
});

forEachStartMethod("Pool: a callback may use the pool, and end it [POOL-25]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const inner = Promise.withResolvers<number>();
  const outer = pool.applyAsync(square, [3], { callback: (nine) => inner.resolve(pool.apply(square, [nine])) });
  assertEquals([await inner.promise, await outer], [81, 9]);
  const ended = Promise.withResolvers<void>();
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  const first = pool.applyAsync(square, [2], { callback: () => ended.resolve(pool.terminate()) });
  const second = pool.applyAsync(hold<number>, [begun, goOn, 1]);
  await ended.promise;
  assertEquals(await first, 4);
  await assertRejects(() => second.get(), InvalidStateError, "the pool was terminated");
});

forEachStartMethod("AsyncResult: an error that nobody asks for does not end the program", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const forgotten = pool.applyAsync(fail, ["forgotten"]);
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals([forgotten.ready(), forgotten.successful()], [true, false]);
});
