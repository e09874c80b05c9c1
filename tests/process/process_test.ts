import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { activeChildren, currentProcess, getContext, InvalidStateError, Pipe, Process } from "../../mod.ts";
import { answerOf, startWaiting } from "../helpers/waiting.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { textOf } from "../helpers/text.ts";
import * as targets from "../targets/processes.ts";

forEachStartMethod("Process runs its target with its arguments elsewhere [PROC-01]", async (ctx) => {
  const process = new ctx.Process({ target: targets.hello, args: ["bob"], stdout: "piped" });
  await process.start();
  const text = textOf(process.stdout);
  await process.join();
  assertEquals(await text, "hello bob\n");
});

forEachStartMethod("Process runs in a process of its own, whose parent is this one [PROC-02]", async (ctx) => {
  const facts = await answerOf(ctx, targets.sendFacts);
  assertEquals(facts.isMain, false);
  assertNotEquals(facts.ident, currentProcess().ident);
  if (ctx.getStartMethod() === "worker") assertEquals(facts.osPid, Deno.pid);
  else assertNotEquals(facts.osPid, Deno.pid);
  if (ctx.getStartMethod() !== "worker") assertEquals(facts.osParent, Deno.pid);
});

forEachStartMethod("Process has no pid, exit code or life before start() [PROC-03]", async (ctx) => {
  const process = new ctx.Process({ target: targets.nothing });
  assertEquals(process.pid, undefined);
  assertEquals(process.ident, undefined);
  assertEquals(process.exitCode, null);
  assertEquals(process.isAlive(), false);
  assert(!activeChildren().includes(process));
  await Promise.resolve();
});

forEachStartMethod("Process without a target starts, does nothing and exits with 0 [PROC-04]", async (ctx) => {
  const process = new ctx.Process();
  await process.start();
  await process.join();
  assertEquals(process.exitCode, 0);
});

Deno.test("Process has no group [PROC-05]", () => {
  // @ts-expect-error Python has it for compatibility only.
  const process = new Process({ group: null });
  assertEquals(process.exitCode, null);
});

forEachStartMethod("Process passes arguments on unchanged [PROC-06]", async (ctx) => {
  for (const args of [[], [1], ["str"], [[1]], [[[1]], null, undefined, { a: new Map([[1n, new Set([NaN])]]) }]]) {
    assertEquals(await answerOf(ctx, targets.sendArgs, ...args), args);
  }
});

forEachStartMethod(
  "Process: what a child sends is not lost if its parent is too busy to see it come and go",
  async (ctx) => {
    const [here, there] = Pipe<unknown>();
    // Kept warm from now on, where they are.
    assertEquals(await answerOf(ctx, targets.sendArgs), []);
    const process = new ctx.Process({ target: targets.sendArgs, args: [there, 1] });
    await process.start();
    there.close();
    // Longer than it would take to start, send and end.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    assertEquals(await here.recv(), [1]);
    await process.join();
    assertEquals(process.exitCode, 0);
    here.close();
  },
);

forEachStartMethod("Process takes what it is made of from any object that has it", async (ctx) => {
  const [here, there] = Pipe<unknown>();
  class Init {
    get target(): never {
      return targets.sendArgs as never;
    }
    get args(): unknown[] {
      return [there, 1];
    }
  }
  const process = new ctx.Process<unknown[]>(Object.create(new Init()));
  await process.start();
  assertEquals(await here.recv(), [1]);
  await process.join();
  here.close();
  there.close();
});

forEachStartMethod("Process passes the arguments that it was constructed with, as Python does", async (ctx) => {
  const [here, there] = Pipe<unknown>();
  const [args, kwargs]: [unknown[], Record<string, unknown>] = [[there, 1], { a: 1 }];
  const process = new ctx.Process<unknown[]>({ target: targets.sendArgs as never, args, kwargs });
  args.push("too late");
  kwargs["b"] = "too late";
  await process.start();
  assertEquals(await here.recv(), [1, { a: 1 }]);
  await process.join();
  here.close();
  there.close();
});

