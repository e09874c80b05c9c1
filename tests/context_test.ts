import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import * as mp from "../mod.ts";
import { answerOf } from "./helpers/waiting.ts";
import { forEachStartMethod } from "./helpers/methods.ts";
import { forEachProgramRun, programUrl, runProgram } from "./helpers/program.ts";
import * as targets from "./targets/processes.ts";

const CLASSES: Record<mp.StartMethod, [context: unknown, process: unknown]> = {
  spawn: [mp.SpawnContext, mp.SpawnProcess],
  forkserver: [mp.ForkServerContext, mp.ForkServerProcess],
  worker: [mp.WorkerContext, mp.WorkerProcess],
};

forEachStartMethod("getContext() has the module's own surface [CTX-02]", async (ctx) => {
  const members = ["Pipe", "activeChildren", "cpuCount", "currentProcess", "parentProcess", "setExecutable"] as const;
  for (const member of members) assertEquals(ctx[member], mp[member]);
  const rest = ["setForkserverPreload", "freezeSupport", "getAllStartMethods"] as const;
  for (const member of rest) assertEquals(typeof ctx[member], "function");
  assertEquals(ctx.getAllStartMethods(), mp.getAllStartMethods());
  assert(new ctx.Process() instanceof mp.Process);
  // What there is one of, whatever the context.
  const own = ["Context", "SpawnContext", "SpawnProcess", "ForkServerContext", "ForkServerProcess", "WorkerContext"];
  const missing = Object.keys(mp).filter((name) => Reflect.get(ctx, name) === undefined);
  assertEquals(missing.sort(), [...own, "WorkerProcess", "dummy"].sort());
  await Promise.resolve();
});

forEachStartMethod(
  "Process.start() refuses values in memory that its process could not reach [CTX-11]",
  async (ctx) => {
    const value = new (mp.getContext("worker").Value)("i", 1);
    const process = new ctx.Process({ target: targets.nothing, args: [value] as unknown as [] });
    await assertRejects(() => process.start(), mp.NotSupportedError, "make it by the context of that process");
    assertEquals([process.isAlive(), mp.activeChildren()], [false, []]);
  },
  { except: ["worker"] },
);

forEachStartMethod("getContext() gives one object a method, of its own class [CTX-02] [CTX-10]", async (ctx) => {
  const [contextClass, processClass] = CLASSES[ctx.getStartMethod()];
  assertEquals(ctx.constructor, contextClass);
  assertEquals(ctx.Process, processClass);
  assertEquals(mp.getContext(ctx.getStartMethod()), ctx);
  assert(ctx instanceof mp.Context);
  await Promise.resolve();
});

forEachStartMethod("Context.getContext() without a name is itself, with one another [CTX-08]", async (ctx) => {
  assertEquals(ctx.getContext(), ctx);
  assertEquals(ctx.getContext(null), ctx);
  assertEquals(ctx.getContext("worker"), mp.getContext("worker"));
  assertThrows(() => ctx.getContext("nope" as mp.StartMethod), RangeError, "Cannot find context");
  await Promise.resolve();
});

forEachStartMethod("Context.setStartMethod() is refused [CTX-09]", async (ctx) => {
  for (const method of ["spawn", "worker", null] as const) {
    assertThrows(() => ctx.setStartMethod(method), mp.InvalidStateError, "Cannot set start method of concrete context");
    assertThrows(() => ctx.setStartMethod(method, { force: true }), mp.InvalidStateError, "concrete context");
  }
  assertEquals(ctx.getStartMethod({ allowNone: true }), ctx.getStartMethod());
  await Promise.resolve();
});

forEachStartMethod("Context of a child is that of the method that started it [CTX-10]", async (ctx) => {
  const facts = await answerOf(ctx, targets.sendFacts);
  assertEquals(facts.startMethod, ctx.getStartMethod());
  assertEquals(facts.contextClass, ctx.constructor.name);
  assertEquals(facts.processClass, ctx.Process.name);
});

forEachStartMethod("Context: objects of one suit the processes of every other [CTX-11] [CTX-12]", async (ctx) => {
  for (const method of mp.getAllStartMethods()) {
    const [here, there] = ctx.Pipe<unknown>();
    const process = new (mp.getContext(method).Process)({ target: targets.sendArgs, args: [there, method] });
    await process.start();
    assertEquals(await here.recv(), [method]);
    await process.join();
    here.close();
    there.close();
  }
});

forEachStartMethod("Context: a child passes its arguments on to a child of its own [CTX-12]", async (ctx) => {
  const [here, there] = ctx.Pipe<targets.Facts>();
  const process = new ctx.Process({ target: targets.sendFactsOfChild, args: [there] });
  await process.start();
  const facts = await here.recv();
  await process.join();
  assertEquals(facts.name, `${process.name}:1`);
  assertEquals([facts.startMethod, process.exitCode], [ctx.getStartMethod(), 0]);
  here.close();
  there.close();
});

