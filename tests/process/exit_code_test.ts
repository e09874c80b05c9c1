import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { type Context, inline, InvalidStateError, Pipe, type Process, type ProcessInit } from "../../mod.ts";
import { isRunning, startTalking, startWaiting } from "../helpers/waiting.ts";
import { forEachSharedMemory, forEachStartMethod, HANG_MS } from "../helpers/methods.ts";
import { textOf } from "../helpers/text.ts";
import { until } from "../helpers/within.ts";
import * as exits from "../targets/exits.ts";
import * as targets from "../targets/processes.ts";

/** Runs a process to its end, and gives what it wrote to standard error. */
async function runToEnd<A extends unknown[]>(
  ctx: Context,
  init: ProcessInit<A>,
): Promise<{ process: Process<A>; stderr: string }> {
  const process = new ctx.Process<A>({ ...init, stderr: "piped" });
  await process.start();
  const stderr = textOf(process.stderr);
  await process.join();
  return { process, stderr: await stderr };
}

forEachStartMethod(
  "Process.exitCode is null while alive and 0 after a return, whatever it was [EXIT-01]",
  async (ctx) => {
    const { process, release } = await startWaiting(ctx);
    assertEquals(process.exitCode, null);
    release();
    await process.join();
    assertEquals(process.exitCode, 0);
    const { process: other, stderr } = await runToEnd(ctx, { target: exits.returnValue });
    assertEquals([other.exitCode, stderr], [0, ""]);
  },
);

forEachStartMethod("Process.exitCode is what Deno.exit() was given, modulo 256 [EXIT-02]", async (ctx) => {
  for (const [given, expected] of [[8, 8], [0, 0], [261, 5], [-1, 255], [255, 255]] as const) {
    const { process, stderr } = await runToEnd(ctx, { target: exits.exitWith, args: [given] });
    assertEquals([process.exitCode, stderr], [expected, ""], `Deno.exit(${given})`);
  }
});

forEachStartMethod("Process.exitCode is what Deno.exit() was given in a callback [EXIT-02]", async (ctx) => {
  const { process } = await runToEnd(ctx, { target: exits.exitLater, args: [8] });
  assertEquals(process.exitCode, 8);
});

forEachStartMethod("Process.exitCode is 0 after Deno.exit() without a code [EXIT-03]", async (ctx) => {
  const { process } = await runToEnd(ctx, { target: exits.exitWith, args: [] });
  assertEquals(process.exitCode, 0);
});

forEachStartMethod("Process.exitCode is what Deno.exitCode was set to [EXIT-02]", async (ctx) => {
  const { process } = await runToEnd(ctx, { target: exits.setExitCode, args: [7] });
  assertEquals(process.exitCode, 7);
  assertEquals(Deno.exitCode, 0);
});

forEachStartMethod("Process.exitCode is 1 after an uncaught error, printed under the name [EXIT-04]", async (ctx) => {
  for (const target of [exits.throwMishap, exits.rejectMishap]) {
    const { process, stderr } = await runToEnd(ctx, { target, args: ["it broke"], name: "unlucky" });
    assertEquals(process.exitCode, 1);
    assertMatch(stderr, /^Process unlucky:\n/);
    assertStringIncludes(stderr, "Mishap: it broke");
    assertMatch(stderr, /at .*exits\.ts:\d+:\d+/);
    assertEquals(stderr.split("it broke").length, 2, stderr);
    if (target === exits.throwMishap) assertStringIncludes(stderr, "RangeError: the reason");
  }
});

forEachStartMethod(
  "Process tells the user's line of what could not be sent, and only what is known [EXIT-04]",
  async (ctx) => {
    const [here, there] = Pipe();
    const { process, stderr } = await runToEnd(ctx, { target: exits.sendSecret, args: [there] });
    assertEquals(process.exitCode, 1);
    assertMatch(stderr, /^Process .*:\nTypeError: Cannot send .*\n +at .*sendSecret .*exits\.ts:\d+:\d+/);
    assert(!/cause|[{}]/.test(stderr), stderr);
    here.close();
    there.close();
  },
);

forEachStartMethod(
  "Process.exitCode is 1 after something thrown that is no error, which is printed [EXIT-03]",
  async (ctx) => {
    const { process, stderr } = await runToEnd(ctx, { target: exits.throwText, args: ["just a text"] });
    assertEquals(process.exitCode, 1);
    assertStringIncludes(stderr, "just a text");
  },
);

