/**
 * What a child does from start to exit code, whatever launched it.
 *
 * @module
 */

import { identity } from "../base/identity.ts";
import { adoptLogSettings, logger } from "../base/logger.ts";
import { LIBRARY, LIBRARY_FOLDER } from "../base/own_modules.ts";
import { endTask } from "../base/task_end.ts";
import { isThreadEnded } from "../base/thread_life.ts";
import { keepSecret } from "../base/secrets.ts";
import type { ByteStream } from "../channel/byte_stream.ts";
import type { Link } from "../channel/link.ts";
import { node } from "../channel/node.ts";
import { NodeHandoff } from "../channel/node_handoff.ts";
import { decode } from "../codec/decode.ts";
import { neededReferences } from "../codec/head.ts";
import { loadReferences, resolveReference, setMainModule } from "../codec/function_ref.ts";
import { adoptFileMemory } from "../sync/program_memory.ts";
import { configuration } from "./configuration.ts";
import { become } from "./current_process.ts";
import { hinted } from "./found_config.ts";
import { decodePreparation, encodePreparation, type Preparation, tell } from "./preparation.ts";
import { Process } from "./process.ts";
import { encodeTask, type Task } from "./task.ts";

const OWN_FRAME = [LIBRARY_FOLDER, LIBRARY, "data:application/javascript,"];

/**
 * Runs the task that was told.
 *
 * @param stream The way to the parent.
 * @param told What the parent said of this process.
 * @param importMain Imports the main module of the program.
 * @returns The exit code: 1 if the task failed, which was printed.
 */
export async function runTask(
  stream: ByteStream,
  told: Uint8Array,
  importMain: () => Promise<object>,
): Promise<number> {
  const preparation = decodePreparation(told);
  // Before any message for this process is routed: it is known by its address.
  identify(preparation);
  const link = node.attachParent(stream, () => {
    // A parent says nothing more to its child itself.
  });
  node.beginWait();
  try {
    const process = await findTask(link, preparation, importMain);
    if (process === undefined) return 1;
    // A thread that was ended goes on until its next turn; nothing is begun in it.
    if (isThreadEnded()) await new Promise(() => {});
    logger.info("child process calling self.run()");
    await process.run();
    return 0;
  } catch (error) {
    report(error);
    return 1;
  } finally {
    endTask();
    node.endWait();
  }
}

/** While there is time: does what the start of a task takes with a task that is none, as code is slow the first time it runs. */
export async function warmUp(): Promise<void> {
  const { name, address } = identity;
  const nothing: Task = { subclass: undefined, fields: {}, target: undefined, args: ["", 0, {}], kwargs: {} };
  const encoded = encodeTask(nothing, new NodeHandoff("itself", address));
  const parent = { name, address, pid: Deno.pid };
  const birth = { ...identity, startMethod: "forkserver", parent, awaited: false, task: encoded };
  const { task } = decodePreparation(
    encodePreparation({ ...birth, configuration, logging: undefined, memory: undefined }),
  );
  await loadReferences(neededReferences(task));
  Process.fromTask(decode(task, { resolveFunction: resolveReference }) as Task);
}

function identify(preparation: Preparation): void {
  const { name, address, program, daemon, startMethod, parent, mainModule, permissionFlags } = preparation;
  Object.assign(identity, { name, address, program, daemon, startMethod, parent, mainModule, permissionFlags });
  identity.authKey = keepSecret(preparation.authKey);
  adoptFileMemory(preparation.memory);
  Object.assign(configuration, preparation.configuration);
  if (preparation.logging !== undefined) adoptLogSettings(preparation.logging);
}

/** Imports the main module, then finds what is to be run; the parent hears how that went. */
async function findTask(
  link: Link,
  { task, awaited }: Preparation,
  importMain: () => Promise<object>,
): Promise<Process | undefined> {
  try {
    identity.importingMain = true;
    setMainModule(identity.mainModule, await importMain());
    identity.importingMain = false;
    await loadReferences(neededReferences(task));
    const process = Process.fromTask(decode(task, { resolveFunction: resolveReference }) as Task);
    become(process);
    if (awaited) tell(link, { kind: "accepted" });
    return process;
  } catch (reason) {
    const error = hinted(reason);
    if (awaited) await tell(link, { kind: "refused", error });
    else report(error);
    return undefined;
  }
}

/** Prints an uncaught error as Python does, without the frames that are ours. */
export function report(error: unknown): void {
  const text = error instanceof Error ? Deno.inspect(error) : `Uncaught ${Deno.inspect(error)}`;
  // One write, so that lines of several processes do not mix.
  // deno-lint-ignore no-console -- it is what the user reads, on the child's own output
  console.error(`Process ${identity.name}:\n${withoutOwnFrames(text)}`);
}

function withoutOwnFrames(text: string): string {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (!/^\s+at /.test(line) || !OWN_FRAME.some((part) => line.includes(part))) lines.push(line);
    // The last frame opens what the error has besides.
    else if (line.endsWith(" {")) lines.push(`${lines.pop() ?? ""} {`);
  }
  return lines.join("\n");
}
