/** What becomes of what a process held or waited for when it ends, in whatever way. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Context, Lock } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { begin, Party, type PartyCall, startParty, stopAll } from "../helpers/party.ts";
import { killDuringPass } from "../targets/barriers.ts";
import { serveParty } from "../targets/locks.ts";

const WAYS = ["kill", "exit", "throw", "return"] as const;

/** Starts a party whose last words are not of interest. */
function startMortal(ctx: Context, ...objects: object[]): Promise<Party> {
  return Party.start(ctx, { stderr: "null" }, serveParty, ...objects);
}

/** It can be taken, with word that its former holder died; afterwards nothing of that is left. */
async function assertAbandoned(lock: Lock): Promise<void> {
  assertEquals([await lock.acquire(), lock.abandoned], [true, true]);
  await lock.release();
  assertEquals([await lock.locked(), lock.abandoned], [false, false]);
  assertEquals([await lock.acquire(), lock.abandoned], [true, false]);
  await lock.release();
}

for (const kind of ["Lock", "RLock"] as const) {
  for (const how of WAYS) {
    forEachStartMethod(`${kind} is released and abandoned when its holder ends by ${how} [EXIT-12]`, async (ctx) => {
      const lock = new ctx[kind]();
      const mortal = await startMortal(ctx, lock);
      await mortal.call("acquire");
      assertEquals(lock.abandoned, false);
      await mortal.end(how);
      await assertAbandoned(lock);
    });
  }

  forEachStartMethod(`${kind} goes to whoever waits when its holder is killed [EXIT-12]`, async (ctx) => {
    const lock = new ctx[kind]();
    const [mortal, other] = [await startMortal(ctx, lock), await startParty(ctx, lock)];
    await mortal.call("acquire");
    const theirs = await other.begin("acquire");
    const ours = await begin(lock, () => lock.acquire());
    await mortal.kill();
    assertEquals(await theirs.outcome, true);
    assertEquals([await other.call("abandoned"), lock.abandoned, ours.settled], [true, false, false]);
    await other.call("release");
    assertEquals([await ours.outcome, lock.abandoned], [true, false]);
    await lock.release();
    await other.stop();
  });

  forEachStartMethod(`${kind} loses a waiter that is killed, and goes to the next [EXIT-12]`, async (ctx) => {
    const lock = new ctx[kind]();
    const [mortal, other] = [await startMortal(ctx, lock), await startParty(ctx, lock)];
    await lock.acquire();
    await mortal.begin("acquire");
    await mortal.begin("acquire");
    const next = await other.begin("acquire");
    await mortal.kill();
    assertEquals(next.settled, false);
    await lock.release();
    assertEquals([await next.outcome, await other.call("abandoned")], [true, false]);
    await other.call("release");
    assertEquals(await lock.acquire({ block: false }), true);
    await lock.release();
    await other.stop();
  });

  forEachStartMethod(`${kind}.guard() tells that the former holder died [EXIT-12]`, async (ctx) => {
    const lock = new ctx[kind]();
    const mortal = await startMortal(ctx, lock);
    assertEquals(await mortal.call("guard"), "guarded");
    const waiting = lock.guard();
    await mortal.kill();
    {
      await using _ = await waiting;
      assertEquals(lock.abandoned, true);
    }
    {
      await using _ = await lock.guard();
      assertEquals(lock.abandoned, false);
    }
  });
}

forEachStartMethod("Lock that passed through a grandchild is released when that is killed [EXIT-12]", async (ctx) => {
  const lock = new ctx.Lock();
  const below = await Party.startBelow(ctx, lock);
  await below.call("acquire");
  const waiting = await begin(lock, () => lock.acquire());
  // Its child ends with it.
  await below.kill();
  assertEquals([await waiting.outcome, lock.abandoned], [true, true]);
  await lock.release();
});

forEachStartMethod(
  "Lock that others released is not abandoned when its first holder is killed [LOCK-04]",
  async (ctx) => {
    const lock = new ctx.Lock();
    const mortal = await startMortal(ctx, lock);
    await mortal.call("acquire");
    await lock.release();
    await mortal.kill();
    assertEquals([await lock.locked(), await lock.acquire(), lock.abandoned], [false, true, false]);
    await lock.release();
  },
);

forEachStartMethod("Lock is abandoned anew by each of several holders that are killed", async (ctx) => {
  const lock = new ctx.Lock();
  const mortals = await Promise.all([1, 2, 3].map(() => startMortal(ctx, lock)));
  const waits: PartyCall[] = [];
  for (const mortal of mortals) waits.push(await mortal.begin("acquire"));
  const ours = await begin(lock, () => lock.acquire());
  for (const [index, mortal] of mortals.entries()) {
    assertEquals([await waits[index]?.outcome, await mortal.call("abandoned")], [true, index > 0]);
    await mortal.kill();
  }
  assertEquals([await ours.outcome, lock.abandoned], [true, true]);
  await lock.release();
});

