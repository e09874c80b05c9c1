import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { activeChildren, InvalidStateError, type Process, TimeoutError, WorkerDiedError } from "../../mod.ts";
import { forEachSharedMemory } from "../helpers/methods.ts";
import { upTo } from "../helpers/notes.ts";
import { forEachProgramRun, runProgram } from "../helpers/program.ts";
import { add, beginBlocked, die, fail, failAtFive, PoolMishap, same, sameAfter, square } from "../targets/pool.ts";
import { acquire, endWhen, release, riddle } from "../targets/pool_sync.ts";

// A blocked thread cannot be guarded from outside.
const GUARD = { timeout: 20_000 };

forEachSharedMemory("Pool blocks for its results, without a turn of the event loop since it was made", async (ctx) => {
  const pool = new ctx.Pool(2);
  assertEquals(pool.applyAsync(square, [3]).getSync(GUARD), 9);
  assertEquals(pool.applySync(add, [3, 4]), 7);
  assertEquals(pool.mapSync(square, upTo(1000)), upTo(1000).map(square));
  assertEquals(pool.mapSync(square, upTo(500), { chunkSize: 1 }), upTo(500).map(square));
  assertEquals(pool.starmapSync(add, [[1, 2], [3, 4]]), [3, 7]);
  assertEquals(pool.mapSync(square, []), []);
  pool.close();
  pool.joinSync();
  assertEquals(pool.stats().workers, 0);
  assertThrows(() => pool.applySync(square, [1]), InvalidStateError, "it was closed");
  await pool.join();
});

forEachSharedMemory("PoolIterator.nextSync() gives the results one by one, of an endless input too", async (ctx) => {
  await using pool = new ctx.Pool(2);
  let read = 0;
  const endless = (function* () {
    for (;;) yield read++;
  })();
  const results = pool.imap(square, endless);
  for (let index = 0; index < 200; index++) {
    assertEquals(results.nextSync(GUARD), { done: false, value: index * index });
  }
  assert(read <= 300, `read ${read} items for 200 results`);
  await results.return();
  for (const chunkSize of [1, 7]) {
    const unordered = pool.imapUnordered(square, upTo(50), { chunkSize });
    const values: number[] = [];
    for (let next = unordered.nextSync(GUARD); next.done !== true; next = unordered.nextSync(GUARD)) {
      values.push(next.value);
    }
    assertEquals(values.toSorted((a, b) => a - b), upTo(50).map(square));
    assertEquals(unordered.nextSync(), { done: true, value: undefined });
  }
  const failing = pool.imap(failAtFive, upTo(7));
  for (let index = 0; index < 5; index++) assertEquals(failing.nextSync(GUARD).value, index * index);
  assertThrows(() => failing.nextSync(GUARD), RangeError, "five");
  assertEquals(failing.nextSync(GUARD).value, 36);
  const chunked = pool.imap(failAtFive, upTo(9), { chunkSize: 3 });
  for (let index = 0; index < 3; index++) assertEquals(chunked.nextSync(GUARD).value, index * index);
  assertThrows(() => chunked.nextSync(GUARD), RangeError, "five");
  assertEquals(chunked.nextSync(GUARD), { done: true, value: undefined });
});

forEachSharedMemory("PoolIterator.nextSync() gives up when the time is up; the result is not lost", async (ctx) => {
  await using pool = new ctx.Pool(1);
  pool.applySync(square, [3]);
  const permits = new ctx.Semaphore(0);
  const results = pool.imap(acquire, [permits]);
  for (const timeout of [-1, 0, 5]) assertThrows(() => results.nextSync({ timeout }), TimeoutError, "not ready");
  permits.releaseSync();
  assertEquals(results.nextSync(GUARD), { done: false, value: "acquired" });
  assertEquals(results.nextSync(GUARD).done, true);
});

forEachSharedMemory("Pool loses no task if its worker is replaced while the input is read", async (ctx) => {
  const [told, starts] = [new ctx.Event(), new ctx.Semaphore(0)];
  await using pool = new ctx.Pool({ processes: 1, initializer: release, initargs: [starts] });
  await using other = new ctx.Pool(1);
  other.applySync(acquire, [starts]);
  pool.applySync(endWhen, [told]);
  const items = (function* () {
    told.setSync();
    other.applySync(acquire, [starts]);
    yield* [2, 3];
  })();
  const results = pool.imap(square, items);
  assertEquals([results.nextSync(GUARD).value, results.nextSync(GUARD).value], [4, 9]);
});

forEachSharedMemory("Pool loses no task if its input aborts another", async (ctx) => {
  await using pool = new ctx.Pool(1);
  // Quick ones are sent ahead.
  pool.mapSync(square, upTo(500), { chunkSize: 1 });
  const [begun, end, controller] = [new ctx.Event(), new ctx.Event(), new AbortController()];
  const blocked = pool.applyAsync(beginBlocked, [begun, end]);
  const aborted = pool.applyAsync(square, [1], { signal: controller.signal });
  const items = (function* () {
    controller.abort();
    end.setSync();
    yield 2;
  })();
  assertEquals(pool.imap(square, items).nextSync(GUARD).value, 4);
  blocked.getSync(GUARD);
  assertThrows(() => aborted.getSync(GUARD), DOMException);
});

