import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { forEachStartMethod } from "../helpers/methods.ts";
import { InvalidStateError, NotSupportedError, ref, TimeoutError } from "../../mod.ts";
import { add, halve, OddError, sleepForEver, square } from "../targets/managers.ts";

forEachStartMethod("PoolProxy: the pool of a manager [PRX-23]", async (ctx) => {
  await using manager = await ctx.Manager();
  assertThrows(() => Reflect.apply(manager.Pool, manager, [1, square]), TypeError, "received 2 arguments; pass one");
  {
    await using pool = await manager.Pool(1);
    assertEquals(await pool.apply(square, [3]), 9);
    assertEquals(await pool.map(square, [1, 2, 3]), [1, 4, 9]);
    await assertRejects(() => pool.apply(halve, [3]), OddError);
    const result = await pool.applyAsync(square, [4]);
    assertEquals([await result.get(), await result.ready(), await result.successful()], [16, true, true]);
    assertEquals(await Array.fromAsync(await pool.imap(square, [1, 2])), [1, 4]);
    assertEquals(await pool.starmap(add, [[1, 2], [3, 4]]), [3, 7]);
    assertEquals(await (await pool.mapAsync(square, new Set([2, 3]))).get(), [4, 9]);
    assertEquals(await (await pool.starmapAsync(add, fives())).get(), [5, 10]);
    assertEquals(await Array.fromAsync(await pool.imapUnordered(square, [5])), [25]);
    const failed = await pool.applyAsync(halve, [3]);
    await failed.wait();
    assertEquals(await failed.successful(), false);
    const controller = new AbortController();
    const stuck = pool.apply(sleepForEver, [], { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assertRejects(() => stuck, Error, "enough");
    await pool.close();
    await pool.join();
    await assertRejects(() => pool.apply(square, [3]), InvalidStateError);
  }
});

/** Arguments that come one after another. */
async function* fives(): AsyncGenerator<[number, number]> {
  yield [2, 3];
  yield await Promise.resolve([5, 5] as [number, number]);
}

forEachStartMethod(
  "PoolProxy: a call that is given up before the server has read it is given up there too",
  async (ctx) => {
    await using manager = await ctx.Manager();
    const pool = await manager.Pool(1);
    // Its module is not known there: it takes a while until the call begins.
    const never = ref<() => Promise<never>>(
      `data:text/javascript,export default () => new Promise(() => {}); // ${ctx.getStartMethod()}`,
    );
    const controller = new AbortController();
    const stuck = pool.apply(never, [], { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assertRejects(() => stuck, Error, "enough");
    await pool.close();
    await pool.join();
    assertEquals((await pool.stats()).running, 0);
  },
);

forEachStartMethod("PoolProxy: tasks end in time, whatever way they were submitted [PRX-23]", async (ctx) => {
  await using manager = await ctx.Manager();
  const pool = await manager.Pool(1);
  const options = { timeout: 1, grace: 0, chunkSize: 1 };
  const ways = [
    async () => (await pool.applyAsync(sleepForEver, [], options)).get(),
    async () => (await pool.mapAsync(sleepForEver, [1], options)).get(),
    async () => (await pool.starmapAsync(sleepForEver, [[]], options)).get(),
    async () => (await pool.imap(sleepForEver, [1], options)).next(),
    () => pool.apply(sleepForEver, [], options),
    () => pool.map(sleepForEver, [1], options),
  ];
  for (const way of ways) await assertRejects(way, TimeoutError, "ran longer than 1 ms");
  await assertRejects(() => pool.map(square, 5 as never), TypeError, "items must be an iterable, received 5");
  await assertRejects(() => pool.mapAsync(square, [1], { chunkSize: 0 }), RangeError, "Chunksize");
  await assertRejects(() => pool.applyAsync(square, [1], { grace: "1" as never }), TypeError, "grace must be");
});

forEachStartMethod("PoolProxy: options that it cannot honour are refused [PRX-23]", async (ctx) => {
  await using manager = await ctx.Manager();
  const pool = await manager.Pool(1);
  for (const [name, value] of Object.entries({ callback: add, errorCallback: add, onProgress: add, transfer: [] })) {
    const options = { [name]: value };
    const refused = (call: () => Promise<unknown>) => assertRejects(call, NotSupportedError, `with ${name}`);
    await refused(() => pool.apply(square, [1], options));
    await refused(() => pool.applyAsync(square, [1], options));
    await refused(() => pool.mapAsync(square, [1], options));
    await refused(() => pool.imap(square, [1], options));
  }
  const options: { chunkSize: number; signal: AbortSignal } = { chunkSize: 1, signal: new AbortController().signal };
  await assertRejects(() => pool.applyAsync(square, [1], options as object), NotSupportedError, "use apply() or map()");
  await assertRejects(() => pool.imapUnordered(square, [1], options), NotSupportedError, "with a signal");
  assertEquals(await pool.map(square, [1, 2], options), [1, 4]);
});
