/**
 * Why a thread cannot block for a pool, where the runtime has to do something first.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";

/**
 * Makes the error.
 *
 * @param what What the thread would block for.
 * @param why What takes a turn of the event loop.
 */
export function needsTurn(what: string, why: string): NotSupportedError {
  return new NotSupportedError(
    `Cannot block ${what}: ${why} takes a turn of the event loop; await something first, or use the asynchronous twin`,
  );
}
