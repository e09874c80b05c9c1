import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import {
  activeChildren,
  type Context,
  getAllStartMethods,
  getContext,
  InvalidStateError,
  type Pool,
  ref,
  TimeoutError,
  WorkerDiedError,
} from "../../mod.ts";
import { runs } from "../helpers/family.ts";
import { forEachStartMethod, HANG_MS, methodsOf } from "../helpers/methods.ts";
import { upTo } from "../helpers/notes.ts";
import { runProgram } from "../helpers/program.ts";
import { Random } from "../helpers/random.ts";
import { until, within } from "../helpers/within.ts";
import { die, hold, same, square, startLater, type Way } from "../targets/pool.ts";
import { failToStartLater, Grievance, loopForever, sameByWhom, whoIsIt } from "../targets/pool_pains.ts";

const numberOf = (variable: string, absent: number) => Number(Deno.env.get(variable) ?? absent);
const SEED = numberOf("MP_POOL_SEED", 2);
const KILLS = numberOf("MP_POOL_KILLS", 30);
/** So many kills make a test, as each has a limit against hangs. */
const KILLS_A_TEST = 30;
const ALL = Deno.env.has("MP_POOL_ALL");

forEachStartMethod("Pool: however a worker dies, the next hundred tasks are done [pain 1]", async (ctx) => {
  const ways: Way[] = ["exit 0", "exit 3", "throw later", "reject later"];
  ways.push(ctx.getStartMethod() === "worker" ? "close" : "kill");
  await using pool = new ctx.Pool(1);
  for (const way of ways) {
    const error = await assertRejects(() => pool.apply(die, [way]), WorkerDiedError);
    assertEquals(error.task, "die");
    assertEquals(await pool.map(square, upTo(100), { chunkSize: 1 }), upTo(100).map(square), way);
  }
  assertEquals([pool.stats().restarts, pool.stats().failed], [ways.length, ways.length]);
});

for (const method of methodsOf("Pool: a process that runs out", ["spawn", "forkserver"])) {
  // A worker that runs out of memory takes the program with it, which is documented.
  Deno.test(`Pool: a process that runs out of memory fails its task only [pain 1] (${method})`, async () => {
    const { code, stdout, stderr } = await runProgram("pool_out_of_memory.ts", [method]);
    assertEquals([code, stdout], [0, "true exhaustMemory\n1,4,9 100 9801 1\n"], stderr);
  });
}

/** Ends a worker that has nothing to do, by no means that the pool knows of. */
function killIdle(ctx: Context, { name, pid }: { name: string; pid: number }): void {
  if (ctx.getStartMethod() !== "worker") return Deno.kill(pid, "SIGKILL");
  const child = activeChildren().find((child) => child.name === name);
  assert(child !== undefined, `${name} is gone`);
  child.kill();
}

async function killIdleWorkers(ctx: Context, kills: number, random: Random): Promise<void> {
  await using pool = new ctx.Pool(2);
  let next = 0;
  for (let kill = 0; kill < kills; kill++) {
    // Some are done before, so that it dies as a fresh one, a busy one, one to whom tasks are sent ahead.
    const before = upTo(random.below(40)).map(() => next++);
    assertEquals(await pool.map(square, before, { chunkSize: 1 + random.below(3) }), before.map(square));
    const workers = await Promise.all(upTo(1 + random.below(4)).map(() => pool.apply(whoIsIt)));
    for (let turns = random.below(20); turns > 0; turns--) await Promise.resolve();
    killIdle(ctx, random.pick(workers));
    for (let turns = random.below(20); turns > 0; turns--) await Promise.resolve();
    const after = upTo(1 + random.below(20)).map(() => next++);
    const results = await Promise.all(after.map((x) => pool.apply(square, [x])));
    assertEquals(results, after.map(square), `kill ${kill}`);
  }
  // The last death may not be known yet.
  await until(HANG_MS, () => pool.stats().restarts === kills);
  assertEquals(pool.stats().failed, 0);
}

for (let from = 0; from < KILLS; from += KILLS_A_TEST) {
  const kills = Math.min(KILLS_A_TEST, KILLS - from);
  forEachStartMethod(
    `Pool: idle workers that are killed at random moments cost no task, kills ${from} to ${from + kills - 1} [pain 2]`,
    (ctx) => killIdleWorkers(ctx, kills, new Random(SEED + from)),
  );
}