forEachStartMethod("RLock that was held several times is free when its holder is killed", async (ctx) => {
  const lock = new ctx.RLock();
  const [mortal, other] = [await startMortal(ctx, lock), await startParty(ctx, lock)];
  for (const _ of [1, 2, 3]) await mortal.call("acquire");
  await mortal.kill();
  assertEquals([await other.call("acquire"), await other.call("abandoned")], [true, true]);
  await other.call("release");
  assertEquals(await lock.acquire({ block: false }), true);
  await lock.release();
  await assertRejects(async () => await lock.release(), Error, "not owned");
  await other.stop();
});

for (const kind of ["Semaphore", "BoundedSemaphore"] as const) {
  for (const how of WAYS) {
    forEachStartMethod(`${kind} has back what its holder held that ends by ${how}, and no more`, async (ctx) => {
      const semaphore = new ctx[kind](5);
      const [mortal, other] = [await startMortal(ctx, semaphore), await startParty(ctx, semaphore)];
      await mortal.call("acquire");
      await mortal.call("acquire");
      await other.call("acquire");
      await semaphore.acquire();
      assertEquals(await semaphore.getValue(), 1);
      await mortal.end(how);
      assertEquals(await semaphore.getValue(), 3);
      await other.call("release");
      await semaphore.release();
      assertEquals(await semaphore.getValue(), 5);
      await other.stop();
    });
  }

  forEachStartMethod(`${kind} gives what a killed holder held to whoever waits`, async (ctx) => {
    const semaphore = new ctx[kind](2);
    const [mortal, other] = [await startMortal(ctx, semaphore), await startParty(ctx, semaphore)];
    await mortal.call("acquire");
    await mortal.call("acquire");
    const waits = [await other.begin("acquire"), await begin(semaphore, () => semaphore.acquire())];
    await mortal.kill();
    assertEquals(await Promise.all(waits.map(({ outcome }) => outcome)), [true, true]);
    assertEquals(await semaphore.getValue(), 0);
    await semaphore.release();
    await other.call("release");
    assertEquals(await semaphore.getValue(), 2);
    await other.stop();
  });

  forEachStartMethod(`${kind} loses a waiter that is killed, and none of its permits`, async (ctx) => {
    const semaphore = new ctx[kind](1);
    const [mortal, other] = [await startMortal(ctx, semaphore), await startParty(ctx, semaphore)];
    await semaphore.acquire();
    await mortal.begin("acquire");
    const next = await other.begin("acquire");
    await mortal.kill();
    await semaphore.release();
    assertEquals([await next.outcome, await semaphore.getValue()], [true, 0]);
    await other.call("release");
    assertEquals(await semaphore.getValue(), 1);
    await other.stop();
  });
}

forEachStartMethod("Semaphore does not give back what others have given back for a killed holder", async (ctx) => {
  const semaphore = new ctx.Semaphore(1);
  const mortal = await startMortal(ctx, semaphore);
  await mortal.call("acquire");
  await semaphore.release();
  assertEquals(await semaphore.getValue(), 1);
  await mortal.kill();
  assertEquals(await semaphore.getValue(), 1);
});

forEachStartMethod("Semaphore keeps what a killed process has released", async (ctx) => {
  const semaphore = new ctx.Semaphore(0);
  const mortal = await startMortal(ctx, semaphore);
  await mortal.call("release", 2);
  await mortal.kill();
  assertEquals(await semaphore.getValue(), 2);
});

forEachStartMethod("Condition loses a sleeper that is killed, and no notification is spent on it", async (ctx) => {
  const condition = new ctx.Condition();
  const [mortal, other] = [await startMortal(ctx, condition), await startParty(ctx, condition)];
  await mortal.call("acquire");
  await mortal.begin("wait");
  await other.call("acquire");
  const sleep = await other.begin("wait");
  // Had only when both sleep.
  await condition.acquire();
  await mortal.kill();
  await condition.notify();
  await condition.release();
  assertEquals(await sleep.outcome, true);
  await other.call("release");
  await other.stop();
});

