import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import {
  type Connection,
  Empty,
  EOFError,
  Full,
  type JoinableQueue,
  NotSupportedError,
  Pipe,
  type Queue,
  ShutDown,
  TimeoutError,
} from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { Party, sharesMemory, startParty } from "../helpers/party.ts";
import { checkBytes, countedBytes, type Luggage, passOnSync, unpack, Unrevivable } from "../targets/queues.ts";

forEachStartMethod("Queue: locks, values, queues and connections travel in an item [QUE-22]", async (ctx) => {
  const queue = new ctx.Queue<{ deep: [Luggage] }>();
  const child = await start(ctx, unpack, queue);
  const [here, there] = Pipe<string, string>();
  const [lock, back] = [new ctx.Lock(), new ctx.Queue<string>()];
  const value = sharesMemory(ctx.getStartMethod()) ? new ctx.Value("i", 41) : null;
  await lock.acquire();
  await queue.put({ deep: [{ lock, value, back, connection: there as Connection<string, string> }] });
  there.close();
  await here.send("hello");
  assertEquals(await back.empty(), true);
  await lock.release();
  assertEquals(await here.recv(), "hello over the connection");
  assertEquals(await back.get(), "over the queue that came, with 41");
  await finish([child]);
  assertEquals(value?.value ?? 42, 42);
  assertEquals([await lock.locked(), await queue.empty()], [false, true]);
  here.close();
});

forEachStartMethod("Queue keeps what travels in an item when whoever put it has ended", async (ctx) => {
  const queue = new ctx.Queue<Queue<string>>();
  const there = await startParty(ctx, queue, new ctx.Queue<string>());
  const inner = new ctx.Queue<string>();
  await inner.put("still there");
  await there.call("put", inner);
  await there.stop();
  assertEquals(await (await queue.get()).get(), "still there");
});

forEachStartMethod(
  "Queue: what travels in an item that cannot be revived is let go of, and its pipe ends",
  async (ctx) => {
    const queue = new ctx.Queue<unknown>();
    const there = await startParty(ctx, queue);
    for (const get of [() => queue.get(), () => there.call("get")]) {
      const [receiver, sender] = Pipe<never, string>({ duplex: false });
      await queue.put([new Unrevivable(), sender]);
      sender.close();
      await assertRejects(get, Error, "not to be revived");
      await assertRejects(() => receiver.recv(), EOFError);
      receiver.close();
    }
    await there.stop();
  },
);

forEachStartMethod("Queue travels in itself, over a pipe and to grandchildren", async (ctx) => {
  const queue = new ctx.Queue<unknown>();
  await queue.put({ queue });
  const { queue: same } = await queue.get() as { queue: Queue<number> };
  await same.put(7);
  assertEquals(await queue.get(), 7);
  for (const party of [await Party.startLater(ctx, queue), await Party.startBelow(ctx, queue)]) {
    await party.call("put", "from afar");
    assertEquals([await queue.get(), await party.call("empty")], ["from afar", true]);
    await party.stop();
  }
});

forEachStartMethod("Queue that is bounded, joinable or shut down is so wherever it travels", async (ctx) => {
  const [queue, joinable] = [new ctx.Queue<Queue<number> | JoinableQueue<number>>(), new ctx.JoinableQueue<number>(1)];
  await queue.put(joinable);
  const got = await queue.get() as JoinableQueue<number>;
  await got.put(1);
  await assertRejects(() => got.put(2, { timeout: 0 }), Full);
  await joinable.taskDone();
  await got.join();
  await joinable.shutdown();
  assertEquals(await got.get(), 1);
  await assertRejects(() => got.get(), ShutDown);
});

forEachStartMethod("Queue passes items larger than any buffer, and of any small size", async (ctx) => {
  const [queue, answers] = [new ctx.Queue<Uint8Array>(), new ctx.Queue<unknown>()];
  const child = await start(ctx, checkBytes, queue, answers as Queue);
  for (const size of [0, 1, 15, 16, 17, 40, 65_535, 65_536, 1 << 20, (1 << 26) + 1]) {
    await queue.put(countedBytes(size));
    assertEquals(await answers.get(), [size, true]);
  }
  await queue.shutdown();
  await finish([child]);
});