/** What it rejects with. */
async function failureOf(job: PromiseLike<unknown>): Promise<unknown> {
  try {
    return `no failure, but ${await job}`;
  } catch (error) {
    return error;
  }
}

/** What an initializer may be that never lets a worker begin, and what the reason is to say. */
const MISBEGOTTEN = [
  ["missing.ts", ref<() => void>(new URL("./missing.ts", import.meta.url), "f"), "missing.ts"],
  ["an export that is missing", ref<() => void>(new URL("../targets/pool.ts", import.meta.url), "nobody"), "nobody"],
  ["a type error at load", moduleOf("null.x; export default () => {}"), "Cannot read properties of null"],
  ["a syntax error at load", moduleOf("export default ("), "SyntaxError"],
  ["an initializer that fails later", failToStartLater, "cannot begin later"],
  ["an initializer that exits", moduleOf("export default () => Deno.exit(6)"), "exit code 6"],
] as const;

function moduleOf(source: string) {
  return ref<() => void>(`data:text/javascript,${encodeURIComponent(source)}`);
}

forEachStartMethod("Pool: workers that cannot begin end in an error, after a few of them [pain 8]", async (ctx) => {
  for (const [what, initializer, reason] of MISBEGOTTEN) {
    const processes = 2;
    let ended = 0;
    const pool: Pool = new ctx.Pool({ processes, initializer, onWorkerExit: () => ended++ });
    const [call, map] = [pool.applyAsync(square, [1]), pool.mapAsync(square, upTo(10), { chunkSize: 1 })];
    const [first, second] = [pool.imap(square, [1, 2]), pool.imapUnordered(square, upTo(100))];
    const jobs = [call, map, first.next(), second.next(), pool.apply(square, [2])];
    for (const error of await Promise.all(jobs.map(failureOf))) {
      assertInstanceOf(error, Error, what);
      assertStringIncludes(error.message, reason, what);
    }
    const { restarts, queued, running } = pool.stats();
    assert(processes + restarts <= 4, `${processes + restarts} were started: ${what}`);
    assertEquals([queued, running], [0, 0]);
    await pool.terminate();
    assert(ended <= processes + restarts);
    assertEquals(activeChildren(), []);
  }
});

forEachStartMethod("Pool: an initializer's own error is what pending tasks reject with [pain 8]", async (ctx) => {
  await using pool = new ctx.Pool({ processes: 3, initializer: failToStartLater });
  const errors = await Promise.all(upTo(50).map((x) => failureOf(pool.apply(square, [x]))));
  for (const error of errors) {
    assertInstanceOf(error, Grievance);
    assertEquals([error.message, error.code], ["cannot begin later", 8]);
  }
});

forEachStartMethod("Pool: a task whose module cannot be loaded fails alone [pain 8]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  for (const [what, f, reason] of MISBEGOTTEN.slice(0, 4)) {
    const jobs = upTo(3).map(() => pool.applyAsync(f));
    assertEquals(await pool.map(square, upTo(5)), upTo(5).map(square));
    for (const job of jobs) {
      assertStringIncludes((await assertRejects(() => job.get(), Error, "", what)).message, reason);
    }
  }
  assertEquals(pool.stats().restarts, 0);
});

/** A pool that recycles its workers. */
interface Recycling {
  readonly processes: number;
  readonly maxTasksPerChild: number;
  readonly tasks: number;
}

