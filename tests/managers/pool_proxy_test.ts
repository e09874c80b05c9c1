import { assertEquals, assertRejects } from "@std/assert";
import { forEachStartMethod } from "../helpers/methods.ts";
import { InvalidStateError, ref } from "../../mod.ts";
import { add, halve, OddError, sleepForEver, square } from "../targets/managers.ts";

forEachStartMethod("PoolProxy: the pool of a manager [PRX-23]", async (ctx) => {
  await using manager = await ctx.Manager();
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
