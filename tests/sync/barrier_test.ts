import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { type Barrier, BrokenBarrierError, type Connection, type Context, Pipe } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { begin, Party, type Pending, sharesMemory, startParty, stopAll } from "../helpers/party.ts";
import * as targets from "../targets/barriers.ts";

/** Nobody waits at it, and it is whole. */
async function assertWhole(barrier: Barrier): Promise<void> {
  assertEquals([await barrier.nWaiting(), await barrier.broken()], [0, false]);
}

/** Each wait ends because the barrier is broken. */
async function assertThrownOut(...waits: Pending[]): Promise<void> {
  for (const { outcome } of waits) {
    const error = await assertRejects(() => outcome, Error);
    assertEquals(error.name, "BrokenBarrierError");
  }
}

/** Starts children that pass so often, and gives what each of them tells. */
async function passEverywhere(
  ctx: Context,
  barrier: Barrier,
  rounds: number,
  target: typeof targets.pass = targets.pass,
): Promise<targets.Passes[]> {
  const [here, there] = Pipe<never, targets.Told>();
  const children = await Promise.all(
    Array.from({ length: barrier.parties }, () => start(ctx, target, barrier, there as Connection<never>, rounds)),
  );
  there.close();
  const told = (await Array.fromAsync(here)).filter((each) => each !== "ready");
  await finish(children);
  here.close();
  assertEquals(told.length, barrier.parties);
  return told;
}

forEachStartMethod("Barrier tells how many parties it has and how many wait [BAR-01]", async (ctx) => {
  const barrier = new ctx.Barrier(3);
  const there = await startParty(ctx, barrier);
  assertEquals([barrier.parties, await there.call("parties")], [3, 3]);
  await assertWhole(barrier);
  const first = await there.begin("wait");
  assertEquals([await barrier.nWaiting(), await there.call("nWaiting")], [1, 1]);
  const second = await begin(barrier, () => barrier.wait());
  assertEquals([await barrier.nWaiting(), await there.call("nWaiting")], [2, 2]);
  assertEquals([first.settled, second.settled], [false, false]);
  assertEquals(await barrier.wait(), 2);
  assertEquals([await first.outcome, await second.outcome], [0, 1]);
  await assertWhole(barrier);
  await there.stop();
});

forEachStartMethod("Barrier refuses arguments that are none [BAR-01]", (ctx) => {
  for (const parties of [0, -1, 1.5]) assertThrows(() => new ctx.Barrier(parties), RangeError, "Cannot");
  for (const parties of ["2", null, {}]) {
    assertThrows(() => new ctx.Barrier(parties as unknown as number), TypeError, "Cannot");
  }
  assertThrows(() => new ctx.Barrier(2, { action: 5 as unknown as () => void }), TypeError, "Cannot");
  assertThrows(() => new ctx.Barrier(2, { timeout: "5" as unknown as number }), TypeError, "Cannot");
  for (const options of [() => {}, null, 5]) {
    assertThrows(() => new ctx.Barrier(2, options as never), TypeError, "options must be an object");
  }
  return Promise.resolve();
});

forEachStartMethod(
  "Barrier.wait() lets all parties pass together, ten times in step [BAR-02] [BAR-03]",
  async (ctx) => {
    const barrier = new ctx.Barrier(3);
    const told = await passEverywhere(ctx, barrier, 10);
    for (let round = 0; round < 10; round++) {
      assertEquals(told.map(({ indices }) => indices[round]).sort(), [0, 1, 2], `round ${round}`);
    }
    await assertWhole(barrier);
  },
);

forEachStartMethod("Barrier.wait() of tasks of one process keeps them in step [BAR-02] [BAR-03]", async (ctx) => {
  const barrier = new ctx.Barrier(5);
  const log: string[] = [];
  const tasks = Array.from({ length: 5 }, async () => {
    for (let round = 0; round < 10; round++) {
      const index = await barrier.wait();
      log.push(`${round}: ${index}`);
    }
  });
  await Promise.all(tasks);
  for (let round = 0; round < 10; round++) {
    const expected = [0, 1, 2, 3, 4].map((index) => `${round}: ${index}`);
    assertEquals(log.slice(5 * round, 5 * round + 5).sort(), expected);
  }
  await assertWhole(barrier);
});

forEachStartMethod("Barrier.wait() keeps five processes in step a thousand times [BAR-09]", async (ctx) => {
  const rounds = sharesMemory(ctx.getStartMethod()) ? 1000 : 200;
  const barrier = new ctx.Barrier(5);
  const told = await passEverywhere(ctx, barrier, rounds);
  for (let round = 0; round < rounds; round++) {
    assertEquals(told.map(({ indices }) => indices[round]).sort(), [0, 1, 2, 3, 4], `round ${round}`);
  }
  await assertWhole(barrier);
});

