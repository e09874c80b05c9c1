import { assertEquals, assertRejects } from "@std/assert";
import { forEachStartMethod } from "../helpers/methods.ts";
import { halve, OddError, sleepForEver, square } from "../targets/managers.ts";

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
    const controller = new AbortController();
    const stuck = pool.apply(sleepForEver, [], { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assertRejects(() => stuck, Error, "enough");
  }
});
