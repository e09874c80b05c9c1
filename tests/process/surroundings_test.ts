import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type Context,
  getContext,
  NotSupportedError,
  Pipe,
  Process,
  type ProcessInit,
  setExecutable,
} from "../../mod.ts";
import { garbageCollector } from "../helpers/collector.ts";
import { answerOf, startWaiting } from "../helpers/waiting.ts";
import { forEachSharedMemory, forEachStartMethod } from "../helpers/methods.ts";
import * as runtime from "../targets/runtime.ts";
import * as targets from "../targets/processes.ts";

forEachStartMethod("Process.env is added to the child's environment, not to this one [PROC-35]", async (ctx) => {
  const [here, there] = Pipe<unknown>();
  const process = new ctx.Process({
    target: targets.sendSurroundings,
    args: [there, ["MP_ADDED", "PATH"]],
    env: { MP_ADDED: "added" },
  });
  await process.start();
  assertEquals(await here.recv(), {
    env: { MP_ADDED: "added", PATH: Deno.env.get("PATH") },
    cwd: Deno.cwd(),
    args: Deno.args,
  });
  await process.join();
  assertEquals(Deno.env.get("MP_ADDED"), undefined);
  here.close();
  there.close();
}, { except: ["worker"] });

forEachStartMethod("Process.cwd is the child's working directory, as a path or a URL [PROC-35]", async (ctx) => {
  const url = new URL("../targets", import.meta.url);
  for (const cwd of [url, decodeURIComponent(url.pathname)]) {
    const [here, there] = Pipe<unknown>();
    const process = new ctx.Process({ target: targets.sendSurroundings, args: [there, []], cwd });
    await process.start();
    assertEquals(await here.recv(), { env: {}, cwd: decodeURIComponent(url.pathname), args: Deno.args });
    await process.join();
    here.close();
    there.close();
  }
}, { except: ["worker"] });

/** What a child finds: variables, and its folder. */
async function surroundingsIn(ctx: Context, init: ProcessInit, variables: string[] = []): Promise<unknown> {
  const [here, there] = Pipe<never, unknown>({ duplex: false });
  const process = new ctx.Process<unknown[]>({
    ...init,
    target: targets.sendSurroundings as never,
    args: [there, variables],
  });
  await process.start();
  there.close();
  const found = await here.recv();
  await process.join();
  here.close();
  return found;
}

forEachStartMethod("Process.cwd that is relative is meant from where this process is at start()", async (ctx) => {
  const own = Deno.cwd();
  const folder = await Deno.makeTempDir();
  try {
    for (const parent of ["a", "b"]) {
      await Deno.mkdir(`${folder}/${parent}/inner 100%`, { recursive: true });
      Deno.chdir(`${folder}/${parent}`);
      const cwd = await Deno.realPath("inner 100%");
      for (const given of ["inner 100%", pathToFileUrl(cwd)]) {
        const found = await surroundingsIn(ctx, { cwd: given });
        assertEquals(found, { env: {}, cwd, args: Deno.args });
      }
    }
  } finally {
    Deno.chdir(own);
    await Deno.remove(folder, { recursive: true });
  }
}, { except: ["worker"] });

/** A URL in which the percent sign stands for itself, as one that was written by hand may be. */
function pathToFileUrl(path: string): URL {
  return new URL(`file://${path}`);
}

forEachStartMethod(
  "Process has the environment of its parent at start(), however long it was kept ready",
  async (ctx) => {
    try {
      for (const value of ["first", "second"]) {
        Deno.env.set("MP_CHANGING", value);
        for (let round = 0; round < 2; round++) {
          const found = await surroundingsIn(ctx, {}, ["MP_CHANGING"]);
          assertEquals(found, { env: { MP_CHANGING: value }, cwd: Deno.cwd(), args: Deno.args });
        }
      }
    } finally {
      Deno.env.delete("MP_CHANGING");
    }
  },
  { except: ["worker"] },
);

Deno.test("Process refuses an environment and a working directory that cannot be", () => {
  const bad: [unknown, new () => Error, string][] = [
    [{ env: new Map([["A", "1"]]) }, TypeError, "env"],
    [{ env: [] }, TypeError, "env"],
    [{ env: { A: 1 } }, TypeError, "env"],
    [{ env: { "A=B": "1" } }, RangeError, '"A=B=1"'],
    [{ env: { "": "1" } }, RangeError, '"=1"'],
    [{ env: { A: "1\0" } }, RangeError, "variable"],
    [{ cwd: 1 }, TypeError, "cwd"],
    [{ cwd: "" }, RangeError, "cwd"],
    [{ cwd: "a\0" }, RangeError, "cwd"],
    [{ cwd: new URL("https://example.com/tmp") }, TypeError, "a file: URL"],
    [{ cwd: new URL("file:///tmp/%ff") }, RangeError, "file:///tmp/%ff"],
    [{ permissions: { read: [new URL("file:///tmp/%ff")] } }, RangeError, "file:///tmp/%ff"],
  ];
  for (const [init, kind, text] of bad) {
    const error = assertThrows(() => new Process(init as ProcessInit), kind, text);
    assertEquals(error.constructor, kind);
  }
  assertThrows(() => setExecutable(new URL("file:///tmp/%ff")), RangeError, "Cannot set the executable");
  assertThrows(() => setExecutable(new URL("https://example.com/deno")), TypeError, "a file: URL");
});

