import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { activeChildren, InvalidStateError, type Pool } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { Notes, upTo } from "../helpers/notes.ts";
import { forEachProgramRun, runProgram } from "../helpers/program.ts";
import { hold, note, noteAndSquare, same, sameAfter, square, startLater, whoAmI } from "../targets/pool.ts";

forEachStartMethod("Pool.close() and join() wait for all that was submitted [POOL-29] [POOL-31]", async (ctx) => {
  using notes = new Notes();
  const pool = new ctx.Pool(2);
  await assertRejects(() => pool.join(), InvalidStateError, "Pool is still running");
  const jobs = upTo(30).map((x) => pool.applyAsync(noteAndSquare, [notes.path, x]));
  async function* later() {
    for (const x of [1, 2, 3]) yield await Promise.resolve(x);
  }
  // Its input is still being read when the pool is closed.
  const mapped = pool.mapAsync(square, later());
  const stream = pool.imap(square, upTo(200));
  pool.close();
  pool.close();
  await Promise.all([pool.join(), pool.join()]);
  assertEquals(await Promise.all(jobs), upTo(30).map(square));
  assertEquals(await mapped, [1, 4, 9]);
  assertEquals(await Array.fromAsync(stream), upTo(200).map(square));
  assertEquals([notes.lines.length, activeChildren()], [30, []]);
  await pool.join();
  await pool.terminate();
});

forEachStartMethod("Pool.terminate() by an argument, as that is read to be sent, rejects its task too", async (ctx) => {
  for (const submit of ["applyAsync", "imap"] as const) {
    const pool = new ctx.Pool(1);
    assertEquals(await pool.apply(square, [2]), 4);
    let ended: Promise<void> | undefined;
    const argument = {
      get field(): number {
        ended ??= pool.terminate();
        return 1;
      },
    };
    const job = submit === "imap" ? pool.imap(same, [argument]).next() : pool.applyAsync(same, [argument]).get();
    await assertRejects(() => job, InvalidStateError, "terminated");
    await ended;
  }
});

forEachStartMethod("Pool that is not running refuses work [POOL-32] [POOL-33]", async (ctx) => {
  for (const how of ["close", "terminate"] as const) {
    const pool = new ctx.Pool(1);
    await pool[how]();
    assertThrows(() => pool.applyAsync(square, [1]), InvalidStateError, "Pool not running");
    assertThrows(() => pool.mapAsync(square, [1]), InvalidStateError, "Pool not running");
    assertThrows(() => pool.starmapAsync(square, [[1]]), InvalidStateError, "Pool not running");
    assertThrows(() => pool.imap(square, [1]), InvalidStateError, "Pool not running");
    assertThrows(() => pool.imapUnordered(square, [1]), InvalidStateError, "Pool not running");
    await assertRejects(() => pool.apply(square, [1]), InvalidStateError, "Pool not running");
    await assertRejects(() => pool.map(square, [1]), InvalidStateError, "Pool not running");
    await pool.join();
  }
});

forEachStartMethod("Pool.terminate() ends at once what is queued, sent ahead and under way [POOL-30]", async (ctx) => {
  using notes = new Notes();
  const pool = new ctx.Pool(2);
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  await pool.map(square, upTo(50), { chunkSize: 1 });
  const held = [1, 2].map((x) => pool.applyAsync(hold, [begun, goOn, x]));
  const queued = upTo(10_000).map((x) => pool.applyAsync(note, [notes.path, x]));
  await begun.wait();
  // The other worker may have been ready only after both that hold were given to the first.
  const done = new Set<unknown>(queued.filter((job) => job.ready()));
  const ended = pool.terminate();
  await Promise.all([ended, pool.terminate(), pool.join()]);
  for (const job of [...held, ...queued]) {
    assert(job.ready());
    if (done.has(job)) continue;
    await assertRejects(() => job.get(), InvalidStateError, "the pool was terminated");
  }
  assert(notes.lines.length < 200, `${notes.lines.length} done`);
  pool.close();
  await pool.join();
  assertEquals(pool.stats().queued, 0);
});

forEachStartMethod("Pool can be ended at any moment of its start [pain 15]", async (ctx) => {
  const early = new ctx.Pool(2);
  const job = early.applyAsync(square, [1]);
  await early.terminate();
  await assertRejects(() => job.get(), InvalidStateError);
  const closed = new ctx.Pool(1);
  closed.close();
  await closed.join();
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  const starting = new ctx.Pool({ processes: 1, initializer: startLater, initargs: [begun, goOn] });
  const waiting = starting.applyAsync(square, [3]);
  await begun.wait();
  starting.close();
  const joined = starting.join();
  await starting.terminate();
  await joined;
  await assertRejects(() => waiting.get(), InvalidStateError);
});

