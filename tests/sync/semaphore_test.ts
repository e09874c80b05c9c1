import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { InvalidStateError, Pipe, type Semaphore } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { begin, Party, type Pending, sharesMemory, startParty, stopAll } from "../helpers/party.ts";

const KINDS = ["Semaphore", "BoundedSemaphore"] as const;

forEachStartMethod("Semaphore counts down to nothing, and up without bound [SEM-01] [SEM-05]", async (ctx) => {
  const semaphore = new ctx.Semaphore(2);
  const there = await startParty(ctx, semaphore);
  const values = async () => [await semaphore.getValue(), await there.call("getValue")];
  assertEquals(await values(), [2, 2]);
  assertEquals(await semaphore.acquire(), true);
  assertEquals(await values(), [1, 1]);
  assertEquals(await there.call("acquire"), true);
  assertEquals(await values(), [0, 0]);
  assertEquals(await semaphore.acquire({ block: false }), false);
  assertEquals(await there.call("acquire", { block: false }), false);
  assertEquals(await values(), [0, 0]);
  for (const [index, value] of [1, 2, 3, 4].entries()) {
    assertEquals(index % 2 === 0 ? await semaphore.release() : await there.call("release"), undefined);
    assertEquals(await values(), [value, value]);
  }
  await there.stop();
});

forEachStartMethod("Semaphore begins at 1 if not told otherwise, and may begin at 0 [SEM-01]", async (ctx) => {
  for (const kind of KINDS) {
    const semaphore = new ctx[kind]();
    assertEquals(await semaphore.getValue(), 1);
    assertEquals([await semaphore.acquire(), await semaphore.acquire({ block: false })], [true, false]);
    const none = new ctx[kind](0);
    assertEquals([await none.getValue(), await none.acquire({ block: false })], [0, false]);
  }
});

forEachStartMethod("Semaphore refuses values that are none [SEM-05]", (ctx) => {
  for (const kind of KINDS) {
    for (const value of [-1, 1.5, -Infinity]) assertThrows(() => new ctx[kind](value), RangeError, "Cannot");
    for (const value of ["1", null, {}]) {
      assertThrows(() => new ctx[kind](value as unknown as number), TypeError, "Cannot");
    }
  }
  return Promise.resolve();
});

forEachStartMethod("BoundedSemaphore.release() above the initial value is refused [SEM-02]", async (ctx) => {
  const semaphore = new ctx.BoundedSemaphore(2);
  const there = await startParty(ctx, semaphore);
  const refusal = "semaphore or lock released too many times";
  await assertRejects(async () => await semaphore.release(), InvalidStateError, refusal);
  const remote = await assertRejects(() => there.call("release"), Error, refusal);
  assertEquals(remote.name, "InvalidStateError");
  assertEquals(await semaphore.getValue(), 2);
  await semaphore.acquire();
  await there.call("release");
  assertEquals(await semaphore.getValue(), 2);
  await assertRejects(async () => await semaphore.release(), InvalidStateError, refusal);
  await there.stop();
});

forEachStartMethod("BoundedSemaphore.release() of too many at once gives none of them back [SEM-02]", async (ctx) => {
  const semaphore = new ctx.BoundedSemaphore(3);
  await semaphore.acquire();
  await semaphore.acquire();
  await assertRejects(async () => await semaphore.release(3), InvalidStateError, "too many times");
  assertEquals(await semaphore.getValue(), 1);
  await semaphore.release(2);
  assertEquals(await semaphore.getValue(), 3);
});

forEachStartMethod("Semaphore.acquire() gives false when its time is up [SEM-03] [SEM-04]", async (ctx) => {
  const semaphore = new ctx.Semaphore(0);
  const there = await startParty(ctx, semaphore);
  const began = performance.now();
  assertEquals(await semaphore.acquire({ timeout: 30 }), false);
  assert(performance.now() - began >= 29);
  assertEquals(await there.call("acquire", { timeout: 5 }), false);
  for (const options of [{ block: false, timeout: 1e9 }, { timeout: 0 }, { timeout: -1 }, { block: false }]) {
    assertEquals(await semaphore.acquire(options), false);
    assertEquals(await there.call("acquire", options), false);
  }
  await semaphore.release();
  assertEquals(await semaphore.getValue(), 1);
  await there.stop();
});

