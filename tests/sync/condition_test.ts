import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { type Condition, InvalidStateError, type Lock, Pipe } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { assertFree, forEachLock, sleepIn } from "../helpers/conditions.ts";
import { forEachSharedMemory, forEachStartMethod } from "../helpers/methods.ts";
import { Party, sharesMemory, startParty, stopAll } from "../helpers/party.ts";
import * as targets from "../targets/conditions.ts";

forEachLock("Condition.wait() gives the lock up until it is notified [COND-01] [COND-02]", async (condition, ctx) => {
  const there = await startParty(ctx, condition);
  const sleep = await sleepIn(there);
  assertEquals(await condition.acquire(), true);
  assertEquals(await condition.notify(), undefined);
  // Notified, but the lock is ours still.
  assertEquals(await there.call("acquire", { block: false }), false);
  assertEquals(sleep.settled, false);
  await condition.release();
  assertEquals(await sleep.outcome, true);
  assertEquals(await condition.acquire({ block: false }), false);
  await there.call("release");

  await condition.acquire();
  const ours = condition.wait();
  assertEquals(await there.call("acquire"), true);
  await there.call("notify");
  await there.call("release");
  assertEquals(await ours, true);
  assertEquals(await there.call("acquire", { block: false }), false);
  await condition.release();
  await there.stop();
  await assertFree(condition);
});

forEachStartMethod("Condition uses the lock that it was given [COND-01]", async (ctx) => {
  for (const lock of [new ctx.Lock(), new ctx.RLock()]) {
    const condition = new ctx.Condition(lock);
    const there = await startParty(ctx, condition, lock);
    await lock.acquire();
    assertEquals(await there.call("acquire", { block: false }), false);
    const sleep = condition.wait();
    assertEquals(await there.callOn(1, "acquire"), true);
    assertEquals(await condition.acquire({ block: false }), false);
    await there.call("notifyAll");
    await there.call("release");
    assertEquals(await sleep, true);
    await lock.release();
    assertEquals(await lock.locked(), false);
    await there.stop();
  }
});

forEachStartMethod("Condition refuses a lock that is none [COND-01]", (ctx) => {
  for (const lock of [{}, null, "lock", new ctx.Semaphore()]) {
    assertThrows(() => new ctx.Condition(lock as unknown as Lock), TypeError, "Cannot");
  }
  return Promise.resolve();
});

forEachStartMethod("Condition refuses a lock that another process hosts, and says what to do", async (ctx) => {
  const method = ctx.getStartMethod();
  const [here, there] = Pipe<string>();
  const child = await start(ctx, targets.conditionWith, new ctx.Lock(), there, method);
  there.close();
  const told = await here.recv();
  assert(
    sharesMemory(method) ? told === "made" : /^NotSupportedError: Cannot make a Condition.*--allow-ffi/.test(told),
    told,
  );
  await finish([child]);
  here.close();
});

forEachStartMethod("Condition.wait() gives an RLock up entirely, and takes it back as deep [COND-02]", async (ctx) => {
  const lock = new ctx.RLock();
  const condition = new ctx.Condition(lock);
  const there = await startParty(ctx, condition);
  for (const level of [1, 2, 3]) {
    for (let held = 0; held < level; held++) await condition.acquire();
    const sleep = condition.wait();
    assertEquals(await there.call("acquire"), true);
    await there.call("notify");
    await there.call("release");
    assertEquals(await sleep, true);
    for (let held = level; held > 0; held--) {
      assertEquals(await there.call("acquire", { block: false }), false);
      await condition.release();
    }
    await assertRejects(async () => await condition.release(), InvalidStateError);
  }
  await there.stop();
});

forEachStartMethod(
  "Condition.wait() of several tasks with one RLock holds it as often as they do [COND-02]",
  async (ctx) => {
    const condition = new ctx.Condition();
    const there = await startParty(ctx, condition);
    const sleeps: Promise<boolean>[] = [];
    for (const level of [1, 2, 3]) {
      for (let held = 0; held < level; held++) await condition.acquire();
      sleeps.push(condition.wait());
    }
    assertEquals(await there.call("acquire"), true);
    await there.call("notifyAll");
    await there.call("release");
    assertEquals(await Promise.all(sleeps), [true, true, true]);
    for (let held = 6; held > 0; held--) {
      assertEquals(await there.call("acquire", { block: false }), false, `held ${held} times`);
      await condition.release();
    }
    assertEquals(await there.call("acquire", { block: false }), true);
    await there.call("release");
    await there.stop();
  },
);

