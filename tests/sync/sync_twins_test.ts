/** The twins that block the thread: as their asynchronous kin where memory is shared, refused elsewhere. */
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  BrokenBarrierError,
  type Connection,
  type Context,
  InvalidStateError,
  NotSupportedError,
  Pipe,
  type StartMethod,
} from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { sharesMemory, startParty, stopAll } from "../helpers/party.ts";
import * as barriers from "../targets/barriers.ts";
import * as conditions from "../targets/conditions.ts";
import * as locks from "../targets/locks.ts";

const METHODS: readonly StartMethod[] = ["spawn", "forkserver", "worker"];
const HOSTED = METHODS.filter((method) => !sharesMemory(method));

/** Registers a test where a thread may block for others. */
function forEachShared(name: string, test: (ctx: Context) => Promise<void>): void {
  forEachStartMethod(name, test, { except: HOSTED });
}

// A blocked thread cannot be guarded from outside.
const GUARD = { timeout: 20_000 };

forEachShared("Lock.acquireSync() in a child gets what a child of that one held who has ended", async (ctx) => {
  const [here, there] = Pipe<[boolean, boolean]>();
  const child = await start(ctx, locks.blockForChild, there, ctx.getStartMethod());
  assertEquals(await here.recv(), [true, true]);
  await finish([child]);
  here.close();
  there.close();
});

for (const kind of ["Lock", "RLock"] as const) {
  forEachShared(
    `${kind}.acquireSync() and releaseSync() do as acquire() and release() [LOCK-02] [LOCK-03]`,
    async (ctx) => {
      const lock = new ctx[kind]();
      const there = await startParty(ctx, lock);
      assertEquals([lock.lockedSync(), lock.acquireSync(), lock.lockedSync()], [false, true, true]);
      assertEquals([await there.call("lockedSync"), await there.call("acquireSync", { block: false })], [true, false]);
      assertEquals(lock.releaseSync(), undefined);
      assertEquals(await there.call("acquireSync"), true);
      for (const options of [{ block: false }, { block: false, timeout: 1e9 }, { timeout: 0 }, { timeout: -1 }]) {
        assertEquals(lock.acquireSync(options), false);
      }
      const began = performance.now();
      assertEquals(lock.acquireSync({ timeout: 30 }), false);
      assert(performance.now() - began >= 29);
      await there.call("releaseSync");
      assertEquals([lock.lockedSync(), lock.acquireSync(GUARD)], [false, true]);
      lock.releaseSync();
      await there.stop();
    },
  );

  forEachShared(
    `${kind}.acquireSync() gets what somebody held who has ended, whatever that one had received`,
    async (ctx) => {
      const [here, there] = Pipe<string>();
      for (let round = 0; round < 5; round++) {
        const lock = new ctx[kind]();
        const child = await start(ctx, locks.receiveAndHold, there, lock);
        await here.send("hold it");
        assertEquals(await here.recv(), "held");
        // It is about to end by now, or has ended; this thread does nothing for it meanwhile.
        assertEquals([lock.acquireSync(GUARD), lock.abandoned], [true, true]);
        lock.releaseSync();
        await finish([child]);
      }
      here.close();
      there.close();
    },
  );

  forEachShared(`${kind}.acquireSync() waits in the same queue as acquire() [LOCK-09]`, async (ctx) => {
    const lock = new ctx[kind]();
    const [blocked, waiting] = [await startParty(ctx, lock), await startParty(ctx, lock)];
    lock.acquireSync(GUARD);
    const theirs = await waiting.begin("acquire");
    const sync = await blocked.begin("acquireSync");
    lock.releaseSync();
    assertEquals(await theirs.outcome, true);
    await waiting.call("release");
    assertEquals(await sync.outcome, true);
    assertEquals(lock.acquireSync({ block: false }), false);
    await blocked.call("releaseSync");
    assertEquals(lock.acquireSync(GUARD), true);
    await lock.release();
    await stopAll(blocked, waiting);
  });

  forEachShared(`${kind}.acquireSync() gets what its holder releases while this thread is blocked`, async (ctx) => {
    const lock = new ctx[kind]();
    const there = await startParty(ctx, lock);
    for (let round = 0; round < 20; round++) {
      await there.call("acquire");
      const released = there.call("release");
      assertEquals(lock.acquireSync(GUARD), true);
      lock.releaseSync();
      await released;
    }
    await there.stop();
  });

  forEachShared(`${kind}.acquireSync() gets what a killed holder held [EXIT-12]`, async (ctx) => {
    const lock = new ctx[kind]();
    const there = await startParty(ctx, lock);
    await there.call("acquireSync");
    there.process.kill();
    // A worker's end is heard of by whoever ended it, when it was ended.
    if (ctx.getStartMethod() === "worker") await there.process.join();
    assertEquals([lock.acquireSync(GUARD), lock.abandoned], [true, true]);
    lock.releaseSync();
    assertEquals([lock.acquireSync(GUARD), lock.abandoned], [true, false]);
    lock.releaseSync();
    await there.end("kill");
  });
}

