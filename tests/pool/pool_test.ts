import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { activeChildren, cpuCount, getContext, InvalidStateError, type PoolInit } from "../../mod.ts";
import { start } from "../helpers/children.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { Notes, upTo } from "../helpers/notes.ts";
import { forEachProgramRun } from "../helpers/program.ts";
import { answerOf } from "../helpers/waiting.ts";
import {
  aboutWorker,
  add,
  failAtFive,
  hold,
  makePool,
  noteStart,
  remember,
  remembered,
  same,
  sameAfter,
  square,
  squareInPool,
  squareLater,
  whoAmI,
} from "../targets/pool.ts";

forEachStartMethod("Pool: apply and map give what the function gives [POOL-01] [POOL-07] [POOL-09]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  assertEquals(await pool.map(square, [1, 2, 3]), [1, 4, 9]);
  assertEquals(await pool.map(square, upTo(10)), upTo(10).map(square));
  assertEquals(await pool.applyAsync(square, [20]).get({ timeout: 30_000 }), 400);
  assertEquals(await pool.apply(add, [2, 3]), 5);
  assertEquals(await pool.apply(squareLater, [7]), 49);
  assertEquals(await pool.apply(same, ["x"]), "x");
  assertEquals(await pool.apply(remembered), []);
  assertEquals(await pool.apply(same<undefined>, [undefined]), undefined);
  assertEquals(await pool.map(square, upTo(100), { chunkSize: 20 }), upTo(100).map(square));
  assertEquals(await pool.map(same, "abc"), ["a", "b", "c"]);
  assertEquals(await pool.map(square, new Set([3, 4])), [9, 16]);
  assertEquals(await pool.starmap(add, [[1, 2], [3, 4]]), [3, 7]);
  assertEquals(await pool.starmapAsync(add, [[1, 2], [3, 4]], { chunkSize: 2 }), [3, 7]);
  assertEquals(await pool.mapAsync(square, [1, 2, 3]).get(), [1, 4, 9]);
  async function* later() {
    for (const x of [1, 2, 3]) yield await Promise.resolve(x);
  }
  assertEquals(await pool.map(square, later()), [1, 4, 9]);
});

forEachStartMethod("Pool.map() of nothing gives nothing [POOL-12]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const called: unknown[] = [];
  const callback = (results: unknown) => void called.push(results);
  assertEquals(await pool.map(square, []), []);
  assertEquals(await pool.mapAsync(square, [], { chunkSize: 3, callback }).get(), []);
  assertEquals(await pool.starmap(add, []), []);
  for await (const _ of pool.imap(square, [])) called.push("imap");
  for await (const _ of pool.imapUnordered(square, [], { chunkSize: 5 })) called.push("imapUnordered");
  async function* none() {}
  assertEquals(await pool.mapAsync(square, none(), { callback }), []);
  assertEquals(called, []);
});

Deno.test("Pool cannot be made of what is none [POOL-03]", () => {
  const { Pool, ThreadPool } = getContext("worker");
  const refuse = (init: unknown, cls: typeof TypeError | typeof RangeError, message: string) =>
    assertStringIncludes(assertThrows(() => new Pool(init as PoolInit), cls).message, message);
  for (const processes of [0, -1, 1.5, NaN]) {
    refuse(processes, RangeError, "Cannot make a pool: Number of processes must be at least 1");
    refuse({ processes }, RangeError, "Number of processes must be at least 1");
  }
  refuse("4", TypeError, "processes must be a number");
  for (const maxTasksPerChild of [0, -1, 0.5, NaN]) {
    refuse({ processes: 1, maxTasksPerChild }, RangeError, "maxTasksPerChild must be a whole number of at least 1");
  }
  refuse({ processes: 1, maxTasksPerChild: "12" }, TypeError, "maxTasksPerChild must be a number");
  for (const context of ["spawn", "worker"]) refuse({ context }, TypeError, `pass getContext("${context}")`);
  refuse({ context: {} }, TypeError, 'pass getContext("worker")');
  refuse({ permissions: "all" }, TypeError, "permissions");
  refuse({ permissions: { net: ["not a host at all:x"] } }, RangeError, "not a host at all");
  refuse({ initargs: [Symbol("no one's")] }, TypeError, "Cannot send");
  refuse({ initializer: same, initargs: [() => 1] }, TypeError, "Cannot send function");
  refuse({ initializer: 7 }, TypeError, "initializer must be a function");
  refuse({ initargs: "abc" }, TypeError, "initargs must be an array");
  refuse({ taskTimeout: "1" }, TypeError, "taskTimeout must be a number");
  refuse({ onWorkerExit: "1" }, TypeError, "onWorkerExit must be a function");
  for (const name of ["maxtasksperchild", "max_tasks_per_child", "MaxTasksPerChild"]) {
    refuse({ processes: 1, [name]: 1 }, TypeError, `it has no option "${name}"; use maxTasksPerChild`);
  }
  refuse({ procs: 1 }, TypeError, 'it has no option "procs"; use one of processes, initializer, initargs');
  for (const OfTwo of [Pool, ThreadPool] as unknown as (new (...args: unknown[]) => object)[]) {
    const usage = `received 2 arguments; pass one, as new ${OfTwo.name}({ processes: 1, initializer })`;
    assertThrows(() => new OfTwo(1, same), TypeError, usage);
  }
  assertEquals(activeChildren(), []);
});

