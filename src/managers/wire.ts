/**
 * What a manager's server and its clients tell each other.
 *
 * A conversation has two sides: a client, which is one process, and a server. A frame is `op call …`; `call` is a variable-length
 * integer, 0 where no answer is wanted. What follows is one message of the codec, before which `ERROR` and `REMOTE` have a text of the
 * codec. Among the nodes of a program the number of the server comes first of all; 0 alone says nothing, and is
 * sent only to hear of it if a process has ended.
 *
 * @module
 */

import type { Address } from "../base/identity.ts";
import type { Address as NetworkAddress } from "../channel/address.ts";
import { malformed } from "../codec/parts.ts";

/** Number of the service that managers use among the nodes. */
export const MANAGER_SERVICE = 5;

/** What a client tells a server. */
export const ToServer = {
  /** `[typeid, args]`: make an object. */
  CREATE: 0,
  /**
   * `[id, method, args, takesSignal, isLimited]`: call a method; `takesSignal` says that there was a signal in the options at the end of
   * its arguments, `isLimited` that the call itself may be ended.
   */
  CALL: 1,
  /** The call of that number is not wanted any more. */
  CANCEL: 2,
  /** `id`: one proxy less here. */
  RELEASE: 3,
  /** `[id, key, custodian]`: a proxy is on its way to somebody; without a custodian the client answers for it. */
  LEND: 4,
  /** `[id, key]`: it has arrived here. */
  CLAIM: 5,
  /** A word: `server`, `count` or `objects`. */
  ASK: 6,
  /** End. */
  SHUTDOWN: 7,
} as const;

/** What a server tells a client. */
export const ToClient = {
  /** What the call came to. */
  VALUE: 16,
  /** What it threw, in words and itself. */
  ERROR: 17,
  /** Why it failed, in words only. */
  REMOTE: 18,
  /** It was given up. */
  CANCELLED: 19,
  /** The server has shut down, and answers nothing any more. */
  GONE: 20,
} as const;

/** Where a server is. */
export interface ServerName {
  /** The program it belongs to. */
  readonly program: string;
  /** Its process in that program. */
  readonly home: Address;
  /** Its number in that process. */
  readonly number: number;
  /** Where others reach it; `null` if only its own program does. */
  readonly address: NetworkAddress | null;
}

/** A server's name as text. */
export function nameText({ program, home, number }: ServerName): string {
  return `${program}/${home.join(".")}/${number}`;
}

/** A server's name as it came from a peer. */
export function checkedName(value: unknown): ServerName {
  const { program, home, number, address }: Partial<Record<keyof ServerName, unknown>> = { ...value as object };
  if (typeof program !== "string" || typeof number !== "number" || !isNumbers(home) || !isAddress(address)) {
    throw malformed("the name of a server is garbled");
  }
  return { program, home, number, address };
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((part) => typeof part === "number");
}

function isAddress(value: unknown): value is NetworkAddress | null {
  if (value === null || typeof value === "string") return true;
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && typeof value[1] === "number";
}
