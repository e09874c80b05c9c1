import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { getContext, InvalidStateError, NotSupportedError, TimeoutError, WorkerDiedError } from "../../mod.ts";
import { forEachSharedMemory } from "../helpers/methods.ts";
import { Notes, upTo } from "../helpers/notes.ts";
import { runProgram } from "../helpers/program.ts";
import { add, die, fail, failAtFive, note, PoolMishap, same, sameAfter, square } from "../targets/pool.ts";

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
});

forEachSharedMemory("Pool throws what a task threw, whole, while the thread is blocked", async (ctx) => {
  await using pool = new ctx.Pool(1);
  assertThrows(() => pool.applySync(fail, ["type"]), TypeError, "no such type");
  // To load the module of a class takes a turn, once.
  await assertRejects(() => pool.apply(fail, ["own"]), PoolMishap);
  assertThrows(() => pool.applyAsync(fail, ["own"]).getSync(GUARD), PoolMishap);
  assertThrows(() => pool.mapSync(failAtFive, upTo(10)), RangeError, "five");
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
  }
  assertEquals(pool.mapSync(square, upTo(20), { chunkSize: 1 }), upTo(20).map(square));
  await using recycling = new ctx.Pool({ processes: 1, maxTasksPerChild: 2 });
  assertEquals(recycling.mapSync(same<number>, upTo(7), { chunkSize: 1 }), upTo(7));
});

forEachSharedMemory("Pool passes on what workers write while the thread is blocked", async (ctx) => {
  // More than a pipe holds.
  const { stderr } = await runProgram("pool_complaints.ts", [ctx.getStartMethod() ?? "", "200"]);
  assertEquals(stderr.split("\n").filter((line) => line.startsWith("complaint")).length, 400);
  assertStringIncludes(stderr, "200,200\n");
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

forEachSharedMemory("Pool calls back while the thread is blocked, but a callback may not block for it", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const ready = pool.applyAsync(square, [2]);
  ready.waitSync(GUARD);
  const results = pool.imap(square, [1, 2, 3]);
  const called: unknown[] = [];
  const callback = (value: number) => {
    called.push(value, ready.getSync());
    // Neither done nor lost.
    for (const call of [() => pool.applySync(note, [notes.path, "refused"]), () => results.nextSync()]) {
      try {
        called.push(call());
      } catch (error) {
        called.push(error instanceof InvalidStateError && error.message.includes("callback"));
      }
    }
  };
  using notes = new Notes();
  assertEquals(pool.applyAsync(square, [3], { callback }).getSync(GUARD), 9);
  assertEquals([called[0], called[1], called[2]], [9, 4, true]);
  const rest = [called[3]].filter((result) => result !== true).map((result) => (result as { value: number }).value);
  for (let next = results.nextSync(GUARD); next.done !== true; next = results.nextSync(GUARD)) rest.push(next.value);
  assertEquals([rest, notes.lines], [[1, 4, 9], []]);
  const items = (function* () {
    yield pool.applySync(square, [3]);
  })();
  assertThrows(() => pool.imap(square, items).nextSync(GUARD), InvalidStateError, "inputs");
});

forEachSharedMemory("Pool tells while the thread is blocked why its workers cannot start", async (ctx) => {
  await using pool = new ctx.Pool({ processes: 1, initializer: fail, initargs: ["type"] });
  assertThrows(() => pool.applySync(square, [3]), TypeError, "no such type");
});

forEachSharedMemory("Pool refuses to block for what takes a turn of the event loop", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const awaited = pool.applyAsync(square, [3], { callback: async () => await undefined });
  assertThrows(() => awaited.getSync(GUARD), NotSupportedError, "asynchronous");
  const items = (async function* () {
    yield await Promise.resolve(2);
  })();
  const mapped = pool.mapAsync(square, items);
  assertThrows(() => mapped.getSync(GUARD), NotSupportedError, "asynchronous");
  const streamed = pool.imap(
    square,
    (async function* () {
      yield await Promise.resolve(4);
    })(),
  );
  assertThrows(() => streamed.nextSync(GUARD), NotSupportedError, "asynchronous");
  assertEquals([await awaited, await mapped, await streamed.next()], [9, [4], { done: false, value: 16 }]);
});

forEachSharedMemory("Pool refuses to block while a worker is told more than a pipe holds", async (ctx) => {
  await using pool = new ctx.Pool({ processes: 1, initializer: same, initargs: [new Uint8Array(1 << 22)] });
  assertThrows(() => pool.applySync(square, [3]), NotSupportedError, "still being launched");
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals(pool.applySync(square, [4]), 16);
}, { except: ["worker"] });

for (const method of ["spawn", "forkserver"] as const) {
  Deno.test(`Pool refuses to block for workers that share no memory (${method})`, async () => {
    const { Pool } = getContext(method);
    const permissions = { read: true, import: true } as const;
    await using pool = new Pool({ processes: 1, permissions });
    assertEquals(await pool.apply(square, [3]), 9);
    // Beside one that does.
    await using near = new (getContext("worker").Pool)(1);
    assertEquals(near.applySync(square, [3]), 9);
    assertThrows(() => pool.applySync(square, [3]), NotSupportedError, "--allow-ffi");
    await assertRejects(async () => await pool.apply(fail, ["type"]), TypeError);
  });
}