forEachStartMethod("Queue has room again for large items of other sizes than those before", async (ctx) => {
  const queue = new ctx.Queue<Uint8Array>();
  // Each time more than a third of what the shared memory of a program may hold at once.
  for (const [size, count] of [[100_000, 300], [300_000, 100], [7_000_000, 5]] as const) {
    for (let left = count; left > 0; left--) await queue.put(new Uint8Array(size));
    for (let left = count; left > 0; left--) assertEquals((await queue.get()).length, size);
  }
});

forEachStartMethod("Queue has twins that block the thread where memory is shared", async (ctx) => {
  const method = ctx.getStartMethod();
  if (!sharesMemory(method)) return;
  const [to, from, ready] = [new ctx.Queue<number>(1), new ctx.Queue<number>(), new ctx.Event()];
  const child = await start(ctx, passOnSync, to as Queue, from as Queue, 100, ready);
  await ready.wait();
  for (let item = 0; item < 100; item++) {
    to.putSync(item, { timeout: 20_000 });
    if (item % 3 === 0) assertEquals(from.getSync({ timeout: 20_000 }), item / 3);
  }
  for (let item = 34; item < 100; item++) assertEquals(from.getSync({ timeout: 20_000 }), item);
  await finish([child]);
  const began = performance.now();
  assertThrows(() => from.getSync({ timeout: 30 }), Empty);
  assert(performance.now() - began >= 29);
  to.putSync(1);
  for (const options of [{ block: false }, { timeout: 0 }, { timeout: -1 }, { timeout: 10 }]) {
    assertThrows(() => to.putSync(2, options), Full);
  }
  assertThrows(() => to.putSync(Symbol() as unknown as number), TypeError);
  for (const options of [{ block: false }, { timeout: 0 }, { timeout: -1 }]) {
    assertThrows(() => from.getSync(options), Empty);
  }
  assertThrows(() => to.putNowaitSync(2), Full);
  assertThrows(() => from.getNowaitSync(), Empty);
  assertEquals([to.getSync(), to.qsizeSync()], [1, 0]);
  to.putNowaitSync(3);
  assertThrows(() => to.shutdownSync({ immediate: 1 as unknown as boolean }), TypeError, "immediate");
  to.shutdownSync();
  assertThrows(() => to.putSync(4), ShutDown);
  assertEquals(to.getNowaitSync(), 3);
  assertThrows(() => to.getSync(), ShutDown);
});

forEachStartMethod("JoinableQueue and SimpleQueue have twins that block the thread too", async (ctx) => {
  if (!sharesMemory(ctx.getStartMethod())) return;
  const [joinable, simple] = [new ctx.JoinableQueue<number>(), new ctx.SimpleQueue<number>()];
  const there = await startParty(ctx, joinable, simple);
  joinable.putSync(1);
  assertThrows(() => joinable.joinSync({ timeout: 10 }), TimeoutError);
  assertEquals([await there.call("getSync"), await there.call("taskDoneSync")], [1, undefined]);
  joinable.joinSync();
  simple.putSync(2);
  assertEquals(await there.callOn(1, "getSync"), 2);
  const blocked = await there.beginOn(1, "getSync");
  simple.putSync(3);
  assertEquals(await blocked.outcome, 3);
  await there.stop();
});

forEachStartMethod("Queue refuses to block a thread where memory is not shared", async (ctx) => {
  if (sharesMemory(ctx.getStartMethod())) return;
  const [queue, joinable, simple] = [new ctx.Queue(), new ctx.JoinableQueue(), new ctx.SimpleQueue()];
  const calls = [
    () => queue.putSync(1),
    () => queue.getSync(),
    () => joinable.joinSync(),
    () => simple.getSync(),
    () => simple.putSync(1),
  ];
  for (const call of calls) assertInstanceOf(assertThrows(call), NotSupportedError);
  const there = await startParty(ctx, queue);
  assertEquals((await assertRejects(() => there.call("getSync"), Error)).name, "NotSupportedError");
  await there.stop();
});
