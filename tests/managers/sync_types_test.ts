import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  BrokenBarrierError,
  Empty,
  Full,
  InvalidStateError,
  ref,
  RemoteError,
  ShutDown,
  TimeoutError,
} from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { fill, increment, LockManager } from "../targets/managers.ts";

forEachStartMethod("Manager: processes fill a dict and turn a list around [MGR-01] [PRX-02]", async (ctx) => {
  await using manager = await ctx.Manager();
  const dict = await manager.dict<string | number, unknown>();
  const list = await manager.list(Array(10).keys());
  await finish([await start(ctx, fill, dict, list)]);
  assertEquals(await dict.toString(), "{1: '1', '2': 2, 0.25: null}");
  assertEquals(await list.toString(), "[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]");
});

forEachStartMethod("ListProxy has the words of lists and arrays [PRX-01] [PRX-06] [PRX-07] [PRX-15]", async (ctx) => {
  await using manager = await ctx.Manager();
  const list = await manager.list([0, 1, 4, 9, 16, 25]);
  assertEquals(String(list), "<ListProxy object, typeid 'list' at 0x1>");
  assertEquals(Deno.inspect(list), String(list));
  assertEquals([await list.at(-1), await list.get(4), await list.length()], [25, 16, 6]);
  assertEquals([await list.length, await Promise.all([list.length, list.length()])], [6, [6, 6]]);
  assertEquals(await list.slice(2, 5), [4, 9, 16]);
  await assertRejects(() => list.get(20), RangeError, "out of range");
  await assertRejects(() => list.set(6, 1), RangeError, "out of range");
  await list.append(36);
  await list.extend([49, 64]);
  await list.insert(0, -1);
  await list.delete(0);
  assertEquals([await list.pop(), await list.pop(0), await list.shift(), await list.unshift(7)], [64, 0, 1, 7]);
  await list.remove(9);
  await assertRejects(() => list.remove(9), RangeError, "not in the list");
  assertEquals([await list.index(25), await list.indexOf(99), await list.includes(36)], [3, -1, true]);
  await list.sort();
  assertEquals([await list.getValue(), await list.count(4)], [[4, 7, 16, 25, 36, 49], 1]);
  await list.reverse();
  assertEquals(await list.splice(0, 4, 1), [49, 36, 25, 16]);
  await list.repeat(2);
  assertEquals(await list.copy(), [1, 7, 4, 1, 7, 4]);
  const seen: number[] = [];
  for await (const item of list) {
    if (seen.push(item) === 1) await list.set(1, 100);
  }
  assertEquals(seen, [1, 100, 4, 1, 7, 4], "iteration is live");
  await list.clear();
  await assertRejects(() => list.pop(), RangeError, "it is empty");
});

forEachStartMethod("ListProxy finds from either end, and fills [PRX-15]", async (ctx) => {
  await using manager = await ctx.Manager();
  const list = await manager.list([[1], [2], [1], [2]]);
  assertEquals([await list.lastIndexOf([1]), await list.lastIndexOf([2], 2), await list.lastIndexOf([3])], [2, 1, -1]);
  assertEquals([await list.lastIndexOf([2], -2), await list.indexOf([1], -2), await list.indexOf([2], 2)], [1, 2, 3]);
  await list.fill([0], 1, -1);
  assertEquals(await list.getValue(), [[1], [0], [0], [2]]);
});

forEachStartMethod("List, dict and set proxies call functions here, with a copy", async (ctx) => {
  await using manager = await ctx.Manager();
  const list = await manager.list([3, 1, 2]);
  const seen: unknown[] = [];
  await list.forEach((item, index, copy) => seen.push([item, index, copy.length]));
  assertEquals(seen, [[3, 0, 3], [1, 1, 3], [2, 2, 3]]);
  const doubled: number[] = await list.map((item) => item * 2);
  const rest: string = await list.reduce((text, item) => text + item, "");
  assertEquals([doubled, rest, await list.reduce((sum, item) => sum + item)], [[6, 2, 4], "312", 6]);
  assertEquals([await list.filter((item) => item > 1), await list.find((item) => item < 3)], [[3, 2], 1]);
  assertEquals([await list.findIndex((item) => item === 2), await list.find((item) => item > 3)], [2, undefined]);
  assertEquals([await list.every((item) => item > 1), await list.some((item) => item > 2)], [false, true]);
  await (await manager.dict({ a: 1 })).forEach((value, key, copy) => seen.push([value, key, copy.size]));
  await (await manager.set(["x"])).forEach((item, same) => seen.push([item, same]));
  assertEquals(seen.slice(3), [[1, "a", 1], ["x", "x"]]);
  assertEquals(await Array.fromAsync(list), [3, 1, 2]);
  await assertRejects(() => list.map(3 as never), TypeError, "needs a function, received 3");
});