Deno.test({
  name: "Process by forkserver is one that was launched before it was asked for, but for the first",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const ctx = getContext("forkserver");
    const uptime = () => Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]);
    const launched: boolean[] = [];
    for (let round = 0; round < 3; round++) {
      const asked = uptime();
      const { process, release } = await startWaiting(ctx, { env: { MP_LAUNCHED: "ahead" } });
      // In hundredths of a second since the system was started: proc(5).
      const fields = Deno.readTextFileSync(`/proc/${process.pid}/stat`).split(") ")[1]?.split(" ") ?? [];
      launched.push(Number(fields[19]) / 100 <= asked);
      release();
      await process.join();
    }
    assertEquals(launched.slice(1), [true, true]);
  },
});

forEachStartMethod("Process passes kwargs on as the last argument [PROC-07]", async (ctx) => {
  const [here, there] = Pipe<unknown>();
  const kwargs = { hello: 23, bye: 2.54 };
  const process = new ctx.Process({ target: targets.sendArgs, args: [there, 1], kwargs });
  await process.start();
  assertEquals(await here.recv(), [1, kwargs]);
  await process.join();
  here.close();
  there.close();
});

forEachStartMethod("Process.start() works once, even after the end [PROC-13]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  await assertRejects(() => process.start(), InvalidStateError, "already started");
  release();
  await process.join();
  await assertRejects(() => process.start(), InvalidStateError, "already started");
});

forEachStartMethod("Process.start() called twice at once starts one child [PROC-13]", async (ctx) => {
  const process = new ctx.Process({ target: targets.nothing });
  const [first, second] = await Promise.allSettled([process.start(), process.start()]);
  assertEquals([first.status, second.status], ["fulfilled", "rejected"]);
  assertEquals(activeChildren().length <= 1, true);
  await process.join();
  assertEquals(process.exitCode, 0);
});

forEachStartMethod("Process members belong to the process that made it [PROC-14]", async (ctx) => {
  const [here, there] = Pipe<Record<string, string>>();
  const process = new ctx.Process({ target: targets.misuseOthers, args: [there] });
  await process.start();
  const outcomes = await here.recv();
  await process.join();
  assertEquals(Object.keys(outcomes).length, 9);
  assertEquals([...new Set(Object.values(outcomes))], ["InvalidStateError"]);
  here.close();
  there.close();
});

forEachStartMethod("Process.run() called directly runs the target here [PROC-26]", async (ctx) => {
  const seen: unknown[] = [];
  const target = (...args: unknown[]) => {
    seen.push(...args);
    return "result";
  };
  const process = new ctx.Process({ target, args: [1, 2], kwargs: { three: 3 } });
  assertEquals(process.run(), "result");
  assertEquals(seen, [1, 2, { three: 3 }]);
  assertEquals(new ctx.Process().run(), undefined);
  assertEquals(process.isAlive(), false);
  await Promise.resolve();
});

forEachStartMethod(
  "Process may start processes of its own, in order, to any depth [PROC-29] [DAEM-08]",
  async (ctx) => {
    const [here, there] = Pipe<number[]>();
    const process = new ctx.Process({ target: targets.recurse, args: [there, [], 2] });
    await process.start();
    there.close();
    const places: number[][] = [];
    for await (const place of here) places.push(place);
    await process.join();
    assertEquals(places, [[], [0], [0, 0], [0, 1], [1], [1, 0], [1, 1]]);
    assertEquals(process.exitCode, 0);
    here.close();
  },
);

forEachStartMethod("Process: many at once all exit with 0 [PROC-30]", async (ctx) => {
  const count = ctx.getStartMethod() === "worker" ? 30 : 8;
  const processes = Array.from({ length: count }, () => new ctx.Process({ target: targets.nothing }));
  await Promise.all(processes.map((process) => process.start()));
  await Promise.all(processes.map((process) => process.join()));
  assertEquals(processes.map(({ exitCode }) => exitCode), processes.map(() => 0));
});

forEachStartMethod("Process: many terminated just after start() all give -SIGTERM [PROC-30]", async (ctx) => {
  const count = ctx.getStartMethod() === "worker" ? 30 : 8;
  const processes = Array.from({ length: count }, () => new ctx.Process({ target: targets.waitForEver }));
  await Promise.all(processes.map((process) => process.start()));
  for (const process of processes) process.terminate();
  await Promise.all(processes.map((process) => process.join()));
  assertEquals(processes.map(({ exitCode }) => exitCode), processes.map(() => -15));
});
