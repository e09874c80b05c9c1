import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals } from "@std/assert";
import { type Context, InvalidStateError, type Lock, Pipe } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachSharedMemory, forEachStartMethod } from "../helpers/methods.ts";
import { begin, Party, type Pending, startParty, stopAll } from "../helpers/party.ts";
import * as targets from "../targets/locks.ts";

const KINDS = ["Lock", "RLock"] as const;

/** Registers a test for both kinds of lock. */
function forEachLock(name: string, test: (lock: Lock, ctx: Context) => Promise<void>): void {
  for (const kind of KINDS) {
    forEachStartMethod(name.replaceAll("Lock.", `${kind}.`), (ctx) => test(new ctx[kind](), ctx));
  }
}

/** Nobody holds it and nobody waits for it. */
async function assertFree(lock: Lock): Promise<void> {
  assertEquals(await lock.locked(), false);
  assertEquals(await lock.acquire({ block: false }), true);
  await lock.release();
  assertEquals(await lock.locked(), false);
}

forEachLock("Lock.acquire() gives true, and locked() tells everywhere [LOCK-02] [LOCK-11]", async (lock, ctx) => {
  const there = await startParty(ctx, lock);
  assertEquals([await lock.locked(), await there.call("locked")], [false, false]);
  assertEquals(await lock.acquire(), true);
  assertEquals([await lock.locked(), await there.call("locked")], [true, true]);
  assertEquals(await lock.release(), undefined);
  assertEquals([await there.call("locked"), await lock.locked()], [false, false]);
  assertEquals(await there.call("acquire"), true);
  assertEquals([await lock.locked(), await there.call("locked")], [true, true]);
  await there.call("release");
  assertEquals([await lock.locked(), await there.call("locked")], [false, false]);
  await there.stop();
  await assertFree(lock);
});

forEachLock(
  "Lock.acquire() without blocking gives false at once if it is taken, whatever the timeout [LOCK-02]",
  async (lock, ctx) => {
    const there = await startParty(ctx, lock);
    assertEquals(await lock.acquire({ block: false, timeout: 1e9 }), true);
    for (const options of [{ block: false }, { block: false, timeout: 1e9 }, { timeout: 0 }]) {
      assertEquals(await there.call("acquire", options), false);
    }
    await lock.release();
    assertEquals(await there.call("acquire", { block: false }), true);
    for (const options of [{ block: false }, { block: false, timeout: Infinity }, { timeout: 0 }]) {
      assertEquals(await lock.acquire(options), false);
    }
    await there.call("release");
    await there.stop();
    await assertFree(lock);
  },
);

forEachLock(
  "Lock.acquire() gives false when its time is up, at once if it is negative [LOCK-03]",
  async (lock, ctx) => {
    const there = await startParty(ctx, lock);
    await lock.acquire();
    const began = performance.now();
    assertEquals(await there.call("acquire", { timeout: 30 }), false);
    assert(performance.now() - began >= 29);
    for (const timeout of [0, -1, -Infinity]) assertEquals(await there.call("acquire", { timeout }), false);
    await lock.release();
    assertEquals(await there.call("acquire", { timeout: -1 }), true);
    const beganHere = performance.now();
    assertEquals(await lock.acquire({ timeout: 30 }), false);
    assert(performance.now() - beganHere >= 29);
    await there.call("release");
    await there.stop();
    await assertFree(lock);
  },
);

forEachLock("Lock.acquire() gives true when it is released within its time [LOCK-03]", async (lock, ctx) => {
  const there = await startParty(ctx, lock);
  await lock.acquire();
  const theirs = await there.begin("acquire", { timeout: 1e9 });
  await lock.release();
  assertEquals(await theirs.outcome, true);
  const ours = await begin(lock, () => lock.acquire({ timeout: Infinity }));
  await there.call("release");
  assertEquals(await ours.outcome, true);
  await lock.release();
  await there.stop();
  await assertFree(lock);
});

