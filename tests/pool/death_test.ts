import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { activeChildren, type Context, InvalidStateError, type Pool, ref, WorkerDiedError } from "../../mod.ts";
import { forEachSharedMemory, forEachStartMethod } from "../helpers/methods.ts";
import { Notes, upTo } from "../helpers/notes.ts";
import { Random } from "../helpers/random.ts";
import {
  die,
  dieOrNote,
  exitAtStart,
  exitOnce,
  failToStart,
  hold,
  leaveBehind,
  note,
  noteAndSquare,
  PoolMishap,
  same,
  square,
  startLater,
  type Way,
} from "../targets/pool.ts";

// Deno 2.8 does not give up a read of a child's output before its end, which the sanitizer finds.
const canCancel = !Deno.version.deno.startsWith("2.8.");

/** What a death is told as. */
const WAYS: readonly [Way, number, string | null][] = [
  ["exit 0", 0, null],
  ["exit 3", 3, null],
  ["throw later", 1, null],
  ["reject later", 1, null],
];

forEachStartMethod("Pool: a worker that dies fails the task that it was at, and is replaced [POOL-37]", async (ctx) => {
  const isWorker = ctx.getStartMethod() === "worker";
  const ways = [...WAYS, ...isWorker ? [["close", 0, null] as const] : [["kill", -9, "SIGKILL"] as const]];
  const exits: unknown[] = [];
  await using pool = new ctx.Pool({ processes: 1, onWorkerExit: ({ exitCode }) => exits.push(exitCode) });
  for (const [way, exitCode, signal] of ways) {
    const doomed = pool.applyAsync(die, [way]);
    const others = upTo(5).map((x) => pool.applyAsync(square, [x]));
    const error = await assertRejects(() => doomed.get(), WorkerDiedError);
    assertEquals([error.exitCode, error.signal, error.task], [exitCode, signal, "die"]);
    assert(typeof error.pid === "number" && error.message.includes(`pid ${error.pid}`), error.message);
    assertStringIncludes(error.message, "Cannot finish the task die()");
    // Output that a killed process wrote is in the error, as is the reason of one that failed.
    assertStringIncludes(
      error.message,
      way === "throw later" ? "thrown later" : way === "reject later" ? "rejected later" : `about to die: ${way}`,
    );
    assertEquals(await Promise.all(others), upTo(5).map(square), way);
  }
  assertEquals(exits, ways.map(([, exitCode]) => exitCode));
  assertEquals([pool.stats().restarts, pool.stats().failed, pool.stats().workers], [ways.length, ways.length, 1]);
});

forEachStartMethod(
  "Pool: no task is lost or done twice, whatever the tasks before it do to their workers",
  async (ctx) => {
    using notes = new Notes();
    await using pool = new ctx.Pool(2);
    await pool.map(square, upTo(50), { chunkSize: 1 });
    const doomed = new Set([3, 4, 60, 119]);
    const outcomes = await Promise.allSettled(
      upTo(120).map((x) => pool.applyAsync(dieOrNote, [notes.path, x, doomed.has(x)])),
    );
    outcomes.forEach((outcome, x) => {
      if (outcome.status === "fulfilled") assertEquals(outcome.value, x);
      else assert(doomed.has(x) && outcome.reason instanceof WorkerDiedError, `${x}: ${outcome.reason}`);
    });
    assertEquals(outcomes.filter(({ status }) => status === "rejected").length, doomed.size);
    assertEquals(notes.numbers, upTo(120));
    assertEquals(pool.stats().restarts, doomed.size);
  },
);

forEachStartMethod(
  "Pool: a worker that is killed from outside at any moment costs at most the task it was at",
  async (ctx) => {
    using notes = new Notes();
    const random = new Random(20);
    await using pool = new ctx.Pool(2);
    await pool.map(square, upTo(50), { chunkSize: 1 });
    let lost = 0;
    let next = 0;
    for (let kill = 0; kill < 6; kill++) {
      const jobs = upTo(40).map(() => pool.applyAsync(noteAndSquare, [notes.path, next++]));
      await jobs[random.below(30)]?.wait();
      const children = activeChildren();
      children[random.below(children.length)]?.kill();
      for (const job of jobs) await job.wait();
      for (const job of jobs) {
        if (job.successful()) continue;
        lost++;
        await assertRejects(() => job.get(), WorkerDiedError);
      }
    }
    assert(lost <= 6, `${lost} lost`);
    const done = notes.numbers;
    assertEquals(done, [...new Set(done)], "none was done twice");
    assert(done.length >= next - lost && done.length <= next);
  },
);

