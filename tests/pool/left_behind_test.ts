import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import { type Connection, EOFError, TimeoutError, WorkerDiedError } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { Notes, upTo } from "../helpers/notes.ts";
import { hold, same, square, whoAmI } from "../targets/pool.ts";
import {
  besideUnreadable,
  endlessWith,
  hog,
  leaveBusy,
  leaveInterval,
  putAndLeave,
  reportAndHear,
  reportForever,
} from "../targets/pool_left_behind.ts";

const mine = new Error("my own");
const refuse = () => {
  throw mine;
};

forEachStartMethod("Pool.imap() that is left: a task that never ends is ended when its time is up", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const begun = new ctx.Event();
  for await (const _ of pool.imap(endlessWith, [null, begun], { timeout: 800 })) {
    await begun.wait();
    break;
  }
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals(pool.stats().restarts, 1);
});

forEachStartMethod(
  "Pool: a task whose onProgress throws fails with that, and is ended when its time is up",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    const options = { timeout: 800, onProgress: refuse };
    assertEquals(await assertRejects(() => pool.apply(reportForever, [1], options)), mine);
    assertEquals(await pool.apply(square, [3]), 9);
    assertEquals(pool.stats().restarts, 1);
  },
);

forEachStartMethod("Pool: a task whose onProgress throws hears that nobody wants it", async (ctx) => {
  using notes = new Notes();
  await using pool = new ctx.Pool(1);
  const task = pool.apply(reportAndHear, [notes.path, 1], { onProgress: refuse });
  assertEquals(await assertRejects(() => task), mine);
  assertEquals(await pool.apply(square, [3]), 9, "the worker goes on");
  assertEquals(notes.lines, [String(mine)]);
  assertEquals(pool.stats().restarts, 0);
});

forEachStartMethod("Pool: a worker that something left behind keeps from a task is replaced in time", async (ctx) => {
  const exits: unknown[] = [];
  await using pool = new ctx.Pool({ processes: 1, onWorkerExit: ({ expected }) => exits.push(expected) });
  const begun = new ctx.Event();
  const worker = await pool.apply(whoAmI);
  await pool.apply(leaveBusy, [begun]);
  await begun.wait();
  const outcome = await pool.apply(whoAmI, [], { timeout: 1000 }).catch((error) => error);
  assert(outcome !== worker && typeof outcome === "string", outcome);
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals(exits, [true]);
});

forEachStartMethod(
  "Pool: what a task has left behind keeps no worker that is to be replaced, nor a closed pool",
  async (ctx) => {
    const exits: unknown[] = [];
    const init = {
      processes: 1,
      maxTasksPerChild: 1,
      onWorkerExit: ({ expected }: { expected: boolean }) => exits.push(expected),
    };
    await using pool = new ctx.Pool(init);
    assertEquals(await pool.apply(leaveInterval, [1]), 1);
    assertEquals(await pool.apply(square, [2]), 4);
    pool.close();
    await pool.join();
    assertEquals(exits, [true, true]);
  },
);

forEachStartMethod("Pool.terminate() is told as expected to who watches the workers", async (ctx) => {
  const exits: unknown[] = [];
  const pool = new ctx.Pool({ processes: 1, onWorkerExit: ({ expected }) => exits.push(expected) });
  const begun = new ctx.Event();
  const held = pool.apply(hold<number>, [begun, new ctx.Event(), 1]).catch((error) => error);
  await begun.wait();
  await pool.terminate();
  assert(!(await held instanceof WorkerDiedError));
  assertEquals(exits, [true]);
});

forEachStartMethod("Pool: tasks that are aborted while they wait are let go at once", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [begun, goOn, controller] = [new ctx.Event(), new ctx.Event(), new AbortController()];
  const { signal } = controller;
  const held = pool.apply(hold<number>, [begun, goOn, 1]);
  await begun.wait();
  const aborted = upTo(20).map((x) => pool.applyAsync(square, [x], { signal }));
  const listed = pool.mapAsync(square, upTo(20), { signal });
  const after = pool.apply(square, [3]);
  const waiting = pool.stats().queued + pool.stats().running;
  controller.abort(mine);
  for (const result of [...aborted, listed]) assertEquals(await assertRejects(() => result.get()), mine);
  assert(pool.stats().queued <= 1 && waiting > 20, `${pool.stats().queued} of ${waiting} wait`);
  await goOn.set();
  assertEquals(await Promise.all([held, after]), [1, 9]);
  assertEquals(pool.stats().restarts, 0);
});

forEachStartMethod("Pool takes the options of a task as they are at the call", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  const held = pool.apply(hold<number>, [begun, goOn, 1]);
  await begun.wait();
  const heard: unknown[] = [];
  const options: { timeout?: number; onProgress: (x: unknown) => void } = { onProgress: (x) => heard.push(x) };
  const queued = pool.apply(same<number>, [2], options);
  options.timeout = 0;
  await goOn.set();
  assertEquals(await Promise.all([held, queued]), [1, 2]);
});

forEachStartMethod("Pool: a connection in a result that cannot be read is let go", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [reader, writer]: [Connection, Connection] = ctx.Pipe({ duplex: false });
  const error = await assertRejects(() => pool.apply(besideUnreadable, [writer]));
  assertEquals((error as Error).message, "nobody can read it");
  writer.close();
  await pool.terminate();
  await assertRejects(() => reader.recv(), EOFError);
  reader.close();
});

forEachStartMethod("Pool.imap(): an input that ends the pool when it is begun fails the job", async (ctx) => {
  await using pool = new ctx.Pool(1);
  let ended: Promise<void> | undefined;
  const items = {
    [Symbol.iterator]: () => {
      ended = pool.terminate();
      return [1][Symbol.iterator]();
    },
  };
  const results = pool.imap(square, items);
  await assertRejects(() => results.next(), Error, "the pool was terminated");
  await ended;
});

forEachStartMethod("Pool: a task that no worker begins ends when its time is up", async (ctx) => {
  const exits: unknown[] = [];
  const onWorkerExit = ({ expected }: { expected: boolean }) => exits.push(expected);
  const pool = new ctx.Pool({ processes: 1, initializer: hog, onWorkerExit });
  await assertRejects(() => pool.apply(square, [3], { timeout: 300 }), TimeoutError, "longer than 300 ms");
  await pool.terminate();
  // One was replaced at the most, and the last ended with the pool.
  assert(exits.length <= 2, `${exits.length} workers`);
});

forEachStartMethod("Pool: what a task has put arrives, though its worker is to end", async (ctx) => {
  const exits: unknown[] = [];
  const onWorkerExit = ({ exitCode }: { exitCode: number }) => exits.push(exitCode);
  const pool = new ctx.Pool({ processes: 1, onWorkerExit });
  const queue = new ctx.Queue<number>(1);
  await pool.apply(putAndLeave, [queue, 4]);
  await pool.apply(leaveInterval, [1]);
  pool.close();
  const joined = pool.join();
  // Longer than what is left to timers may take.
  const isOver = await Promise.race([joined.then(() => true), delay(2200).then(() => false)]);
  assertEquals(isOver, false);
  const got: number[] = [];
  for (let count = 0; count < 4; count++) got.push(await queue.get());
  assertEquals(got, [0, 1, 2, 3]);
  await joined;
  assertEquals(exits, [0]);
});