forEachStartMethod("Lock.release() is open to everyone, not only to its holder [LOCK-04]", async (ctx) => {
  const lock = new ctx.Lock();
  const there = await startParty(ctx, lock);
  await lock.acquire();
  await there.call("release");
  assertEquals(await lock.locked(), false);
  await there.call("acquire");
  const waiting = await begin(lock, () => lock.acquire());
  await lock.release();
  assertEquals(await waiting.outcome, true);
  await there.call("release");
  await there.stop();
  await assertFree(lock);
});

forEachStartMethod("Lock.release() of an unlocked one is refused, and changes nothing [LOCK-05]", async (ctx) => {
  const lock = new ctx.Lock();
  const there = await startParty(ctx, lock);
  const refusal = "semaphore or lock released too many times";
  await assertRejects(async () => await lock.release(), InvalidStateError, refusal);
  const remote = await assertRejects(() => there.call("release"), Error, refusal);
  assertEquals(remote.name, "InvalidStateError");
  await there.call("acquire");
  assertEquals(await lock.acquire({ block: false }), false);
  await lock.release();
  await assertRejects(() => there.call("release"), Error, refusal);
  await there.stop();
  await assertFree(lock);
});

forEachStartMethod("Lock.acquire() makes the tasks of one process contend [LOCK-08]", async (ctx) => {
  const lock = new ctx.Lock();
  const order: string[] = [];
  let inside = 0;
  const tasks = Array.from({ length: 20 }, async (_, index) => {
    await lock.acquire();
    order.push(`${index} in`);
    assertEquals(++inside, 1);
    await new Promise((resolve) => setTimeout(resolve, 0));
    inside--;
    order.push(`${index} out`);
    await lock.release();
  });
  await Promise.all(tasks);
  assertEquals(order, Array.from({ length: 20 }, (_, index) => [`${index} in`, `${index} out`]).flat());
  await assertFree(lock);
});

forEachStartMethod("Lock.release() lets the one that has waited longest go on, and no other [LOCK-09]", async (ctx) => {
  const lock = new ctx.Lock();
  const parties = await Promise.all([1, 2, 3].map(() => startParty(ctx, lock)));
  await lock.acquire();
  const order: string[] = [];
  const waits: Promise<unknown>[] = [];
  const enter = (name: string, { outcome }: Pending) => waits.push(outcome.then(() => order.push(name)));
  for (const [index, party] of parties.entries()) {
    enter(`party ${index}`, await party.begin("acquire"));
    enter(`here ${index}`, await begin(lock, () => lock.acquire()));
  }
  const expected: string[] = [];
  for (const [index, name] of ["party 0", "here 0", "party 1", "here 1", "party 2", "here 2"].entries()) {
    await lock.release();
    await waits[index];
    expected.push(name);
    assertEquals(order, expected);
    assertEquals(await lock.acquire({ block: false }), false);
  }
  await lock.release();
  await stopAll(...parties);
  await assertFree(lock);
});

forEachStartMethod("Lock.acquire() of late comers does not pass those who wait [LOCK-09]", async (ctx) => {
  const lock = new ctx.Lock();
  const there = await startParty(ctx, lock);
  await lock.acquire();
  const waiting = await there.begin("acquire");
  await lock.release();
  // Free or handed over already: it is not ours to take.
  assertEquals(await lock.acquire({ block: false }), false);
  assertEquals(await waiting.outcome, true);
  await there.call("release");
  await there.stop();
  await assertFree(lock);
});

forEachStartMethod("Lock.acquire() a thousand times in one process is served in order", async (ctx) => {
  const lock = new ctx.Lock();
  const there = await startParty(ctx, lock);
  await there.call("acquire");
  const order: number[] = [];
  const waits = Array.from({ length: 1000 }, async (_, index) => {
    await lock.acquire();
    order.push(index);
    await lock.release();
  });
  await targets.probe(lock);
  assertEquals(order, []);
  await there.call("release");
  await Promise.all(waits);
  assertEquals(order, Array.from({ length: 1000 }, (_, index) => index));
  await there.stop();
  await assertFree(lock);
});

