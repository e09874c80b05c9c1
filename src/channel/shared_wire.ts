/**
 * The messages about shared objects between processes.
 *
 * @module
 */

import type { Address } from "../base/identity.ts";
import { decode } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import type { Handoff, Source } from "../codec/handoff.ts";
import { node } from "./node.ts";
import type { Lease } from "./pipe_wire.ts";

/** Service number of shared objects among nodes. */
const SHARED_SERVICE = 2;

/** The name of a block among all processes. */
export interface BlockName {
  readonly arena: string;
  /** The process that acts for those who cannot reach the memory. */
  readonly home: Address;
  /** Word index. */
  readonly block: number;
  readonly serial: number;
  readonly kind: number;
}

/** What processes tell each other about shared objects. */
export type SharedMessage =
  /** An object is on its way; whoever sent it holds it by that handle, or by none. */
  | {
    readonly op: "lend";
    readonly key: string;
    readonly custodian: Address;
    readonly handle: number;
    readonly name: BlockName;
  }
  /** Somebody else answers for it now. */
  | { readonly op: "entrust"; readonly key: string; readonly custodian: Address }
  /** It arrived, or never will. */
  | { readonly op: "drop"; readonly key: string }
  /** Do this for me. */
  | {
    readonly op: "call";
    readonly call: number;
    readonly name: BlockName;
    readonly operation: string;
    readonly args: readonly unknown[];
    /** For operations that wait: milliseconds. */
    readonly timeout: number | undefined;
  }
  | { readonly op: "answer"; readonly call: number; readonly ok: boolean; readonly value: unknown }
  /** Do this; I do not wait for it. */
  | { readonly op: "tell"; readonly name: BlockName; readonly operation: string; readonly args: readonly unknown[] }
  /** The answer is not wanted any more. */
  | { readonly op: "cancel"; readonly call: number }
  /** It arrived here: I have a use for it, even if I do not call. */
  | { readonly op: "hold"; readonly name: BlockName }
  /** I have one use less for it. */
  | { readonly op: "release"; readonly name: BlockName };

const handoff: Handoff = {
  destination: "the home of a shared object",
  functionReference() {
    throw new TypeError("Cannot send a function to the home of a shared object");
  },
};
const source: Source = {
  resolveFunction() {
    throw new TypeError("Cannot receive a function from the home of a shared object");
  },
};

/**
 * Sends a message. If the other process is gone, its death is told by the node.
 *
 * @returns A promise that resolves when the message is out of this process's hands, or never will be; `undefined` if it is so already.
 */
export function postShared(to: Address, message: SharedMessage): Promise<void> | undefined {
  return node.send(to, SHARED_SERVICE, (writer) => encode(message, writer, handoff))?.catch(() => {});
}

/** Registers who takes the messages. */
export function receiveShared(receive: (from: Address, message: SharedMessage) => void): void {
  node.serve(SHARED_SERVICE, (from, body) => {
    // From a process of this program, and written by the function above.
    receive(from, decode(body.bytes(body.remaining).slice(), source) as SharedMessage);
  });
}

/** Key of a lease at its home. */
export function keyOf({ creator, serial }: Pick<Lease, "creator" | "serial">): string {
  return `${creator.join(".")}:${serial}`;
}
