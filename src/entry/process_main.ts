/**
 * Where a child process begins: connects to its parent and runs its task. The command line names this module.
 *
 * @module
 */

import { MarkedChildStream } from "../channel/marked_stream.ts";
import { node } from "../channel/node.ts";
import { report, runTask, warmUp } from "../process/bootstrap.ts";
import { askForDeathSignal } from "../process/death_signal.ts";
import { watchOwnEnd } from "../process/family.ts";
import { emptyStandardInput } from "../process/empty_input.ts";
import { connectToParent, type Greeting, type Hello, type WayToParent } from "../process/line.ts";
import { endWithParent, ParentWatch } from "../process/parent_watch.ts";
import { tellUncaught } from "../process/uncaught.ts";

/** Options of {@linkcode enter}. */
export interface EnterOptions {
  /** The process was launched ahead of need, and waits. */
  warm?: boolean;
}

/**
 * Runs the child, until its event loop is empty.
 *
 * @param importMain Imports the main module of the program.
 */
export async function enter(importMain: () => Promise<object>, { warm = false }: EnterOptions = {}): Promise<void> {
  const watch = new ParentWatch();
  const asked = askForDeathSignal();
  // What takes long, while there is time for it.
  if (warm && !asked) watch.start();
  if (warm) await warmUp();
  const greeting: Greeting = JSON.parse(await watch.readLine());
  const told = await watch.readBytes(greeting.size);
  emptyStandardInput();
  const { stream, known } = connect(greeting, watch, asked);
  watchOwnEnd();
  tellUncaught((exitCode) => Deno.exit(exitCode));
  const running = runTask(stream, told, async () => {
    const main = await importMain();
    // The task may block the thread at once, so the parent must know of this process before.
    await known;
    return main;
  });
  // Seen sooner than by the kernel where the parent is a thread that goes on without its program, as that of a test file does.
  node.parent?.onEnd(endWithParent);
  const exitCode = await running;
  if (exitCode !== 0) Deno.exitCode = exitCode;
}

/** The way to the parent; from then on this process does not outlive it. */
function connect(hello: Hello, watch: ParentWatch, asked: boolean): Pick<WayToParent, "stream" | "known"> {
  if ("mark" in hello) {
    watchByThread(watch);
    return { stream: new MarkedChildStream(watch, Uint8Array.fromHex(hello.mark)), known: Promise.resolve() };
  }
  const way = connectToParent(hello);
  way.known.catch((error) => {
    // Else it is the parent that has ended.
    if (Deno.ppid === hello.pid) report(error);
  });
  // The kernel watches whoever launched this process: not its parent if a script came between, nobody if that had ended.
  if (!asked || Deno.ppid !== hello.pid) watchByThread(watch);
  return way;
}

function watchByThread(watch: ParentWatch): void {
  watch.start();
  watch.keepAlive(false);
}