forEachLock("Condition refuses whoever does not hold its lock [COND-03]", async (condition, ctx) => {
  const there = await startParty(ctx, condition);
  for (const member of ["wait", "notify", "notifyAll"] as const) {
    await assertRejects(async () => await condition[member](), InvalidStateError, "Cannot");
    assertEquals((await assertRejects(() => there.call(member), Error, "Cannot")).name, "InvalidStateError");
  }
  await there.call("acquire");
  for (const member of ["wait", "notify", "notifyAll"] as const) {
    await assertRejects(async () => await condition[member](), InvalidStateError, "Cannot");
  }
  await assertRejects(async () => await condition.waitFor(() => false), InvalidStateError, "Cannot");
  await there.call("release");
  await there.stop();
  await assertFree(condition);
});

forEachStartMethod("Condition says what is missing in Python's words [COND-03]", async (ctx) => {
  const condition = new ctx.Condition();
  const words = "must acquire() condition before using wait()";
  await assertRejects(async () => await condition.wait(), InvalidStateError, words);
  await assertRejects(async () => await condition.notify(), InvalidStateError, "lock is not owned");
});

forEachStartMethod(
  "Condition of an RLock tells a second task that waits what it takes; of a Lock, both wait",
  async (ctx) => {
    const [condition, fit] = [new ctx.Condition(), new ctx.Condition(new ctx.Lock())];
    const time = { timeout: 60_000 };
    await condition.acquire();
    await condition.acquire();
    const waits = condition.wait(time);
    await assertRejects(async () => await condition.wait(time), InvalidStateError, "use new Condition(new Lock())");
    await condition.acquire();
    await condition.notify();
    await condition.release();
    assertEquals(await waits, true);
    const sleep = async () => {
      await using _ = await fit.guard();
      return await fit.wait(time);
    };
    const sleeps = [sleep(), sleep()];
    await using _ = await fit.guard();
    await fit.notifyAll();
    await fit.release();
    assertEquals(await Promise.all(sleeps), [true, true]);
    await fit.acquire();
  },
);

forEachStartMethod("Condition travels over pipes, with its lock, and to grandchildren [QUE-22]", async (ctx) => {
  const lock = new ctx.Lock();
  const condition = new ctx.Condition(lock);
  const [below, later] = [await Party.startBelow(ctx, condition, lock), await Party.startLater(ctx, lock, condition)];
  const sleep = await sleepIn(below);
  await later.call("acquire");
  assertEquals(await lock.acquire({ block: false }), false);
  await later.callOn(1, "notify");
  await later.callOn(1, "release");
  assertEquals(await sleep.outcome, true);
  await below.callOn(1, "release");
  assertEquals(await lock.locked(), false);
  await stopAll(below, later);
  const { party: maker, object: made } = await Party.startWithOwn<Condition>(ctx, "Condition");
  const theirs = await sleepIn(maker);
  await made.acquire();
  await made.notify();
  await made.release();
  assertEquals(await theirs.outcome, true);
  await maker.call("release");
  await maker.stop();
});

forEachSharedMemory("Condition shows its lock and how many sleep [COND-08]", async (ctx) => {
  const condition = new ctx.Condition();
  const shared = sharesMemory(ctx.getStartMethod());
  const there = await startParty(ctx, condition);
  assertMatch(String(condition), shared ? /^<Condition\(<RLock\(None, 0\)>, 0\)>/ : /^<Condition\(<RLock\(None, 0\)>/);
  const sleep = await sleepIn(there);
  await condition.acquire();
  assertMatch(
    String(condition),
    shared ? /^<Condition\(<RLock\(MainProcess, 1\)>, 1\)>/ : /^<Condition\(<RLock\(MainProcess, 1\)>/,
  );
  assertEquals(Deno.inspect(condition), String(condition));
  await condition.notify();
  await condition.release();
  await sleep.outcome;
  assertMatch(
    String(await there.call("toString")),
    new RegExp(`^<Condition\\(<RLock\\(${there.process.name}, 1\\)>${shared ? ", 0\\)>" : ""}`),
  );
  await there.call("release");
  await there.stop();
});
