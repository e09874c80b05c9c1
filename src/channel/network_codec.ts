/**
 * What may be in a message to, and above all from, a peer outside of the program.
 *
 * Nothing a peer sends makes this process run code that its user did not choose: functions and classes are found in modules that were
 * allowed, else none are; classes that were registered by `registerReducer` are revived; shared objects of this module, which stand
 * for memory and channels of the program, are refused.
 *
 * @module
 */

import { AuthenticationError, MalformedMessageError } from "../base/errors.ts";
import { decode } from "../codec/decode.ts";
import { neededReferences } from "../codec/head.ts";
import { noteCaller, readLoaded, referenceTo, resolveReference } from "../codec/function_ref.ts";
import type { FunctionReference, Handoff, Source } from "../codec/handoff.ts";
import { readAnyText } from "../codec/parts.ts";
import { Reader } from "../codec/reader.ts";
import { registrationFor } from "../codec/reducer.ts";
import { FIRST_TAG, SMALL_TEXT, Tag } from "../codec/wire.ts";
import { isChallenge } from "./challenge.ts";

/** Reads a message of a peer; it may have to wait for a module. */
export type NetworkDecoder = (message: Uint8Array, peer: string, origin?: object) => unknown;

/** Nesting and values in one message of a peer. */
const LIMITS = { depth: 10_000, items: 1 << 24 };
/** Built-in functions and classes that do no more than make values of values. */
const HARMLESS =
  /^(?:Number|String|Boolean|BigInt|Symbol|Object|Array|Map|Set|Date|RegExp|ArrayBuffer|DataView|\w*Error|\w+Array|Math\.\w+)$/;
/** No tag of this module is longer, however a stranger spells its length. */
const LONGEST_TAG_BYTES = 512;

/** The way of a message to a peer outside of the program. */
export class NetworkHandoff implements Handoff {
  readonly destination: string;

  /** @param peer Who that is, in words. */
  constructor(peer: string) {
    this.destination = peer;
  }

  /** What a connection that is to travel asks for: there is nobody who could answer for it on the way. */
  get custodian(): never {
    throw new TypeError(
      `Cannot send a connection to ${this.destination}: it is of use to the processes of this program only`,
    );
  }

  functionReference(callable: object): FunctionReference {
    noteCaller(callable);
    return referenceTo(callable);
  }

  /** The message is not sent after all. */
  abandon(): void {
    // Nothing travels in it but bytes.
  }
}

/**
 * Makes what reads the messages of peers.
 *
 * @param what What was to be done, for errors.
 * @param allowModules Modules whose exports a message may name.
 * @param admitted The shared objects that may be in a message; none if absent.
 * @throws {TypeError} If one is no URL.
 */
export function networkDecoder(
  what: string,
  allowModules: readonly (string | URL)[],
  admitted: readonly string[] = [],
): NetworkDecoder {
  const allowed = new Set(allowModules.map((module) => moduleUrl(what, module)));
  return (message, peer, origin) => {
    if (isChallenge(message)) throw needsKey(peer);
    const permit = (reference: FunctionReference) => permitted(reference, allowed, peer);
    const resolveFunction = (reference: FunctionReference) => resolveReference(permit(reference));
    const source: Source = { limits: LIMITS, resolveFunction, ...origin && { origin } };
    const read = (bytes: Uint8Array) => {
      refuseSharedObjects(bytes, peer, admitted);
      return decode(bytes, source);
    };
    return readLoaded(message, neededReferences(message).map(permit), read);
  };
}

function moduleUrl(what: string, module: string | URL): string {
  const url = URL.parse(module);
  if (url !== null) return url.href;
  throw new TypeError(
    `Cannot ${what}: allowModules must be URLs, received ${
      JSON.stringify(module)
    }; write new URL("…", import.meta.url)`,
  );
}

function permitted(reference: FunctionReference, allowed: ReadonlySet<string>, peer: string): FunctionReference {
  if (reference.kind === "inline") {
    throw new TypeError(`Cannot receive an inline function from ${peer}: text of strangers is not run; send data`);
  }
  if (reference.kind === "global") {
    if (HARMLESS.test(reference.path)) return reference;
    throw new TypeError(
      `Cannot receive built-in ${JSON.stringify(reference.path)} from ${peer}: it can do harm; send data`,
    );
  }
  const modules = reference.modules.filter((module) => allowed.has(module));
  if (modules.length > 0) return { ...reference, modules };
  throw new TypeError(
    `Cannot receive function ${JSON.stringify(reference.name)} from ${peer}: its module is not allowed; ` +
      `if the peer is to be trusted, give the option allowModules: ${JSON.stringify(reference.modules)}`,
  );
}

/**
 * Refuses a message in which there may be a shared object, before anything is made of it. It looks at bytes, not at values, so that
 * bytes inside of the value that happen to look so are refused too.
 */
function refuseSharedObjects(message: Uint8Array, peer: string, admitted: readonly string[]): void {
  for (let at = message.indexOf(Tag.REDUCED); at >= 0; at = message.indexOf(Tag.REDUCED, at + 1)) {
    const first = message[at + 1] ?? 0;
    // Most such bytes are something else.
    if ((first < SMALL_TEXT || first >= FIRST_TAG) && first !== Tag.UTF8 && first !== Tag.UTF16) continue;
    const tag = ownTagAt(message, at + 1);
    if (tag === undefined || admitted.includes(tag)) continue;
    throw new TypeError(
      `Cannot receive a ${tag} from ${peer}: shared objects stay within their program; use a manager to share with others`,
    );
  }
}

function ownTagAt(message: Uint8Array, at: number): string | undefined {
  const end = Math.min(message.length, at + LONGEST_TAG_BYTES);
  try {
    const tag = readAnyText(new Reader(message, at, end));
    return tag.startsWith("@") && registrationFor(tag) !== undefined ? tag.slice(1) : undefined;
  } catch (error) {
    // No text, or a class that is not registered, which decoding tells if it is meant.
    if (error instanceof MalformedMessageError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function needsKey(peer: string): AuthenticationError {
  return new AuthenticationError(`Cannot receive: ${peer} asks for proof of a key; give Client the option authKey`);
}
