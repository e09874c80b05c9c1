/**
 * Why a thread cannot block for a pool.
 *
 * @module
 */

import { InvalidStateError, NotSupportedError } from "../base/errors.ts";

/**
 * The runtime has to do something first.
 *
 * @param what What the thread would block for.
 * @param why What takes a turn of the event loop.
 */
export function needsTurn(what: string, why: string): NotSupportedError {
  return new NotSupportedError(
    `Cannot block ${what}: ${why} takes a turn of the event loop; await something first, or use the asynchronous twin`,
  );
}

/** The pool itself waits for this thread. */
export function withinCallback(): InvalidStateError {
  return new InvalidStateError(
    "Cannot block for the pool within one of its callbacks or inputs: until that returns, nothing goes on in it; await instead",
  );
}