forEachStartMethod("Lock.acquire() a thousand times in vain leaves nothing behind", async (ctx) => {
  const lock = new ctx.Lock();
  const there = await startParty(ctx, lock);
  await there.call("acquire");
  const controller = new AbortController();
  const timed = Array.from({ length: 500 }, () => lock.acquire({ timeout: 5 }));
  const aborted = Array.from({ length: 500 }, () => lock.acquire({ signal: controller.signal }).catch(() => "aborted"));
  assertEquals(new Set(await Promise.all(timed)), new Set([false]));
  controller.abort();
  assertEquals(new Set(await Promise.all(aborted)), new Set(["aborted"]));
  await there.call("release");
  await assertFree(lock);
  await there.stop();
});

forEachLock("Lock.acquire() rejects with the reason of an abort, and takes nothing", async (lock, ctx) => {
  const there = await startParty(ctx, lock);
  const reason = new RangeError("no longer");
  await assertRejects(async () => await lock.acquire({ signal: AbortSignal.abort(reason) }), RangeError, "no longer");
  assertEquals(await there.call("locked"), false);
  await there.call("acquire");
  const controller = new AbortController();
  const ours = await begin(
    lock,
    () => lock.acquire({ signal: controller.signal, timeout: 1e9 }).catch((error) => error),
  );
  controller.abort(reason);
  assertStrictEquals(await ours.outcome, reason);
  await there.call("release");
  await lock.acquire();
  const theirs = await there.begin("acquire");
  await theirs.abort("as told");
  await assertRejects(() => theirs.outcome, Error, "as told");
  await lock.release();
  assertEquals(await there.call("acquire", { block: false }), true);
  await there.call("release");
  await there.stop();
  await assertFree(lock);
});

forEachStartMethod("Lock.acquire() that is aborted lets those behind it go on in their order", async (ctx) => {
  const lock = new ctx.Lock();
  const there = await startParty(ctx, lock);
  await there.call("acquire");
  const controller = new AbortController();
  const first = await begin(lock, () => lock.acquire());
  const aborted = await begin(lock, () => lock.acquire({ signal: controller.signal }).catch(() => "aborted"));
  const timed = await begin(lock, () => lock.acquire({ timeout: 1 }));
  const last = await begin(lock, () => lock.acquire());
  controller.abort();
  assertEquals([await aborted.outcome, await timed.outcome], ["aborted", false]);
  assertEquals([first.settled, last.settled], [false, false]);
  await there.call("release");
  assertEquals(await first.outcome, true);
  assertEquals(last.settled, false);
  await lock.release();
  assertEquals(await last.outcome, true);
  await lock.release();
  await there.stop();
  await assertFree(lock);
});

forEachStartMethod("Lock.acquire() that is aborted while the lock comes either has it or leaves it", async (ctx) => {
  const lock = new ctx.Lock();
  const there = await startParty(ctx, lock);
  for (let round = 0; round < 50; round++) {
    await there.call("acquire");
    const controller = new AbortController();
    const waiting = await begin(lock, () => lock.acquire({ signal: controller.signal }).catch(() => "aborted"));
    const released = there.call("release");
    if (round % 2 === 0) await released;
    controller.abort();
    if (await waiting.outcome === true) await lock.release();
    else assertEquals(await waiting.outcome, "aborted");
    await released;
    await assertFree(lock);
  }
  await there.stop();
});

forEachLock("Lock.acquire() refuses options that are none, and takes nothing", async (lock) => {
  for (const options of [{ timeout: "5" }, { timeout: NaN }, { signal: {} }] as unknown as { timeout: number }[]) {
    await assertRejects(async () => await lock.acquire(options), TypeError, "Cannot");
  }
  await assertFree(lock);
});

forEachStartMethod("Lock keeps the lines of ten processes apart [LOCK-01]", async (ctx) => {
  const lock = new ctx.Lock();
  const path = await Deno.makeTempFile();
  const names = Array.from({ length: 10 }, (_, name) => name);
  const children = await Promise.all(names.map((name) => start(ctx, targets.writeLines, lock, path, name, 5)));
  await finish(children);
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
  const expected = names.flatMap((name) => Array.from({ length: 5 }, () => `hello world ${name}`));
  assertEquals(lines.sort(), expected.sort());
  await Deno.remove(path);
  await assertFree(lock);
});

