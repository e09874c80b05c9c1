import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvalidStateError, Pipe, type Process } from "../../mod.ts";
import { answerOf, startWaiting } from "../helpers/waiting.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import * as targets from "../targets/processes.ts";

forEachStartMethod(
  "Process.daemon is false unless it is said, at construction or before start() [DAEM-01]",
  async (ctx) => {
    assertEquals(new ctx.Process().daemon, false);
    assertEquals(new ctx.Process({ daemon: true }).daemon, true);
    assertEquals(new ctx.Process({ daemon: false }).daemon, false);
    const process = new ctx.Process();
    process.daemon = true;
    assertEquals(process.daemon, true);
    process.daemon = false;
    assertEquals(process.daemon, false);
    assertThrows(() => new ctx.Process({ daemon: 1 as unknown as boolean }), TypeError, "daemon");
    await Promise.resolve();
  },
);

forEachStartMethod("Process.daemon is known to the child [DAEM-01]", async (ctx) => {
  for (const daemon of [true, false]) {
    const [here, there] = Pipe<targets.Facts>();
    const process = new ctx.Process({ target: targets.sendFacts, args: [there], daemon });
    await process.start();
    assertEquals((await here.recv()).daemon, daemon);
    await process.join();
    here.close();
    there.close();
  }
});

forEachStartMethod("Process.daemon cannot be set after start() [DAEM-02]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  assertThrows(() => process.daemon = true, InvalidStateError, "already started");
  assertEquals(process.daemon, false);
  release();
  await process.join();
  assertThrows(() => process.daemon = true, InvalidStateError, "already started");
});

forEachStartMethod("Process that is a daemon runs to its end when it is joined [DAEM-04]", async (ctx) => {
  const { process, release } = await startWaiting(ctx, { daemon: true });
  release();
  await process.join();
  assertEquals(process.exitCode, 0);
});

forEachStartMethod("Process.start() in a daemon is refused, and the daemon goes on [DAEM-05]", async (ctx) => {
  const [here, there] = Pipe<string>();
  const process: Process = new ctx.Process<unknown[]>({
    target: targets.tryToStart as (...args: unknown[]) => unknown,
    args: [there],
    daemon: true,
    name: "the daemon",
  });
  await process.start();
  const outcome = await here.recv();
  assert(outcome.startsWith("InvalidStateError: Cannot start process "), outcome);
  assert(outcome.includes("daemonic processes are not allowed to have children"), outcome);
  assert(outcome.includes('"the daemon"'), outcome);
  await process.join();
  assertEquals(process.exitCode, 0);
  here.close();
  there.close();
});

forEachStartMethod("Process.start() in a child that is no daemon works [DAEM-08]", async (ctx) => {
  assertEquals(await answerOf(ctx, targets.tryToStart), "started");
});
