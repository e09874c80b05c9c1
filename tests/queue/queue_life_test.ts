import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Context,
  Full,
  getContext,
  InvalidStateError,
  type JoinableQueue,
  Queue,
  ShutDown,
  wait,
} from "../../mod.ts";
import { queuePort } from "../../src/queue/queue.ts";
import { QueueWords } from "../../src/queue/queue_words.ts";
import { OWNER_DIED, Slot } from "../../src/sync/layout.ts";
import { agentOf, threadTerritory } from "../../src/sync/program_memory.ts";
import { wordsForSync } from "../../src/sync/shared_object.ts";
import { slotAt } from "../../src/sync/slots.ts";
import { GuestWaits } from "../../src/sync/waits.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { startParty } from "../helpers/party.ts";
import { beginHere, beginThere, putThere } from "../helpers/queues.ts";
import {
  collect,
  putAll,
  putCloseAndJoin,
  putTaggedAtOnce,
  putTaggedInTurn,
  putToNoAvail,
  type Tagged,
  toBeLost,
} from "../targets/queues.ts";

forEachStartMethod("Queue: joining a process before its items are taken does not dead-lock [QUE-15]", async (ctx) => {
  const queue = new ctx.Queue<Uint8Array>();
  const producer = await start(ctx, putAll, queue as Queue, new Uint8Array(1_000_000), new Uint8Array(1_000_000));
  await finish([producer]);
  assertEquals([(await queue.get()).length, (await queue.get()).length], [1_000_000, 1_000_000]);
});

forEachStartMethod("Queue: a process that ends has put all that it began to put [QUE-12] [QUE-15]", async (ctx) => {
  const [free, narrow] = [new ctx.Queue<Tagged>(), new ctx.Queue<Tagged>(2)];
  await finish([await start(ctx, putTaggedAtOnce, free, "there", 50)]);
  assertEquals(await free.qsize(), 50);
  const producer = await start(ctx, putTaggedAtOnce, narrow, "there", 50);
  // However long it takes until there is room: another process comes and goes meanwhile.
  await finish([await start(ctx, putTaggedAtOnce, free, "meanwhile", 1)]);
  assert(producer.isAlive());
  for (let number = 0; number < 50; number++) assertEquals(await narrow.get(), ["there", number]);
  await finish([producer]);
  assertEquals(await narrow.qsize(), 0);
});

forEachStartMethod(
  "Queue: a process ends when all that it left behind has been put, one after another",
  async (ctx) => {
    const [narrow, other] = [new ctx.Queue<Tagged>(1), new ctx.Queue<Tagged>()];
    const producer = await start(ctx, putTaggedInTurn, narrow, "there", 8);
    for (let number = 0; number < 8; number++) {
      await finish([await start(ctx, putTaggedAtOnce, other, "meanwhile", 1)]);
      assert(producer.isAlive() || number === 7);
      assertEquals(await narrow.get(), ["there", number]);
    }
    await finish([producer]);
  },
);

forEachStartMethod("Queue.cancelJoinThread() lets a process end that waits for room [QUE-16]", async (ctx) => {
  const [queue, done] = [new ctx.Queue<string>(1), new ctx.Event()];
  await queue.put("first");
  const producer = await start(ctx, putToNoAvail, queue as Queue, done);
  await done.wait();
  await finish([producer]);
  assertEquals([await queue.get(), await queue.qsize()], ["first", 0]);
});

forEachStartMethod("Queue.joinThread() waits for what was begun to be put [QUE-17]", async (ctx) => {
  const [queue, begun] = [new ctx.Queue<string>(1), new ctx.Event()];
  await queue.put("first");
  const producer = await start(ctx, putCloseAndJoin, queue as Queue, "second", begun);
  await begun.wait();
  assertEquals([await queue.get(), await queue.get()], ["first", "second"]);
  await finish([producer]);
  await queue.put("first");
  const late = queue.put("second");
  queue.close();
  const joined = queue.joinThread();
  assertEquals(await Promise.race([joined.then(() => "joined"), begun.wait().then(() => "not yet")]), "not yet");
  await finish([await start(ctx, toBeLost, queue as Queue, 2)]);
  await Promise.all([joined, late]);
});