forEachStartMethod("Pool: idle workers that are killed are replaced, and no task notices", async (ctx) => {
  await using pool = new ctx.Pool(2);
  for (let round = 0; round < 4; round++) {
    assertEquals(await pool.map(square, [1, 2, 3]), [1, 4, 9]);
    for (const child of activeChildren()) child.kill();
    assertEquals(await pool.apply(square, [round]), round * round);
  }
  assertEquals(pool.stats().failed, 0);
});

forEachStartMethod("Pool: tasks that were sent ahead to a worker that dies are done by others", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  await pool.map(square, upTo(50), { chunkSize: 1 });
  const first = pool.applyAsync(hold, [begun, goOn, "held"]);
  const others = upTo(10).map((x) => pool.applyAsync(square, [x]));
  await begun.wait();
  activeChildren()[0]?.kill();
  await assertRejects(() => first.get(), WorkerDiedError, "SIGKILL");
  assertEquals(await Promise.all(others), upTo(10).map(square));
});

forEachStartMethod("Pool: workers that are killed before they are ready are replaced", async (ctx) => {
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  await using pool = new ctx.Pool({ processes: 1, initializer: startLater, initargs: [begun, goOn] });
  const job = pool.applyAsync(square, [3]);
  await begun.wait();
  activeChildren()[0]?.kill();
  await goOn.set();
  assertEquals(await job, 9);
  assertEquals(pool.stats().restarts, 1);
});

forEachStartMethod(
  "Pool: an initializer that fails now and then costs a start, not the pool [POOL-05]",
  async (ctx) => {
    using notes = new Notes();
    await using pool = new ctx.Pool({ processes: 1, initializer: exitOnce, initargs: [notes.path] });
    assertEquals(await pool.apply(square, [3]), 9);
    assertEquals([pool.stats().restarts, notes.lines.length], [1, 2]);
  },
);

async function assertBroken(pool: Pool, check: (error: unknown) => void): Promise<void> {
  const jobs = [pool.applyAsync(square, [1]), pool.mapAsync(square, [1, 2]), pool.imap(square, [1, 2]).next()];
  const outcomes = jobs.map((job) => Promise.resolve(job).then(() => "done", (error) => error));
  for (const outcome of await Promise.all(outcomes)) check(outcome);
  // Later ones too.
  check(await pool.apply(square, [1]).then(() => "done", (error) => error));
  pool.close();
  await pool.join();
  await assertRejects(() => pool.apply(square, [1]), InvalidStateError);
}

forEachStartMethod(
  "Pool: an initializer that throws fails the pool, after a few tries, with its error [POOL-05]",
  async (ctx) => {
    for (const processes of [1, 2]) {
      using notes = new Notes();
      await using pool = new ctx.Pool({ processes, initializer: failToStart, initargs: [notes.path] });
      await assertBroken(pool, (error) => {
        assertInstanceOf(error, PoolMishap);
        assertEquals([error.message, error.code], ["cannot begin", 7]);
      });
      assert(notes.lines.length >= 3 && notes.lines.length <= 4, `${notes.lines.length} starts`);
    }
  },
);

forEachStartMethod(
  "Pool: an initializer that ends its worker fails the pool with what it wrote [POOL-05]",
  async (ctx) => {
    using notes = new Notes();
    await using pool = new ctx.Pool({ processes: 1, initializer: exitAtStart, initargs: [notes.path] });
    await assertBroken(pool, (error) => {
      assertInstanceOf(error, WorkerDiedError);
      assertEquals([error.exitCode, error.task], [9, undefined]);
      assertStringIncludes(error.message, "Cannot start a worker");
      assertStringIncludes(error.message, "no way to begin");
    });
    assertEquals(notes.lines.length, 3);
  },
);

