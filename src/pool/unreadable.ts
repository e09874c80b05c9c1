/**
 * What workers report, read: a value, which may take a while, or {@linkcode Unreadable}.
 *
 * @module
 */

import { decodeMessage } from "../channel/connection.ts";

/** What could not be read, and why. */
export class Unreadable {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Reads a report; one that cannot be read is of no harm to those behind it. A promise, which never rejects, only if it takes a turn. */
export function readReport(bytes: Uint8Array): unknown {
  try {
    const value = decodeMessage(bytes);
    return value instanceof Promise ? value.catch((error) => new Unreadable(error)) : value;
  } catch (error) {
    return new Unreadable(error);
  }
}