forEachStartMethod("Queue.shutdown() refuses puts, and gets as soon as nothing is left", async (ctx) => {
  const queue = new ctx.Queue<number>();
  const there = await startParty(ctx, queue);
  await queue.put(1);
  await queue.put(2);
  await queue.shutdown();
  await queue.shutdown();
  await assertRejects(() => queue.put(3), ShutDown, "Cannot put: the queue was shut down");
  await assertRejects(() => queue.putNowait(3), ShutDown);
  assertEquals((await assertRejects(() => there.call("put", 3), Error)).name, "ShutDown");
  assertEquals([await queue.get(), await there.call("get")], [1, 2]);
  await assertRejects(() => queue.get(), ShutDown, "Cannot get: the queue was shut down");
  await assertRejects(() => queue.getNowait(), ShutDown);
  assertEquals((await assertRejects(() => there.call("get", { timeout: 1 }), Error)).name, "ShutDown");
  assertEquals(await queue.qsize(), 0);
  await there.stop();
});

forEachStartMethod("Queue.shutdown() ends the waits of all who get", async (ctx) => {
  const queue = new ctx.Queue<number>();
  const there = await startParty(ctx, queue);
  const gets = [
    await beginHere(queue, () => queue.get()),
    await beginThere(there, "get"),
    await beginHere(queue, () => queue.get({ timeout: 1e9 })),
  ];
  await there.call("shutdown");
  for (const { outcome } of gets) assertEquals((await assertRejects(() => outcome, Error)).name, "ShutDown");
  await there.stop();
});

forEachStartMethod("Queue.shutdown() ends the waits of all who put", async (ctx) => {
  const queue = new ctx.Queue<number>(1);
  const there = await startParty(ctx, queue);
  await queue.put(1);
  const puts = [await beginHere(queue, () => queue.put(2)), await putThere(there, 3)];
  await queue.shutdown();
  for (const { outcome } of puts) assertEquals((await assertRejects(() => outcome, Error)).name, "ShutDown");
  assertEquals([await queue.get(), await queue.qsize()], [1, 0]);
  await there.stop();
});

forEachStartMethod("Queue.shutdown({ immediate: true }) leaves nothing, and ends every wait", async (ctx) => {
  const queue = new ctx.JoinableQueue<number>(2);
  const there = await startParty(ctx, queue);
  await queue.put(1);
  await queue.put(2);
  const waits = [await beginHere(queue, () => queue.put(3)), await putThere(there, 4)];
  const joins = [await beginHere(queue, () => queue.join()), await beginThere(there, "join")];
  await there.call("shutdown", { immediate: true });
  for (const { outcome } of waits) assertEquals((await assertRejects(() => outcome, Error)).name, "ShutDown");
  for (const { outcome } of joins) assertEquals(await outcome, undefined);
  assertEquals([await queue.qsize(), await queue.empty()], [0, true]);
  await assertRejects(() => queue.get(), ShutDown);
  await queue.join();
  await there.stop();
});

forEachStartMethod("Queue.shutdown({ immediate: true }) counts what was got as unfinished still", async (ctx) => {
  const queue: JoinableQueue<number> = new ctx.JoinableQueue<number>();
  for (const item of [1, 2, 3]) await queue.put(item);
  await queue.get();
  await queue.shutdown({ immediate: true });
  const join = await beginHere(queue, () => queue.join());
  assertEquals(join.settled, false);
  await queue.taskDone();
  await join.outcome;
});

forEachStartMethod("Queue is iterated until it is shut down and empty", async (ctx) => {
  const [queue, results] = [new ctx.Queue<number>(), new ctx.Queue<unknown>()];
  const collector = await start(ctx, collect, queue as Queue, results as Queue);
  const here: number[] = [];
  const iteration = (async () => {
    for await (const item of queue) here.push(item);
  })();
  for (let item = 0; item < 20; item++) await queue.put(item);
  await queue.shutdown();
  await iteration;
  const there = await results.get() as number[];
  assertEquals([...here, ...there].toSorted((a, b) => a - b), Array.from({ length: 20 }, (_, item) => item));
  await finish([collector]);
});

forEachStartMethod("Queue: a process that is killed while it waits leaves the queue to others", async (ctx) => {
  const queue = new ctx.Queue<number>(1);
  const [getter, putter] = [await startParty(ctx, queue), await startParty(ctx, queue)];
  await beginThere(getter, "get");
  const next = await beginHere(queue, () => queue.get());
  await getter.kill();
  await queue.put(1);
  assertEquals(await next.outcome, 1);
  await queue.put(2);
  const lost = await putThere(putter, 3);
  lost.outcome.catch(() => {});
  await putter.kill();
  assertEquals(await queue.qsize(), 1);
  const last = await beginHere(queue, () => queue.put(4));
  assertEquals([await queue.get(), await queue.get()], [2, 4]);
  await last.outcome;
  assertEquals(await queue.qsize(), 0);
});

