import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { stub } from "@std/testing/mock";
import {
  type AsyncResult,
  type Context,
  getContext,
  InvalidStateError,
  NotSupportedError,
  ref,
  TimeoutError,
} from "../../mod.ts";
import { forEachSharedMemory, methodsOf } from "../helpers/methods.ts";
import { Notes } from "../helpers/notes.ts";
import { forEachProgramRun, runProgram } from "../helpers/program.ts";
import { die, fail, note, same, sameAfter, square } from "../targets/pool.ts";
import { type failFar, type reportFar, Riddle, riddle, riddles } from "../targets/pool_sync.ts";

// A blocked thread cannot be guarded from outside.
const GUARD = { timeout: 20_000 };

async function* later<T>(...items: T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

let modules = 0;

/** The URL of a module that this process has not loaded, nor the worker. */
function farModule(ctx: Context): URL {
  return new URL(`../targets/pool_sync.ts?${ctx.getStartMethod()}${++modules}`, import.meta.url);
}

forEachSharedMemory(
  "Pool refuses to block for what takes a turn of the event loop, but says that it is not ready",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    const awaited = pool.applyAsync(square, [3], { callback: async () => await undefined });
    assertThrows(() => awaited.getSync(GUARD), NotSupportedError, "asynchronous");
    const mapped = pool.mapAsync(square, later(2));
    assertThrows(() => mapped.getSync(GUARD), NotSupportedError, "asynchronous");
    const streamed = pool.imap(square, later(4));
    assertThrows(() => streamed.nextSync(GUARD), NotSupportedError, "asynchronous");
    const failed = pool.applyAsync(ref<typeof failFar>(farModule(ctx), "failFar"));
    assertThrows(() => failed.waitSync(GUARD), NotSupportedError, "module");
    for (const result of [awaited, mapped, failed]) {
      result.waitSync({ timeout: 0 });
      assertThrows(() => result.getSync({ timeout: 0 }), TimeoutError, "not ready");
    }
    assertThrows(() => streamed.nextSync({ timeout: 0 }), TimeoutError, "not ready");
    assertEquals([await awaited, await mapped, await streamed.next()], [9, [4], { done: false, value: 16 }]);
    await assertRejects(() => failed.get(), Error, "from afar");
  },
);

forEachSharedMemory("Pool.joinSync() refuses to block for what takes a turn of the event loop", async (ctx) => {
  const jobs: ((pool: InstanceType<typeof ctx.Pool>) => Promise<unknown>)[] = [
    (pool) => pool.mapAsync(square, later(1, 2)).get(),
    (pool) => Array.fromAsync(pool.imap(square, later(1, 2))),
    (pool) => assertRejects(() => pool.apply(ref<typeof failFar>(farModule(ctx), "failFar")), Error, "from afar"),
  ];
  for (const begin of jobs) {
    const pool = new ctx.Pool(1);
    pool.applySync(square, [3]);
    const job = begin(pool);
    pool.close();
    assertThrows(() => pool.joinSync(), NotSupportedError, "until the pool has ended");
    await job;
    pool.joinSync();
    assertEquals(pool.stats().workers, 0);
  }
});