forEachStartMethod("Context: processes of several run in one program [CTX-02]", async (ctx) => {
  const contexts = [ctx, ...mp.getAllStartMethods().map((method) => mp.getContext(method))];
  const processes = contexts.map(({ Process }) => new Process({ target: targets.nothing }));
  await Promise.all(processes.map((process) => process.start()));
  await Promise.all(processes.map((process) => process.join()));
  assertEquals(processes.map(({ exitCode }) => exitCode), contexts.map(() => 0));
});

Deno.test("cpuCount() is a whole number of processors [MISC-03]", () => {
  assert(Number.isInteger(mp.cpuCount()) && mp.cpuCount() >= 1);
});

Deno.test("activeChildren() gives a list of its own [MISC-02]", () => {
  mp.activeChildren().push(mp.currentProcess());
  assertEquals(mp.activeChildren(), []);
});

Deno.test("freezeSupport() is without effect in a program that is not compiled [CTX-23]", () => {
  assertEquals(mp.freezeSupport(), undefined);
});

Deno.test("A compiled program has workers, and says so, unless it is told of a deno [CTX-23] [CTX-06]", async () => {
  const { code, stdout, stderr } = await runProgram("compiled.ts", ["another/deno"]);
  const [first, spawn, forkserver, ...rest] = stdout.trimEnd().split("\n");
  assertEquals([code, stderr, first, rest], [0, "", "worker", ["hello from a worker", "spawn,forkserver,worker"]]);
  for (const refusal of [spawn, forkserver]) {
    assertMatch(refusal ?? "", /^NotSupportedError: Cannot start a child process: a compiled program.*setExecutable/);
  }
});

Deno.test("setForkserverPreload() wants absolute URLs [CTX-20]", () => {
  for (const module of ["./relative.ts", "bare", 1, null, {}]) {
    assertThrows(() => mp.setForkserverPreload([module as string]), TypeError, "absolute URL");
  }
  mp.setForkserverPreload([]);
});

Deno.test("setForkserverPreload() has modules evaluated once in each child [CTX-21]", async () => {
  const { code, stdout, stderr } = await runProgram("preload.ts", ["_preloaded.ts"]);
  assertEquals([code, stdout, stderr], [0, "preloaded once\n0\n".repeat(3), ""]);
});

Deno.test("setForkserverPreload() does no harm with modules that cannot be imported [CTX-20]", async () => {
  const { code, stdout } = await runProgram("preload.ts", ["no_such_module.ts", "_preloaded.ts"]);
  assertEquals([code, stdout], [0, "preloaded once\n0\n".repeat(3)]);
});

Deno.test("Context forkserver starts anew when the warm processes were killed [CTX-22]", async () => {
  const { code, stdout, stderr } = await runProgram("warm_killed.ts", []);
  assertEquals([code, stdout, stderr], [0, "0\ntrue 0\n", ""]);
});

forEachProgramRun(
  "setExecutable() names what children run, and the flags they get besides [CTX-24]",
  async (run, method) => {
    const wrapper = await Deno.makeTempFile({ suffix: ".sh" });
    await Deno.writeTextFile(wrapper, `#!/bin/sh\nMP_WRAPPED=yes exec "${Deno.execPath()}" "$@"\n`, { mode: 0o755 });
    await Deno.chmod(wrapper, 0o755);
    const { code, stdout, stderr } = await run("executable.ts", wrapper);
    await Deno.remove(wrapper);
    const child = method === "worker" ? "child undefined undefined" : "child yes function";
    assertEquals([code, stdout, stderr], [0, `${child}\n0\n`, ""]);
  },
);

Deno.test("setExecutable() refuses what is no path or flag [CTX-24]", () => {
  assertThrows(() => mp.setExecutable(""), TypeError, "non-empty");
  assertThrows(() => mp.setExecutable(1 as unknown as string), TypeError, "non-empty");
  assertThrows(() => mp.setExecutable(Deno.execPath(), { args: ["main.ts"] }), TypeError, "flag");
});

forEachStartMethod(
  "setExecutable() of what is not there makes start() fail, and leaves no child [CTX-24]",
  async (ctx) => {
    mp.setExecutable(programUrl("no_such_deno"));
    try {
      const process = new ctx.Process({ target: targets.nothing });
      const error = await assertRejects(() => process.start(), Deno.errors.NotFound);
      assertMatch(error.message, /no_such_deno/);
      assertEquals([process.isAlive(), process.pid], [false, undefined]);
    } finally {
      mp.setExecutable(Deno.execPath());
    }
  },
  { except: ["worker"] },
);
