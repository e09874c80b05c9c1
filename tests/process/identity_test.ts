import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { currentProcess, Pipe, Process } from "../../mod.ts";
import { answerOf, startWaiting } from "../helpers/waiting.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import * as targets from "../targets/processes.ts";

forEachStartMethod("Process.name counts the processes constructed, named ones too [PROC-08] [PROC-09]", async (ctx) => {
  const first = new ctx.Process();
  const named = new ctx.Process({ name: "named" });
  const third = new ctx.Process();
  assertMatch(first.name, /^Process-\d+$/);
  assertEquals(named.name, "named");
  assertEquals(third.name, `Process-${Number(first.name.slice("Process-".length)) + 2}`);
  await Promise.resolve();
});

forEachStartMethod("Process.name of a grandchild has a number for each generation [PROC-08]", async (ctx) => {
  const [here, there] = Pipe<string[]>();
  const process = new ctx.Process({ target: targets.sendChildNames, args: [there] });
  await process.start();
  assertEquals(await here.recv(), [`${process.name}:1`, "named", `${process.name}:3`]);
  await process.join();
  here.close();
  there.close();
});

Deno.test("Process.name is the default one where the given one is empty, as in Python", () => {
  assertMatch(new Process({ name: "" }).name, /^Process-\d+$/);
});

Deno.test("Process.name of a subclass begins with the name of the class [PROC-10]", () => {
  class Worker extends Process {}
  const names = Array.from({ length: 5 }, () => new Worker().name);
  const first = Number(names[0]?.slice("Worker-".length));
  assertEquals(names, [0, 1, 2, 3, 4].map((index) => `Worker-${first + index}`));
});

forEachStartMethod("Process.name is writable and need not be unique [PROC-11]", async (ctx) => {
  const process = new ctx.Process({ name: "same" });
  const other = new ctx.Process({ name: "same" });
  assertEquals(process.name, other.name);
  process.name = "other";
  assertEquals(process.name, "other");
  assertThrows(() => Reflect.set(process, "name", 1), TypeError, "string");
  assertThrows(() => new ctx.Process({ name: 1 as unknown as string }), TypeError, "string");
  assertEquals(process.name, "other");
  await Promise.resolve();
});

Deno.test("currentProcess() is MainProcess in the main process [PROC-12]", () => {
  const process = currentProcess();
  assertEquals(process.name, "MainProcess");
  assertEquals(process.daemon, false);
  assertEquals(process.isAlive(), true);
  assertEquals(process.exitCode, null);
  assertEquals(process.pid, Deno.pid);
  assertEquals(typeof process.ident, "string");
  assertEquals(currentProcess(), process);
});

forEachStartMethod("currentProcess() in the child is as the parent sees it [PROC-12]", async (ctx) => {
  const [here, there] = Pipe<targets.Facts>();
  const process = new ctx.Process({ target: targets.sendFacts, args: [there], name: "child" });
  process.authKey = new Uint8Array([1, 2, 3]);
  await process.start();
  const facts = await here.recv();
  assertEquals(facts.name, "child");
  assertEquals(facts.pid, process.pid);
  assertEquals(facts.ident, process.ident);
  assertEquals([...facts.authKey], [1, 2, 3]);
  assertEquals([facts.alive, facts.exitCode, facts.daemon], [true, null, false]);
  await process.join();
  here.close();
  there.close();
});

forEachStartMethod("Process.pid and ident are kept after the end [PROC-19]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  const { pid, ident } = process;
  assertEquals(typeof pid, "number");
  assertEquals(typeof ident, "string");
  assertEquals(pid === Deno.pid, ctx.getStartMethod() === "worker");
  release();
  await process.join();
  assertEquals([process.pid, process.ident], [pid, ident]);
});

forEachStartMethod("Process.ident differs between all processes of the program [PROC-19]", async (ctx) => {
  const running = await Promise.all([startWaiting(ctx), startWaiting(ctx), startWaiting(ctx)]);
  const idents = new Set([currentProcess().ident, ...running.map(({ process }) => process.ident)]);
  assertEquals(idents.size, 4);
  for (const { process, release } of running) {
    release();
    await process.join();
  }
});

forEachStartMethod(
  "Process.authKey is 32 random bytes, inherited at construction and replaceable [PROC-21]",
  async (ctx) => {
    const own = currentProcess().authKey;
    assertEquals(own.length, 32);
    assert(new Set(own).size > 8);
    const process = new ctx.Process();
    assertEquals(process.authKey, own);
    currentProcess().authKey = new Uint8Array([9]);
    assertEquals(process.authKey, own);
    assertEquals(new ctx.Process().authKey, new Uint8Array([9]));
    currentProcess().authKey = own;
    assertThrows(() => Reflect.set(process, "authKey", "text"), TypeError, "bytes");
    const facts = await answerOf(ctx, targets.sendFacts);
    assertEquals(facts.authKey, own);
  },
);

Deno.test("Process.authKey is refused by a connection [PROC-22]", async () => {
  const [here, there] = Pipe();
  for (const value of [currentProcess().authKey, { deep: [currentProcess().authKey] }]) {
    await assertRejects(() => here.send(value), TypeError, "authentication key");
  }
  await here.send(currentProcess().authKey.slice());
  assertEquals(await there.recv(), currentProcess().authKey.slice());
  here.close();
  there.close();
});

forEachStartMethod(
  "Process in words has its name, parent, state, exit code or signal, and daemon [PROC-28]",
  async (ctx) => {
    const process = new ctx.Process({ name: "words", target: targets.waitForEver });
    const parent = `parent=${Deno.pid}`;
    const start = `<${ctx.Process.name} name='words'`;
    assertEquals(Deno.inspect(process), `${start} ${parent} initial>`);
    assertEquals(String(process), Deno.inspect(process));
    process.daemon = true;
    assertEquals(String(process), `${start} ${parent} initial daemon>`);
    await process.start();
    assertEquals(String(process), `${start} pid=${process.pid} ${parent} started daemon>`);
    process.terminate();
    await process.join();
    assertEquals(String(process), `${start} pid=${process.pid} ${parent} stopped exitcode=-SIGTERM daemon>`);
    const quick = new ctx.Process({ name: "quick" });
    await quick.start();
    await quick.join();
    assertStringIncludes(String(quick), "stopped exitcode=0>");
    quick.close();
    assertStringIncludes(String(quick), `${parent} closed>`);
  },
);
