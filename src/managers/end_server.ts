/**
 * The end of a manager's process.
 *
 * @module
 */

import { logger } from "../base/logger.ts";
import type { Process } from "../process/process.ts";
import type { ClientEnd } from "./client_end.ts";
import { ToServer } from "./wire.ts";

/** As long as Python waits, in milliseconds. */
export const SHUTDOWN_MS = 1000;

/** Asks a server to end, then makes it end, each step after so many milliseconds. */
export async function endServer(
  end: ClientEnd | undefined,
  process: Process | undefined,
  timeout: number,
): Promise<void> {
  if (process?.isAlive()) {
    logger.info("sending shutdown message to manager");
    await end?.request(ToServer.SHUTDOWN, undefined, { timeout }).catch(() => {
      // It hears nothing, or has gone already.
    });
    await process.join({ timeout });
    if (process.isAlive()) process.terminate();
    await process.join({ timeout });
    if (process.isAlive()) process.kill();
    await process.join();
  }
  end?.leave();
}

/** Ends a server whose manager nobody has any more; so it does not hold that. */
export function endingOf(end: ClientEnd, process: Process | undefined): () => void {
  return () => {
    endServer(end, process, SHUTDOWN_MS).catch(() => {
      // Nobody is left who could be told.
    });
  };
}

/** Leaves a server to others when nobody has its manager any more; so it does not hold that. */
export function leavingOf(end: ClientEnd): () => void {
  return () => end.leave();
}