/** Does all of them, in one way or another, and closes the pool after so many. */
async function recycle(ctx: Context, { processes, maxTasksPerChild, tasks }: Recycling, random: Random): Promise<void> {
  const pool = new ctx.Pool({ processes, maxTasksPerChild });
  const closeAfter = random.below(tasks + 1);
  const how = random.pick(["apply", "map", "imap"] as const);
  let outcome: Promise<[number, string][]>;
  if (how === "map") {
    const whole = pool.mapAsync(sameByWhom, upTo(tasks), { chunkSize: 1 });
    // Those of another job tell how far it is.
    for (const x of upTo(Math.min(closeAfter, 3))) await pool.apply(same, [x]);
    outcome = whole.get();
  } else if (how === "apply") {
    const jobs = upTo(tasks).map((x) => pool.applyAsync(sameByWhom, [x]));
    if (closeAfter > 0) await jobs[closeAfter - 1];
    outcome = Promise.all(jobs);
  } else {
    const stream = pool.imap(sameByWhom, upTo(tasks));
    const begun: [number, string][] = [];
    while (begun.length < closeAfter) begun.push((await stream.next()).value);
    outcome = Array.fromAsync(stream).then((rest) => [...begun, ...rest]);
  }
  pool.close();
  const [results] = await Promise.all([outcome, pool.join()]);
  const told = `${how} of ${tasks} by ${processes} workers of ${maxTasksPerChild}, closed after ${closeAfter}`;
  assertEquals(results.map(([x]) => x), upTo(tasks), told);
  const workers = Object.values(Object.groupBy(results, ([, name]) => name));
  for (const done of workers) assert((done?.length ?? 0) <= maxTasksPerChild, told);
  assertEquals([activeChildren(), pool.stats().failed], [[], 0], told);
}

/** Every pool there is, or a few that need so many workers all in all. */
function recyclings(random: Random, budget: number): Recycling[] {
  const every = upTo(8 * 7 * 201).map((x) => ({
    processes: 1 + x % 8,
    maxTasksPerChild: 1 + Math.floor(x / 8) % 7,
    tasks: Math.floor(x / 56),
  }));
  if (ALL) return every;
  const chosen: Recycling[] = [];
  for (let left = budget; left > 1;) {
    const { processes, maxTasksPerChild, tasks } = random.pick(every);
    // Few tasks are as interesting as many.
    const fewer = chosen.length % 3 === 0 ? tasks : tasks % (2 * processes * maxTasksPerChild + 1);
    const workers = Math.max(processes, Math.ceil(fewer / maxTasksPerChild));
    if (workers > budget / 3) continue;
    left -= workers;
    chosen.push({ processes, maxTasksPerChild, tasks: fewer });
  }
  return chosen;
}

const sample = recyclings(new Random(SEED), 24);
if (!ALL) {
  forEachStartMethod("Pool: whatever is recycled, all is done and the pool ends [pain 9]", async (ctx) => {
    const random = new Random(SEED + 1);
    for (const pool of sample) await recycle(ctx, pool, random);
  });
}
for (const [index, pool] of ALL ? sample.entries() : []) {
  const { processes, maxTasksPerChild, tasks } = pool;
  const name = `Pool: ${tasks} tasks by ${processes} workers of ${maxTasksPerChild} are done, and the pool ends`;
  // More workers than the usual limit has time for.
  const limit = HANG_MS * (1 + Math.ceil(tasks / 50));
  for (const method of getAllStartMethods()) {
    const run = () => recycle(getContext(method), pool, new Random(SEED + index));
    Deno.test(`${name} [pain 9] (${method})`, () => within(limit, run()));
  }
}

forEachStartMethod(
  "Pool: an endless loop that is timed out leaves its processor and its place [pain 13]",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    for (const grace of [0, 10]) {
      const { pid } = await pool.apply(whoIsIt);
      const behind = pool.applyAsync(whoIsIt);
      await behind;
      const looping = pool.applyAsync<[], never>(loopForever, [], { timeout: 200, grace });
      const next = pool.applyAsync(whoIsIt);
      await assertRejects(() => looping.get(), TimeoutError, "longer than 200 ms");
      assert((await next).pid !== pid);
      await until(HANG_MS, () => !runs(pid));
    }
    assertEquals([pool.stats().restarts, pool.stats().failed], [2, 2]);
    // A thread that never returns to its event loop cannot be stopped, which is documented.
  },
  { except: ["worker"] },
);

/** Ways to end a pool. */
const STOPS: Readonly<Record<string, (pool: Pool) => Promise<void>>> = {
  close: async (pool) => {
    pool.close();
    await pool.join();
  },
  terminate: (pool) => pool.terminate(),
  dispose: (pool) => pool[Symbol.asyncDispose](),
};

