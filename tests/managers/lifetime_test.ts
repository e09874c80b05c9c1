import { assertEquals, assertRejects } from "@std/assert";
import {
  type BaseProxy,
  type Connection,
  getAllStartMethods,
  InvalidStateError,
  type ListProxy,
  Pipe,
} from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod, methodsOf } from "../helpers/methods.ts";
import { runProgram } from "../helpers/program.ts";
import { addTo, getItem, holdLock, MyManager, passOn } from "../targets/managers.ts";

forEachStartMethod("BaseProxy: an object goes with its last proxy [PRX-11] [MGR-23]", async (ctx) => {
  await using manager = await ctx.Manager();
  const [a, b, lock] = [await manager.list<unknown>(), await manager.dict<string, unknown>(), await manager.Lock()];
  assertEquals(await manager.numberOfObjects(), 3);
  await b.set("lock", lock);
  await a.append(b);
  const copy = await a.at(0) as typeof b;
  await b[Symbol.asyncDispose]();
  await lock[Symbol.asyncDispose]();
  assertEquals(await manager.numberOfObjects(), 3, "what a container holds stays [PRX-11]");
  await copy[Symbol.asyncDispose]();
  const again = await a.at(0) as typeof b;
  assertEquals(await (await again.get("lock") as typeof lock).acquire(), true);
  assertEquals(await manager.numberOfObjects(), 3);
  await assertRejects(() => b.size(), InvalidStateError, "was disposed of");
  await a.append(a);
  await a[Symbol.asyncDispose]();
  await a[Symbol.asyncDispose]();
  assertEquals((await manager.debugInfo()).split("\n").length, 4, "the dict and the lock are still had here");
});

forEachStartMethod("BaseProxy: passed on by processes that have gone before it is opened [pain 18]", async (ctx) => {
  await using manager = await ctx.Manager();
  const [toA, ofA] = Pipe<BaseProxy, unknown>();
  const [fromA, toB] = Pipe<BaseProxy>();
  const a = await start(ctx, passOn, ofA as never, toB as Connection<BaseProxy>);
  const list = await manager.list<string>();
  await toA.send(list as unknown as BaseProxy);
  await list[Symbol.asyncDispose]();
  await finish([a]);
  assertEquals(await manager.numberOfObjects(), 1, "it is on its way");
  const b = await start(ctx, addTo, fromA as unknown as Connection<unknown, ListProxy<string>>, "added");
  await finish([b]);
  assertEquals(await manager.numberOfObjects(), 0, "the last process that had it has ended");
  const kept = await manager.list<string>();
  const [back, there] = Pipe<BaseProxy>();
  await back.send(kept as unknown as BaseProxy);
  await kept[Symbol.asyncDispose]();
  back.close();
  there.close();
  for (const end of [toA, ofA, fromA, toB]) end.close();
  assertEquals(await manager.numberOfObjects(), 0, "a message that nobody reads keeps nothing");
});

forEachStartMethod("BaseProxy: what a killed process had and held goes back [pain 18]", async (ctx) => {
  await using manager = await ctx.Manager();
  const [lock, queue, list] = [await manager.Lock(), await manager.Queue<string>(), await manager.list()];
  const [told, tell] = Pipe<string>();
  const holder = await start(ctx, holdLock, lock, list, tell as Connection<string>);
  const getter = await start(ctx, getItem, queue as never, tell as Connection<string>);
  assertEquals([await told.recv(), await told.recv()].sort(), ["held", "waiting"]);
  const waiting = lock.acquire();
  for (const child of [holder, getter]) child.kill();
  assertEquals([await waiting, await lock.abandoned], [true, true]);
  await getter.join();
  await holder.join();
  await queue.put("for the living");
  assertEquals(await queue.get(), "for the living");
  for (const proxy of [lock, queue, list]) await proxy[Symbol.asyncDispose]();
  assertEquals(await manager.numberOfObjects(), 0);
  told.close();
  tell.close();
});

forEachStartMethod("BaseManager: its death rejects what is under way, and nothing hangs [PRX-14]", async (ctx) => {
  const manager = await ctx.Manager();
  const queue = await manager.Queue();
  const got = queue.get();
  const failed = assertRejects(() => got, Deno.errors.ConnectionReset, "its process has ended");
  await queue.qsize();
  for (const child of ctx.activeChildren()) child.kill();
  await failed;
  await assertRejects(() => queue.get(), Deno.errors.ConnectionReset);
  await queue[Symbol.asyncDispose]();
  await manager.shutdown();
});

forEachStartMethod("BaseProxy: many calls at once on one connection", async (ctx) => {
  await using manager = new MyManager({ context: ctx });
  await manager.start();
  const maths = await manager.Maths();
  const sums = await Promise.all(Array.from({ length: 1000 }, (_, i) => maths.add(i, 1)));
  assertEquals(sums, Array.from({ length: 1000 }, (_, i) => i + 1));
});

forEachStartMethod("BaseManager: its process ignores interrupts [MGR-12]", async (ctx) => {
  await using manager = await ctx.Manager();
  for (const child of ctx.activeChildren()) child.interrupt();
  await using list = await manager.list([1]);
  assertEquals(await list.length(), 1);
}, { except: ["worker"] });

for (const method of methodsOf("BaseProxy and BaseManager that are dropped", getAllStartMethods())) {
  Deno.test(`BaseProxy: a call keeps its dropped proxy, and the collector releases others [pain 19] (${method})`, async () => {
    const flags = ["--allow-all", "--v8-flags=--expose-gc"];
    const { code, stdout, stderr } = await runProgram("dropped_proxy.ts", [method], { flags });
    assertEquals([stdout, stderr, code], ["alive\n1\n", "", 0]);
  });

  Deno.test(`BaseManager: the collector shuts one down that was dropped (${method})`, async () => {
    const flags = ["--allow-all", "--v8-flags=--expose-gc"];
    const { code, stdout, stderr } = await runProgram("dropped_manager.ts", [method], { flags });
    assertEquals([stdout, stderr, code], ["0\n", "", 0]);
  });
}