forEachStartMethod("Pool.terminate() does not wait for a worker that is busy or dying [pain 15]", async (ctx) => {
  const pool = new ctx.Pool(2);
  await pool.apply(square, [1]);
  const job = pool.applyAsync(sameAfter, [60_000, 1]);
  for (const child of activeChildren()) child.kill();
  await pool.terminate();
  await assertRejects(() => job.get());
});

forEachStartMethod(
  "Pool that goes out of scope is terminated, and tells of work that nobody awaited [POOL-34]",
  async (ctx) => {
    const { warn } = console;
    const warnings: string[] = [];
    console.warn = (text: string) => void warnings.push(text);
    try {
      let kept: Pool;
      {
        await using pool = kept = new ctx.Pool(1);
        const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
        const asked = pool.applyAsync(hold, [begun, goOn, 1]).get();
        asked.catch(() => {});
        pool.applyAsync(square, [1]);
        pool.mapAsync(square, [1, 2]);
      }
      assertStringIncludes(String(kept), "state=TERMINATE");
      {
        await using pool = new ctx.Pool(1);
        await pool.applyAsync(square, [1]);
        const done = pool.applyAsync(square, [2]);
        await done.wait();
      }
      assertEquals(warnings.length, 1);
      assertStringIncludes(
        warnings[0] ?? "",
        "2 tasks of <multiprocessing.pool.Pool state=TERMINATE pool_size=1> dropped",
      );
    } finally {
      console.warn = warn;
    }
  },
);

forEachStartMethod("Pool replaces a worker that has done maxTasksPerChild tasks [POOL-35]", async (ctx) => {
  const pool = new ctx.Pool({ processes: 1, maxTasksPerChild: 2 });
  const names = await pool.map(whoAmI as (x: number) => string, upTo(5), { chunkSize: 1 });
  assertEquals([names[0] === names[1], names[2] === names[3], new Set(names).size], [true, true, 3]);
  const chunks = await pool.map(whoAmI as (x: number) => string, upTo(4), { chunkSize: 4 });
  assertEquals([new Set(chunks).size, chunks[0] === names[4]], [1, true], "a chunk is one task");
  pool.close();
  await pool.join();
});

forEachStartMethod(
  "Pool: to close it while workers are replaced finishes everything [POOL-36] [pain 9]",
  async (ctx) => {
    for (const [processes, maxTasksPerChild, tasks] of [[3, 1, 6], [2, 3, 7], [1, 2, 0]] as const) {
      const pool = new ctx.Pool({ processes, maxTasksPerChild });
      const jobs = upTo(tasks).map((x) => pool.applyAsync(same, [x]));
      if (tasks > 6) await jobs[2];
      pool.close();
      await pool.join();
      assertEquals(await Promise.all(jobs), upTo(tasks));
    }
  },
);

forEachStartMethod("Pool: to map over a hundred thousand leaves nothing open [POOL-42]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const sums = await pool.map(square, upTo(100_000));
  assertEquals([sums.length, sums[99_999]], [100_000, 99_999 ** 2]);
  const { queued, running } = pool.stats();
  assertEquals([queued, running], [0, 0]);
});

forEachProgramRun(
  "Pool that is idle does not keep the program, and one that is not closed says so once [POOL-41]",
  async (run) => {
    const { code, stdout, stderr } = await run("pool_left_open.ts");
    assertEquals([code, stdout], [0, "9\n"], stderr);
    const warnings = stderr.split("\n").filter((line) => line.includes("unclosed running multiprocessing pool"));
    assertEquals(warnings.length, 1, stderr);
  },
);

forEachProgramRun(
  "Pool that nobody has any more is ended, but not while its results are awaited [POOL-42]",
  async (_, method) => {
    const { code, stdout, stderr } = await runProgram("pool_dropped.ts", [method], {
      flags: ["-A", "--v8-flags=--expose-gc"],
    });
    assertEquals([code, stdout], [0, "4\n0,1,4,9\n0,1,4\nfive\ntold\nno children\n"], stderr);
    assertStringIncludes(stderr, "unclosed running multiprocessing pool");
  },
);
