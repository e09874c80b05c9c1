import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { type Condition, type Connection, type Context, InvalidStateError, type Lock, Pipe } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachSharedMemory, forEachStartMethod } from "../helpers/methods.ts";
import { begin, Party, type PartyCall, type Pending, sharesMemory, startParty, stopAll } from "../helpers/party.ts";
import * as targets from "../targets/conditions.ts";

const KINDS = ["its own lock", "a Lock", "an RLock"] as const;

/** Registers a test for each lock that a condition may have. */
function forEachLock(name: string, test: (condition: Condition, ctx: Context) => Promise<void>): void {
  for (const kind of KINDS) {
    forEachStartMethod(`${name}, with ${kind}`, (ctx) => {
      if (kind === "its own lock") return test(new ctx.Condition(), ctx);
      return test(new ctx.Condition(kind === "a Lock" ? new ctx.Lock() : new ctx.RLock()), ctx);
    });
  }
}

/** Has a party sleep. It does as soon as somebody else gets the lock. */
async function sleepIn(party: Party, options = {}): Promise<PartyCall> {
  await party.call("acquire");
  return await party.begin("wait", options);
}

/** Nobody holds its lock. */
async function assertFree(condition: Condition): Promise<void> {
  assertEquals(await condition.acquire({ block: false }), true);
  await condition.release();
}

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

forEachStartMethod("Condition.notify() wakes one sleeper, the one that has slept longest [COND-04]", async (ctx) => {
  const condition = new ctx.Condition();
  const parties = await Promise.all([1, 2, 3].map(() => startParty(ctx, condition)));
  const sleeps: Pending[] = [];
  for (const party of parties) sleeps.push(await sleepIn(party));
  for (const [index, party] of parties.entries()) {
    await condition.acquire();
    await condition.notify();
    await condition.release();
    assertEquals(await sleeps[index]?.outcome, true);
    assertEquals(sleeps.map(({ settled }) => settled), parties.map((_, other) => other <= index));
    await party.call("release");
  }
  await stopAll(...parties);
});

forEachStartMethod("Condition.notify() of several wakes so many, and is not saved up [COND-04]", async (ctx) => {
  const condition = new ctx.Condition();
  const parties = await Promise.all([1, 2, 3, 4, 5, 6].map(() => startParty(ctx, condition)));
  const sleeps: Pending[] = [];
  for (const party of parties) sleeps.push(await sleepIn(party));
  const wake = async (count: number, woken: number[]) => {
    await condition.acquire();
    await condition.notify(count);
    await condition.release();
    // Those who are woken take the lock in any order.
    await Promise.all(woken.map(async (index) => {
      assertEquals(await sleeps[index]?.outcome, true);
      await parties[index]?.call("release");
    }));
  };
  await wake(2, [0, 1]);
  assertEquals(sleeps.map(({ settled }) => settled), [true, true, false, false, false, false]);
  await wake(4, [2, 3, 4, 5]);
  await wake(3, []);
  await condition.acquire();
  assertEquals(await condition.wait({ timeout: 0 }), false);
  await condition.release();
  await stopAll(...parties);
});

forEachStartMethod("Condition.notify() refuses numbers that are none", async (ctx) => {
  const condition = new ctx.Condition();
  await using _ = await condition.guard();
  for (const count of [-1, 1.5]) {
    await assertRejects(async () => await condition.notify(count), RangeError, "Cannot");
  }
  await assertRejects(async () => await condition.notify("1" as unknown as number), TypeError, "Cannot");
});

forEachStartMethod("Condition.notifyAll() wakes every sleeper, here and there [COND-05]", async (ctx) => {
  const condition = new ctx.Condition(new ctx.Lock());
  const [here, there] = Pipe<never, string>();
  const children = [];
  for (let child = 0; child < 3; child++) {
    children.push(await start(ctx, targets.sleepAndTell, condition, there as Connection<string>, 1));
    assertEquals(await here.recv(), "about to sleep");
  }
  there.close();
  const ours = Array.from({ length: 3 }, async () => {
    await using _ = await condition.guard();
    return await condition.wait();
  });
  await condition.acquire();
  assertEquals(await here.poll(), false);
  await condition.notifyAll();
  await condition.release();
  assertEquals(await Promise.all(ours), [true, true, true]);
  for (let child = 0; child < 3; child++) assertEquals(await here.recv(), "woken");
  await finish(children);
  here.close();
  await assertFree(condition);
});

forEachStartMethod(
  "Condition.notify() is not spent on those whose time was up or who were aborted [COND-05]",
  async (ctx) => {
    const condition = new ctx.Condition();
    const parties = await Promise.all([1, 2, 3].map(() => startParty(ctx, condition)));
    const [timed, aborted, sleeper] = parties as [Party, Party, Party];
    const abort = await sleepIn(aborted);
    assertEquals(await (await sleepIn(timed, { timeout: 1 })).outcome, false);
    await timed.call("release");
    const sleep = await sleepIn(sleeper);
    await abort.abort("as told");
    await assertRejects(() => abort.outcome, Error, "as told");
    await aborted.call("release");
    await condition.acquire();
    await condition.notify();
    await condition.release();
    assertEquals(await sleep.outcome, true);
    await sleeper.call("release");
    await stopAll(...parties);
  },
);

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

forEachStartMethod("Condition.notify() that meets an abort is passed on to the next sleeper", async (ctx) => {
  const condition = new ctx.Condition(new ctx.Lock());
  const there = await startParty(ctx, condition);
  for (let round = 0; round < 30; round++) {
    const controller = new AbortController();
    await condition.acquire();
    // If it was notified after all, it is for it to notify the next.
    const first = condition.wait({ signal: controller.signal }).then(() => condition.notify(), () => {}).finally(() =>
      condition.release()
    );
    const second = await sleepIn(there);
    await condition.acquire();
    const notified = condition.notify();
    if (round % 2 === 0) await notified;
    controller.abort();
    await notified;
    await condition.release();
    assertEquals(await second.outcome, true);
    await there.call("release");
    await first;
  }
  await there.stop();
  await assertFree(condition);
});

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

forEachStartMethod("Condition carries a ball back and forth, and loses none", async (ctx) => {
  const ROUNDS = 50;
  const condition = new ctx.Condition();
  const ball = new ctx.Event();
  const [here, there] = Pipe<never, string>();
  const child = await start(ctx, targets.pingPong, condition, ball, there as Connection<string>, ROUNDS);
  there.close();
  let passes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await using _ = await condition.guard();
    assertEquals(await condition.waitFor(async () => !await ball.isSet()), true);
    await ball.set();
    await condition.notify();
    passes++;
  }
  await finish([child]);
  assertEquals([passes, await ball.isSet()], [ROUNDS, false]);
  here.close();
});

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