Deno.test("Pool is made of its first argument, as long as there is no other", async () => {
  const { Pool } = getContext("worker");
  await using pool: InstanceType<typeof Pool> = Reflect.construct(Pool, [1, undefined]);
  assertEquals(await pool.apply(same, [2]), 2);
});

Deno.test("Pool has as many workers as there are processors, if not told otherwise [POOL-02]", async () => {
  await using pool = new (getContext("worker").Pool)();
  assertEquals(pool.stats().workers, cpuCount());
  await using same = new (getContext("worker").Pool)(null);
  assertStringIncludes(String(same), `state=RUN pool_size=${cpuCount()}`);
});

forEachStartMethod(
  "Pool runs the initializer once in each worker, before any task [POOL-02] [POOL-04]",
  async (ctx) => {
    using notes = new Notes();
    await using pool = new ctx.Pool({ processes: 1, initializer: remember, initargs: [1, "two", { three: 3 }] });
    assertEquals(await pool.map(remembered, [0, 1], { chunkSize: 1 }), Array(2).fill([[1, "two", { three: 3 }]]));
    await using noting = new ctx.Pool({ processes: 2, initializer: noteStart, initargs: [notes.path] });
    assertEquals(await noting.map(square, upTo(20)), upTo(20).map(square));
    noting.close();
    await noting.join();
    assertEquals(notes.lines, ["start", "start"]);
  },
);

forEachProgramRun("Pool finds an initializer in a main module that is still being evaluated", async (run) => {
  const { code, stdout, stderr } = await run("../pool_early.ts");
  assertEquals([code, stdout], [0, "early\n"], stderr);
});

forEachStartMethod("Pool: workers are daemons with names of their own [POOL-06]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const { name, daemon, pid } = await pool.apply(aboutWorker);
  const expected = { spawn: "SpawnPoolWorker", forkserver: "ForkServerPoolWorker", worker: "PoolWorker" };
  assert(new RegExp(`^${expected[ctx.getStartMethod() ?? "worker"]}-[\\d:]+$`).test(name), name);
  assertEquals(daemon, true);
  assertEquals(pid === Deno.pid, ctx.getStartMethod() === "worker");
  assertEquals(activeChildren().map((child) => child.daemon), [true, true]);
});

forEachStartMethod("Pool: a chunk of map is as large as gives each worker four [POOL-10]", async (ctx) => {
  using notes = new Notes();
  await using pool = new ctx.Pool(1);
  for (const [length, chunks] of [[1, 1], [4, 4], [5, 3], [100, 4]] as const) {
    const before = pool.stats().done;
    await pool.map(square, upTo(length));
    assertEquals(pool.stats().done - before, chunks, `${length} items`);
  }
  assertEquals(notes.lines, []);
});

forEachStartMethod("Pool refuses what is no job, at the call [POOL-13]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  for (const chunkSize of [0, -1, 1.5]) {
    assertThrows(() => pool.imap(square, [1], { chunkSize }), RangeError, `Chunksize must be 1+, not ${chunkSize}`);
    assertThrows(() => pool.imapUnordered(square, [1], { chunkSize }), RangeError);
    assertThrows(() => pool.mapAsync(square, [1], { chunkSize }), RangeError);
  }
  assertThrows(() => pool.applyAsync("square" as never), TypeError, "f must be a function");
  assertThrows(() => pool.applyAsync(square, 7 as never), TypeError, "args must be an array");
  assertThrows(() => pool.mapAsync(square, 7 as never), TypeError, "items must be an iterable");
  assertThrows(() => pool.imap(square, 7 as never), TypeError, "items must be an iterable");
  const local = () => 1;
  assertThrows(() => pool.applyAsync(local), TypeError);
  assertThrows(() => pool.applyAsync(square, [1], { timeout: "1" as never }), TypeError, "timeout must be a number");
  assertThrows(() => pool.applyAsync(square, [1], { grace: -1 }), RangeError, "grace must not be negative");
  assertThrows(() => pool.applyAsync(square, [1], { grace: "1" as never }), TypeError, "grace must be a number");
  assertThrows(
    () => pool.applyAsync(square, [1], { onProgress: 1 as never }),
    TypeError,
    "onProgress must be a function",
  );
  for (const options of [null, 5, "signal"] as never[]) {
    assertThrows(() => pool.applyAsync(square, [1], options), TypeError, "options must be an object");
    assertThrows(() => pool.mapAsync(square, [1], options), TypeError, "options must be an object");
    assertThrows(() => pool.imap(square, [1], options), TypeError, "options must be an object");
    await assertRejects(() => pool.apply(square, [1], options), TypeError, "options must be an object");
  }
  assertThrows(() => pool.applyAsync(square, [1], { signal: 1 as never }), TypeError, "signal must be an AbortSignal");
  await assertRejects(() => pool.map(square, [1], { chunkSize: 0 }), RangeError);
  assertEquals(await pool.apply(square, [3]), 9);
});

