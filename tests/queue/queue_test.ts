import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { Empty, Full, InvalidStateError, type Queue } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachSharedMemory, forEachStartMethod } from "../helpers/methods.ts";
import { startParty, stopAll } from "../helpers/party.ts";
import { beginHere, beginThere, putThere } from "../helpers/queues.ts";
import { passOn, putAll } from "../targets/queues.ts";

forEachStartMethod("Queue takes what a child puts, and gives it to a child [QUE-01]", async (ctx) => {
  const [queue, back] = [new ctx.Queue(), new ctx.Queue()];
  const producer = await start(ctx, putAll, queue as Queue, [42, null, "hello"]);
  assertEquals(await queue.get(), [42, null, "hello"]);
  await finish([producer]);
  const middle = await start(ctx, passOn, queue as Queue, back as Queue);
  for (const item of [1, 2n, undefined, null, new Map([["a", new Set([new Date(0)])]])]) {
    await queue.put(item);
    assertEquals(await back.get(), item);
  }
  await queue.shutdown();
  await finish([middle]);
});

forEachStartMethod("Queue without a bound takes any number of items [QUE-03]", async (ctx) => {
  for (const queue of [new ctx.Queue<number>(), new ctx.Queue<number>(0), new ctx.Queue<number>(-3)]) {
    for (let item = 0; item < 200; item++) await queue.putNowait(item);
    assertEquals([await queue.qsize(), await queue.full(), await queue.empty()], [200, false, false]);
    for (let item = 0; item < 200; item++) assertEquals(await queue.getNowait(), item);
    assertEquals([await queue.qsize(), await queue.full(), await queue.empty()], [0, false, true]);
  }
  assertEquals(await new ctx.Queue(Infinity).full(), false);
});

forEachStartMethod("Queue refuses a bound that is none [QUE-03]", (ctx) => {
  for (const bound of [1.5, NaN]) assertThrows(() => new ctx.Queue(bound), RangeError, "Cannot make a queue");
  for (const bound of ["3", null, 3n, {}]) {
    assertThrows(() => new ctx.Queue(bound as unknown as number), TypeError, "Cannot make a queue");
  }
  return Promise.resolve();
});

forEachStartMethod(
  "Queue tells its size, and whether it is empty or full, in every process [QUE-09] [QUE-10]",
  async (ctx) => {
    const queue = new ctx.Queue<number>(2);
    const there = await startParty(ctx, queue);
    const look = async () => {
      const here = [await queue.qsize(), await queue.empty(), await queue.full()];
      assertEquals([await there.call("qsize"), await there.call("empty"), await there.call("full")], here);
      return here;
    };
    assertEquals(await look(), [0, true, false]);
    await queue.put(1);
    assertEquals(await look(), [1, false, false]);
    await there.call("put", 2);
    assertEquals(await look(), [2, false, true]);
    assertEquals(await there.call("get"), 1);
    assertEquals(await look(), [1, false, false]);
    assertEquals(await queue.get(), 2);
    assertEquals(await look(), [0, true, false]);
    await there.stop();
  },
);

forEachStartMethod("Queue.put() of a child is seen at once by whoever looks next [QUE-11]", async (ctx) => {
  const queue = new ctx.Queue<number>();
  const there = await startParty(ctx, queue);
  for (let item = 0; item < 20; item++) {
    await there.call("put", item);
    assertEquals([await queue.qsize(), await queue.empty(), await queue.getNowait()], [1, false, item]);
  }
  await there.stop();
});

forEachStartMethod(
  "Queue.put() on a full queue waits for room, or throws Full [QUE-04] [QUE-06] [QUE-07]",
  async (ctx) => {
    const queue = new ctx.Queue<number>(1);
    const there = await startParty(ctx, queue);
    await queue.put(1);
    for (const options of [{ block: false }, { block: false, timeout: 1e9 }, { timeout: 0 }, { timeout: -1 }]) {
      await assertRejects(() => queue.put(2, options), Full, "Cannot put: the queue is full");
      assertEquals((await assertRejects(() => there.call("put", 2, options), Error)).name, "Full");
    }
    await assertRejects(() => queue.putNowait(2), Full);
    const began = performance.now();
    await assertRejects(() => queue.put(2, { timeout: 40 }), Full);
    assert(performance.now() - began >= 39);
    const waits = await beginHere(queue, () => queue.put(3));
    const theirs = await putThere(there, 4);
    assertEquals([waits.settled, theirs.settled, await queue.qsize()], [false, false, 1]);
    assertEquals(await queue.get(), 1);
    assertEquals([await waits.outcome, theirs.settled], [undefined, false]);
    assertEquals(await there.call("get"), 3);
    await theirs.outcome;
    assertEquals([await queue.get(), await queue.qsize()], [4, 0]);
    await there.stop();
  },
);

forEachStartMethod(
  "Queue.get() of nothing waits for an item, or throws Empty [QUE-05] [QUE-06] [QUE-07] [QUE-21]",
  async (ctx) => {
    const queue = new ctx.Queue<string>();
    const there = await startParty(ctx, queue);
    for (const options of [{ block: false }, { block: false, timeout: 1e9 }, { timeout: 0 }, { timeout: -1 }]) {
      await assertRejects(() => queue.get(options), Empty, "Cannot get: the queue");
      assertEquals((await assertRejects(() => there.call("get", options), Error)).name, "Empty");
    }
    await assertRejects(() => queue.getNowait(), Empty);
    await assertRejects(() => queue.getNoWait(), Empty);
    const began = performance.now();
    await assertRejects(() => queue.get({ timeout: 40 }), Empty);
    assert(performance.now() - began >= 39);
    const waits = await beginHere(queue, () => queue.get({ timeout: 1e9 }));
    assertEquals(waits.settled, false);
    await there.call("put", "at last");
    assertEquals(await waits.outcome, "at last");
    await there.stop();
  },
);

