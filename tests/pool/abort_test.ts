import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  activeChildren,
  InvalidStateError,
  reportProgress,
  taskSignal,
  TimeoutError,
  WorkerDiedError,
} from "../../mod.ts";
import { forEachSharedMemory, forEachStartMethod } from "../helpers/methods.ts";
import { Notes, upTo } from "../helpers/notes.ts";
import { Random } from "../helpers/random.ts";
import {
  beginBlocked,
  beginBusy,
  busy,
  hold,
  ignoreSignal,
  isAborted,
  note,
  noteAndSquare,
  partOfIt,
  report,
  reportLater,
  same,
  square,
  untilAborted,
  whoAmI,
} from "../targets/pool.ts";

const reason = new Error("not wanted");

forEachStartMethod("Pool: an aborted task rejects with the reason, and may clean up within its grace", async (ctx) => {
  using notes = new Notes();
  await using pool = new ctx.Pool(1);
  const [begun, controller] = [new ctx.Event(), new AbortController()];
  const worker = await pool.apply(whoAmI);
  const result = pool.applyAsync(untilAborted, [begun, notes.path], { signal: controller.signal, grace: 30_000 });
  await begun.wait();
  controller.abort(reason);
  assertEquals(await assertRejects(() => result.get()), reason);
  assertEquals(notes.lines, [`cleaned up in ${worker}: not wanted`]);
  assertEquals(await pool.apply(whoAmI), worker, "the worker goes on");
  assertEquals(await pool.apply(isAborted), false, "the next task has a signal of its own");
  assertEquals(pool.stats().restarts, 0);
});

forEachStartMethod("Pool: an aborted task that gives something back within its grace has given it", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [begun, controller] = [new ctx.Event(), new AbortController()];
  const result = pool.applyAsync(partOfIt, [begun], { signal: controller.signal, grace: 30_000 });
  await begun.wait();
  controller.abort(reason);
  assertEquals(await result, "part of it");
});

forEachStartMethod("Pool: a task that ignores its signal is ended with its worker after its grace", async (ctx) => {
  await using pool = new ctx.Pool(1);
  for (const grace of [undefined, 0, 20]) {
    const [begun, controller] = [new ctx.Event(), new AbortController()];
    const result = pool.applyAsync(ignoreSignal, [begun], {
      signal: controller.signal,
      ...grace !== undefined && { grace },
    });
    const behind = upTo(5).map((x) => pool.applyAsync(square, [x]));
    await begun.wait();
    controller.abort(reason);
    assertEquals(await assertRejects(() => result.get()), reason);
    assertEquals(await Promise.all(behind), upTo(5).map(square), "no other task is touched");
  }
  assertEquals(pool.stats().restarts, 3);
});

forEachStartMethod("Pool: a task that keeps its worker busy is ended as well, and the worker replaced", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [begun, controller] = [new ctx.Event(), new AbortController()];
  const busy = pool.applyAsync(beginBusy, [begun, 1500], { signal: controller.signal, grace: 5 });
  await begun.wait();
  controller.abort(reason);
  assertEquals(await assertRejects(() => busy.get()), reason);
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals(pool.stats().restarts, 1);
});

forEachStartMethod("Pool: a task that is aborted before it has begun never runs", async (ctx) => {
  using notes = new Notes();
  await using pool = new ctx.Pool(1);
  await pool.map(square, upTo(50), { chunkSize: 1 });
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  const worker = await pool.apply(whoAmI);
  const held = pool.applyAsync(hold, [begun, goOn, "held"]);
  const controllers = upTo(100).map(() => new AbortController());
  const jobs = controllers.map(({ signal }, x) => pool.applyAsync(noteAndSquare, [notes.path, x], { signal }));
  await begun.wait();
  controllers.forEach((controller, x) => x % 2 === 0 && controller.abort(reason));
  for (const x of upTo(50)) assertEquals(await assertRejects(() => jobs[2 * x]?.get() ?? Promise.resolve()), reason);
  assertEquals(held.ready(), false);
  await goOn.set();
  assertEquals(await held, "held");
  for (const x of upTo(50)) assertEquals(await jobs[2 * x + 1], (2 * x + 1) ** 2);
  assertEquals(notes.numbers, upTo(50).map((x) => 2 * x + 1));
  assertEquals([await pool.apply(whoAmI), pool.stats().restarts], [worker, 0]);
});

