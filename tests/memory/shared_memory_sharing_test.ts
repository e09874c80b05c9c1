import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Connection, getContext, Pipe, type ShareableList } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachSharedMemory, HANG_MS } from "../helpers/methods.ts";
import { janitorsOf, whenJanitors } from "../helpers/shared_memory.ts";
import { within } from "../helpers/within.ts";
import { writeIntoMemory } from "../targets/surface.ts";
import { useSharedMemory } from "../targets/thread_memory.ts";

forEachSharedMemory("SharedMemory and ShareableList travel by their name [SHM-04] [SL-07]", async (ctx) => {
  const memory = new ctx.SharedMemory({ create: true, size: 16 });
  const list = new ctx.ShareableList(["before", 1]);
  const process = await start(ctx, writeIntoMemory, memory, list);
  await process.join();
  assertEquals([process.exitCode, memory.buf[3], list.get(0)], [0, 7, "after"]);
  list[0] = "here";
  const [to, from] = ctx.Pipe<ShareableList, ShareableList>();
  await to.send(list);
  const same = await from.recv();
  assertEquals([same[0], same instanceof ctx.ShareableList, process.exitCode], ["here", true, 0]);
  same.shm.close();
  to.close();
  from.close();
  const [here, there] = ctx.Pipe<unknown, Uint8Array>();
  const long = new ctx.ShareableList(Array.from({ length: 1000 }, () => "text"));
  await here.send(list);
  await here.send(long);
  const [short, other] = [await there.recvBytes(), await there.recvBytes()];
  assertEquals(short.length, other.length);
  await here.send(memory);
  memory.unlink();
  memory.close();
  await assertRejects(() => there.recv(), Deno.errors.NotFound);
  for (const { shm } of [list, long]) {
    shm.unlink();
    shm.close();
  }
  here.close();
  there.close();
});

Deno.test("SharedMemory of a thread goes with it, and so does what watches over it [SHM-08]", async () => {
  const ctx = getContext("worker");
  using block = new ctx.SharedMemory({ create: true, size: 10 });
  using list = new ctx.ShareableList(["a", 1]);
  const [own] = await whenJanitors(Deno.pid, 1);
  const [queue, [here, there]] = [new ctx.Queue<ShareableList>(), Pipe<string, string>()];
  const child = await start(ctx, useSharedMemory, block, queue, there as Connection<string, string>);
  there.close();
  await queue.put(list);
  const theirs = await within(HANG_MS, here.recv());
  await whenJanitors(Deno.pid, 2);
  await here.send("end");
  await within(HANG_MS, finish([child]));
  here.close();
  assertThrows(() => new ctx.SharedMemory({ name: theirs }), Deno.errors.NotFound);
  assertEquals(janitorsOf(Deno.pid), [own]);
  block.unlink();
  list.shm.unlink();
});