forEachStartMethod("Queue refuses options that are none", async (ctx) => {
  const queue = new ctx.Queue<number>();
  for (const options of [{ timeout: "1" }, { timeout: NaN }, { block: 1 }, { signal: {} }]) {
    await assertRejects(() => queue.put(1, options as never), TypeError, "Cannot wait");
    await assertRejects(() => queue.get(options as never), TypeError, "Cannot wait");
  }
  assertEquals(await queue.qsize(), 0);
});

forEachStartMethod("Queue.get() serves those who wait in the order in which they came", async (ctx) => {
  const queue = new ctx.Queue<number>();
  const [first, second] = [await startParty(ctx, queue), await startParty(ctx, queue)];
  const waits = [
    await beginThere(first, "get"),
    await beginHere(queue, () => queue.get()),
    await beginThere(second, "get"),
    await beginThere(first, "get"),
  ];
  for (const [index, { outcome }] of waits.entries()) {
    await queue.put(index);
    assertEquals(await outcome, index);
    assertEquals(waits.slice(index + 1).map(({ settled }) => settled), waits.slice(index + 1).map(() => false));
    assertEquals(await queue.empty(), true);
  }
  await stopAll(first, second);
});

forEachStartMethod("Queue.put() lets those in who wait in the order in which they came", async (ctx) => {
  const queue = new ctx.Queue<number>(1);
  const [first, second] = [await startParty(ctx, queue), await startParty(ctx, queue)];
  await queue.put(0);
  const waits = [
    await putThere(first, 1),
    await beginHere(queue, () => queue.put(2)),
    await putThere(second, 3),
    await putThere(first, 4),
  ];
  for (const item of [0, 1, 2, 3, 4]) {
    assertEquals(await queue.full(), true);
    // Nobody passes those who wait.
    await assertRejects(() => queue.putNowait(9), Full);
    assertEquals(await queue.get(), item);
    await waits[item]?.outcome;
  }
  assertEquals(await queue.empty(), true);
  await stopAll(first, second);
});

forEachStartMethod("Queue.put() takes the item as it is at the call [QUE-13]", async (ctx) => {
  const [queue, full] = [new ctx.Queue<number[]>(), new ctx.Queue<number[]>(1)];
  const list = [1];
  const puts = [queue.put(list), full.put(list), full.put(list)];
  list.push(2);
  assertEquals([await queue.get(), await full.get(), await full.get()], [[1], [1], [1]]);
  await Promise.all(puts);
});

forEachStartMethod("Queue.put() refuses what cannot be sent, says where it is, and works on [QUE-14]", async (ctx) => {
  const queue = new ctx.Queue<unknown>(1);
  const there = await startParty(ctx, queue);
  const refusal = await assertRejects(() => queue.put({ a: [1, { b() {} }] }), TypeError);
  assertMatch(refusal.message, /a\[1\]\.b/);
  await assertRejects(() => queue.put(Symbol("s")), TypeError);
  await assertRejects(() => queue.put(new WeakMap(), { block: false }), TypeError);
  assertEquals([await queue.qsize(), await queue.full()], [0, false]);
  await queue.put(true, { block: false });
  assertEquals([await there.call("qsize"), await there.call("get"), await queue.empty()], [1, true, true]);
  await there.stop();
});

forEachStartMethod("Queue.close() ends it for this process only [QUE-17] [QUE-18] [QUE-19]", async (ctx) => {
  const queue = new ctx.Queue<number>();
  const there = await startParty(ctx, queue);
  await queue.put(1);
  await assertRejects(() => queue.joinThread(), InvalidStateError, "call close() first");
  queue.close();
  queue.close();
  for (const call of [() => queue.put(2), () => queue.get(), () => queue.getNowait(), () => queue.empty()]) {
    await assertRejects(call, InvalidStateError, "closed in this process");
  }
  await queue.joinThread();
  assertEquals([await there.call("qsize"), await there.call("get")], [1, 1]);
  await there.call("put", 2);
  await there.stop();
  const scoped = new ctx.Queue<number>();
  {
    using _ = scoped;
  }
  await assertRejects(() => scoped.put(1), InvalidStateError);
});

Deno.test("Queue belongs to the default context when it is made without one [QUE-08]", async () => {
  const { JoinableQueue, Queue, SimpleQueue, getContext } = await import("../../mod.ts");
  const [queue, joinable, simple] = [new Queue<number>(1), new JoinableQueue<number>(), new SimpleQueue<number>()];
  await Promise.all([queue.put(1), joinable.put(2), simple.put(3)]);
  assertEquals([await queue.get(), await joinable.get(), await simple.get()], [1, 2, 3]);
  const other = new (getContext("worker").JoinableQueue)<number>();
  assert(other instanceof JoinableQueue && other instanceof Queue);
  assertEquals([new Empty("").name, new Full("").name], ["Empty", "Full"]);
});

forEachSharedMemory("Queue.emptySync() and fullSync() do as their kin [QUE-10] [SQ-02]", async (ctx) => {
  const [queue, simple] = [new ctx.Queue<number>(1), new ctx.SimpleQueue<number>()];
  assertEquals([queue.emptySync(), queue.fullSync(), simple.emptySync()], [true, false, true]);
  queue.putSync(1);
  simple.putSync(1);
  assertEquals([queue.emptySync(), queue.fullSync(), simple.emptySync()], [false, true, false]);
  for (const each of [queue, simple]) {
    each.close();
    assertThrows(() => each.emptySync(), InvalidStateError, "closed in this process");
  }
  await Promise.resolve();
});
