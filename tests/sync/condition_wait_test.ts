import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { assertFree, forEachLock } from "../helpers/conditions.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { begin, startParty } from "../helpers/party.ts";

forEachLock(
  "Condition.wait() gives false when its time is up, holding the lock [COND-02] [COND-07]",
  async (condition, ctx) => {
    const there = await startParty(ctx, condition);
    await condition.acquire();
    for (const timeout of [0, -1, -Infinity]) assertEquals(await condition.wait({ timeout }), false);
    const began = performance.now();
    assertEquals(await condition.wait({ timeout: 30 }), false);
    assert(performance.now() - began >= 29);
    assertEquals(await there.call("acquire", { block: false }), false);
    await condition.release();
    await there.stop();
    await assertFree(condition);
  },
);

forEachStartMethod("Condition.wait() whose time is up comes back only with the lock [COND-02]", async (ctx) => {
  const condition = new ctx.Condition();
  const there = await startParty(ctx, condition);
  await there.call("acquire");
  // First in the queue for the lock, so that the sleeper cannot have it back before.
  const ours = begin(condition, () => condition.acquire());
  const sleep = await there.begin("wait", { timeout: 1 });
  assertEquals(await (await ours).outcome, true);
  assertEquals(await there.call("acquire", { timeout: 20 }), false);
  assertEquals(sleep.settled, false);
  await condition.release();
  assertEquals(await sleep.outcome, false);
  await there.call("release");
  await there.stop();
  await assertFree(condition);
});

forEachLock(
  "Condition.wait() that is aborted rejects with the reason, holding the lock as before",
  async (condition, ctx) => {
    const there = await startParty(ctx, condition);
    const reason = new RangeError("no longer");
    await condition.acquire();
    await assertRejects(
      async () => await condition.wait({ signal: AbortSignal.abort(reason) }),
      RangeError,
      "no longer",
    );
    assertEquals(await there.call("acquire", { block: false }), false);
    const controller = new AbortController();
    const sleep = condition.wait({ signal: controller.signal, timeout: 1e9 }).catch((error) => error);
    assertEquals(await there.call("acquire"), true);
    controller.abort(reason);
    // Its notification would be lost on it.
    await there.call("notify");
    await there.call("release");
    assertStrictEquals(await sleep, reason);
    assertEquals(await there.call("acquire", { block: false }), false);
    await condition.release();
    await there.stop();
    await assertFree(condition);
  },
);

forEachStartMethod(
  "Condition.waitFor() gives what the predicate says last, at once if it holds [COND-06]",
  async (ctx) => {
    const condition = new ctx.Condition();
    const there = await startParty(ctx, condition);
    await condition.acquire();
    assertEquals(await condition.waitFor(() => true), true);
    assertEquals(await condition.waitFor(() => Promise.resolve(true), { timeout: 0 }), true);
    assertEquals(await condition.waitFor(() => false, { timeout: 0 }), false);
    await condition.release();
    let asked = 0;
    const ours = (async () => {
      await using _ = await condition.guard();
      const value = await condition.waitFor(async () => await Promise.resolve(++asked === 3));
      assertEquals(await there.call("acquire", { block: false }), false);
      return value;
    })();
    while (asked < 3) {
      await there.call("acquire");
      await there.call("notify");
      await there.call("release");
    }
    assertEquals(await ours, true);
    assertEquals(asked, 3);
    await there.call("acquire");
    const theirs = await there.begin("waitFor", {}, 2);
    await condition.acquire();
    await condition.notifyAll();
    await condition.release();
    assertEquals(await theirs.outcome, true);
    await there.call("release");
    await there.stop();
    await assertFree(condition);
  },
);

forEachStartMethod("Condition.waitFor() has one time for all its sleeps [COND-06]", async (ctx) => {
  const condition = new ctx.Condition();
  const there = await startParty(ctx, condition);
  await there.call("acquire");
  const began = performance.now();
  const sleep = await there.begin("waitFor", { timeout: 60 }, Infinity);
  while (!sleep.settled) {
    // It may hold the lock for good by now.
    if (!await condition.acquire({ timeout: 5 })) continue;
    await condition.notify();
    await condition.release();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assertEquals(await sleep.outcome, false);
  assert(performance.now() - began >= 59);
  await there.call("release");
  await there.stop();
  await assertFree(condition);
});

forEachStartMethod("Condition.waitFor() rejects with what the predicate throws, holding the lock", async (ctx) => {
  const condition = new ctx.Condition();
  const there = await startParty(ctx, condition);
  await condition.acquire();
  const reason = new RangeError("the predicate failed");
  let asked = 0;
  const sleep = condition.waitFor(() => {
    if (++asked === 2) throw reason;
    return false;
  }).catch((error) => error);
  await there.call("acquire");
  await there.call("notify");
  await there.call("release");
  assertStrictEquals(await sleep, reason);
  assertEquals(await there.call("acquire", { block: false }), false);
  await condition.release();
  await assertRejects(async () => await condition.waitFor(5 as unknown as () => boolean), TypeError, "Cannot");
  await there.stop();
  await assertFree(condition);
});
