import { assertEquals, assertRejects } from "@std/assert";
import { type Connection, Pipe } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { assertFree, sleepIn } from "../helpers/conditions.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { type Party, type Pending, startParty, stopAll } from "../helpers/party.ts";
import * as targets from "../targets/conditions.ts";

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
