/**
 * Where a child process begins: connects to its parent and runs its task. The command line names this module.
 *
 * @module
 */

import { MarkedChildStream } from "../channel/marked_stream.ts";
import { runTask } from "../process/bootstrap.ts";
import { watchOwnEnd } from "../process/family.ts";
import { emptyStandardInput } from "../process/empty_input.ts";
import { connectToParent, type Hello } from "../process/line.ts";
import { ParentWatch } from "../process/parent_watch.ts";

/**
 * Runs the child, until its event loop is empty.
 *
 * @param importMain Imports the main module of the program.
 */
export async function enter(importMain: () => Promise<object>): Promise<void> {
  const watch = new ParentWatch();
  const hello: Hello = JSON.parse(await watch.readLine());
  watch.keepAlive(false);
  emptyStandardInput();
  const stream = "port" in hello
    ? await connectToParent(hello)
    : new MarkedChildStream(watch, Uint8Array.fromHex(hello.mark));
  watchOwnEnd();
  const exitCode = await runTask(stream, importMain);
  if (exitCode !== 0) Deno.exitCode = exitCode;
}