forEachSharedMemory("PoolIterator ends if its input ends the pool", async (ctx) => {
  const pool = new ctx.Pool(1);
  pool.applySync(square, [3]);
  const ended: Promise<void>[] = [];
  const items = (function* () {
    ended.push(pool.terminate());
    yield* [2, 3];
  })();
  const results = pool.imap(square, items);
  assertThrows(() => results.nextSync(GUARD), InvalidStateError, "terminated");
  assertEquals(results.nextSync(GUARD).done, true);
  await Promise.all(ended);
  assertEquals(pool.stats().queued, 0);
});

forEachSharedMemory("Pool throws what a task threw, whole, while the thread is blocked", async (ctx) => {
  await using pool = new ctx.Pool(1);
  assertThrows(() => pool.applySync(fail, ["type"]), TypeError, "no such type");
  // To load the module of a class takes a turn, once.
  await assertRejects(() => pool.apply(fail, ["own"]), PoolMishap);
  assertThrows(() => pool.applyAsync(fail, ["own"]).getSync(GUARD), PoolMishap);
  assertThrows(() => pool.mapSync(failAtFive, upTo(10)), RangeError, "five");
  await assertRejects(() => pool.apply(riddle), RangeError, "cannot read ?");
  assertThrows(() => pool.applySync(riddle), RangeError, "cannot read ?");
  assertEquals(pool.applySync(square, [3]), 9);
});

forEachSharedMemory(
  "AsyncResult.getSync() and waitSync() give up when the time is up; the job goes on",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    assertEquals(pool.applySync(square, [2]), 4);
    const result = pool.applyAsync(sameAfter<string>, [300, "late"]);
    for (const timeout of [-1, 0, 5]) {
      const error = assertThrows(() => result.getSync({ timeout }), TimeoutError);
      assertEquals(error.message, `Cannot get the result: it was not ready within ${timeout} ms; the job goes on`);
    }
    result.waitSync({ timeout: 5 });
    assertEquals(result.ready(), false);
    assertThrows(() => result.getSync({ timeout: NaN }), TypeError);
    result.waitSync(GUARD);
    assertEquals([result.ready(), result.getSync(), await result], [true, "late", "late"]);
  },
);

forEachSharedMemory("Pool replaces workers that die while the thread is blocked", async (ctx) => {
  await using pool = new ctx.Pool(2);
  for (const way of ["exit 3", "exit 0", "exit 3"] as const) {
    const error = assertThrows(() => pool.applyAsync(die, [way]).getSync(GUARD), WorkerDiedError, "die()");
    assertEquals(error.exitCode, Number(way.at(-1)));
    // A thread has no standard error of its own.
    if (ctx.getStartMethod() !== "worker") assertStringIncludes(error.message, `about to die: ${way}`);
  }
  assertEquals(pool.mapSync(square, upTo(20), { chunkSize: 1 }), upTo(20).map(square));
  await using recycling = new ctx.Pool({ processes: 1, maxTasksPerChild: 2 });
  assertEquals(recycling.mapSync(same<number>, upTo(7), { chunkSize: 1 }), upTo(7));
});

forEachSharedMemory("Pool blocks as soon as a worker has ended, also if the pool has not heard of it", async (ctx) => {
  const pool = new ctx.Pool(1);
  pool.applySync(square, [3]);
  const end = async (end: (worker: Process) => void) => {
    const [worker] = activeChildren();
    assert(worker !== undefined);
    end(worker);
    await worker.join();
  };
  await end((worker) => worker.kill());
  assertEquals(pool.applySync(square, [3]), 9);
  await end(() => pool.close());
  pool.joinSync();
  assertEquals(pool.stats().workers, 0);
});

forEachSharedMemory("Pool passes on what workers write while the thread is blocked", async (ctx) => {
  // More than a pipe holds.
  const { stderr } = await runProgram("pool_complaints.ts", [ctx.getStartMethod() ?? "", "200"]);
  assertEquals(stderr.split("\n").filter((line) => line.startsWith("complaint")).length, 400);
  assertStringIncludes(stderr, "200,200\n");
});

forEachProgramRun("Pool keeps no result that the thread blocked for", async (_, method) => {
  const flags = ["-A", "--v8-flags=--expose-gc"];
  const { code, stdout, stderr } = await runProgram("pool_sync_memory.ts", [method, "60"], { flags });
  assertEquals(code, 0, stderr);
  assert(Number(stdout) < 20, `${stdout} MiB more`);
});

forEachSharedMemory("Pool ends a task whose time is up while the thread is blocked", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const slow = () => pool.applySync(sameAfter<number>, [60_000, 1], { timeout: 20 });
  assertThrows(slow, TimeoutError, "it ran longer than 20 ms");
  assertEquals(pool.applySync(square, [3]), 9);
});

forEachSharedMemory("Pool.terminateSync() ends the workers, and what they were at", async (ctx) => {
  const pool = new ctx.Pool(2);
  assertEquals(pool.applySync(square, [3]), 9);
  const result = pool.applyAsync(sameAfter<number>, [60_000, 1]);
  assertThrows(() => pool.joinSync(), InvalidStateError, "still running");
  pool.terminateSync();
  assertEquals(pool.stats().workers, 0);
  assertThrows(() => result.getSync(), InvalidStateError, "terminated");
  pool.joinSync();
  await pool.join();
});

forEachSharedMemory("Pool tells while the thread is blocked why its workers cannot start", async (ctx) => {
  await using pool = new ctx.Pool({ processes: 1, initializer: fail, initargs: ["type"] });
  // Later as well, when no worker is left.
  for (let count = 0; count < 3; count++) {
    assertThrows(() => pool.applySync(square, [3]), TypeError, "no such type");
  }
  pool.terminateSync();
});