forEachStartMethod(
  "Pool: an initializer that is not found there fails the pool with the reason [POOL-38]",
  async (ctx) => {
    const initializer = ref<() => void>(new URL("./nowhere.ts", import.meta.url), "f");
    await using pool = new ctx.Pool({ processes: 2, initializer });
    await assertBroken(pool, (error) => assertStringIncludes(String(error), "nowhere.ts"));
    assertEquals(activeChildren(), []);
  },
);

forEachStartMethod("Pool refuses at once an initializer that cannot be sent, nor its arguments", async (ctx) => {
  // From here on it is known what this module exports.
  await using pool = new ctx.Pool(1);
  assertEquals(await pool.apply(square, [3]), 9);
  const children = activeChildren().length;
  const local = () => 1;
  const inits = [
    { initializer: local },
    { initializer: () => 1 },
    { initializer: same, initargs: [local] },
    { initargs: [{ deep: Symbol("no one's") }] },
  ];
  for (const init of inits) {
    assertThrows(() => new ctx.Pool({ processes: 2, ...init }), TypeError, "Cannot send");
  }
  assertEquals(activeChildren().length, children);
});

forEachStartMethod("Pool.terminate() and join() of a pool that is breaking", async (ctx) => {
  using notes = new Notes();
  for (const settle of ["terminate", "close"] as const) {
    await using pool = new ctx.Pool({ processes: 2, initializer: failToStart, initargs: [notes.path] });
    const job = pool.applyAsync(square, [1]);
    await pool[settle]();
    await pool.join();
    await assertRejects(() => job.get());
  }
});

forEachStartMethod(
  "Pool: a death is told though somebody goes on who has the worker's standard error",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    await assertRejects(() => pool.apply(leaveBehind, [1500]), WorkerDiedError, "exit code 4");
    assertEquals(await pool.apply(square, [3]), 9);
  },
  { except: canCancel ? ["worker"] : ["worker", "spawn", "forkserver"] },
);

forEachStartMethod("Pool: what onWorkerExit tells [POOL-35]", async (ctx) => {
  const told = Promise.withResolvers<void>();
  const exits: [number, number, boolean][] = [];
  const pool: Pool = new ctx.Pool({
    processes: 1,
    maxTasksPerChild: 2,
    onWorkerExit: ({ name, pid, exitCode, done, expected }) => {
      assert(name.includes("PoolWorker-") && typeof pid === "number");
      exits.push([exitCode, done, expected]);
      if (exits.length === 2) told.resolve();
    },
  });
  await pool.map(square, [1, 2], { chunkSize: 1 });
  await assertRejects(() => pool.apply(die, ["exit 3"]), WorkerDiedError);
  await told.promise;
  pool.close();
  await pool.join();
  assertEquals(exits.slice(0, 2), [[0, 2, true], [3, 0, false]]);
});

/** Counts, in a value under its lock, how often each of so many tasks was done, while workers are killed. */
async function countUnderFire(ctx: Context, notes: Notes): Promise<void> {
  await using pool = new ctx.Pool({ processes: 3, maxTasksPerChild: 7 });
  const jobs = upTo(200).map((x) => pool.applyAsync(note, [notes.path, x]));
  const random = new Random(7);
  for (const at of [20, 60, 100, 140]) {
    await jobs[at]?.wait();
    const children = activeChildren();
    children[random.below(children.length)]?.kill();
  }
  for (const job of jobs) await job.wait();
  const failed = jobs.filter((job) => !job.successful());
  for (const job of failed) await assertRejects(() => job.get(), WorkerDiedError);
  assert(failed.length <= 4, `${failed.length} failed`);
  const { numbers } = notes;
  assertEquals(numbers, [...new Set(numbers)]);
}

forEachSharedMemory("Pool: killing, recycling and taking back at once lose and repeat nothing", async (ctx) => {
  using notes = new Notes();
  await countUnderFire(ctx, notes);
});