forEachStartMethod(
  "Barrier runs its action once a pass, in the last arriver, before anyone goes on [BAR-04]",
  async (ctx) => {
    const log: string[] = [];
    const barrier = new ctx.Barrier(3, { action: () => void log.push("action") });
    for (let round = 0; round < 3; round++) {
      log.length = 0;
      const waits = Array.from({ length: 3 }, async (_, name) => {
        const index = await barrier.wait();
        log.push(`${name} is ${index}`);
      });
      await Promise.all(waits);
      assertEquals(log[0], "action");
      assertEquals(log.slice(1).sort(), ["0 is 0", "1 is 1", "2 is 2"]);
    }
  },
);

forEachStartMethod(
  "Barrier takes its action along, and runs it once a pass in all processes together [BAR-04]",
  async (ctx) => {
    const barrier = new ctx.Barrier(3, { action: targets.countPass });
    const told = await passEverywhere(ctx, barrier, 10);
    // Workers share no module state with each other, nor processes.
    for (const { indices, actions } of told) assertEquals(actions, indices.filter((index) => index === 2).length);
    assertEquals(told.reduce((sum, { actions }) => sum + actions, 0), 10);
    await assertWhole(barrier);
  },
);

forEachStartMethod(
  "Barrier whose action throws tells the last arriver why, and is broken for the others [BAR-05]",
  async (ctx) => {
    const barrier = new ctx.Barrier(3, { action: targets.failPass });
    const there = await startParty(ctx, barrier);
    const waits = [await there.begin("wait"), await begin(barrier, () => barrier.wait())];
    await assertRejects(async () => await barrier.wait(), RangeError, "the action failed");
    await assertThrownOut(...waits);
    assertEquals([await barrier.broken(), await there.call("broken")], [true, true]);
    await barrier.reset();
    const again = [await begin(barrier, () => barrier.wait()), await begin(barrier, () => barrier.wait())];
    await assertRejects(() => there.call("wait"), Error, "the action failed");
    await assertThrownOut(...again);
    await there.stop();
  },
);

forEachStartMethod("Barrier.abort() breaks it for those who wait and who come, until reset() [BAR-06]", async (ctx) => {
  const barrier = new ctx.Barrier(3);
  const there = await startParty(ctx, barrier);
  const waits = [await there.begin("wait"), await begin(barrier, () => barrier.wait())];
  assertEquals(await barrier.abort(), undefined);
  await assertThrownOut(...waits);
  assertEquals([await barrier.broken(), await there.call("broken")], [true, true]);
  assertEquals(await barrier.nWaiting(), 0);
  await assertRejects(async () => await barrier.wait(), BrokenBarrierError, "broken");
  assertEquals((await assertRejects(() => there.call("wait"), Error)).name, "BrokenBarrierError");
  await there.call("reset");
  await assertWhole(barrier);
  const again = [await there.begin("wait"), await begin(barrier, () => barrier.wait())];
  assertEquals([await barrier.wait(), await again[0]?.outcome, await again[1]?.outcome], [2, 0, 1]);
  await there.call("abort");
  assertEquals(await barrier.broken(), true);
  await there.stop();
});

forEachStartMethod("Barrier.reset() throws those out who wait, and it is usable again [BAR-07]", async (ctx) => {
  const barrier = new ctx.Barrier(3);
  const there = await startParty(ctx, barrier);
  for (let round = 0; round < 3; round++) {
    const waits = [await there.begin("wait"), await begin(barrier, () => barrier.wait())];
    assertEquals(await barrier.reset(), undefined);
    await assertThrownOut(...waits);
    await assertWhole(barrier);
    const again = [await begin(barrier, () => barrier.wait()), await there.begin("wait")];
    assertEquals([await barrier.wait(), await again[0]?.outcome, await again[1]?.outcome], [2, 0, 1]);
  }
  await barrier.reset();
  await assertWhole(barrier);
  await there.stop();
});

forEachStartMethod("Barrier.wait() whose time is up breaks it for everyone [BAR-08]", async (ctx) => {
  const barrier = new ctx.Barrier(3);
  const there = await startParty(ctx, barrier);
  const waiting = await there.begin("wait");
  const began = performance.now();
  await assertRejects(async () => await barrier.wait({ timeout: 30 }), BrokenBarrierError);
  assert(performance.now() - began >= 29);
  await assertThrownOut(waiting);
  assertEquals(await barrier.broken(), true);
  await assertRejects(async () => await barrier.wait(), BrokenBarrierError);
  await barrier.reset();
  const theirs = await there.begin("wait", { timeout: 5 });
  const ours = await begin(barrier, () => barrier.wait());
  await assertThrownOut(theirs, ours);
  await there.stop();
});

forEachStartMethod(
  "Barrier.wait() has the time that the constructor was given, if not told otherwise [BAR-08]",
  async (ctx) => {
    const barrier = new ctx.Barrier(2, { timeout: 20 });
    const there = await startParty(ctx, barrier);
    const began = performance.now();
    await assertRejects(async () => await barrier.wait(), BrokenBarrierError);
    assert(performance.now() - began >= 19);
    await barrier.reset();
    assertEquals((await assertRejects(() => there.call("wait"), Error)).name, "BrokenBarrierError");
    await barrier.reset();
    const waiting = await there.begin("wait", { timeout: 1e9 });
    assertEquals([await barrier.wait(), await waiting.outcome], [1, 0]);
    await there.stop();
  },
);

