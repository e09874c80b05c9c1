import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { activeChildren, InvalidStateError, type Process } from "../../mod.ts";
import { startWaiting } from "../helpers/waiting.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import * as targets from "../targets/processes.ts";

forEachStartMethod("Process.close() of a running child is refused with what to do [PROC-23]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  const error = assertThrows(() => process.close(), InvalidStateError, "still running");
  assertStringIncludes(error.message, "join");
  assertStringIncludes(error.message, "terminate");
  assertEquals(process.isAlive(), true);
  release();
  await process.join();
  process.close();
});

forEachStartMethod("Process.close() makes every other member throw, but not itself [PROC-24]", async (ctx) => {
  const process: Process = new ctx.Process({ target: targets.nothing });
  await process.start();
  await process.join();
  process.close();
  process.close();
  for (const use of [() => process.start(), () => process.join()]) {
    await assertRejects(use, InvalidStateError, "closed");
  }
  const members = ["pid", "ident", "exitCode", "sentinel", "name", "daemon", "authKey", "stdout", "stderr"] as const;
  for (const member of members) assertThrows(() => process[member], InvalidStateError, "closed");
  for (const method of ["isAlive", "terminate", "kill", "interrupt", "run", "joinSync"] as const) {
    assertThrows(() => process[method](), InvalidStateError, "closed");
  }
  assertStringIncludes(Deno.inspect(process), "closed");
});

forEachStartMethod("Process.close() works on a process that was never started [PROC-24]", async (ctx) => {
  const process = new ctx.Process({ target: targets.nothing });
  process.close();
  await assertRejects(() => process.start(), InvalidStateError, "closed");
});

forEachStartMethod("Process in await using is ended and closed with its scope [PROC-24]", async (ctx) => {
  let outer: Process;
  {
    await using process: Process = new ctx.Process({ target: targets.waitForEver });
    await process.start();
    outer = process;
  }
  assertEquals(activeChildren(), []);
  assertThrows(() => outer.exitCode, InvalidStateError, "closed");
});

forEachStartMethod("Process in await using may have ended before, or never been started [PROC-24]", async (ctx) => {
  {
    await using ended = new ctx.Process({ target: targets.nothing });
    await ended.start();
    await ended.join();
    assertEquals(ended.exitCode, 0);
    await using closed = new ctx.Process();
    closed.close();
    await using _initial = new ctx.Process();
  }
  assertEquals(activeChildren(), []);
});