forEachStartMethod("SyncManager says what its containers are made of", async (ctx) => {
  await using manager = await ctx.Manager();
  await assertRejects(
    () => manager.list(5 as never),
    TypeError,
    "Cannot make a list: its items must be iterable, such as [1, 2]",
  );
  await assertRejects(() => manager.list(null as never), TypeError, "received null");
  await assertRejects(() => manager.set({} as never), TypeError, "Cannot make a set");
  await assertRejects(() => manager.dict(null as never), TypeError, "a Map, pairs or an object, received null");
  await assertRejects(() => manager.dict(5 as never), TypeError, "received 5");
  await assertRejects(() => manager.dict([1] as never), TypeError, 'pairs such as ["a", 1], received 1');
  await assertRejects(
    () => manager.Namespace(null as never),
    TypeError,
    "its attributes must be an object such as { x: 1 }",
  );
  await assertRejects(() => manager.Array("i", null as never), TypeError, "Cannot make an Array");
  assertEquals(await (await manager.list("ab")).getValue(), ["a", "b"]);
});

forEachStartMethod("DictProxy has the words of Map and of dict [PRX-16]", async (ctx) => {
  await using manager = await ctx.Manager();
  const dict = await manager.dict(new Map([["a", 1], ["b", 2]]));
  assertEquals([await dict.get("a"), await dict.get("z"), await dict.get("z", 9)], [1, undefined, 9]);
  assertEquals([await dict.size, await dict.length], [2, 2]);
  assertEquals([await dict.has("b"), await dict.delete("b"), await dict.delete("b"), await dict.size()], [
    true,
    true,
    false,
    1,
  ]);
  await dict.update({ c: 3, d: 4 });
  assertEquals([await dict.keys(), await dict.values()], [["a", "c", "d"], [1, 3, 4]]);
  assertEquals([await dict.popitem(), await dict.pop("a"), await dict.pop("a", 7)], [["d", 4], 1, 7]);
  await assertRejects(() => dict.pop("a"), RangeError, "no such key");
  assertEquals([await dict.setdefault("c", 8), await dict.setdefault("e", 5)], [3, 5]);
  assertEquals(await Array.fromAsync(dict), [["c", 3], ["e", 5]]);
  assertEquals([await dict.copy(), await dict.getValue()], [
    new Map([["c", 3], ["e", 5]]),
    new Map([["c", 3], ["e", 5]]),
  ]);
  await dict.clear();
  await assertRejects(() => dict.popitem(), RangeError, "the dict is empty");
  assertEquals(await (await manager.dict([["x", 1]])).items(), [["x", 1]]);
  await assertRejects(() => manager.create("dict", 7), RemoteError, "Cannot make a dict");
});