forEachSharedMemory("Pool that needed a turn of the event loop once blocks for what comes after it", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const goOn = new ctx.Event();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const result = pool.applyAsync(ref<typeof reportFar>(farModule(ctx), "reportFar"), [goOn], { onProgress: resolve });
  assertStringIncludes(String(await promise), "from afar");
  goOn.setSync();
  assertEquals(result.getSync(GUARD), "done");
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

forEachSharedMemory("Pool refuses to block within a callback, whatever that is called for", async (ctx) => {
  type Job = Pick<AsyncResult<unknown>, "waitSync">;
  type Begin = (errorCallback: () => void) => Job;
  await using pool = new ctx.Pool(1);
  pool.applySync(square, [3]);
  const refusalIn = (begin: Begin, end: (job: Job) => void): unknown => {
    let refusal: unknown;
    const job = begin(() => {
      try {
        refusal = behind.getSync(GUARD);
      } catch (error) {
        refusal = error;
      }
    });
    const behind = pool.applyAsync(square, [5]);
    end(job);
    return refusal;
  };
  const assertRefused = (refusal: unknown) => {
    assertInstanceOf(refusal, InvalidStateError);
    assertStringIncludes(refusal.message, "callback");
  };
  const failing: Begin[] = [
    (errorCallback) => pool.applyAsync<[string], unknown>(fail, ["type"], { errorCallback }),
    (errorCallback) => pool.applyAsync(sameAfter<number>, [60_000, 1], { timeout: 20, errorCallback }),
    (errorCallback) => pool.applyAsync(die, ["exit 3"], { errorCallback }),
  ];
  for (const begin of failing) assertRefused(refusalIn(begin, (job) => job.waitSync(GUARD)));
  assertEquals(pool.applySync(square, [3]), 9);
  const begin: Begin = (errorCallback) => pool.mapAsync(square, later(1), { errorCallback });
  assertRefused(refusalIn(begin, () => pool.terminateSync()));
});

forEachSharedMemory("Pool refuses to block while a result is read", async (ctx) => {
  await using pool = new ctx.Pool(1);
  using _ = stub(riddles, "read", () => {
    pool.applySync(square, [3]);
    return new Riddle();
  });
  await assertRejects(() => pool.apply(riddle), InvalidStateError, "callback");
  assertThrows(() => pool.applySync(riddle), InvalidStateError, "callback");
  assertEquals(pool.applySync(square, [3]), 9);
});

forEachSharedMemory("Pool refuses within a callback to end and to be joined, and does neither", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const refused = (end: () => void) => {
    const result = pool.applyAsync(square, [3], { callback: end });
    assertThrows(() => result.getSync(GUARD), InvalidStateError, "callback");
  };
  refused(() => pool.terminateSync());
  assertEquals(pool.applySync(square, [4]), 16);
  refused(() => {
    pool.close();
    pool.joinSync();
  });
  pool.joinSync();
});

forEachSharedMemory("Pool refuses to block while a worker is told more than a pipe holds", async (ctx) => {
  await using pool = new ctx.Pool({ processes: 1, initializer: same, initargs: [new Uint8Array(1 << 22)] });
  assertThrows(() => pool.applySync(square, [3]), NotSupportedError, "still being launched");
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals(pool.applySync(square, [4]), 16);
}, { except: ["worker"] });

for (const method of methodsOf("Pool refuses to block", ["spawn", "forkserver"])) {
  Deno.test(`Pool refuses to block for workers that share no memory (${method})`, async () => {
    const { Pool } = getContext(method);
    const permissions = { read: true, import: true } as const;
    await using pool = new Pool({ processes: 1, permissions });
    assertEquals(await pool.apply(square, [3]), 9);
    // Beside one that does.
    await using near = new (getContext("worker").Pool)(1);
    assertEquals(near.applySync(square, [3]), 9);
    assertThrows(() => pool.applySync(square, [3]), NotSupportedError, "--allow-ffi");
    const result = pool.applyAsync(square, [4]);
    assertThrows(() => result.getSync({ timeout: 0 }), TimeoutError);
    // Nor is that done.
    assertThrows(() => pool.terminateSync(), NotSupportedError, "--allow-ffi");
    assertEquals([await result, await pool.apply(square, [5])], [16, 25]);
    await assertRejects(async () => await pool.apply(fail, ["type"]), TypeError);
    pool.close();
    assertThrows(() => pool.joinSync(), NotSupportedError, "--allow-ffi");
    await pool.join();
  });
}

forEachProgramRun("Pool that cannot block without native code says so before it has a worker", async (_, method) => {
  const { code, stdout, stderr } = await runProgram("../pool_cold.ts", [method], { flags: ["-A", "--deny-ffi"] });
  assertEquals(code, 0, stderr);
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.length, 6);
  for (const line of lines) {
    if (method === "worker") assert(line === "done" || line.includes("asynchronous callback"), line);
    else assertMatch(line, /^NotSupportedError: .*--allow-ffi.*context "worker"/);
  }
});
