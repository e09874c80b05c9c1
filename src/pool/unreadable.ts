/**
 * What workers report, read: a value, which may take a while, or {@linkcode Unreadable}.
 *
 * @module
 */

import { decodeMessage } from "../channel/connection.ts";
import { dropLease } from "../channel/pipe_post.ts";
import type { Message } from "../channel/pipe_wire.ts";

/** What could not be read, and why. */
export class Unreadable {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Reads a report; one that cannot be read is of no harm to those behind it. A promise, which never rejects, only if it takes a turn. */
export function readReport({ bytes, leases }: Message): unknown {
  const unread = (error: unknown) => {
    // What travelled in it has come to nobody.
    leases.forEach(dropLease);
    return new Unreadable(error);
  };
  try {
    const value = decodeMessage(bytes);
    return value instanceof Promise ? value.catch(unread) : value;
  } catch (error) {
    return unread(error);
  }
}