forEachStartMethod("SetProxy has the words of Set and of set [PRX-17]", async (ctx) => {
  await using manager = await ctx.Manager();
  const set = await manager.set(["a", "b", "c"]);
  assertEquals([String(set), await set.toString()], ["<SetProxy object, typeid 'set' at 0x1>", "{'a', 'b', 'c'}"]);
  await set.add("d");
  await set.discard("z");
  assertEquals([await set.has("d"), await set.delete("d"), await set.delete("d")], [true, true, false]);
  await assertRejects(() => set.remove("z"), RangeError, "not in the set");
  await set.remove("a");
  assertEquals([await set.values(), await set.size(), await set.length, await set.size], [["b", "c"], 2, 2, 2]);
  assertEquals([await set.union(["x"], new Set(["y"])), await set.union()], [
    new Set(["b", "c", "x", "y"]),
    new Set(["b", "c"]),
  ]);
  assertEquals([await set.intersection(["b", "x"]), await set.difference(["b"])], [new Set(["b"]), new Set(["c"])]);
  assertEquals(await set.symmetricDifference(["c", "x"]), new Set(["b", "x"]));
  assertEquals([await set.isSubsetOf("abc".split("")), await set.isSupersetOf(["b"])], [true, true]);
  assertEquals([await set.isDisjointFrom(["b"]), await set.isDisjointFrom(["x"])], [false, true]);
  await set.update(["d", "e"], ["f"]);
  await set.intersectionUpdate(["c", "d", "e"]);
  await set.differenceUpdate(["c"]);
  await set.symmetricDifferenceUpdate(["e", "g"]);
  assertEquals([await Array.fromAsync(set), await set.copy(), await set.getValue()], [
    ["d", "g"],
    new Set(["d", "g"]),
    new Set(["d", "g"]),
  ]);
  assertEquals([await set.pop(), await set.pop()].toSorted(), ["d", "g"]);
  await assertRejects(() => set.pop(), RangeError, "the set is empty");
  assertEquals([await set.toString(), await (await manager.set()).size()], ["set()", 0]);
  await assertRejects(() => set.union(7 as unknown as string[]), TypeError, "Cannot make a set");
  await assertRejects(() => manager.create("set", 1234), RemoteError, "Cannot make a set");
  const list = await manager.list([set]);
  const nested = await (await manager.set([list])).values();
  assertEquals(await (await nested[0]?.at(0))?.size(), 0);
});

forEachStartMethod("Namespace: attributes, of which those with _ stay here [NS-01] [NS-02] [NS-03]", async (ctx) => {
  await using manager = await ctx.Manager();
  const global = await manager.Namespace<{ x: number; y: string; _z: number; then: number; job: string }>({
    job: "Bob",
  });
  await global.set("y", "hello");
  await global.set("x", 10);
  await global.set("_z", 12.3);
  assertEquals(await global.toString(), "Namespace(job='Bob', x=10, y='hello')");
  assertEquals([await global.x, await global.y, await global._z], [10, "hello", 12.3]);
  await global.delete("job");
  await assertRejects(() => global.job, RangeError, "no attribute");
  await assertRejects(() => global.delete("job"), RangeError, "no attribute");
  await global.set("then", 5);
  const same = await global;
  assertEquals([await same.get("then"), await same.getValue()], [5, { x: 10, y: "hello", then: 5 } as never]);
  const list = await manager.list([global]);
  const [again] = await list.getValue();
  assertEquals(await again?.x, 10);
});

forEachStartMethod(
  "Namespace refuses assignments, but to names with _, which stay here [NS-01] [NS-02]",
  async (ctx) => {
    await using manager = await ctx.Manager();
    const global = await manager.Namespace<{ q: number; _z: number }>({ q: 1 });
    const plain = global as unknown as Record<string, unknown>;
    assertThrows(() => plain.q = 3, TypeError, 'use await namespace.set("q", value)');
    assertThrows(() => delete plain.q, TypeError, 'use await namespace.delete("q")');
    assertEquals(await global.q, 1);
    plain._z = 12.3;
    assertEquals([await global._z, await global.toString()], [12.3, "Namespace(q=1)"]);
    delete plain._z;
    assertEquals(await global.has("_z"), false);
  },
);

forEachStartMethod("Value and Array proxies [PRX-22]", async (ctx) => {
  await using manager = await ctx.Manager();
  const value = await manager.Value<unknown>("i", 5);
  assertEquals([await value.value, await value.toString()], [5, "Value('i', 5)"]);
  await value.set("anything");
  assertEquals([await value.get(), await value.getValue()], ["anything", "anything"]);
  const array = await manager.Array("i", [1, 2, 3]);
  await array.set(-1, 9);
  assertEquals([await array.get(2), await array.length(), await array.length], [9, 3, 3]);
  assertEquals(await array.slice(1), [2, 9]);
  await assertRejects(() => array.set(0, 2 ** 40), RangeError);
  await assertRejects(() => array.get(3), RangeError, "out of range");
  assertEquals([await array.toString(), await Array.fromAsync(array)], ["Array('i', [1, 2, 9])", [1, 2, 9]]);
});

