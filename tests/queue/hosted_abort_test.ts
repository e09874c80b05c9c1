/** Aborts that cross the answer of whoever keeps an object for those who do not share its memory, as this thread for any process. */
import { assertEquals } from "@std/assert";
import { type Connection, type Context, getContext, Pipe } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { begin, sharesMemory } from "../helpers/party.ts";
import { callAndAbort, type Shared } from "../targets/locks.ts";

const worker = getContext("worker");
const PROCESSES = { except: ["worker"] } as const;

/** What comes of a call in another process that is aborted before it begins, or at once. */
async function outcomeOf(
  ctx: Context,
  when: "before" | "at once",
  object: Shared,
  member: string,
  ...args: unknown[]
): Promise<string> {
  const [here, there] = Pipe<never, string>({ duplex: false });
  const child = await start(ctx, callAndAbort, there as Connection<string>, when, object, member, ...args);
  there.close();
  const outcome = await here.recv();
  here.close();
  await finish([child]);
  return outcome;
}

forEachStartMethod("Queue.put() that is aborted when it is done has put its item [QUE-04]", async (ctx) => {
  for (const queue of [new ctx.Queue<string>(), new worker.Queue<string>(), new worker.SimpleQueue<string>()]) {
    assertEquals([await outcomeOf(ctx, "at once", queue, "put", "there"), await queue.get()], ["done", "there"]);
  }
}, PROCESSES);

forEachStartMethod(
  "Queue.put() that is aborted when it is done keeps what travels in its item [QUE-22]",
  async (ctx) => {
    const queue = new worker.Queue<Connection<never, string>>();
    const [receiver, sender] = Pipe<never, string>({ duplex: false });
    assertEquals(await outcomeOf(ctx, "at once", queue, "put", receiver), "done");
    receiver.close();
    const arrived = await queue.get();
    await sender.send("still open");
    assertEquals(await arrived.recv(), "still open");
    arrived.close();
    sender.close();
  },
  PROCESSES,
);

forEachStartMethod("Queue.put() that is aborted while it waits for room leaves nothing", async (ctx) => {
  const queue = new worker.Queue<string>(1);
  await queue.put("first");
  assertEquals(await outcomeOf(ctx, "at once", queue, "put", "second"), "no longer");
  assertEquals([await queue.get(), await queue.qsize()], ["first", 0]);
}, PROCESSES);

forEachStartMethod("Queue.get() that is aborted when it is done loses nothing", async (ctx) => {
  const queue = new worker.Queue<string>();
  await queue.put("first");
  await queue.put("second");
  assertEquals(await outcomeOf(ctx, "at once", queue, "get"), "no longer");
  assertEquals([await queue.get(), await queue.get(), await queue.qsize()], ["first", "second", 0]);
}, PROCESSES);

forEachStartMethod("Barrier.wait() that is aborted when all have arrived lets all of them pass", async (ctx) => {
  const barrier = new worker.Barrier(2);
  const waiting = await begin(barrier, () => barrier.wait());
  assertEquals(await outcomeOf(ctx, "at once", barrier, "wait"), "done");
  assertEquals([await waiting.outcome, await barrier.broken()], [0, false]);
}, PROCESSES);

forEachStartMethod("Condition.wait() that is aborted when it was notified has been", async (ctx) => {
  const method = ctx.getStartMethod();
  if (!sharesMemory(method)) return;
  const [condition, told] = [new worker.Condition(), new ctx.Event()];
  const [here, there] = Pipe<never, string>({ duplex: false });
  const child = await start(ctx, callAndAbort, there as Connection<string>, told, condition, "wait");
  there.close();
  assertEquals(await here.recv(), "begun");
  await condition.acquire();
  await condition.notify();
  await condition.release();
  // The answer goes out as soon as the child has the lock again, which it then gives nobody.
  assertEquals(await condition.acquire({ block: false }), false);
  await told.set();
  assertEquals(await here.recv(), "done");
  here.close();
  await finish([child]);
}, PROCESSES);

forEachStartMethod("An aborted signal ends a wait that is only about to begin", async (ctx) => {
  const joinable = new worker.JoinableQueue<string>();
  await joinable.put("unfinished");
  for (const object of [new worker.Condition(), new worker.Event(), new worker.Barrier(2)]) {
    assertEquals(await outcomeOf(ctx, "before", object, "wait"), "no longer");
  }
  for (const member of ["get", "join"]) assertEquals(await outcomeOf(ctx, "before", joinable, member), "no longer");
  assertEquals(await joinable.qsize(), 1);
}, PROCESSES);
