/**
 * Where a worker begins: joins the rings it was given and runs its task. Its creator names this module.
 *
 * @module
 */

import { adoptLives } from "../base/thread_life.ts";
import { node } from "../channel/node.ts";
import { RingStream } from "../channel/ring_stream.ts";
import { runTask } from "../process/bootstrap.ts";
import { emptyStandardInput } from "../process/empty_input.ts";
import { endFamily, endNow } from "../process/family.ts";
import { countTimers, type TimerCount } from "../process/pending_timers.ts";
import { tell } from "../process/preparation.ts";
import { redirectOutput } from "../process/redirect_output.ts";
import { tellUncaught } from "../process/uncaught.ts";
import { nextTurn, ring, waitUntilRung } from "../sync/bell.ts";
import { adoptThreadMemory, retireThread } from "../sync/program_memory.ts";
import { announceEnd, untilHeard, type WorkerHello } from "../process/launch_worker.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent<WorkerHello>) => void) | null;
  close(): void;
}

/**
 * Runs the worker, until its task has settled and its own children have ended.
 *
 * @param importMain Imports the main module of the program.
 */
export async function enter(importMain: () => Promise<object>): Promise<void> {
  const scope = globalThis as unknown as WorkerScope;
  const hello = await new Promise<WorkerHello>((resolve) => scope.onmessage = ({ data }) => resolve(data));
  scope.onmessage = null;
  // A worker that listens to no message ends when nothing is pending, as which waiting for a ring does not count.
  globalThis.addEventListener("message", () => {});
  const close = scope.close.bind(scope);
  const end = (exitCode: number) => {
    endNow(exitCode);
    retireThread();
    node.bell.close();
    announceEnd(hello, exitCode);
  };
  // Nothing of the user's runs after this.
  const stop = (exitCode: number) => {
    end(exitCode);
    waitUntilRung(hello.heard);
    close();
  };
  tellExits(scope, stop);
  emptyStandardInput();
  settleIn(hello);
  tellUncaught(stop);
  const timers = countTimers();
  const stream = new RingStream(hello.end, node.bell, () => ring(hello.bells.parent));
  const exitCode = await runTask(stream, hello.preparation, importMain);
  await finishRest(timers);
  await endFamily();
  // A rejection that nobody handled is told in the next turn of the event loop only.
  await nextTurn();
  // A Worker that closes tells its own listeners nothing.
  globalThis.dispatchEvent(new Event("unload"));
  end(exitCode || Deno.exitCode);
  await untilHeard(hello);
  close();
}

/** Takes its place among the threads of the program. */
function settleIn(hello: WorkerHello): void {
  node.bell.adopt(hello.bells.own);
  adoptLives(hello.lives);
  adoptThreadMemory(hello.memory);
  const { stdout, stderr } = hello;
  if (stdout === "inherit" && stderr === "inherit") return;
  redirectOutput({
    ...stdout !== "inherit" && { stdout: (bytes) => send(hello, "stdout", bytes) },
    ...stderr !== "inherit" && { stderr: (bytes) => send(hello, "stderr", bytes) },
  });
}

/** What the task has left: as with a process, what is begun in the library is finished too, and what follows upon that. */
async function finishRest(timers: TimerCount): Promise<void> {
  do {
    await timers.finished();
    await node.waitsFinished();
    await nextTurn();
  } while (timers.pending || node.waiting);
}

/** Passes output on to the parent, in order with all else. */
function send(hello: WorkerHello, which: "stdout" | "stderr", bytes: Uint8Array): void {
  if (hello[which] === "piped" && node.parent !== undefined) tell(node.parent, { kind: "output", which, bytes });
}

/** Deno tells nobody that a worker closed itself, nor its exit code. */
function tellExits(scope: WorkerScope, stop: (exitCode: number) => void): void {
  const exit = Deno.exit;
  Deno.exit = (exitCode = Deno.exitCode) => {
    stop(exitCode);
    return exit(exitCode);
  };
  scope.close = () => stop(0);
}
