/**
 * Processes that are killed when what they waited for was on its way to them: from memory that they share, and from whoever keeps the
 * object for them, as this thread does.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { type Connection, type Context, EOFError, getContext, Pipe, type Process, type Queue } from "../../mod.ts";
import { start } from "../helpers/children.ts";
import { forEachStartMethod, HANG_MS } from "../helpers/methods.ts";
import { startParty } from "../helpers/party.ts";
import { beginThere } from "../helpers/queues.ts";
import { until } from "../helpers/within.ts";
import { beginAndGoNumb, type Shared } from "../targets/locks.ts";
import { getAndDie } from "../targets/queues.ts";

const worker = getContext("worker");
// A thread is not killed as it blocks.
const PROCESSES = { except: ["worker"] } as const;

/** Starts a process that begins a call, and then does and receives nothing any more. */
function startNumb(ctx: Context, object: Shared, member: string, ...args: unknown[]): Promise<Process> {
  return startNumbProbing(ctx, object, object, member, ...args);
}

/** {@linkcode startNumb} for an object that cannot be probed itself. */
async function startNumbProbing(
  ctx: Context,
  probed: Shared,
  ...call: [Shared, string, ...unknown[]]
): Promise<Process> {
  const folder = await Deno.makeTempDir({ prefix: "numb-" });
  try {
    const process = await start(ctx, beginAndGoNumb, `${folder}/numb`, probed, ...call);
    await until(HANG_MS, async () => (await Array.fromAsync(Deno.readDir(folder))).length > 0);
    return process as unknown as Process;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function kill(process: Process): Promise<void> {
  process.kill();
  await process.join();
}

/** A queue in memory that processes share, if they do, and one that is kept here. */
function queuesOf<T>(ctx: Context, maxSize = 0): readonly Queue<T>[] {
  return [new ctx.Queue<T>(maxSize), new worker.Queue<T>(maxSize)];
}

forEachStartMethod(
  "Queue: what a process had not received when it was killed is the first again [EXIT-12]",
  async (ctx) => {
    for (const queue of queuesOf<string>(ctx, 1)) {
      const numb = await startNumb(ctx, queue, "get");
      // There is room for the second, as the first was handed over.
      for (const item of ["first", "second"]) await queue.put(item);
      assertEquals(await queue.qsize(), 1);
      await kill(numb);
      assertEquals([await queue.get(), await queue.get(), await queue.qsize()], ["first", "second", 0]);
    }
  },
  PROCESSES,
);

forEachStartMethod("Queue: what a killed process had not received goes to whoever waits [EXIT-12]", async (ctx) => {
  for (const queue of queuesOf<string>(ctx)) {
    const [numb, other] = [await startNumb(ctx, queue, "get"), await startParty(ctx, queue)];
    const next = await beginThere(other, "get");
    await queue.put("precious");
    assertEquals(next.settled, false);
    await kill(numb);
    assertEquals(await next.outcome, "precious");
    await other.stop();
  }
}, PROCESSES);

forEachStartMethod("Queue: what travels in an item is kept when its getter is killed before it has it", async (ctx) => {
  for (const queue of queuesOf<Connection<string, never>>(ctx)) {
    const numb = await startNumb(ctx, queue, "get");
    const [receiver, sender] = Pipe<never, string>({ duplex: false });
    await queue.put(receiver as Connection<string, never>);
    receiver.close();
    await kill(numb);
    const arrived = await queue.get() as unknown as Connection<never, string>;
    await sender.send("still open");
    sender.close();
    assertEquals(await arrived.recv(), "still open");
    await assertRejects(() => arrived.recv(), EOFError);
    arrived.close();
  }
}, PROCESSES);

forEachStartMethod(
  "Queue: what travels in an item that was refused is let go of when its putter is killed",
  async (ctx) => {
    for (const queue of queuesOf<unknown>(ctx, 1)) {
      const [receiver, sender] = Pipe<never, string>({ duplex: false });
      await queue.put("first");
      const numb = await startNumb(ctx, queue, "put", sender);
      sender.close();
      // Of which the other does not hear, so that it gives nothing up itself.
      await queue.shutdown();
      await kill(numb);
      await assertRejects(() => receiver.recv(), EOFError);
      receiver.close();
      assertEquals([await queue.get(), await queue.qsize()], ["first", 0]);
    }
  },
  PROCESSES,
);

forEachStartMethod("Queue: what a process has got comes to nobody else when it is killed at once", async (ctx) => {
  for (const queue of queuesOf<number>(ctx)) {
    for (let round = 0; round < 4; round++) {
      await queue.put(round);
      const child = await start(ctx, getAndDie, queue as Queue);
      await child.join();
      assertEquals([child.exitCode, await queue.qsize()], [-9, 0]);
    }
  }
}, PROCESSES);

forEachStartMethod(
  "JoinableQueue: what a killed process had not received is unfinished, and is so once",
  async (ctx) => {
    for (const queue of [new ctx.JoinableQueue<number>(), new worker.JoinableQueue<number>()]) {
      const numb = await startNumb(ctx, queue, "get");
      await queue.put(1);
      await kill(numb);
      assertEquals(await queue.get(), 1);
      await queue.taskDone();
      await queue.join();
    }
  },
  PROCESSES,
);

forEachStartMethod("Condition: a notification of which a killed process had not heard goes to another", async (ctx) => {
  for (const { Condition, Lock } of [ctx, worker]) {
    const lock = new Lock();
    const condition = new Condition(lock);
    const numb = await startNumbProbing(ctx, lock, condition, "wait");
    const other = await startParty(ctx, condition);
    await other.call("acquire");
    const sleep = await other.begin("wait");
    // Had only when both sleep.
    await condition.acquire();
    await condition.notify();
    await condition.release();
    await kill(numb);
    assertEquals([await sleep.outcome, await other.call("abandoned")], [true, false]);
    await other.call("release");
    await other.stop();
  }
}, PROCESSES);

forEachStartMethod("Locks and permits that a killed process had and never heard of come back", async (ctx) => {
  for (const kind of ["Lock", "RLock", "Semaphore", "BoundedSemaphore"] as const) {
    for (const object of [new ctx[kind](), new worker[kind]()]) {
      await object.acquire();
      const numb = await startNumb(ctx, object, "acquire");
      await object.release();
      assertEquals(await object.acquire({ block: false }), false, kind);
      await kill(numb);
      assertEquals(await object.acquire(), true);
      await object.release();
    }
  }
}, PROCESSES);
