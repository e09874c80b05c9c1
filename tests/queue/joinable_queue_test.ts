import { assert, assertEquals, assertRejects } from "@std/assert";
import { InvalidStateError, JoinableQueue, Queue, TimeoutError } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { startParty } from "../helpers/party.ts";
import { beginHere } from "../helpers/queues.ts";
import { square } from "../targets/queues.ts";

forEachStartMethod(
  "JoinableQueue.join() waits until all that was put is done, by whomever [JQ-01] [JQ-02]",
  async (ctx) => {
    const [tasks, results] = [new ctx.JoinableQueue<number>(), new ctx.Queue<number>()];
    assert(tasks instanceof JoinableQueue && tasks instanceof Queue);
    await tasks.join();
    const workers = await Promise.all([1, 2, 3].map(() => start(ctx, square, tasks, results)));
    for (let task = 0; task < 10; task++) await tasks.put(task);
    await tasks.join();
    assertEquals(await results.qsize(), 10);
    const got = await Promise.all(Array.from({ length: 10 }, () => results.get()));
    assertEquals(got.toSorted((a, b) => a - b), Array.from({ length: 10 }, (_, task) => task * task));
    await tasks.shutdown();
    await finish(workers);
  },
);

forEachStartMethod("JoinableQueue counts an item from its put to its taskDone() [JQ-04] [JQ-05]", async (ctx) => {
  const queue = new ctx.JoinableQueue<number>();
  const there = await startParty(ctx, queue);
  await queue.put(1);
  await there.call("put", 2);
  const joins = [await beginHere(queue, () => queue.join()), await beginHere(queue, () => queue.join())];
  const settled = async () => [await queue.qsize(), ...joins.map(({ settled }) => settled)];
  assertEquals(await settled(), [2, false, false]);
  // Also what nobody got yet can be done.
  await queue.taskDone();
  assertEquals(await settled(), [2, false, false]);
  assertEquals([await queue.get(), await there.call("get")], [1, 2]);
  assertEquals(await settled(), [0, false, false]);
  await there.call("taskDone");
  await Promise.all(joins.map(({ outcome }) => outcome));
  await queue.join();
  await there.call("join");
  await there.stop();
});

forEachStartMethod("JoinableQueue.taskDone() more often than items were put is refused [JQ-03]", async (ctx) => {
  const queue = new ctx.JoinableQueue<number>();
  const there = await startParty(ctx, queue);
  await assertRejects(() => queue.taskDone(), InvalidStateError, "task_done() called too many times");
  await queue.put(1);
  await there.call("taskDone");
  await assertRejects(() => queue.taskDone(), InvalidStateError);
  assertEquals((await assertRejects(() => there.call("taskDone"), Error)).name, "InvalidStateError");
  assertEquals(await queue.get(), 1);
  await there.stop();
});

forEachStartMethod("JoinableQueue.join() ends with its time or an abort", async (ctx) => {
  const queue = new ctx.JoinableQueue<number>();
  await queue.put(1);
  const began = performance.now();
  await assertRejects(() => queue.join({ timeout: 30 }), TimeoutError, "within 30 ms");
  assert(performance.now() - began >= 29);
  await assertRejects(() => queue.join({ timeout: 0 }), TimeoutError);
  await assertRejects(() => queue.join({ timeout: -1 }), TimeoutError);
  await assertRejects(() => queue.join({ timeout: NaN }), TypeError);
  const controller = new AbortController();
  const aborted = await beginHere(
    queue,
    () => queue.join({ signal: controller.signal }).catch((error) => error.message),
  );
  const other = await beginHere(queue, () => queue.join());
  controller.abort(new RangeError("no longer"));
  assertEquals(await aborted.outcome, "no longer");
  assertEquals(other.settled, false);
  await queue.taskDone();
  await other.outcome;
  await queue.join({ timeout: 0 });
});

forEachStartMethod("JoinableQueue: an item that is refused is not counted", async (ctx) => {
  const queue = new ctx.JoinableQueue<unknown>(1);
  await assertRejects(() => queue.put(() => {}), TypeError);
  await queue.join();
  await queue.put(1);
  await assertRejects(() => queue.put(2, { timeout: 1 }));
  await queue.get();
  await queue.taskDone();
  await queue.join();
});
