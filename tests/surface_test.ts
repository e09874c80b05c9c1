/** What the module promises as a whole: its names, and that its parts suit each other. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as mp from "../mod.ts";
import { forEachStartMethod } from "./helpers/methods.ts";
import { forEachProgramRun } from "./helpers/program.ts";
import { answerOf, isRunning, startWaiting } from "./helpers/waiting.ts";
import * as targets from "./targets/surface.ts";

const NAMES = [
  ...["Array", "AuthenticationError", "Barrier", "BoundedSemaphore", "BufferTooShort", "Condition", "Event", "Lock"],
  ...["JoinableQueue", "Manager", "Pipe", "Pool", "Process", "ProcessError", "Queue", "RLock", "RawArray", "RawValue"],
  ...["Semaphore", "SimpleQueue", "TimeoutError", "Value", "activeChildren", "cpuCount", "currentProcess"],
  ...["freezeSupport", "getAllStartMethods", "getContext", "getLogger", "getStartMethod", "logToStderr"],
  ...["copy", "parentProcess", "setExecutable", "setForkserverPreload", "setStartMethod", "synchronized"],
];

Deno.test("The module and its contexts have Python's public names [CTX-25] [CTX-02] [SCT-01]", () => {
  for (const name of NAMES) {
    assertEquals(typeof Reflect.get(mp, name), "function", name);
    for (const method of mp.getAllStartMethods()) {
      assertEquals(typeof Reflect.get(mp.getContext(method), name), "function", `${method} ${name}`);
    }
  }
  assertEquals([mp.SUBDEBUG, mp.SUBWARNING], [5, 25]);
  // Python's ctx.reducer and connection.wait.
  assertEquals([typeof mp.registerReducer, typeof mp.wait], ["function", "function"]);
});

Deno.test("The module has no kin of threading's activeCount, enumerate, settrace, setprofile, Timer and local [CTX-26]", () => {
  for (
    const name of ["activeCount", "enumerate", "settrace", "setTrace", "setprofile", "setProfile", "Timer", "local"]
  ) {
    assertEquals(name in mp || name in mp.getContext("worker"), false, name);
  }
});

forEachStartMethod("Queue has no taskDone() and join(), but shutdown() [QUE-23]", async (ctx) => {
  const [queue, joinable] = [new ctx.Queue(), new ctx.JoinableQueue()];
  assertEquals(["taskDone" in queue, "join" in queue, "shutdown" in queue], [false, false, true]);
  assertEquals(["taskDone" in joinable, "join" in joinable, "shutdown" in joinable], [true, true, true]);
  await Promise.resolve();
});

forEachStartMethod("registerReducer() and [reduce]() send objects of classes to processes [MISC-05]", async (ctx) => {
  assertEquals(ctx.registerReducer, mp.registerReducer);
  const [queue, [here, there]] = [new ctx.Queue<targets.Fahrenheit>(), ctx.Pipe<targets.Celsius>()];
  const process = new ctx.Process({ target: targets.convert, args: [queue, there] });
  await process.start();
  await queue.put(new targets.Fahrenheit(212));
  const answer = await here.recv();
  assert(answer instanceof targets.Celsius);
  assertEquals(answer.degrees, 100);
  await process.join();
  here.close();
  there.close();
});

forEachStartMethod(
  "setStartMethod() in a child is refused: it goes on with the method that made it [CTX-03] [CTX-10]",
  async (ctx) => {
    const refusal = await answerOf(ctx, targets.setMethodAgain);
    assertEquals(
      refusal,
      `InvalidStateError: Cannot set the start method: it has already been set to "${ctx.getStartMethod()}"; ` +
        "{ force: true } sets it anew",
    );
  },
);

forEachStartMethod("Process keeps what it was given alive, whatever becomes of it elsewhere [MISC-07]", async (ctx) => {
  const [here, there] = ctx.Pipe<string>();
  const process = new ctx.Process<unknown[]>({
    target: targets.useLater as (...args: never[]) => unknown as (...args: unknown[]) => unknown,
    args: [there, new ctx.Lock(), new ctx.Queue<string>()],
  });
  await process.start();
  there.close();
  assertEquals(await here.recv(), "runs");
  collectGarbage();
  await here.send("go on");
  assertEquals(await here.recv(), "still there");
  await process.join();
  assertEquals(process.exitCode, 0);
  here.close();
});

forEachStartMethod("Process that nobody joined leaves nothing behind when it has ended [MISC-07]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  release();
  await mp.wait([process.sentinel]);
  assertEquals([process.exitCode, ctx.activeChildren()], [0, []]);
  // Deno lets only those look into /proc who may do everything.
  const mayLook = Deno.permissions.querySync({ name: "ffi" }).state === "granted";
  if (mayLook && ctx.getStartMethod() !== "worker") assertEquals(isRunning(process.pid ?? 0), false);
});

forEachStartMethod(
  "Process cannot be started by a task of a pool, as its workers are daemons [DAEM-07]",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    const outcome = await pool.apply(targets.startInTask, [ctx.getStartMethod()]);
    assertStringIncludes(outcome, "true InvalidStateError: Cannot start process");
    assertStringIncludes(outcome, "daemonic processes are not allowed to have children");
  },
);

forEachProgramRun("A lock at the top level of the main module is no leak in a child [FIN-05]", async (run) => {
  assertEquals(await run("global_lock.ts"), { code: 0, signal: null, stdout: "child true\nmain true\n", stderr: "" });
});

Deno.test("setForkserverPreload() and setExecutable() refuse what is of the wrong kind [CTX-20] [CTX-24]", async () => {
  const refusals = [
    () => mp.setForkserverPreload("file:///x.ts" as unknown as string[]),
    () => mp.setExecutable(new URL("https://deno.land/deno")),
  ];
  for (const refusal of refusals) await assertRejects(() => Promise.try(refusal), TypeError, "Cannot");
});

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
}

forEachStartMethod("Options may be left undefined by name, as who passes them on does", async (ctx) => {
  const none = undefined as number | undefined;
  const lock = new ctx.Lock();
  assert(await lock.acquire({ timeout: none, signal: undefined, block: undefined }));
  await lock.release();
  const init = { name: undefined, daemon: undefined, args: undefined, env: undefined, permissions: undefined };
  const process = new ctx.Process({ ...init, target: targets.nothing, stdout: undefined });
  await process.start();
  await process.join({ timeout: none });
  assertEquals(process.exitCode, 0);
  await using pool = new ctx.Pool({ processes: 1, initializer: undefined, maxTasksPerChild: undefined });
  assertEquals(await pool.map(targets.twice, [1, 2], { chunkSize: none, timeout: none, signal: undefined }), [2, 4]);
  using listener = new mp.Listener({ address: ["127.0.0.1", 0], authKey: undefined, backlog: undefined });
  assertEquals(await mp.wait([listener], { timeout: 0, signal: undefined }), []);
});