forEachStartMethod(
  "Barrier.wait() that gives up before its round begins does not break the one that goes on",
  async (ctx) => {
    const acting = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const action = () => {
      acting.resolve();
      return done.promise;
    };
    const barrier = new ctx.Barrier(2, { action });
    const passing = [barrier.wait(), barrier.wait()];
    await acting.promise;
    await assertRejects(async () => await barrier.wait({ timeout: 5 }), BrokenBarrierError, "the time was up");
    await assertRejects(async () => await barrier.wait({ timeout: 0 }), BrokenBarrierError, "the time was up");
    const controller = new AbortController();
    const aborted = await begin(barrier, () => barrier.wait({ signal: controller.signal }));
    controller.abort(new RangeError("no longer"));
    await assertRejects(() => aborted.outcome, RangeError, "no longer");
    done.resolve();
    assertEquals((await Promise.all(passing)).sort(), [0, 1]);
    await assertWhole(barrier);
    assertEquals((await Promise.all([barrier.wait(), barrier.wait()])).sort(), [0, 1]);
  },
);

forEachStartMethod("Barrier.wait() without time passes as the last, and breaks it otherwise [BAR-08]", async (ctx) => {
  const barrier = new ctx.Barrier(2);
  const there = await startParty(ctx, barrier);
  const waiting = await there.begin("wait");
  assertEquals([await barrier.wait({ timeout: 0 }), await waiting.outcome], [1, 0]);
  await assertRejects(async () => await barrier.wait({ timeout: -1 }), BrokenBarrierError);
  assertEquals(await barrier.broken(), true);
  await there.stop();
});

forEachStartMethod("Barrier.wait() with a timeout that is undefined has the barrier's own [BAR-08]", async (ctx) => {
  const barrier = new ctx.Barrier(2, { timeout: 1 });
  const undefinedTime = { timeout: undefined } as unknown as { timeout: number };
  await assertRejects(async () => await barrier.wait(undefinedTime), BrokenBarrierError);
  await barrier.reset();
  if (sharesMemory(ctx.getStartMethod())) {
    assertThrows(() => barrier.waitSync(undefinedTime), BrokenBarrierError);
  }
});

forEachStartMethod("Barrier of one party never waits [BAR-09]", async (ctx) => {
  let actions = 0;
  const barrier = new ctx.Barrier(1, { action: () => void actions++ });
  for (let round = 0; round < 100; round++) assertEquals(await barrier.wait(), 0);
  assertEquals(await barrier.wait({ timeout: 0 }), 0);
  assertEquals(actions, 101);
  await assertWhole(barrier);
});

forEachStartMethod(
  "Barrier.wait() that is aborted rejects with the reason, and nobody can pass any more",
  async (ctx) => {
    const barrier = new ctx.Barrier(3);
    const there = await startParty(ctx, barrier);
    const reason = new RangeError("no longer");
    await assertRejects(async () => await barrier.wait({ signal: AbortSignal.abort(reason) }), RangeError, "no longer");
    await assertWhole(barrier);
    const controller = new AbortController();
    const waiting = await there.begin("wait");
    const aborted = await begin(barrier, () => barrier.wait({ signal: controller.signal }).catch((error) => error));
    controller.abort(reason);
    assertStrictEquals(await aborted.outcome, reason);
    await assertThrownOut(waiting);
    assertEquals(await barrier.broken(), true);
    await barrier.reset();
    const ours = await begin(barrier, () => barrier.wait());
    const theirs = await there.begin("wait");
    await theirs.abort("as told");
    await assertRejects(() => theirs.outcome, Error, "as told");
    await assertThrownOut(ours);
    await there.stop();
  },
);

forEachStartMethod("Barrier.wait() refuses options that are none, and does not arrive", async (ctx) => {
  const barrier = new ctx.Barrier(2);
  for (
    const options of [{ timeout: "5" }, { timeout: NaN }, { signal: {} }, null, 5] as unknown as { timeout: number }[]
  ) {
    await assertRejects(async () => await barrier.wait(options), TypeError, "Cannot");
  }
  await assertWhole(barrier);
});

forEachStartMethod("Barrier travels over pipes, to earlier processes and to grandchildren [QUE-22]", async (ctx) => {
  const barrier = new ctx.Barrier(3, { timeout: 1e9 });
  const [below, later] = [await Party.startBelow(ctx, barrier), await Party.startLater(ctx, barrier)];
  const waits = [await below.begin("wait"), await later.begin("wait")];
  assertEquals([await barrier.nWaiting(), await below.call("parties")], [2, 3]);
  assertEquals([await barrier.wait(), await waits[0]?.outcome, await waits[1]?.outcome], [2, 0, 1]);
  await stopAll(below, later);
  await assertWhole(barrier);
  const [here, there] = Pipe<Barrier>();
  await here.send(barrier);
  const same = await there.recv();
  await same.abort();
  assertEquals(await barrier.broken(), true);
  here.close();
  there.close();
});