forEachStartMethod("Condition is usable, and its lock abandoned, when its holder is killed", async (ctx) => {
  const lock = new ctx.Lock();
  const condition = new ctx.Condition(lock);
  const [mortal, other] = [await startMortal(ctx, condition), await startParty(ctx, condition, lock)];
  await other.call("acquire");
  const sleep = await other.begin("wait");
  await mortal.call("acquire");
  await mortal.call("notify");
  await mortal.kill();
  assertEquals([await sleep.outcome, await other.callOn(1, "abandoned")], [true, true]);
  await other.call("release");
  await condition.acquire();
  assertEquals(lock.abandoned, false);
  await condition.release();
  await other.stop();
});

forEachStartMethod(
  "Condition.wait() whose process is killed while it waits for the lock does not keep it",
  async (ctx) => {
    const condition = new ctx.Condition();
    const mortal = await startMortal(ctx, condition);
    await mortal.call("acquire");
    await mortal.begin("wait");
    await condition.acquire();
    await condition.notify();
    await mortal.kill();
    await condition.release();
    assertEquals(await condition.acquire(), true);
    await condition.release();
  },
);

forEachStartMethod("Event is not touched when those who set it or wait for it are killed", async (ctx) => {
  const event = new ctx.Event();
  const [mortal, other] = [await startMortal(ctx, event), await startParty(ctx, event)];
  await mortal.begin("wait");
  const waits = [await other.begin("wait"), await begin(event, () => event.wait())];
  await mortal.kill();
  assertEquals([await event.isSet(), ...waits.map(({ settled }) => settled)], [false, false, false]);
  const setter = await startMortal(ctx, event);
  await setter.call("set");
  await setter.kill();
  assertEquals(await Promise.all(waits.map(({ outcome }) => outcome)), [true, true]);
  assertEquals([await event.isSet(), await other.call("isSet")], [true, true]);
  await other.stop();
});

// A process that waits does not end by returning or throwing.
for (const how of ["kill", "exit"] as const) {
  forEachStartMethod(`Barrier is broken when a party that waits ends by ${how}`, async (ctx) => {
    const barrier = new ctx.Barrier(4);
    const [mortal, other] = [await startMortal(ctx, barrier), await startParty(ctx, barrier)];
    const waits = [await other.begin("wait"), await begin(barrier, () => barrier.wait())];
    await mortal.begin("wait");
    assertEquals(await barrier.nWaiting(), 3);
    await mortal.end(how);
    for (const { outcome } of waits) {
      assertEquals((await assertRejects(() => outcome, Error)).name, "BrokenBarrierError");
    }
    assertEquals([await barrier.broken(), await other.call("broken")], [true, true]);
    await barrier.reset();
    assertEquals([await barrier.nWaiting(), await barrier.broken()], [0, false]);
    await other.stop();
  });
}

forEachStartMethod("Barrier is whole when a party is killed that does not wait at it", async (ctx) => {
  const barrier = new ctx.Barrier(2);
  const [mortal, other] = [await startMortal(ctx, barrier), await startParty(ctx, barrier)];
  const waiting = await mortal.begin("wait");
  assertEquals([await barrier.wait(), await waiting.outcome], [1, 0]);
  const theirs = await other.begin("wait");
  await mortal.kill();
  assertEquals([await barrier.broken(), await barrier.nWaiting()], [false, 1]);
  assertEquals([await barrier.wait(), await theirs.outcome], [1, 0]);
  await other.stop();
});

forEachStartMethod(
  "Barrier is broken when the process is killed that runs its action",
  async (ctx) => {
    const barrier = new ctx.Barrier(3, { action: killDuringPass });
    const [mortal, other] = [await startMortal(ctx, barrier), await startParty(ctx, barrier)];
    const waits = [await other.begin("wait"), await begin(barrier, () => barrier.wait())];
    mortal.call("wait").catch(() => {});
    for (const { outcome } of waits) {
      assertEquals((await assertRejects(() => outcome, Error)).name, "BrokenBarrierError");
    }
    await mortal.process.join();
    assertEquals([mortal.process.exitCode, await barrier.broken()], [-9, true]);
    await other.stop();
  },
  { except: ["worker"] },
);

forEachStartMethod(
  "Lock that a killed process made goes on where memory is shared, or says that it is gone",
  async (ctx) => {
    const { party: maker, object: lock } = await Party.startWithOwn<Lock>(ctx, "Lock");
    const other = await startParty(ctx, lock);
    await other.call("acquire");
    const waiting = await begin(lock, () => lock.acquire().then(() => "acquired", (error: Error) => error.name));
    await maker.kill();
    const released = await other.call("release").then(() => "released", (error: Error) => error.name);
    // Never a wait without end.
    const outcome = await waiting.outcome;
    assertEquals(outcome === "acquired", released === "released", `${outcome}, ${released}`);
    if (outcome === "acquired") await lock.release();
    await stopAll(other);
  },
);
