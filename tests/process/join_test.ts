import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { activeChildren, currentProcess, getContext, InvalidStateError, wait } from "../../mod.ts";
import { startWaiting } from "../helpers/waiting.ts";
import { forEachStartMethod, HANG_MS } from "../helpers/methods.ts";
import * as targets from "../targets/processes.ts";

Deno.test("Process.join() of the current process is refused [PROC-17]", async () => {
  await assertRejects(() => currentProcess().join({ timeout: 0 }), InvalidStateError, "join");
});

forEachStartMethod("Process.join() and joinSync() refuse a time that is none", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  await assertRejects(() => process.join({ timeout: NaN }), TypeError, "timeout");
  assertThrows(() => process.joinSync({ timeout: NaN }), TypeError, "timeout");
  release();
  await process.join();
});

forEachStartMethod("Process.join() waits for the end and returns nothing [PROC-15]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  const joined = process.join();
  release();
  assertEquals(await joined, undefined);
  assertEquals(process.exitCode, 0);
  assertEquals(process.isAlive(), false);
});

forEachStartMethod("Process.join() returns nothing when the time is up [PROC-15]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  const begin = performance.now();
  assertEquals(await process.join({ timeout: 50 }), undefined);
  assert(performance.now() - begin >= 49);
  assertEquals(process.exitCode, null);
  release();
  await process.join();
});

forEachStartMethod("Process.join() without time returns at once and the process lives on [PROC-16]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  assertEquals(await process.join({ timeout: 0 }), undefined);
  assertEquals(await process.join({ timeout: -1 }), undefined);
  assertEquals(process.isAlive(), true);
  assertEquals(process.exitCode, null);
  release();
  await process.join();
});

forEachStartMethod("Process.join() may be repeated, by several at once [PROC-17]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  const joins = [process.join(), process.join(), process.join({ timeout: 60_000 })];
  release();
  await Promise.all(joins);
  await process.join();
  await process.join({ timeout: 0 });
  assertEquals(process.exitCode, 0);
});

forEachStartMethod("Process.join() before start() is refused [PROC-17]", async (ctx) => {
  const process = new ctx.Process();
  await assertRejects(() => process.join(), InvalidStateError, "not started");
});

forEachStartMethod("Process.join() rejects with the reason when aborted, and harms nothing [EXIT-14]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  const reason = new Error("enough");
  const controller = new AbortController();
  const joined = process.join({ signal: controller.signal });
  controller.abort(reason);
  assertEquals(await joined.catch((error) => error), reason);
  assertEquals(await process.join({ signal: AbortSignal.abort(reason) }).catch((error) => error), reason);
  assertEquals(process.isAlive(), true);
  release();
  await process.join();
  assertEquals(process.exitCode, 0);
});

forEachStartMethod("Process.join() refuses options of the wrong kind [PROC-15]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  await assertRejects(() => process.join({ timeout: "1" as unknown as number }), TypeError, "timeout");
  await assertRejects(() => process.join({ timeout: NaN }), TypeError, "timeout");
  release();
  await process.join();
});

forEachStartMethod(
  "Process.isAlive() is true from start() to the end, as activeChildren() tells [PROC-18] [MISC-02]",
  async (ctx) => {
    const { process, release } = await startWaiting(ctx);
    assertEquals(process.isAlive(), true);
    assertEquals(activeChildren(), [process]);
    release();
    await process.join();
    assertEquals(process.isAlive(), false);
    assertEquals(activeChildren(), []);
  },
);

forEachStartMethod("Process.isAlive() turns false without anybody joining [PROC-18]", async (ctx) => {
  const process = new ctx.Process({ target: targets.nothing });
  await process.start();
  await wait([process.sentinel]);
  assertEquals(process.isAlive(), false);
  assertEquals(process.exitCode, 0);
  assertEquals(activeChildren(), []);
});

Deno.test("Process.sentinel becomes ready when the process cannot be launched", async () => {
  const process = new (getContext("forkserver").Process)({ target: targets.nothing, cwd: "/no/such/folder" });
  const starting = process.start();
  const { sentinel } = process;
  const ready = wait([sentinel], { timeout: HANG_MS });
  await assertRejects(() => starting, Deno.errors.NotFound);
  assertEquals(await ready, [sentinel]);
});

forEachStartMethod("Process.sentinel becomes ready at the end and stays so [PROC-20]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  const { sentinel } = process;
  assertEquals(await wait([sentinel], { timeout: 0 }), []);
  assertEquals(await wait([sentinel], { timeout: 20 }), []);
  release();
  assertEquals(await wait([sentinel]), [sentinel]);
  assertEquals(await wait([sentinel], { timeout: 0 }), [sentinel]);
  await process.join();
  assertEquals(await wait([process.sentinel], { timeout: 0 }), [sentinel]);
});

forEachStartMethod("Process.sentinel is refused before start() [PROC-20]", async (ctx) => {
  assertThrows(() => new ctx.Process().sentinel, InvalidStateError, "not started");
  await Promise.resolve();
});

forEachStartMethod("wait() for several sentinels gives those that ended [PROC-20]", async (ctx) => {
  const [first, second] = [await startWaiting(ctx), await startWaiting(ctx)];
  second.release();
  const sentinels = [first.process.sentinel, second.process.sentinel];
  assertEquals(await wait(sentinels), [second.process.sentinel]);
  first.release();
  await first.process.join();
  await second.process.join();
  assertEquals(await wait(sentinels), sentinels);
});