forEachShared("Lock.acquireSync() of a blocked child gets what a killed holder held [EXIT-12]", async (ctx) => {
  const lock = new ctx.Lock();
  const [mortal, blocked] = [await startParty(ctx, lock), await startParty(ctx, lock)];
  await mortal.call("acquireSync");
  const sync = await blocked.begin("acquireSync");
  await mortal.kill();
  assertEquals([await sync.outcome, await blocked.call("abandoned")], [true, true]);
  await blocked.call("releaseSync");
  await blocked.stop();
});

forEachShared("Lock.guardSync() makes a count exact that blocked threads raise", async (ctx) => {
  const lock = new ctx.Lock();
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "0");
  const children = await Promise.all([1, 2, 3].map(() => start(ctx, locks.countInFileSync, lock, path, 50)));
  await locks.countInFile(lock, path, 2, 25);
  await finish(children);
  assertEquals(await Deno.readTextFile(path), "200");
  await Deno.remove(path);
});

forEachShared(
  "Lock.releaseSync() and RLock.releaseSync() are refused as release() [LOCK-05] [LOCK-07]",
  async (ctx) => {
    const [lock, rlock] = [new ctx.Lock(), new ctx.RLock()];
    const there = await startParty(ctx, rlock);
    assertThrows(() => lock.releaseSync(), InvalidStateError, "semaphore or lock released too many times");
    await there.call("acquireSync");
    assertThrows(() => rlock.releaseSync(), InvalidStateError, "not owned");
    assertEquals(rlock.lockedSync(), true);
    await there.call("releaseSync");
    assertThrows(() => lock.acquireSync({ timeout: "5" as unknown as number }), TypeError, "Cannot");
    assertEquals(lock.lockedSync(), false);
    await there.stop();
  },
);

forEachShared(
  "Semaphore.acquireSync(), releaseSync() and getValueSync() do as their kin [SEM-01] [SEM-03]",
  async (ctx) => {
    const semaphore = new ctx.BoundedSemaphore(2);
    const there = await startParty(ctx, semaphore);
    assertEquals([semaphore.getValueSync(), semaphore.acquireSync(), semaphore.getValueSync()], [2, true, 1]);
    assertEquals([await there.call("acquireSync"), await there.call("getValueSync")], [true, 0]);
    assertEquals([semaphore.acquireSync({ block: false }), semaphore.acquireSync({ timeout: 0 })], [false, false]);
    const began = performance.now();
    assertEquals(semaphore.acquireSync({ timeout: 30 }), false);
    assert(performance.now() - began >= 29);
    const released = there.call("release");
    assertEquals(semaphore.acquireSync(GUARD), true);
    await released;
    const blocked = await there.begin("acquireSync");
    semaphore.releaseSync();
    assertEquals(await blocked.outcome, true);
    semaphore.releaseSync();
    await there.call("releaseSync");
    assertEquals(semaphore.getValueSync(), 2);
    assertThrows(() => semaphore.releaseSync(), InvalidStateError, "too many times");
    assertThrows(() => semaphore.releaseSync(0), RangeError, "Cannot");
    semaphore.acquireSync(GUARD);
    semaphore.acquireSync(GUARD);
    semaphore.releaseSync(2);
    assertEquals(semaphore.getValueSync(), 2);
    await there.stop();
  },
);

forEachShared(
  "Condition.waitSync(), notifySync() and notifyAllSync() do as their kin [COND-02] [COND-04]",
  async (ctx) => {
    const condition = new ctx.Condition();
    const [here, there] = Pipe<never, string>();
    const child = await start(ctx, conditions.sleepAndTell, condition, there as Connection<string>, 2);
    there.close();
    for (const member of ["notifySync", "notifyAllSync"] as const) {
      assertEquals(await here.recv(), "about to sleep");
      assertEquals(condition.acquireSync(GUARD), true);
      assertEquals(condition[member](), undefined);
      condition.releaseSync();
      assertEquals(await here.recv(), "woken");
    }
    await finish([child]);
    here.close();
    const party = await startParty(ctx, condition);
    await party.call("acquireSync");
    const sleep = await party.begin("waitSync");
    assertEquals(condition.acquireSync(GUARD), true);
    condition.notifySync(1);
    condition.releaseSync();
    assertEquals(await sleep.outcome, true);
    assertEquals(condition.acquireSync({ block: false }), false);
    await party.call("releaseSync");
    condition.acquireSync(GUARD);
    assertEquals([condition.waitSync({ timeout: 0 }), condition.waitSync({ timeout: -1 })], [false, false]);
    const began = performance.now();
    assertEquals(condition.waitSync({ timeout: 30 }), false);
    assert(performance.now() - began >= 29);
    assertEquals(await party.call("acquireSync", { block: false }), false);
    condition.releaseSync();
    for (const call of [() => condition.waitSync(), () => condition.notifySync(), () => condition.notifyAllSync()]) {
      assertThrows(call, InvalidStateError, "Cannot");
    }
    await party.stop();
  },
);