forEachStartMethod("Pool cannot be used elsewhere, nor be sent there [POOL-39]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const error = await assertRejects(() => pool.apply(same<unknown>, [pool]), Error);
  assertStringIncludes(error.message, "pool objects cannot be passed between processes");
  assertEquals(await pool.apply(square, [3]), 9);
});

forEachStartMethod("Pool cannot be made in a worker of a pool, which is a daemon [POOL-06]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const outcome = await pool.apply(makePool, [ctx.getStartMethod() ?? "worker"]);
  assertStringIncludes(outcome, "InvalidStateError");
  assertStringIncludes(outcome, "daemonic processes are not allowed to have children");
});

forEachStartMethod("Pool works in a child that is no daemon", async (ctx) => {
  assertEquals(await answerOf(ctx, squareInPool, ctx.getStartMethod() ?? "worker"), [1, 4, 9]);
});

forEachStartMethod("Pool hands a job to whoever is free: a long task holds up none of the short ones", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  await pool.map(square, upTo(50), { chunkSize: 1 });
  const long = pool.applyAsync(hold, [begun, goOn, "long"]);
  const short = await Promise.all(upTo(100).map((x) => pool.applyAsync(square, [x])));
  assertEquals(short, upTo(100).map(square));
  assertEquals(long.ready(), false);
  await goOn.set();
  assertEquals(await long, "long");
});

forEachStartMethod("Pool: several jobs take turns, so that a small one is not behind a large one", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const large = pool.mapAsync(sameAfterOne, upTo(60), { chunkSize: 1 });
  const small = pool.mapAsync(sameAfterOne, upTo(5), { chunkSize: 1 });
  const single = pool.applyAsync(sameAfterOne, [1]);
  assertEquals([await single, await small], [1, upTo(5)]);
  assertEquals(large.ready(), false);
  assertEquals(await large, upTo(60));
});

/** What it gets, after a moment. */
export async function sameAfterOne(x: number): Promise<number> {
  return await sameAfter(1, x);
}

forEachStartMethod("Pool.stats() tells of workers and tasks", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  await pool.map(square, upTo(8), { chunkSize: 1 });
  await assertRejects(() => pool.apply(failAtFive, [5]), RangeError);
  const { workers, idle, queued, running, done, failed, restarts } = pool.stats();
  assertEquals({ workers, queued, running, done, failed, restarts }, {
    workers: 2,
    queued: 0,
    running: 0,
    done: 8,
    failed: 1,
    restarts: 0,
  });
  assert(idle >= 1);
  const held = pool.applyAsync(hold, [begun, goOn, 1]);
  await begun.wait();
  assertEquals([pool.stats().running, pool.stats().queued], [1, 0]);
  await goOn.set();
  await held;
  const { utilisation, latency } = pool.stats();
  assert(utilisation > 0 && utilisation <= 1, String(utilisation));
  assert(latency.p50 > 0 && latency.p50 <= latency.p90 && latency.p90 <= latency.p99, Deno.inspect(latency));
});

Deno.test("Pool of a thread has names, states and classes as everywhere [POOL-33]", async () => {
  const { Pool } = getContext("worker");
  await using pool = new Pool(2);
  assertEquals(String(pool), "<multiprocessing.pool.Pool state=RUN pool_size=2>");
  assertEquals(Deno.inspect(pool), String(pool));
  pool.close();
  assertEquals(String(pool), "<multiprocessing.pool.Pool state=CLOSE pool_size=2>");
  await pool.terminate();
  assertEquals(String(pool), "<multiprocessing.pool.Pool state=TERMINATE pool_size=2>");
  assertInstanceOf(await assertRejects(() => pool.apply(whoAmI)), InvalidStateError);
});

Deno.test("Pool uses the start method of the context that it is told [POOL-02]", async () => {
  await using pool = new (getContext("worker").Pool)({ processes: 1, context: getContext("worker") });
  assert((await pool.apply(whoAmI)).startsWith("PoolWorker"));
});

forEachStartMethod("Pool does not disturb other children of the program", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const child = await start(ctx, square, 3);
  assertEquals(await pool.apply(square, [3]), 9);
  await child.join();
  assertEquals(child.exitCode, 0);
});

Deno.test("Pool of 50 workers works [POOL-43]", async () => {
  await using pool = new (getContext("worker").Pool)(50);
  const squares = await pool.map(square, upTo(1000));
  assertEquals(squares.reduce((sum, each) => sum + each, 0), 332_833_500);
});