forEachStartMethod("Pool: a task whose signal is aborted already is not given out", async (ctx) => {
  using notes = new Notes();
  await using pool = new ctx.Pool(1);
  const signal = AbortSignal.abort(reason);
  assertEquals(await assertRejects(() => pool.apply(note, [notes.path, 1], { signal })), reason);
  assertEquals(await assertRejects(() => pool.map(square, [1, 2], { signal })), reason);
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals(notes.lines, []);
});

forEachStartMethod("Pool: to abort a job of several tasks ends all of them", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [begun, goOn, controller] = [new ctx.Event(), new ctx.Event(), new AbortController()];
  const items = upTo(5).map((x) => [begun, goOn, x] as [typeof begun, typeof goOn, number]);
  const result = pool.starmapAsync(hold<number>, items, { chunkSize: 1, signal: controller.signal });
  await begun.wait();
  controller.abort(reason);
  assertEquals(await assertRejects(() => result.get()), reason);
  assertEquals(await pool.apply(square, [3]), 9);
});

forEachStartMethod("Pool: an abort that comes too late changes nothing, for nobody", async (ctx) => {
  using notes = new Notes();
  await using pool = new ctx.Pool(1);
  const random = new Random(3);
  let next = 0;
  for (let round = 0; round < 15; round++) {
    const controllers = upTo(8).map(() => new AbortController());
    const jobs = controllers.map(({ signal }) => {
      // Every other one cannot be aborted, and must be done.
      const options = next % 2 === 0 ? { signal } : {};
      return pool.applyAsync(noteAndSquare, [notes.path, next++], options);
    });
    await jobs[random.below(4)]?.wait();
    for (const controller of controllers) controller.abort(reason);
    for (const [index, job] of jobs.entries()) {
      await job.wait();
      const x = next - jobs.length + index;
      if (job.successful()) assertEquals(await job, x * x);
      else {
        assertEquals(x % 2, 0, `${x} could not be aborted`);
        assertEquals(await assertRejects(() => job.get()), reason);
      }
    }
  }
  const done = notes.numbers;
  assertEquals(done, [...new Set(done)]);
  assertEquals(done.filter((x) => x % 2 === 1), upTo(next).filter((x) => x % 2 === 1));
});

forEachStartMethod("Pool: a task that runs longer than its timeout is ended", async (ctx) => {
  await using pool = new ctx.Pool({ processes: 1, taskTimeout: 30 });
  const begun = new ctx.Event();
  const error = await assertRejects(() => pool.apply(ignoreSignal, [begun]), TimeoutError);
  assertEquals(error.message, "Cannot finish the task ignoreSignal(): it ran longer than 30 ms");
  await assertRejects(() => pool.apply(busy, [1000], { timeout: 15 }), TimeoutError, "longer than 15 ms");
  await assertRejects(() => pool.apply(square, [1], { timeout: 0 }), TimeoutError, "longer than 0 ms");
  assertEquals(await pool.apply(square, [3], { timeout: 30_000 }), 9);
  const stream = pool.imap(ignoreSignal, [begun]);
  await assertRejects(() => stream.next(), TimeoutError);
});

forEachStartMethod("Pool: the time of a task counts from its start", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  const held = pool.applyAsync(hold, [begun, goOn, "held"]);
  const waiting = pool.applyAsync(square, [3], { timeout: 200 });
  await begun.wait();
  await assertRejects(() => waiting.get({ timeout: 250 }), TimeoutError, "the job goes on");
  await goOn.set();
  assertEquals([await held, await waiting], ["held", 9]);
});