for (const target of [conditions.pingPong, conditions.pingPongSync]) {
  forEachShared(
    `Condition.waitForSync() carries a ball back and forth with ${target.name}() [COND-06]`,
    async (ctx) => {
      const ROUNDS = 50;
      const [condition, ball] = [new ctx.Condition(), new ctx.Event()];
      const [here, there] = Pipe<never, string>();
      const child = await start(ctx, target, condition, ball, there as Connection<string>, ROUNDS);
      there.close();
      // A child process is not up before its parent's event loop has heard of it.
      assertEquals(await here.recv(), "ready");
      for (let round = 0; round < ROUNDS; round++) {
        using _ = condition.guardSync(GUARD);
        assertEquals(condition.waitForSync(() => !ball.isSetSync(), GUARD), true);
        ball.setSync();
        condition.notifySync();
      }
      await finish([child]);
      assertEquals(ball.isSetSync(), false);
    },
  );
}

forEachShared(
  "Condition.waitSync() gives an RLock up entirely, and takes it back as deep [COND-02] [COND-06]",
  async (ctx) => {
    const [condition, done] = [new ctx.Condition(), new ctx.Event()];
    const [here, there] = Pipe<never, string>();
    const child = await start(ctx, conditions.notifyUntilDone, condition, done, there as Connection<string>);
    there.close();
    assertEquals(await here.recv(), "ready");
    const party = await startParty(ctx, condition);
    for (const _ of [1, 2, 3]) condition.acquireSync(GUARD);
    assertEquals(condition.waitSync(GUARD), true);
    assertEquals([condition.waitForSync(() => true), condition.waitForSync(() => false, { timeout: 0 })], [
      true,
      false,
    ]);
    const began = performance.now();
    assertEquals(condition.waitForSync(() => false, { timeout: 30 }), false);
    assert(performance.now() - began >= 29);
    let asked = 0;
    assertEquals(condition.waitForSync(() => ++asked === 3, GUARD), true);
    assertEquals(asked, 3);
    const fail = () => {
      throw new RangeError("the predicate failed");
    };
    assertThrows(() => condition.waitForSync(fail), RangeError, "the predicate failed");
    done.setSync();
    for (const _ of [1, 2, 3]) {
      assertEquals(await party.call("acquire", { block: false }), false);
      condition.releaseSync();
    }
    assertThrows(() => condition.releaseSync(), InvalidStateError, "not owned");
    await finish([child]);
    await party.stop();
    here.close();
  },
);

forEachShared("Condition.waitSync() in children is woken by everyone [COND-05]", async (ctx) => {
  const condition = new ctx.Condition();
  const [here, there] = Pipe<never, string>();
  const children = [];
  for (let child = 0; child < 3; child++) {
    children.push(await start(ctx, conditions.sleepSyncAndTell, condition, there as Connection<string>, 1));
    assertEquals(await here.recv(), "about to sleep");
  }
  there.close();
  await condition.acquire();
  await condition.notifyAll();
  await condition.release();
  for (let child = 0; child < 3; child++) assertEquals(await here.recv(), "woken");
  await finish(children);
  here.close();
});

forEachShared(
  "Event.waitSync(), setSync(), clearSync() and isSetSync() do as their kin [EVT-01] [EVT-02]",
  async (ctx) => {
    const event = new ctx.Event();
    const there = await startParty(ctx, event);
    assertEquals([event.isSetSync(), event.waitSync({ timeout: 0 }), event.waitSync({ timeout: -1 })], [
      false,
      false,
      false,
    ]);
    const began = performance.now();
    assertEquals(event.waitSync({ timeout: 30 }), false);
    assert(performance.now() - began >= 29);
    const blocked = await there.begin("waitSync");
    assertEquals(event.setSync(), undefined);
    assertEquals([await blocked.outcome, await there.call("isSetSync")], [true, true]);
    assertEquals([event.waitSync(), event.waitSync({ timeout: 0 })], [true, true]);
    assertEquals(event.clearSync(), undefined);
    assertEquals(await there.call("isSet"), false);
    const set = there.call("setSync");
    assertEquals(event.waitSync(GUARD), true);
    await set;
    await there.call("clearSync");
    assertEquals(event.isSetSync(), false);
    await there.stop();
  },
);