forEachStartMethod("Lock, RLock and semaphore proxies [PRX-18]", async (ctx) => {
  await using manager = await ctx.Manager();
  const [lock, rlock] = [await manager.Lock(), await manager.RLock()];
  assertEquals([await lock.acquire(), await lock.acquire({ block: false }), await lock.acquire({ timeout: 1 })], [
    true,
    false,
    false,
  ]);
  const waiting = lock.acquire();
  await lock.release();
  assertEquals([await waiting, await lock.locked()], [true, true]);
  await assertRejects(() => lock.guard({ timeout: 0 }), TimeoutError);
  await lock.release();
  await assertRejects(() => lock.release(), InvalidStateError);
  assertEquals([await rlock.acquire(), await rlock.acquire()], [true, true]);
  await rlock.release();
  await rlock.release();
  await assertRejects(() => rlock.release(), InvalidStateError);
  const semaphore = await manager.BoundedSemaphore(2);
  assertEquals([await semaphore.acquire(), await semaphore.getValue()], [true, 1]);
  await semaphore.release();
  await assertRejects(() => semaphore.release(), InvalidStateError);
  const free = await manager.Semaphore(0);
  await free.release(2);
  assertEquals(await free.getValue(), 2);
});

forEachStartMethod(
  "Lock proxies exclude processes, each of which holds what it takes [PRX-18] [PRX-13]",
  async (ctx) => {
    await using manager = await ctx.Manager();
    const [dict, lock] = [await manager.dict({ n: 0 }), await manager.RLock()];
    await lock.acquire();
    const children = [await start(ctx, increment, dict, lock, 10), await start(ctx, increment, dict, lock, 10)];
    await dict.set("n", 100);
    await lock.release();
    await finish(children);
    assertEquals(await dict.get("n"), 120);
  },
);

forEachStartMethod("Lock proxies have all their words in the process of their manager too", async (ctx) => {
  await using manager = new LockManager({ context: ctx });
  await manager.start();
  const user = await manager.LockUser();
  for (const lock of [await manager.Lock(), await manager.RLock()]) {
    assertEquals([await user.use(lock), await lock.locked()], [[true, false], false]);
  }
});

forEachStartMethod("Condition, event and barrier proxies [PRX-19] [PRX-20]", async (ctx) => {
  await using manager = await ctx.Manager();
  const lock = await manager.Lock();
  const condition = await manager.Condition(lock);
  await condition.acquire();
  assert(await lock.locked(), "the lock is the one that was given");
  assertEquals(await condition.wait({ timeout: 1 }), false);
  let ready = false;
  const waiting = condition.waitFor(() => ready);
  await lock.acquire();
  ready = true;
  await condition.notifyAll();
  await lock.release();
  assertEquals(await waiting, true);
  await condition.release();
  const event = await manager.Event();
  const set = event.wait();
  assertEquals([await event.isSet(), await event.wait({ timeout: 1 })], [false, false]);
  await event.set();
  assertEquals([await set, await event.isSet()], [true, true]);
  const barrier = await manager.Barrier(2);
  assertEquals(await barrier.parties, 2);
  assertEquals((await Promise.all([barrier.wait(), barrier.wait()])).sort(), [0, 1]);
  await barrier.abort();
  assertEquals(await barrier.broken(), true);
  await assertRejects(() => barrier.wait(), BrokenBarrierError);
  await barrier.reset();
  assertEquals([await barrier.broken(), await barrier.nWaiting()], [false, 0]);
});

forEachStartMethod(
  "BarrierProxy waits as long as the barrier says, unless it is told otherwise [PRX-20] [BAR-08]",
  async (ctx) => {
    await using manager = await ctx.Manager();
    const barrier = await manager.Barrier(2, { timeout: 1 });
    await assertRejects(() => barrier.wait({ timeout: undefined as never }), BrokenBarrierError);
  },
);

