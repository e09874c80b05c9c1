/** Values through the codec and back, without a channel. */

import { decode } from "../../src/codec/decode.ts";
import { encode } from "../../src/codec/encode.ts";
import type { FunctionReference, Handoff, Source } from "../../src/codec/handoff.ts";
import { Writer } from "../../src/codec/writer.ts";

const callables = new Map<string, object>();

/** Names functions by a number and finds them again in this process; knows none called `unknown`. */
export const handoff: Handoff = {
  destination: "the test",
  functionReference(callable) {
    const { name } = callable as { name: string };
    if (name.startsWith("unknown")) throw new TypeError(`Cannot send function "${name}": it is not exported`);
    const path = `${callables.size}`;
    callables.set(path, callable);
    return { kind: "global", path };
  },
};

/** The other side of it. */
export const source: Source = {
  resolveFunction(reference: FunctionReference) {
    const callable = reference.kind === "global" ? callables.get(reference.path) : undefined;
    if (callable === undefined) throw new TypeError("Cannot find the function");
    return callable;
  },
};

/** The message of a value, in bytes of its own. */
export function messageOf(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  encode(value, writer, handoff);
  return writer.finish().slice();
}

/** What arrives. */
export function passed<T>(value: T): T {
  return decode(messageOf(value), source) as T;
}