Deno.test("Process refuses to give a command by its name with a PATH of its own", async () => {
  for (const method of ["spawn", "forkserver"] as const) {
    const init: ProcessInit = { target: targets.nothing, permissions: { run: ["ls"] }, env: { PATH: "/tmp" } };
    const process = new (getContext(method).Process)(init);
    await assertRejects(() => process.start(), NotSupportedError, '"ls": env has a PATH of its own');
    const same = new (getContext(method).Process)({ ...init, env: { PATH: Deno.env.get("PATH") ?? "" } });
    await same.start();
    await same.join();
    assertEquals(same.exitCode, 0);
  }
});

forEachStartMethod("Process finds timers that refuse what is no callback, and that can be promisified", async (ctx) => {
  assertEquals(await answerOf(ctx, runtime.sendTimers), {
    promised: "promised",
    errors: ["TypeError", "TypeError"],
    names: ["setTimeout", "clearInterval"],
  });
});

forEachStartMethod(
  "Process.start() with a cwd that is not there is refused, and leaves no child [PROC-35]",
  async (ctx) => {
    const process = new ctx.Process({ target: targets.nothing, cwd: "/no/such/folder" });
    await assertRejects(() => process.start(), Deno.errors.NotFound);
    assertEquals([process.isAlive(), process.pid], [false, undefined]);
  },
  { except: ["worker"] },
);

forEachSharedMemory("Process.start() that is refused leaves no memory", async (ctx) => {
  const collect = await garbageCollector();
  const fail = async () => {
    const process = new ctx.Process({ target: targets.nothing, cwd: "/no/such/folder" });
    await assertRejects(() => process.start(), Deno.errors.NotFound);
  };
  const mapped = async () => {
    // What was let go of is held for the rest of its turn of the event loop, and given back in another.
    await new Promise((resolve) => setTimeout(resolve));
    collect();
    await new Promise((resolve) => setTimeout(resolve));
    return Deno.readTextFileSync("/proc/self/maps").split("memfd:multiprocessing").length;
  };
  await fail();
  const before = await mapped();
  for (let round = 0; round < 10; round++) await fail();
  assertEquals(await mapped(), before);
  const { process, release } = await startWaiting(ctx);
  assert(await mapped() > before, "memory that a child has is not seen");
  release();
  await process.join();
}, { except: ["worker"] });

forEachStartMethod("Process.env and cwd of a worker are refused, with the context that has them", async (ctx) => {
  for (const init of [{ env: { A: "1" } }, { cwd: "/" }]) {
    const process = new ctx.Process({ target: targets.nothing, ...init });
    await assertRejects(() => process.start(), NotSupportedError, '"spawn"');
    assertEquals(process.isAlive(), false);
  }
}, { except: ["spawn", "forkserver"] });

forEachStartMethod("Process has the environment, directory and arguments of its parent [PROC-35]", async (ctx) => {
  const surroundings = await answerOf(ctx, targets.sendSurroundings, ["PATH"]);
  assertEquals(surroundings, { env: { PATH: Deno.env.get("PATH") }, cwd: Deno.cwd(), args: Deno.args });
});

forEachStartMethod("Process finds its standard input empty [PROC-32]", async (ctx) => {
  assertEquals(await answerOf(ctx, targets.sendStandardInput), { read: null, readSync: null, chunks: 0 });
});

forEachStartMethod("Process has none of the parent's open files and sockets [PROC-31]", async (ctx) => {
  const path = await Deno.makeTempFile();
  using _file = await Deno.open(path);
  using _listener = Deno.listen({ port: 0 });
  const [here, there] = Pipe<string[]>();
  const [release, hold] = Pipe<string>();
  const siblings = [];
  const seen = new Set(targets.openFiles().filter((file) => file.startsWith("socket:") || file === path));
  assert(seen.size > 1);
  for (let index = 0; index < 3; index++) {
    const process = new ctx.Process({ target: targets.sendOpenFiles, args: [there, hold] });
    await process.start();
    siblings.push(process);
    const files = await here.recv();
    assert(files.length > 2);
    assertEquals(files.filter((file) => seen.has(file)), []);
    // What the parent has to this child must not be found in the next one.
    for (const file of targets.openFiles()) if (file.startsWith("socket:")) seen.add(file);
  }
  for (const _ of siblings) await release.send("end");
  for (const sibling of siblings) await sibling.join();
  for (const connection of [here, there, release, hold]) connection.close();
  await Deno.remove(path);
}, { except: ["worker"] });

forEachStartMethod("Process finishes what its target left pending before it ends [PROC-34]", async (ctx) => {
  assertEquals(await answerOf(ctx, targets.leaveTimer), "from the timer");
  assertEquals(await answerOf(ctx, targets.leavePromise), "from the promise");
});

forEachStartMethod("parentProcess() is the parent with its pid and name, and alive [PROC-36]", async (ctx) => {
  const facts = await answerOf(ctx, targets.sendFacts);
  assertEquals(facts.parent, { name: "MainProcess", pid: Deno.pid, alive: true });
  assertEquals(await answerOf(ctx, targets.watchParent), true);
  const [here, there] = Pipe<targets.Facts>();
  const process = new ctx.Process({ target: targets.sendFactsOfChild, args: [there], name: "the middle" });
  await process.start();
  const grandchild = await here.recv();
  assertEquals(grandchild.parent, { name: "the middle", pid: process.pid, alive: true });
  await process.join();
  here.close();
  there.close();
});
