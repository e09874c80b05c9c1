import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  getAllStartMethods,
  getContext,
  getStartMethod,
  InvalidStateError,
  Process,
  setStartMethod,
  type StartMethod,
} from "../../mod.ts";
import { forEachProgramRun, runDeno } from "../helpers/program.ts";

const LIBRARY = import.meta.resolve("../../mod.ts");

/** What an expression over the library gives in a fresh program under these flags. */
async function evaluate(expression: string, flags: readonly string[] = []): Promise<unknown> {
  const code = `import * as mp from ${JSON.stringify(LIBRARY)};
    if (import.meta.main) {
      const outcome = await (async () => (${expression}))().catch((error) => error.name + ": " + error.message);
      console.log(JSON.stringify(outcome));
    }`;
  const module = `data:application/javascript,${encodeURIComponent(code)}`;
  const { code: exitCode, stdout, stderr } = await runDeno(["run", "--no-prompt", ...flags, module]);
  assertEquals([exitCode, stderr], [0, ""]);
  return JSON.parse(stdout);
}

forEachProgramRun(
  "setStartMethod() fixes the method, once, and children go on with it [CTX-01] [CTX-03] [CTX-10]",
  async (run, method) => {
    const { code, stdout, stderr } = await run("start_method.ts");
    const steps = [null, "done", method, method, "InvalidStateError", "done", method];
    const names: Record<StartMethod, string> = { spawn: "Spawn", forkserver: "ForkServer", worker: "Worker" };
    const child = `child ${method} ${names[method]}Context Process`;
    assertEquals([code, stdout, stderr], [0, `${JSON.stringify(steps)}\n${child}\n`, ""]);
  },
);

Deno.test("getStartMethod() fixes the default, and with allowNone it does not [CTX-04]", async () => {
  const all = ["--allow-all"];
  const free = "[mp.getStartMethod({ allowNone: true }), mp.setStartMethod('worker') ?? mp.getStartMethod()]";
  assertEquals(await evaluate(free, all), [null, "worker"]);
  const fixed = "[mp.getStartMethod(), mp.setStartMethod('worker')]";
  assertStringIncludes(String(await evaluate(fixed, all)), "InvalidStateError: Cannot set the start method");
});

Deno.test("getContext() without a name and a Process started fix the default [CTX-05] [CTX-08]", async () => {
  for (const use of ["mp.getContext()", "mp.getContext(null)", "await new mp.Process().start()"]) {
    const found = await evaluate(`[await (async () => { ${use}; })(), mp.getStartMethod({ allowNone: true })]`, ["-A"]);
    assertEquals(found, [null, "spawn"], use);
  }
  assertEquals(await evaluate("[mp.getContext('worker').getStartMethod(), mp.getStartMethod({ allowNone: true })]"), [
    "worker",
    null,
  ]);
});

Deno.test("setStartMethod() with force sets it anew, and null unsets it [CTX-03]", () => {
  setStartMethod("worker", { force: true });
  assertEquals(getStartMethod(), "worker");
  assertThrows(() => setStartMethod("spawn"), InvalidStateError, '"worker"');
  assertEquals(getStartMethod(), "worker");
  setStartMethod("spawn", { force: true });
  assertEquals(getContext().getStartMethod(), "spawn");
  setStartMethod(null as unknown as StartMethod, { force: true });
  assertEquals(getStartMethod({ allowNone: true }), null);
  assertThrows(() => setStartMethod(null as unknown as StartMethod), TypeError, "force");
});

Deno.test("setStartMethod() refuses what is no method, and changes nothing [CTX-07] [CTX-13]", () => {
  setStartMethod("worker", { force: true });
  for (const method of ["nope", "fork", ""]) {
    assertThrows(() => setStartMethod(method as StartMethod, { force: true }), RangeError, "Cannot find context");
  }
  for (const method of [1, {}, undefined]) {
    const wrong = method as unknown as StartMethod;
    assertThrows(() => setStartMethod(wrong, { force: true }), TypeError, "Cannot find context");
  }
  assertEquals(getStartMethod(), "worker");
  setStartMethod(null as unknown as StartMethod, { force: true });
});

Deno.test("Process of the top level is started by the default method [CTX-05]", async () => {
  for (const method of getAllStartMethods()) {
    setStartMethod(method, { force: true });
    const process = new Process();
    await process.start();
    assertEquals(process.pid === Deno.pid, method === "worker");
    await process.join();
    assertEquals(process.exitCode, 0);
  }
  setStartMethod(null as unknown as StartMethod, { force: true });
});

Deno.test("getAllStartMethods() lists what the permissions allow, the default first [CTX-06] [CTX-14]", async () => {
  const expression = "[mp.getAllStartMethods(), mp.getStartMethod()]";
  assertEquals(await evaluate(expression, ["-A"]), [["spawn", "forkserver", "worker"], "spawn"]);
  const run = `--allow-run=${Deno.execPath()}`;
  assertEquals(await evaluate(expression, ["--allow-read"]), [["worker"], "worker"]);
  assertEquals(await evaluate(expression, ["--allow-read", run]), [["spawn", "forkserver", "worker"], "spawn"]);
  // A worker imports with the rights of this thread.
  assertEquals(await evaluate(expression, [run]), [["spawn", "forkserver"], "spawn"]);
  assertEquals(await evaluate(expression, ["--allow-run=/bin/true"]), [[], "worker"]);
});

Deno.test("getContext() refuses a method that the permissions do not allow, naming the flag [CTX-07]", async () => {
  for (const use of ["mp.getContext('spawn')", "mp.getContext('forkserver')", "mp.setStartMethod('spawn')"]) {
    const error = String(await evaluate(use));
    assertStringIncludes(error, "NotCapable");
    assertStringIncludes(error, "--allow-run");
  }
});

Deno.test("getContext() refuses what is no method, and fork with the three that there are [CTX-07] [CTX-13]", () => {
  assertThrows(() => getContext("nope" as StartMethod), RangeError, 'Cannot find context for "nope"');
  const error = assertThrows(() => getContext("fork" as StartMethod), RangeError, 'Cannot find context for "fork"');
  for (const method of ["spawn", "forkserver", "worker"]) assertStringIncludes(error.message, `"${method}"`);
});