forEachStartMethod("Semaphore.release() of several gives back so many, and lets so many go on", async (ctx) => {
  const semaphore = new ctx.Semaphore(0);
  const parties = await Promise.all([1, 2, 3].map(() => startParty(ctx, semaphore)));
  const waits: Pending[] = [];
  for (const party of parties) waits.push(await party.begin("acquire"));
  const last = await begin(semaphore, () => semaphore.acquire());
  await semaphore.release(2);
  assertEquals([await waits[0]?.outcome, await waits[1]?.outcome], [true, true]);
  assertEquals([waits[2]?.settled, last.settled, await semaphore.getValue()], [false, false, 0]);
  await semaphore.release(5);
  assertEquals([await waits[2]?.outcome, await last.outcome], [true, true]);
  assertEquals(await semaphore.getValue(), 3);
  await stopAll(...parties);
});

forEachStartMethod("Semaphore.release() refuses numbers that are none", async (ctx) => {
  const semaphore = new ctx.Semaphore(1);
  for (const permits of [0, -1, 1.5]) {
    await assertRejects(async () => await semaphore.release(permits), RangeError, "Cannot");
  }
  await assertRejects(async () => await semaphore.release("1" as unknown as number), TypeError, "Cannot");
  assertEquals(await semaphore.getValue(), 1);
});

forEachStartMethod(
  "Semaphore.acquire() is served in the order of arrival, and late comers do not pass",
  async (ctx) => {
    const semaphore = new ctx.Semaphore(1);
    const [first, second] = [await startParty(ctx, semaphore), await startParty(ctx, semaphore)];
    await semaphore.acquire();
    const waits = [
      await first.begin("acquire"),
      await begin(semaphore, () => semaphore.acquire()),
      await second.begin("acquire"),
      await first.begin("acquire"),
    ];
    for (const [index, { outcome }] of waits.entries()) {
      await semaphore.release();
      assertEquals(await semaphore.acquire({ block: false }), false);
      assertEquals(await outcome, true);
      assertEquals(waits.slice(index + 1).map(({ settled }) => settled), waits.slice(index + 1).map(() => false));
    }
    assertEquals(await semaphore.getValue(), 0);
    await stopAll(first, second);
  },
);

forEachStartMethod("Semaphore.acquire() rejects with the reason of an abort, and takes nothing", async (ctx) => {
  const semaphore = new ctx.Semaphore(1);
  const there = await startParty(ctx, semaphore);
  const reason = new RangeError("no longer");
  await assertRejects(async () => await semaphore.acquire({ signal: AbortSignal.abort(reason) }), RangeError);
  assertEquals(await semaphore.getValue(), 1);
  await semaphore.acquire();
  const controller = new AbortController();
  const ours = await begin(
    semaphore,
    () => semaphore.acquire({ signal: controller.signal, timeout: 1e9 }).catch((error) => error),
  );
  const theirs = await there.begin("acquire");
  const last = await begin(semaphore, () => semaphore.acquire());
  controller.abort(reason);
  assertStrictEquals(await ours.outcome, reason);
  await theirs.abort("as told");
  await assertRejects(() => theirs.outcome, Error, "as told");
  await semaphore.release();
  assertEquals(await last.outcome, true);
  await semaphore.release();
  assertEquals(await semaphore.getValue(), 1);
  await there.stop();
});

forEachStartMethod("Semaphore.acquire() that is aborted while a permit comes loses none", async (ctx) => {
  const semaphore = new ctx.Semaphore(0);
  const there = await startParty(ctx, semaphore);
  for (let round = 0; round < 50; round++) {
    const controller = new AbortController();
    const waiting = await begin(
      semaphore,
      () => semaphore.acquire({ signal: controller.signal }).catch(() => "aborted"),
    );
    const released = there.call("release");
    if (round % 2 === 0) await released;
    controller.abort();
    const outcome = await waiting.outcome;
    await released;
    if (outcome === "aborted") assertEquals(await semaphore.acquire(), true);
    else assertEquals(outcome, true);
    assertEquals(await semaphore.getValue(), 0);
  }
  await there.stop();
});