forEachStartMethod("Queue proxies join as queues do [PRX-21] [JQ-02]", async (ctx) => {
  await using manager = await ctx.Manager();
  const queue = await manager.JoinableQueue<number>();
  await queue.join({ timeout: 0 });
  await queue.put(1);
  await assertRejects(() => queue.join({ timeout: 1 }), TimeoutError, "not all items were done within 1 ms");
  await assertRejects(() => queue.join({ timeout: 0 }), TimeoutError);
  await assertRejects(() => queue.join({ timeout: NaN }), TypeError, "Cannot wait");
  await assertRejects(() => queue.join("1" as never), TypeError, "Cannot wait");
  await queue.get();
  await queue.taskDone();
  await queue.join({ timeout: 0 });
});

forEachStartMethod("Queue proxies [PRX-21] [MGR-22]", async (ctx) => {
  await using manager = await ctx.Manager();
  const queue = await manager.JoinableQueue<unknown>(2);
  const values = ["hé ☃", null, true, 2.25, new Uint8Array([1, 2])];
  await queue.put(values);
  assertEquals([await queue.get(), await queue.empty()], [values, true]);
  const joining = queue.join();
  await queue.taskDone();
  await joining;
  await assertRejects(() => queue.taskDone(), InvalidStateError);
  await queue.put(1);
  await queue.putNowait(2);
  await assertRejects(() => queue.putNowait(3), Full);
  assertEquals([await queue.full(), await queue.qsize()], [true, 2]);
  const late = queue.put(3);
  assertEquals([await queue.get(), await queue.get()], [1, 2]);
  await late;
  assertEquals(await queue.getNowait(), 3);
  await assertRejects(() => queue.getNowait(), Empty);
  await assertRejects(() => queue.get({ timeout: 1 }), Empty);
  const controller = new AbortController();
  const got = queue.get({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assertRejects(() => got, Error, "enough");
  await queue.put("kept");
  assertEquals(await queue.get(), "kept", "an aborted get takes nothing");
  const shut = queue.get();
  await queue.shutdown();
  await assertRejects(() => shut, ShutDown);
  await assertRejects(() => queue.put(1), ShutDown);
  const all = await manager.Queue<number>();
  await all.put(1);
  await all.shutdown();
  assertEquals(await Array.fromAsync(all), [1]);
});

forEachStartMethod(
  "Containers hold proxies, and copies of all else [PRX-03] [PRX-04] [PRX-05] [PRX-12]",
  async (ctx) => {
    await using manager = await ctx.Manager();
    const [a, b] = [await manager.list<unknown>(), await manager.list<string>()];
    await a.append(b);
    await b.append("hello");
    const inner = await a.at(0) as typeof b;
    assertEquals([await inner.getValue(), await b.getValue()], [["hello"], ["hello"]]);
    const outer = await manager.list([await manager.dict<string, number>(), await manager.dict<string, number>()]);
    await (await outer.get(0)).set("a", 1);
    await (await outer.get(1)).update({ c: 3, z: 26 });
    const texts = (await outer.getValue()).map((dict) => dict.toString());
    assertEquals(await Promise.all(texts), ["{'a': 1}", "{'c': 3, 'z': 26}"]);
    const plain = await manager.list([{ x: 1 }]);
    (await plain.get(0)).x = 2;
    assertEquals(await plain.getValue(), [{ x: 1 }]);
    await a.append(a);
    assertEquals(await (await a.get(1) as typeof a).length(), 2);
    const queue = await manager.Queue<typeof b>();
    await queue.put(b);
    await (await queue.get()).append("twice");
    assertEquals(await b.getValue(), ["hello", "twice"]);
  },
);

forEachStartMethod("BaseProxy: calls are done in their order, though one takes a while to be read", async (ctx) => {
  await using manager = await ctx.Manager();
  const dict = await manager.dict<string, unknown>();
  const unknown = ref<() => number>(`data:text/javascript,export default () => 1; // ${ctx.getStartMethod()}`);
  await Promise.all([dict.set("key", unknown), dict.set("key", "last")]);
  assertEquals(await dict.get("key"), "last");
});
