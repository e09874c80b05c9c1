import { assertEquals, assertRejects } from "@std/assert";
import { TimeoutError } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { LockManager, OddError } from "../targets/managers.ts";

forEachStartMethod("BaseProxy.callMethod() that is given up takes no item and no lock", async (ctx) => {
  await using manager = await ctx.Manager();
  const [queue, lock] = [await manager.Queue<string>(1), await manager.Lock()];
  await assertRejects(() => queue.callMethod("get", [], { timeout: 1 }), TimeoutError, "within 1 ms");
  await assertRejects(() => queue.callMethod("get", [{}], { timeout: 1 }), TimeoutError);
  await queue.put("precious");
  assertEquals(await queue.qsize(), 1);
  await assertRejects(() => queue.callMethod("put", ["too much"], { timeout: 1 }), TimeoutError);
  assertEquals([await queue.get(), await queue.qsize()], ["precious", 0]);
  await lock.acquire();
  await assertRejects(() => lock.callMethod("acquire", [], { timeout: 1 }), TimeoutError);
  await lock.release();
  assertEquals(await lock.locked(), false);
});

forEachStartMethod("BaseProxy.callMethod() heeds its own signal and that in the arguments", async (ctx) => {
  await using manager = await ctx.Manager();
  const queue = await manager.Queue<string>();
  const [inner, outer, alone] = [new AbortController(), new AbortController(), new AbortController()];
  const args = [{ signal: inner.signal }];
  const waits = [
    queue.callMethod("get", args, { signal: outer.signal }),
    queue.callMethod("get", args, { timeout: 60_000 }),
    queue.callMethod("get", [], { signal: alone.signal }),
  ];
  const ended = Promise.all(
    waits.map((wait, at) => assertRejects(() => wait, OddError, `Cannot halve ${at && at - 1}`)),
  );
  inner.abort(new OddError(0));
  alone.abort(new OddError(1));
  await ended;
  await queue.put("precious");
  assertEquals(await queue.get(), "precious");
});

forEachStartMethod(
  "BaseProxy.callMethod() in the process of the manager takes nothing when it is given up",
  async (ctx) => {
    await using manager = new LockManager({ context: ctx });
    await manager.start();
    const hasty = await manager.Hasty();
    assertEquals(await hasty.get(await manager.Queue<string>()), ["TimeoutError", "OddError", 1]);
  },
);
