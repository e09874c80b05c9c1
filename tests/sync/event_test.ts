import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals } from "@std/assert";
import { type Event, Pipe } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { begin, Party, type Pending, startParty, stopAll } from "../helpers/party.ts";

forEachStartMethod("Event is unset at first, and set and cleared by everyone for everyone [EVT-01]", async (ctx) => {
  const event = new ctx.Event();
  const there = await startParty(ctx, event);
  const states = async () => [await event.isSet(), await there.call("isSet")];
  assertEquals(await states(), [false, false]);
  assertEquals(await event.set(), undefined);
  assertEquals(await states(), [true, true]);
  await event.set();
  assertEquals(await states(), [true, true]);
  assertEquals(await there.call("clear"), undefined);
  assertEquals(await states(), [false, false]);
  await event.clear();
  await there.call("set");
  assertEquals(await states(), [true, true]);
  await event.clear();
  assertEquals(await states(), [false, false]);
  await there.stop();
});

forEachStartMethod("Event.wait() gives true, at once if it is set [EVT-02]", async (ctx) => {
  const event = new ctx.Event();
  const there = await startParty(ctx, event);
  const theirs = await there.begin("wait");
  const ours = await begin(event, () => event.wait({ timeout: 1e9 }));
  assertEquals([theirs.settled, ours.settled], [false, false]);
  await event.set();
  assertEquals([await theirs.outcome, await ours.outcome], [true, true]);
  for (const options of [{}, { timeout: 0 }, { timeout: -1 }, { timeout: 1 }]) {
    assertEquals([await event.wait(options), await there.call("wait", options)], [true, true]);
  }
  await event.clear();
  const again = await begin(event, () => event.wait());
  await there.call("set");
  assertEquals(await again.outcome, true);
  await there.stop();
});

forEachStartMethod("Event.wait() gives false when its time is up [EVT-02]", async (ctx) => {
  const event = new ctx.Event();
  const there = await startParty(ctx, event);
  for (const timeout of [0, -1, -Infinity]) {
    assertEquals([await event.wait({ timeout }), await there.call("wait", { timeout })], [false, false]);
  }
  const began = performance.now();
  assertEquals(await event.wait({ timeout: 30 }), false);
  assert(performance.now() - began >= 29);
  assertEquals(await there.call("wait", { timeout: 5 }), false);
  await there.stop();
});

forEachStartMethod("Event.set() wakes everyone who waits, in every process [EVT-03]", async (ctx) => {
  const event = new ctx.Event();
  const parties = await Promise.all([1, 2, 3, 4, 5].map(() => startParty(ctx, event)));
  const waits: Pending[] = [];
  for (const party of parties) for (const _ of [1, 2]) waits.push(await party.begin("wait"));
  waits.push(await begin(event, () => event.wait()));
  await event.set();
  assertEquals(await Promise.all(waits.map(({ outcome }) => outcome)), waits.map(() => true));
  await stopAll(...parties);
});

forEachStartMethod("Event.set() wakes those who wait already, though it is cleared at once", async (ctx) => {
  const event = new ctx.Event();
  const there = await startParty(ctx, event);
  for (let round = 0; round < 20; round++) {
    const waits: Pending[] = [await there.begin("wait"), await begin(event, () => event.wait())];
    await Promise.all([event.set(), event.clear()]);
    assertEquals(await Promise.all(waits.map(({ outcome }) => outcome)), [true, true]);
    assertEquals(await event.isSet(), false);
  }
  await there.stop();
});

forEachStartMethod("Event.wait() of a thousand tasks is ended by one set()", async (ctx) => {
  const event = new ctx.Event();
  const there = await startParty(ctx, event);
  const waits = Array.from({ length: 1000 }, () => event.wait());
  await event.isSet();
  await there.call("set");
  assertEquals(new Set(await Promise.all(waits)), new Set([true]));
  await there.stop();
});

forEachStartMethod("Event.wait() rejects with the reason of an abort, and the others wait on", async (ctx) => {
  const event = new ctx.Event();
  const there = await startParty(ctx, event);
  const reason = new RangeError("no longer");
  await assertRejects(async () => await event.wait({ signal: AbortSignal.abort(reason) }), RangeError, "no longer");
  const controller = new AbortController();
  const ours = await begin(event, () => event.wait({ signal: controller.signal }).catch((error) => error));
  const theirs = await there.begin("wait");
  const other = await begin(event, () => event.wait());
  controller.abort(reason);
  assertStrictEquals(await ours.outcome, reason);
  await theirs.abort("as told");
  await assertRejects(() => theirs.outcome, Error, "as told");
  assertEquals(other.settled, false);
  await event.set();
  assertEquals(await other.outcome, true);
  await there.stop();
});

forEachStartMethod("Event.wait() refuses options that are none", async (ctx) => {
  const event = new ctx.Event();
  for (const options of [{ timeout: "5" }, { timeout: NaN }, { signal: {} }] as unknown as { timeout: number }[]) {
    await assertRejects(async () => await event.wait(options), TypeError, "Cannot");
  }
});

forEachStartMethod("Event travels over pipes, to earlier processes and to grandchildren [QUE-22]", async (ctx) => {
  const event = new ctx.Event();
  const [below, later] = [await Party.startBelow(ctx, event), await Party.startLater(ctx, event)];
  const waits = [await below.begin("wait"), await begin(event, () => event.wait())];
  await later.call("set");
  assertEquals(await Promise.all(waits.map(({ outcome }) => outcome)), [true, true]);
  await below.call("clear");
  assertEquals([await event.isSet(), await later.call("isSet")], [false, false]);
  await stopAll(below, later);
  const { party: maker, object: made } = await Party.startWithOwn<Event>(ctx, "Event");
  const theirs = await maker.begin("wait");
  await made.set();
  assertEquals(await theirs.outcome, true);
  await maker.stop();
  const [here, there] = Pipe<Event>();
  await here.send(event);
  const same = await there.recv();
  await same.set();
  assertEquals(await event.isSet(), true);
  here.close();
  there.close();
});

forEachStartMethod("Event shows whether it is set [EVT-04]", async (ctx) => {
  const event = new ctx.Event();
  assertMatch(String(event), /^<Event.* unset>/);
  await event.set();
  assertMatch(String(event), /^<Event.* set>/);
  assertMatch(Deno.inspect(event), /^<Event.* set>/);
});