forEachStartMethod("Lock makes a count exact that many tasks of many processes raise", async (ctx) => {
  const lock = new ctx.Lock();
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "0");
  const children = await Promise.all(
    Array.from({ length: 3 }, () => start(ctx, targets.countInFile, lock, path, 4, 10)),
  );
  await targets.countInFile(lock, path, 4, 10);
  await finish(children);
  assertEquals(await Deno.readTextFile(path), "160");
  await Deno.remove(path);
  await assertFree(lock);
});

forEachStartMethod("Lock travels to a process that was started earlier, in nested data [QUE-22]", async (ctx) => {
  const lock = new ctx.Lock();
  const there = await Party.startLater(ctx, lock);
  await there.call("acquire");
  assertEquals(await lock.acquire({ block: false }), false);
  const waiting = await begin(lock, () => lock.acquire());
  await there.call("release");
  assertEquals(await waiting.outcome, true);
  assertEquals(await there.call("acquire", { block: false }), false);
  await lock.release();
  await there.stop();
  await assertFree(lock);
});

forEachStartMethod("Lock travels to a grandchild [QUE-22]", async (ctx) => {
  const lock = new ctx.Lock();
  const below = await Party.startBelow(ctx, lock);
  const there = await startParty(ctx, lock);
  await below.call("acquire");
  assertEquals([await lock.acquire({ block: false }), await there.call("acquire", { block: false })], [false, false]);
  const waiting = await there.begin("acquire");
  await below.call("release");
  assertEquals(await waiting.outcome, true);
  const next = await below.begin("acquire");
  await there.call("release");
  assertEquals(await next.outcome, true);
  await below.call("release");
  await stopAll(below, there);
  await assertFree(lock);
});

forEachStartMethod("Lock made by a child travels to its parent, and on to another child [QUE-22]", async (ctx) => {
  const { party: maker, object: lock } = await Party.startWithOwn<Lock>(ctx, "Lock");
  const other = await startParty(ctx, lock);
  await lock.acquire();
  const waiting = await maker.begin("acquire");
  const next = await other.begin("acquire");
  await lock.release();
  assertEquals(await waiting.outcome, true);
  assertEquals([await lock.acquire({ block: false }), next.settled], [false, false]);
  await maker.call("release");
  assertEquals(await next.outcome, true);
  await other.call("release");
  await other.stop();
  await assertFree(lock);
  await maker.stop();
});

forEachStartMethod("Lock that is sent twice arrives as the same lock", async (ctx) => {
  const [lock, other] = [new ctx.Lock(), new ctx.Lock()];
  const [here, there] = Pipe<[Lock, { also: Lock }, Lock], boolean[]>();
  const child = await start(ctx, targets.compareLocks, there);
  there.close();
  await here.send([lock, { also: lock }, other]);
  assertEquals(await here.recv(), [true, false, false]);
  assertEquals(await here.recv(), [false]);
  await finish([child]);
  here.close();
  await assertFree(lock);
});

forEachStartMethod("Lock that has come back is the same lock", async (ctx) => {
  const lock = new ctx.Lock();
  const [here, there] = Pipe<{ lock: Lock }>();
  await here.send({ lock });
  const { lock: same } = await there.recv();
  await lock.acquire();
  assertEquals([await same.locked(), await same.acquire({ block: false })], [true, false]);
  await same.release();
  assertEquals(await lock.locked(), false);
  here.close();
  there.close();
  await assertFree(lock);
});

forEachSharedMemory("Lock shows who holds it [LOCK-12]", async (ctx) => {
  const lock = new ctx.Lock();
  const there = await startParty(ctx, lock);
  assertMatch(String(lock), /^<Lock\(owner=None/);
  await lock.acquire();
  assertMatch(String(lock), /^<Lock\(owner=MainProcess/);
  assertMatch(Deno.inspect(lock), /^<Lock\(owner=MainProcess/);
  await lock.release();
  assertEquals(await there.call("acquire"), true);
  assertMatch(String(await there.call("toString")), new RegExp(`^<Lock\\(owner=${there.process.name}`));
  assertMatch(String(lock), /^<Lock\(owner=SomeOther/);
  await there.call("release");
  await there.stop();
});
