import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { InvalidStateError } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { startParty } from "../helpers/party.ts";
import { beginHere, beginThere } from "../helpers/queues.ts";
import { addUp } from "../targets/queues.ts";

forEachStartMethod("SimpleQueue passes items there and back [SQ-01]", async (ctx) => {
  const [queue, sums] = [new ctx.SimpleQueue<number[] | null>(), new ctx.SimpleQueue<number>()];
  const child = await start(ctx, addUp, queue, sums);
  for (const numbers of [[1], [2, 3], [4, 5, 6]]) await queue.put(numbers);
  await queue.put(null);
  assertEquals([await sums.get(), await sums.get(), await sums.get()], [1, 5, 15]);
  await finish([child]);
  for (const missing of ["qsize", "getNowait", "join", "shutdown"]) assertEquals(missing in queue, false);
});

forEachStartMethod("SimpleQueue.empty() is exact [SQ-02]", async (ctx) => {
  const queue = new ctx.SimpleQueue<number>();
  const there = await startParty(ctx, queue);
  const look = async () => {
    const here = await queue.empty();
    assertEquals(await there.call("empty"), here);
    return here;
  };
  assertEquals(await look(), true);
  await there.call("put", 1);
  await there.call("put", 2);
  assertEquals(await look(), false);
  assertEquals([await queue.get(), await look()], [1, false]);
  assertEquals([await there.call("get"), await look()], [2, true]);
  await there.stop();
});

forEachStartMethod("SimpleQueue.get() waits, in order of arrival", async (ctx) => {
  const queue = new ctx.SimpleQueue<number>();
  const there = await startParty(ctx, queue);
  const waits = [await beginThere(there, "get"), await beginHere(queue, () => queue.get())];
  await queue.put(1);
  assertEquals([await waits[0]?.outcome, waits[1]?.settled], [1, false]);
  await queue.put(2);
  assertEquals(await waits[1]?.outcome, 2);
  await there.stop();
});

forEachStartMethod("SimpleQueue.put() refuses what cannot be sent [SQ-03]", async (ctx) => {
  const queue = new ctx.SimpleQueue<unknown>();
  assertMatch((await assertRejects(() => queue.put({ deep: [() => {}] }), TypeError)).message, /deep\[0\]/);
  assertEquals(await queue.empty(), true);
  await queue.put(1);
  assertEquals(await queue.get(), 1);
});

forEachStartMethod("SimpleQueue that is closed does nothing more [SQ-04]", async (ctx) => {
  const queue = new ctx.SimpleQueue<number>();
  queue.close();
  queue.close();
  for (const call of [() => queue.put(1), () => queue.get(), () => queue.empty()]) {
    await assertRejects(call, InvalidStateError, "the SimpleQueue is closed in this process");
  }
  using _scoped = new ctx.SimpleQueue<number>();
});