forEachStartMethod("Semaphore.acquire() a thousand times in one process is served in order", async (ctx) => {
  const semaphore = new ctx.Semaphore(0);
  const order: number[] = [];
  const waits = Array.from({ length: 1000 }, async (_, index) => {
    await semaphore.acquire();
    order.push(index);
  });
  await semaphore.release(500);
  await semaphore.release(501);
  await Promise.all(waits);
  assertEquals(order, Array.from({ length: 1000 }, (_, index) => index));
  assertEquals(await semaphore.getValue(), 1);
});

forEachStartMethod("Semaphore.acquire() hears of its permit, though others gave that back before", async (ctx) => {
  const semaphore = new ctx.Semaphore(0);
  const event = new ctx.Event();
  const waits = Array.from({ length: 14 }, () => event.wait());
  const acquired = semaphore.acquire();
  // The second takes back what the first has given to whoever waits, before he looks.
  const released = [semaphore.release(), semaphore.release()];
  // As many as it takes to look for what may be used again.
  waits.push(...Array.from({ length: 14 }, () => event.wait()));
  assertEquals([await acquired, await Promise.all(released)], [true, [undefined, undefined]]);
  await event.set();
  assertEquals(await Promise.all(waits), waits.map(() => true));
  assertEquals(await semaphore.getValue(), 1);
});

forEachStartMethod("BoundedSemaphore may have as many permits as fit [SEM-02]", async (ctx) => {
  const semaphore = new ctx.BoundedSemaphore(2 ** 31 - 1);
  await semaphore.acquire();
  await semaphore.release();
  await assertRejects(() => semaphore.release(), InvalidStateError, "released too many times");
  assertEquals(await semaphore.getValue(), 2 ** 31 - 1);
});

forEachStartMethod("Semaphore lets no more in than it has permits", async (ctx) => {
  const semaphore = new ctx.BoundedSemaphore(3);
  const parties = await Promise.all([1, 2, 3, 4].map(() => startParty(ctx, semaphore)));
  let inside = 0;
  const enter = async (party: Party) => {
    await party.call("acquire");
    assert(++inside <= 3, `${inside} are inside`);
    await new Promise((resolve) => setTimeout(resolve, 0));
    inside--;
    await party.call("release");
  };
  await Promise.all(parties.flatMap((party) => [1, 2, 3, 4, 5].map(() => enter(party))));
  assertEquals([inside, await semaphore.getValue()], [0, 3]);
  await stopAll(...parties);
});

forEachStartMethod("Semaphore travels over pipes, to earlier processes and to grandchildren [QUE-22]", async (ctx) => {
  for (const kind of KINDS) {
    const semaphore = new ctx[kind](2);
    const [below, later] = [await Party.startBelow(ctx, semaphore), await Party.startLater(ctx, semaphore)];
    await below.call("acquire");
    await later.call("acquire");
    assertEquals(await semaphore.acquire({ block: false }), false);
    const waiting = await begin(semaphore, () => semaphore.acquire());
    await below.call("release");
    assertEquals(await waiting.outcome, true);
    await later.call("release");
    await semaphore.release();
    assertEquals([await below.call("getValue"), await semaphore.getValue()], [2, 2]);
    if (kind === "BoundedSemaphore") await assertRejects(() => below.call("release"), Error, "too many times");
    await stopAll(below, later);
  }
  const [here, there] = Pipe<Semaphore>();
  const semaphore = new ctx.Semaphore(1);
  await here.send(semaphore);
  const same = await there.recv();
  await same.acquire();
  assertEquals(await semaphore.getValue(), 0);
  here.close();
  there.close();
});

forEachStartMethod("Semaphore shows its value where memory is shared [SEM-05]", (ctx) => {
  const shared = sharesMemory(ctx.getStartMethod());
  const semaphore = new ctx.Semaphore(2);
  const bounded = new ctx.BoundedSemaphore(2);
  assertMatch(String(semaphore), shared ? /^<Semaphore\(value=2\)>/ : /^<Semaphore/);
  assertMatch(String(bounded), shared ? /^<BoundedSemaphore\(value=2, maxvalue=2\)>/ : /^<BoundedSemaphore/);
  assertEquals(Deno.inspect(semaphore), String(semaphore));
  return Promise.resolve();
});