forEachShared("Barrier.waitSync() keeps blocked threads in step [BAR-02] [BAR-03]", async (ctx) => {
  const barrier = new ctx.Barrier(3, { action: barriers.countPass });
  const [here, there] = Pipe<never, barriers.Told>();
  const children = await Promise.all(
    [barriers.passSync, barriers.pass].map((target) => start(ctx, target, barrier, there as Connection<never>, 20)),
  );
  there.close();
  // A child process is not up before its parent's event loop has heard of it.
  for (const _ of children) assertEquals(await here.recv(), "ready");
  const before = barriers.passesHere();
  const indices = Array.from({ length: 20 }, () => barrier.waitSync(GUARD));
  const told: barriers.Passes[] = [
    { indices, actions: barriers.passesHere() - before },
    await here.recv() as barriers.Passes,
    await here.recv() as barriers.Passes,
  ];
  for (let round = 0; round < 20; round++) {
    assertEquals(told.map(({ indices }) => indices[round]).sort(), [0, 1, 2], `round ${round}`);
  }
  assertEquals(told.reduce((sum, { actions }) => sum + actions, 0), 20);
  await finish(children);
  here.close();
});

forEachShared(
  "Barrier.waitSync(), abortSync(), resetSync() do as their kin [BAR-06] [BAR-07] [BAR-08]",
  async (ctx) => {
    const barrier = new ctx.Barrier(2);
    const there = await startParty(ctx, barrier);
    assertEquals([barrier.nWaitingSync(), barrier.brokenSync()], [0, false]);
    const began = performance.now();
    assertThrows(() => barrier.waitSync({ timeout: 30 }), BrokenBarrierError);
    assert(performance.now() - began >= 29);
    assertEquals(barrier.brokenSync(), true);
    assertThrows(() => barrier.waitSync(), BrokenBarrierError);
    assertEquals(barrier.resetSync(), undefined);
    assertEquals(barrier.brokenSync(), false);
    const waiting = await there.begin("wait");
    assertEquals([barrier.nWaitingSync(), barrier.waitSync({ timeout: 0 }), await waiting.outcome], [1, 1, 0]);
    const broken = await there.begin("wait");
    assertEquals(barrier.abortSync(), undefined);
    assertEquals((await assertRejects(() => broken.outcome, Error)).name, "BrokenBarrierError");
    assertEquals([barrier.brokenSync(), await there.call("brokenSync")], [true, true]);
    await there.call("resetSync");
    const blocked = await there.begin("waitSync");
    assertEquals(typeof await barrier.wait(), "number");
    assertEquals(typeof await blocked.outcome, "number");
    await there.stop();
  },
);

/** Every twin, by the class that has it. */
const TWINS = {
  Lock: ["acquireSync", "releaseSync", "lockedSync", "guardSync"],
  RLock: ["acquireSync", "releaseSync", "lockedSync", "guardSync"],
  Semaphore: ["acquireSync", "releaseSync", "getValueSync", "guardSync"],
  BoundedSemaphore: ["acquireSync", "releaseSync", "getValueSync", "guardSync"],
  Condition: ["acquireSync", "releaseSync", "guardSync", "waitSync", "waitForSync", "notifySync", "notifyAllSync"],
  Event: ["isSetSync", "setSync", "clearSync", "waitSync"],
  Barrier: ["waitSync", "resetSync", "abortSync", "nWaitingSync", "brokenSync"],
} as const;

forEachStartMethod(
  "Sync twins exist, and where no memory is shared they say what would allow them [LOCK-13]",
  async (ctx) => {
    for (const [kind, twins] of Object.entries(TWINS)) {
      const object: object = kind === "Barrier" ? new ctx.Barrier(1) : new ctx[kind as "Lock"]();
      for (const twin of twins) {
        const member: unknown = Reflect.get(object, twin);
        assert(typeof member === "function", `${kind}.${twin} is missing`);
        if (sharesMemory(ctx.getStartMethod())) continue;
        const error = assertThrows(
          () => member.call(object, twin === "waitForSync" ? () => true : undefined),
          NotSupportedError,
        );
        assertStringIncludes(error.message, "--allow-ffi");
      }
    }
    await Promise.resolve();
  },
);

forEachStartMethod("Sync twins in a child are refused likewise where no memory is shared [LOCK-13]", async (ctx) => {
  if (sharesMemory(ctx.getStartMethod())) return;
  const there = await startParty(ctx, new ctx.Lock());
  const error = await assertRejects(() => there.call("acquireSync"), Error, "--allow-ffi");
  assertEquals(error.name, "NotSupportedError");
  await there.stop();
});