/** What a pool is at when it is ended: given all that it may need, the pool and what lets it go on. */
const MOMENTS: Readonly<Record<string, (ctx: Context) => Promise<{ pool: Pool; goOn?: () => Promise<void> }>>> = {
  "before it has started": (ctx) => Promise.resolve({ pool: new ctx.Pool(2) }),
  "while it starts": async (ctx) => {
    const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
    const pool = new ctx.Pool({ processes: 1, initializer: startLater, initargs: [begun, goOn] });
    await begun.wait();
    return { pool, goOn: () => goOn.set() };
  },
  "while it is idle": async (ctx) => {
    const pool = new ctx.Pool(2);
    await pool.apply(square, [1]);
    return { pool };
  },
  "while it is at work": async (ctx) => {
    const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
    const pool = new ctx.Pool(1);
    for (const x of upTo(20)) pool.applyAsync(hold, [begun, goOn, x]).get().catch(() => {});
    await begun.wait();
    return { pool, goOn: () => goOn.set() };
  },
  "while its workers die": async (ctx) => {
    const pool = new ctx.Pool(2);
    await pool.map(square, [1, 2], { chunkSize: 1 });
    for (const way of ["exit 3", "throw later"] as const) pool.applyAsync(die, [way]).get().catch(() => {});
    for (const child of activeChildren()) child.kill();
    return { pool };
  },
  "while it breaks": async (ctx) => {
    const pool = new ctx.Pool({ processes: 2, initializer: failToStartLater });
    await assertRejects(() => pool.apply(square, [1]), Grievance);
    return { pool };
  },
  "when it is closed": async (ctx) => {
    const pool = new ctx.Pool(1);
    pool.mapAsync(square, upTo(50)).get().catch(() => {});
    pool.close();
    return await Promise.resolve({ pool });
  },
};

for (const [moment, prepare] of Object.entries(MOMENTS)) {
  forEachStartMethod(`Pool can be ended ${moment}, in each way, twice at once and again [pain 15]`, async (ctx) => {
    for (const stop of Object.values(STOPS)) {
      const { pool, goOn } = await prepare(ctx);
      const ends = Promise.all([stop(pool), stop(pool)]);
      await goOn?.();
      await ends;
      assertEquals([activeChildren(), pool.stats().queued, pool.stats().running], [[], 0, 0]);
      for (const again of Object.values(STOPS)) await again(pool);
      await assertRejects(() => pool.apply(square, [1]), InvalidStateError);
    }
    const { pool, goOn } = await prepare(ctx);
    const ends = Promise.all(Object.values(STOPS).map((stop) => stop(pool)));
    await goOn?.();
    await ends;
    assertEquals(activeChildren(), []);
  });
}

/** What is warned of meanwhile. */
async function warningsOf(act: () => Promise<void>): Promise<string[]> {
  const { warn } = console;
  const warnings: string[] = [];
  console.warn = (text: string) => void warnings.push(text);
  try {
    await act();
  } finally {
    console.warn = warn;
  }
  return warnings;
}

forEachStartMethod(
  "Pool: an error that leaves its scope ends what runs, and is heard as it is [pain 16]",
  async (ctx) => {
    const thrown = new RangeError("in flight");
    const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
    const failures: Promise<unknown>[] = [];
    const warnings = await warningsOf(async () => {
      const error = await assertRejects(async () => {
        await using pool = new ctx.Pool(1);
        failures.push(failureOf(pool.applyAsync(hold, [begun, goOn, 1]).get()));
        failures.push(failureOf(pool.imap(square, upTo(10)).next()));
        await begun.wait();
        throw thrown;
      });
      assert(error === thrown);
      assertEquals(activeChildren(), []);
      for (const failure of await Promise.all(failures)) {
        assertInstanceOf(failure, InvalidStateError);
        assertStringIncludes(failure.message, "the pool was terminated");
      }
    });
    assertEquals(warnings, []);
  },
);

forEachStartMethod("Pool: a scope that ends after close() and join() drops nothing [pain 16]", async (ctx) => {
  let jobs: PromiseLike<number>[] = [];
  const warnings = await warningsOf(async () => {
    await using pool = new ctx.Pool(2);
    jobs = upTo(30).map((x) => pool.applyAsync(square, [x]));
    pool.close();
    await pool.join();
  });
  assertEquals(await Promise.all(jobs), upTo(30).map(square));
  assertEquals(warnings, []);
});