forEachStartMethod(
  "Process.exitCode is 1 after an error thrown from a timer, and only the child ends [EXIT-04]",
  async (ctx) => {
    const { process, stderr } = await runToEnd(ctx, { target: exits.throwFromTimer, args: ["late"], name: "unlucky" });
    assertEquals(process.exitCode, 1);
    assertMatch(stderr, /^Process unlucky:\n/);
    assertStringIncludes(stderr, "Mishap: late");
  },
);

forEachStartMethod(
  "Process.exitCode is 1 after an unhandled rejection, and only the child ends [EXIT-04]",
  async (ctx) => {
    const { process, stderr } = await runToEnd(ctx, { target: exits.leaveRejection, args: ["left"], name: "unlucky" });
    assertEquals(process.exitCode, 1);
    assertMatch(stderr, /^Process unlucky:\n/);
    assertStringIncludes(stderr, "Mishap: left");
  },
);

forEachStartMethod("Process.exitCode is 1 after a rejection that was left at the very end [EXIT-04]", async (ctx) => {
  const target = inline((message: string) => void Promise.reject(new Error(message)));
  const { process, stderr } = await runToEnd(ctx, { target, args: ["left"] });
  assertEquals(process.exitCode, 1);
  assertStringIncludes(stderr, "Error: left");
});

forEachSharedMemory("Process.joinSync() hears of a child that ends by an uncaught error [EXIT-04]", async (ctx) => {
  for (const target of [exits.throwFromTimer, exits.leaveRejection]) {
    const process = new ctx.Process({ target, args: ["unheard"], stderr: "null" });
    await process.start();
    process.joinSync({ timeout: HANG_MS / 2 });
    assertEquals([process.isAlive(), process.exitCode], [false, 1]);
    await process.join();
  }
});

forEachStartMethod("Process goes on after an error that a listener of its own prevents [EXIT-04]", async (ctx) => {
  const { process, stderr } = await runToEnd(ctx, { target: exits.preventErrors });
  assertEquals([process.exitCode, stderr], [0, "thrown\nreported\nrejected\n"]);
});

forEachStartMethod("Process ends by an error within a listener for errors [EXIT-04]", async (ctx) => {
  const { process, stderr } = await runToEnd(ctx, { target: exits.failInListener });
  assertEquals(process.exitCode, 1);
  assertStringIncludes(stderr, "Mishap: in the listener");
});

forEachStartMethod("Process.exitCode is -N after death by signal N [EXIT-05]", async (ctx) => {
  for (const [how, expected] of [["interrupt", -2], ["terminate", -15], ["kill", -9]] as const) {
    const { process, release } = await startWaiting(ctx);
    process[how]();
    await process.join();
    assertEquals(process.exitCode, expected);
    release();
  }
});

forEachStartMethod("Process.exitCode is -N after a signal that the child sent itself [EXIT-05]", async (ctx) => {
  for (const [signal, expected] of [["SIGKILL", -9], ["SIGTERM", -15], ["SIGUSR1", -10]] as const) {
    const { process } = await runToEnd(ctx, { target: exits.signalSelf, args: [signal] });
    assertEquals(process.exitCode, expected);
  }
}, { except: ["worker"] });

forEachStartMethod("Process.terminate(), kill() and interrupt() end a busy child too [EXIT-05]", async (ctx) => {
  for (const how of ["interrupt", "terminate", "kill"] as const) {
    const { process, release } = await startTalking(ctx, targets.busy);
    process[how]();
    await process.join();
    assert((process.exitCode ?? 0) < 0);
    release();
  }
});

forEachStartMethod(
  "Process.terminate(), kill() and interrupt() do nothing to an ended child [EXIT-05]",
  async (ctx) => {
    const process = new ctx.Process({ target: targets.nothing });
    await process.start();
    await process.join();
    process.terminate();
    process.kill();
    process.interrupt();
    await process.join();
    assertEquals(process.exitCode, 0);
  },
);

