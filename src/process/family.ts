/**
 * The children of this process, and what becomes of them when it ends.
 *
 * @module
 */

import { InvalidStateError } from "../base/errors.ts";
import { identity } from "../base/identity.ts";
import { logger } from "../base/logger.ts";
import { leavePipes } from "../channel/pipe_post.ts";
import { node } from "../channel/node.ts";

/** A started child, as its parent sees it. */
export interface Relative {
  /** The object that the user has. */
  readonly subject: { readonly name: string };
  isDaemon(): boolean;
  terminate(): void;
  /** Resolves once it has ended. */
  readonly ended: Promise<void>;
}

const alive = new Set<Relative>();
let constructed = 0;
let watching = false;
let shutDown = false;

/**
 * Refuses children where there must be none.
 *
 * @throws {InvalidStateError} If this process is a daemon, or a child that is still importing the main module.
 */
export function checkMayHaveChildren(name: string): void {
  // First, as a daemon that imports what it should not run is best told so.
  if (identity.importingMain) {
    throw new InvalidStateError(
      `Cannot start process "${name}": this process is itself a child that is still importing the main module, ` +
        "which would start children without end; put what only the main process is to do behind\n\n    if (import.meta.main) {\n        …\n    }\n",
    );
  }
  if (!identity.daemon) return;
  throw new InvalidStateError(
    `Cannot start process "${name}": daemonic processes are not allowed to have children, and "${identity.name}" is one`,
  );
}

/** The number of the next process object; it counts those constructed, as Python does. */
export function nextNumber(): number {
  return ++constructed;
}

/** The children that have been started and have not ended, oldest first. */
export function relatives(): Relative[] {
  return [...alive];
}

/** A child was started. */
export function adopt(child: Relative): void {
  alive.add(child);
  watchOwnEnd();
}

/** A child has ended. */
export function bury(child: Relative): void {
  alive.delete(child);
}

function end(daemon: Relative): void {
  logger.info(`calling terminate() for daemon ${daemon.subject.name}`);
  daemon.terminate();
}

/** Ends the daemons, waits for the other children, and sends what others would still receive from here. */
export async function endFamily(): Promise<void> {
  logShutdown();
  const children = relatives();
  for (const child of children) if (child.isDaemon()) end(child);
  node.beginWait();
  for (const { subject } of children) logger.info(`calling join() for process ${subject.name}`);
  await Promise.all(children.map((child) => child.ended));
  leavePipes();
  await node.parent?.drain().catch(() => {
    // The parent is gone, and with it everyone to whom it mattered.
  });
  node.endWait();
}

/**
 * The end of the program is when its event loop is empty: children do not keep it alive, unless somebody waits for them. Then
 * the family is ended, which may take a while, after which the loop is empty once more.
 */
export function watchOwnEnd(): void {
  if (watching) return;
  watching = true;
  let ended = false;
  globalThis.addEventListener("beforeunload", (event) => {
    if (ended && alive.size === 0) return;
    event.preventDefault();
    endFamily().then(() => ended = true);
  });
}

/** Logs that this process has nothing more to do, once. */
function logShutdown(): void {
  if (shutDown) return;
  shutDown = true;
  logger.info("process shutting down");
  logger.debug('running all "atexit" finalizers with priority >= 0');
}

/** Logs the end of this process. */
function logEnd(exitCode: number): void {
  logShutdown();
  logger.debug('running the remaining "atexit" finalizers');
  if (identity.parent !== undefined) logger.info(`process exiting with exitcode ${exitCode}`);
}

/** The last moment of this process, also where it was told to exit: what is written to shared memory now still arrives. */
export function endNow(exitCode: number): void {
  leavePipes();
  logEnd(exitCode);
}

globalThis.addEventListener("unload", () => {
  // A worker is told of its end by its entry, which knows the exit code.
  if (identity.startMethod !== "worker") endNow(Deno.exitCode);
});
