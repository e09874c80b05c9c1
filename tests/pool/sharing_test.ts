import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { activeChildren, EOFError, Pipe, Queue } from "../../mod.ts";
import { forEachSharedMemory, forEachStartMethod } from "../helpers/methods.ts";
import { upTo } from "../helpers/notes.ts";
import { forEachProgramRun, runProgram } from "../helpers/program.ts";
import { sharesMemory } from "../helpers/party.ts";
import { count, giveQueue, hold, mirror, same, square, tellOver, useAll } from "../targets/pool.ts";

forEachStartMethod("Pool: shared objects travel as arguments and as results", async (ctx) => {
  const method = ctx.getStartMethod() ?? "worker";
  await using pool = new ctx.Pool(2);
  const [queue, lock] = [new ctx.Queue<string>(), new ctx.Lock()];
  const value = sharesMemory(method) ? new ctx.Value("i", 41) : null;
  const [here, there] = Pipe<string, string>();
  const used = pool.applyAsync(useAll, [{ queue, lock, value, connection: there }]);
  await here.send("ping");
  assertEquals([await used, await here.recv(), await queue.get()], ["ping", "ping, and back", "over the queue"]);
  if (value !== null) assertEquals(value.value, 42);
  there.close();
  await assertRejects(() => here.recv(), EOFError);
  here.close();
  const made = await pool.apply(giveQueue, [method]);
  assertInstanceOf(made, Queue);
  assertEquals(await made.get(), "from a worker");
});

forEachStartMethod(
  "Pool: a connection that went with a task ends with it, whatever becomes of the task",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    const [begun, goOn, controller] = [new ctx.Event(), new ctx.Event(), new AbortController()];
    await pool.map(square, upTo(50), { chunkSize: 1 });
    const held = pool.applyAsync(hold, [begun, goOn, 1]);
    const pipes = upTo(3).map(() => Pipe<string, string>());
    const jobs = pipes.map(([, there], x) =>
      pool.applyAsync(tellOver as never, [there, `pipe ${x}`], x === 0 ? { signal: controller.signal } : {})
    );
    for (const [, there] of pipes) there.close();
    await begun.wait();
    // One is aborted before it has begun, the others are given to another worker after the death of theirs.
    controller.abort(new Error("not wanted"));
    await assertRejects(() => jobs[0]?.get() ?? Promise.resolve(), Error, "not wanted");
    await assertRejects(() => pipes[0]?.[0].recv() ?? Promise.resolve(), EOFError);
    activeChildren()[0]?.kill();
    await assertRejects(() => held.get());
    for (const x of [1, 2]) {
      await jobs[x];
      assertEquals(await pipes[x]?.[0].recv(), `pipe ${x}`);
      await assertRejects(() => pipes[x]?.[0].recv() ?? Promise.resolve(), EOFError);
    }
    for (const [here] of pipes) here.close();
  },
);

forEachSharedMemory("Pool: tasks share a value under its lock", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const value = new ctx.Value("i", 0);
  await pool.starmap(count, upTo(8).map(() => [value, 20] as [typeof value, number]), { chunkSize: 1 });
  assertEquals(value.value, 160);
});

forEachStartMethod("Pool: large arguments and results, while small ones go on", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const bytes = new Uint8Array(8 << 20).fill(6);
  const large = pool.applyAsync(mirror, [bytes]);
  assertEquals(await pool.map(square, upTo(50), { chunkSize: 1 }), upTo(50).map(square));
  const mirrored = await large;
  assertEquals([mirrored.length, mirrored[0], mirrored[mirrored.length - 1]], [bytes.length, 7, 7]);
  const several = await pool.map(same<Uint8Array>, upTo(6).map((x) => new Uint8Array(1 << 19).fill(x)), {
    chunkSize: 1,
  });
  assertEquals(several.map((each) => [each.length, each[0]]), upTo(6).map((x) => [1 << 19, x]));
});

forEachStartMethod("Pool: arguments are those of the call, whatever becomes of them afterwards", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const list = [1, 2, 3];
  const result = pool.applyAsync(same<number[]>, [list]);
  list.push(4);
  assertEquals(await result, [1, 2, 3]);
});

forEachProgramRun("Pool keeps neither arguments nor results of tasks that are done [POOL-40]", async (_, method) => {
  const flags = ["-A", "--v8-flags=--expose-gc"];
  const { code, stdout, stderr } = await runProgram("pool_memory.ts", [method, "10000"], { flags });
  assertEquals(code, 0, stderr);
  // What is kept on purpose, as buffers for messages, is small.
  assert(Number(stdout) < 2, `${stdout} MiB more`);
});
