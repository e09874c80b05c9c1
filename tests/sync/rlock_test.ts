import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { InvalidStateError, type RLock } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { begin, Party, startParty, stopAll } from "../helpers/party.ts";

const REFUSAL = "attempt to release recursive lock not owned by thread";

/** Nobody holds it and nobody waits for it. */
async function assertFree(lock: RLock): Promise<void> {
  assertEquals(await lock.locked(), false);
  assertEquals(await lock.acquire({ block: false }), true);
  await lock.release();
  assertEquals(await lock.locked(), false);
}

forEachStartMethod(
  "RLock.acquire() may be repeated by its owner, and is free after as many releases [LOCK-06]",
  async (ctx) => {
    const lock = new ctx.RLock();
    const there = await startParty(ctx, lock);
    for (const options of [{}, { block: false }, { timeout: 0 }, { timeout: -1 }, { timeout: 10 }]) {
      assertEquals(await lock.acquire(options), true);
    }
    for (let left = 5; left > 0; left--) {
      assertEquals(await there.call("acquire", { block: false }), false);
      assertEquals(await lock.locked(), true);
      await lock.release();
    }
    assertEquals(await there.call("acquire", { block: false }), true);
    assertEquals(await there.call("acquire"), true);
    await there.call("release");
    assertEquals(await lock.acquire({ block: false }), false);
    await there.call("release");
    await there.stop();
    await assertFree(lock);
  },
);

forEachStartMethod("RLock keeps its level when others are refused [LOCK-06]", async (ctx) => {
  const lock = new ctx.RLock();
  const there = await startParty(ctx, lock);
  await lock.acquire();
  await lock.acquire();
  assertEquals(await there.call("acquire", { block: false }), false);
  assertEquals(await there.call("acquire", { timeout: 5 }), false);
  await assertRejects(() => there.call("release"), Error, REFUSAL);
  await lock.release();
  assertEquals([await lock.locked(), await there.call("acquire", { block: false })], [true, false]);
  await lock.release();
  await there.stop();
  await assertFree(lock);
});

forEachStartMethod("RLock.release() is refused to whoever does not own it [LOCK-07]", async (ctx) => {
  const lock = new ctx.RLock();
  const there = await startParty(ctx, lock);
  await assertRejects(async () => await lock.release(), InvalidStateError, REFUSAL);
  const unlocked = await assertRejects(() => there.call("release"), Error, REFUSAL);
  assertEquals(unlocked.name, "InvalidStateError");
  await there.call("acquire");
  await assertRejects(async () => await lock.release(), InvalidStateError, REFUSAL);
  assertEquals(await lock.locked(), true);
  await there.call("release");
  await assertRejects(() => there.call("release"), Error, REFUSAL);
  await there.stop();
  await assertFree(lock);
});

forEachStartMethod(
  "RLock is owned by the process, so that its tasks do not exclude each other [LOCK-08]",
  async (ctx) => {
    const lock = new ctx.RLock();
    const there = await startParty(ctx, lock);
    let inside = 0;
    const allInside = Promise.withResolvers<void>();
    const tasks = Array.from({ length: 4 }, async () => {
      await lock.acquire();
      if (++inside === 4) allInside.resolve();
      await allInside.promise;
      assertEquals(await there.call("acquire", { block: false }), false);
      await lock.release();
    });
    await Promise.all(tasks);
    assertEquals(await there.call("acquire", { block: false }), true);
    await there.call("release");
    await there.stop();
    await assertFree(lock);
  },
);

forEachStartMethod("RLock that is released entirely goes to the one that has waited longest [LOCK-09]", async (ctx) => {
  const lock = new ctx.RLock();
  const [first, second] = [await startParty(ctx, lock), await startParty(ctx, lock)];
  await lock.acquire();
  await lock.acquire();
  const firstWaits = await first.begin("acquire");
  const secondWaits = await second.begin("acquire");
  await lock.release();
  assertEquals([firstWaits.settled, secondWaits.settled], [false, false]);
  await lock.release();
  assertEquals(await firstWaits.outcome, true);
  const again = await begin(lock, () => lock.acquire());
  assertEquals(await first.call("acquire"), true);
  await first.call("release");
  assertEquals([secondWaits.settled, again.settled], [false, false]);
  await first.call("release");
  assertEquals(await secondWaits.outcome, true);
  assertEquals(again.settled, false);
  await second.call("release");
  assertEquals(await again.outcome, true);
  await lock.release();
  await stopAll(first, second);
  await assertFree(lock);
});

forEachStartMethod("RLock.acquire() of several tasks that wait is served to all of them", async (ctx) => {
  const lock = new ctx.RLock();
  const there = await startParty(ctx, lock);
  await there.call("acquire");
  const waits = await Promise.all([1, 2, 3].map(() => begin(lock, () => lock.acquire())));
  const controller = new AbortController();
  const aborted = await begin(lock, () => lock.acquire({ signal: controller.signal }).catch(() => "aborted"));
  controller.abort();
  assertEquals(await aborted.outcome, "aborted");
  await there.call("release");
  for (const { outcome } of waits) {
    assertEquals(await outcome, true);
    await lock.release();
  }
  assertEquals(await there.call("acquire", { block: false }), true);
  await there.call("release");
  await there.stop();
  await assertFree(lock);
});

forEachStartMethod("RLock travels to a grandchild and to a process that was started earlier [QUE-22]", async (ctx) => {
  const lock = new ctx.RLock();
  const [below, later] = [await Party.startBelow(ctx, lock), await Party.startLater(ctx, lock)];
  await below.call("acquire");
  await below.call("acquire");
  assertEquals(await later.call("acquire", { block: false }), false);
  await assertRejects(() => later.call("release"), Error, REFUSAL);
  await below.call("release");
  assertEquals(await lock.acquire({ block: false }), false);
  const waiting = await later.begin("acquire");
  await below.call("release");
  assertEquals(await waiting.outcome, true);
  await later.call("release");
  await stopAll(below, later);
  await assertFree(lock);
});

forEachStartMethod("RLock shows who holds it and how often [LOCK-12]", async (ctx) => {
  const lock = new ctx.RLock();
  const there = await startParty(ctx, lock);
  assertMatch(String(lock), /^<RLock\(None, 0\)>/);
  await lock.acquire();
  await lock.acquire();
  assertMatch(String(lock), /^<RLock\(MainProcess, 2\)>/);
  assertMatch(Deno.inspect(lock), /^<RLock\(MainProcess, 2\)>/);
  await lock.release();
  await lock.release();
  assertEquals(await there.call("acquire"), true);
  assertMatch(String(await there.call("toString")), new RegExp(`^<RLock\\(${there.process.name}, 1\\)>`));
  assertMatch(String(lock), /^<RLock\(SomeOther\w+, nonzero\)>/);
  await there.call("release");
  await there.stop();
});