forEachStartMethod("Pool: progress is heard in order and before the result [pain 24]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const heard: unknown[] = [];
  const result = await pool.apply(report, [2000], { onProgress: (value) => heard.push(value) });
  assertEquals([result, heard], ["done", upTo(2000)]);
  const later: unknown[] = [];
  // A function takes a while to be read here, and what comes behind it has to wait.
  await pool.apply(reportLater, [[1, square, 2]], { onProgress: (value) => later.push(value) });
  assertEquals(later, [1, square, 2]);
  const fromAll: unknown[] = [];
  await pool.map(report, [3, 3], { chunkSize: 1, onProgress: (value) => fromAll.push(value) });
  assertEquals(fromAll.sort(), [0, 0, 1, 1, 2, 2]);
  assertEquals(await pool.apply(report, [3]), "done");
  const onProgress = () => {
    throw new RangeError("from onProgress");
  };
  await assertRejects(() => pool.apply(report, [3], { onProgress }), RangeError, "from onProgress");
  assertEquals(await pool.apply(same, [1]), 1);
});

Deno.test("taskSignal() and reportProgress() are for tasks only", () => {
  assertThrows(() => taskSignal(), InvalidStateError, "no task of a pool runs in this process");
  assertThrows(() => reportProgress(1), InvalidStateError, "no task of a pool runs in this process");
});

forEachSharedMemory(
  "Pool: to abort a task whose worker is busy with another one takes it back at once",
  async (ctx) => {
    using notes = new Notes();
    await using pool = new ctx.Pool(1);
    await pool.map(square, upTo(50), { chunkSize: 1 });
    const [begun, end, controller] = [new ctx.Event(), new ctx.Event(), new AbortController()];
    const first = pool.applyAsync(beginBlocked, [begun, end]);
    const second = pool.applyAsync(note, [notes.path, "second"], { signal: controller.signal });
    const third = pool.applyAsync(note, [notes.path, "third"]);
    await begun.wait();
    controller.abort(reason);
    assertEquals(await assertRejects(() => second.get()), reason);
    assertEquals(first.ready(), false);
    await end.set();
    await Promise.all([first, third]);
    assertEquals([notes.lines, pool.stats().restarts], [["third"], 0]);
  },
);

forEachSharedMemory("Pool: what was sent ahead to a busy worker is taken by one that is free", async (ctx) => {
  await using pool = new ctx.Pool(2);
  await pool.map(square, upTo(200), { chunkSize: 1 });
  const [begun, end] = [new ctx.Event(), new ctx.Event()];
  const long = pool.applyAsync(beginBlocked, [begun, end]);
  const short = upTo(200).map((x) => pool.applyAsync(square, [x]));
  assertEquals(await Promise.all(short), upTo(200).map(square));
  assertEquals(long.ready(), false);
  await end.set();
  await long;
  assertEquals(await pool.map(square, upTo(100), { chunkSize: 1 }), upTo(100).map(square));
  assertEquals(pool.stats().restarts, 0);
});

forEachStartMethod(
  "Pool: a worker that is killed while a task is in its grace rejects with the reason",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    const [begun, controller] = [new ctx.Event(), new AbortController()];
    const result = pool.applyAsync(ignoreSignal, [begun], { signal: controller.signal, grace: 60_000 });
    await begun.wait();
    controller.abort(reason);
    activeChildren()[0]?.kill();
    assertEquals(await assertRejects(() => result.get()), reason);
    const next = pool.applyAsync(ignoreSignal, [new ctx.Event()], { signal: new AbortController().signal });
    await pool.terminate();
    const error = await assertRejects(() => next.get());
    assert(!(error instanceof WorkerDiedError));
    assertStringIncludes(String(error), "the pool was terminated");
  },
);
