/**
 * How a call fails other than by what the method throws.
 *
 * @module
 */

import { RemoteError } from "../base/errors.ts";

/** Something is wrong with a call itself; the caller gets a {@linkcode RemoteError} with the words. */
export class CallFailure extends Error {
  /** Class name, kept through minifiers. */
  override name = "RemoteError";
}

const LINE = "-".repeat(75);

/** The words of an error, as the caller sees them. */
export function failureText(error: unknown): string {
  return error instanceof Error ? error.stack ?? `${error.name}: ${error.message}` : Deno.inspect(error);
}

/** What the caller gets who cannot get the error itself. */
export function remoteError(text: string): RemoteError {
  const framed = ["", LINE, text.trimEnd(), LINE].join("\n");
  return new RemoteError(framed);
}

/** What the caller gets when the server does not answer any more. */
export function lost(why: string, cause?: unknown): Error {
  return new Deno.errors.ConnectionReset(`Cannot reach the manager: ${why}`, cause === undefined ? {} : { cause });
}