forEachStartMethod("Queue: what a process has put is there when it was killed", async (ctx) => {
  const queue = new ctx.Queue<number>();
  const there = await startParty(ctx, queue);
  for (const item of [1, 2, 3]) await there.call("put", item);
  await there.kill();
  assertEquals([await queue.get(), await queue.get(), await queue.get(), await queue.empty()], [1, 2, 3, true]);
});

forEachStartMethod("wait() tells when a queue can be read, and takes nothing from it", async (ctx) => {
  const [queue, other] = [new ctx.Queue<number>(), new ctx.SimpleQueue<number>()];
  const there = await startParty(ctx, queue, other);
  assertEquals(await wait([queue], { timeout: 0 }), []);
  assertEquals(await wait([queue], { timeout: 5 }), []);
  const told = wait([queue, there.process.sentinel]);
  await there.call("put", 1);
  assertEquals(await told, [queue]);
  assertEquals([await wait([queue]), await queue.qsize()], [[queue], 1]);
  assertEquals(await queue.get(), 1);
  const controller = new AbortController();
  const aborted = wait([queue], { signal: controller.signal });
  controller.abort(new RangeError("no longer"));
  await assertRejects(() => aborted, RangeError, "no longer");
  const ended = wait([queue]);
  await there.call("shutdown");
  assertEquals(await ended, [queue]);
  await there.stop();
});

forEachStartMethod("wait() for a queue takes no item from those who get", async (ctx) => {
  const queue = new ctx.Queue<number>(1);
  const there = await startParty(ctx, queue);
  const watches = wait([queue]);
  const get = await beginThere(there, "get");
  await queue.put(1);
  assertEquals(await get.outcome, 1);
  await queue.put(2);
  assertEquals(await watches, [queue]);
  await assertRejects(() => queue.putNowait(3), Full);
  assertEquals(await queue.get(), 2);
  await there.stop();
});

Deno.test("Queue.qsizeSync(), emptySync() and fullSync() count what was handed to somebody who has died", () => {
  for (const make of [(ctx: Context) => new ctx.Queue<string>(1), (ctx: Context) => new ctx.SimpleQueue<string>()]) {
    const queue = make(getContext("worker"));
    const { arena, waits } = threadTerritory();
    const guest = new GuestWaits(waits);
    const slot = arena.takeSlot([99], arena.self);
    const agent = agentOf(arena, slot, guest);
    const { block } = wordsForSync(queuePort(queue), "in a test");
    agent.holder.hold(block);
    new QueueWords(agent, block).take({}, () => {});
    queue.putSync("handed over");
    // Before it has heard of it, and before anybody has cleaned up.
    guest.end();
    Atomics.or(arena.cells, slotAt(slot) + Slot.OBITUARY, OWNER_DIED);
    assertEquals(queue.emptySync(), false);
    if (queue instanceof Queue) assertEquals([queue.qsizeSync(), queue.fullSync()], [1, true]);
    assertEquals(queue.getSync(), "handed over");
    queue.close();
  }
});

forEachStartMethod(
  "Queue.close() ends the gets that wait here, and their iteration; puts go on [QUE-18]",
  async (ctx) => {
    const queue = new ctx.Queue<number>(1);
    const there = await startParty(ctx, queue);
    const get = await beginHere(queue, () => queue.get());
    queue.close();
    await assertRejects(() => get.outcome, InvalidStateError, "closed in this process");
    await there.call("put", 1);
    assertEquals(await there.call("get"), 1);
    await there.stop();
    const full = new ctx.Queue<number>(1);
    const taker = await startParty(ctx, full);
    await full.put(1);
    const put = await beginHere(full, () => full.put(2));
    full.close();
    assertEquals([await taker.call("get"), await put.outcome, await taker.call("get")], [1, undefined, 2]);
    await taker.stop();
  },
);

forEachStartMethod("wait() waits for a SimpleQueue too", async (ctx) => {
  const queue = new ctx.SimpleQueue<number>();
  assertEquals(await wait([queue], { timeout: 0 }), []);
  const ready = wait([queue]);
  await queue.put(1);
  assertEquals([await ready, await queue.get()], [[queue], 1]);
  queue.close();
});