forEachStartMethod(
  "Process.terminate() may meet the end of the child at any moment [EXIT-05] [EXIT-08]",
  async (ctx) => {
    for (let round = 0; round < 5; round++) {
      const { process, release } = await startWaiting(ctx);
      const ended = process.join();
      release();
      while (process.isAlive()) {
        process.terminate();
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      await ended;
      assert(process.exitCode === 0 || process.exitCode === -15, String(process.exitCode));
    }
  },
);

forEachStartMethod(
  "Process.kill() and terminate() reach a child that is still being launched [EXIT-05]",
  async (ctx) => {
    for (const [how, expected] of [["kill", -9], ["terminate", -15]] as const) {
      const process = new ctx.Process({ target: targets.waitForever });
      const started = process.start();
      process[how]();
      await started;
      await process.join();
      assertEquals([process.exitCode, process.isAlive()], [expected, false]);
    }
  },
);

forEachStartMethod("Process that is disposed of while it is being launched is ended", async (ctx) => {
  let started: Promise<void> | undefined;
  {
    await using process = new ctx.Process({ target: targets.waitForever });
    started = process.start();
  }
  await started;
  {
    await using process = new ctx.Process({ target: targets.waitForever, args: [Symbol()] as unknown as [] });
    started = process.start();
    started.catch(() => {});
  }
  await assertRejects(() => Promise.resolve(started), TypeError, "Cannot send");
});

forEachStartMethod("Process.terminate(), kill() and interrupt() are refused before start() [EXIT-05]", async (ctx) => {
  const process = new ctx.Process();
  for (const how of ["terminate", "kill", "interrupt"] as const) {
    assertThrows(() => process[how](), InvalidStateError, "not started");
  }
  await Promise.resolve();
});

forEachStartMethod("Process.terminate() runs no exit handlers and no finally in the child [EXIT-06]", async (ctx) => {
  const { process, connection } = await startTalking(ctx, targets.cleanUpIfLet);
  process.terminate();
  await process.join();
  assertEquals(await Array.fromAsync(connection), []);
  connection.close();
});

forEachStartMethod("Process.terminate() ends the descendants as well, idle or busy [EXIT-07]", async (ctx) => {
  for (const holder of ["idle", "busy"] as const) {
    const [here, there] = Pipe<never, number>({ duplex: false });
    const process = new ctx.Process({ target: targets.holdThrough, args: [there, holder] });
    await process.start();
    there.close();
    const pid = await here.recv();
    process.terminate();
    await process.join();
    assertEquals(process.exitCode, -15);
    if (ctx.getStartMethod() !== "worker") await until(20_000, () => !isRunning(pid));
    here.close();
  }
});

forEachStartMethod(
  "Process.terminate() leaves the process stopped by its signal after join() [EXIT-08]",
  async (ctx) => {
    const { process, release } = await startWaiting(ctx);
    process.terminate();
    process.terminate();
    await process.join();
    assertEquals([process.isAlive(), process.exitCode], [false, -15]);
    assertStringIncludes(String(process), "stopped exitcode=-SIGTERM");
    release();
  },
);

forEachStartMethod("Process runs the child's unload listeners at its normal end [EXIT-09]", async (ctx) => {
  const process = new ctx.Process({ target: targets.writeAtExit, stdout: "piped" });
  await process.start();
  const stdout = textOf(process.stdout);
  await process.join();
  assertEquals(await stdout, "in target\nat exit\n");
});

forEachStartMethod("Process.interrupt() leaves a child alive that listens for SIGINT [EXIT-10]", async (ctx) => {
  const { process, connection } = await startTalking(ctx, targets.swallowInterrupts);
  process.interrupt();
  assertEquals(await connection.recv(), "interrupted");
  await process.join();
  assertEquals(process.exitCode, 0);
  connection.close();
}, { except: ["worker"] });

forEachStartMethod("Process.join() does not notice a signal that is handled meanwhile [EXIT-13]", async (ctx) => {
  const { process, release } = await startWaiting(ctx);
  const handled = Promise.withResolvers<void>();
  const listener = () => handled.resolve();
  Deno.addSignalListener("SIGUSR1", listener);
  const joined = process.join();
  Deno.kill(Deno.pid, "SIGUSR1");
  await handled.promise;
  assertEquals(process.isAlive(), true);
  release();
  await joined;
  Deno.removeSignalListener("SIGUSR1", listener);
  assertEquals(process.exitCode, 0);
});

forEachStartMethod(
  "Connection.recv() in a child does not notice a signal that is handled meanwhile [EXIT-13]",
  async (ctx) => {
    const [here, there] = Pipe<unknown>();
    const process = new ctx.Process({ target: targets.receiveThroughSignal, args: [there] });
    await process.start();
    assertEquals(await here.recv(), "runs");
    Deno.kill(process.pid ?? 0, "SIGUSR1");
    assertEquals(await here.recv(), "handled");
    await here.send("after the signal");
    assertEquals(await here.recv(), "after the signal");
    await process.join();
    assertEquals(process.exitCode, 0);
    here.close();
    there.close();
  },
  { except: ["worker"] },
);

forEachStartMethod("Process that fails does no harm to others [EXIT-04]", async (ctx) => {
  const steady = await startWaiting(ctx);
  const { process, connection } = await startTalking(ctx, exits.failWhenTold, { stderr: "null" });
  await connection.send("now");
  await process.join();
  assertEquals([process.exitCode, steady.process.exitCode], [1, null]);
  connection.close();
  steady.release();
  await steady.process.join();
  assertEquals(steady.process.exitCode, 0);
});
