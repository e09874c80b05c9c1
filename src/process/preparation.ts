/**
 * What parent and child tell each other over their link: one message that makes the child what it is, and its answer.
 *
 * @module
 */

import { type Address, identity } from "../base/identity.ts";
import type { Link } from "../channel/link.ts";
import { sendControl } from "../channel/node.ts";
import { decode } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import type { Handoff, Source } from "../codec/handoff.ts";
import type { Reader } from "../codec/reader.ts";
import type { Configuration } from "./configuration.ts";

/** Everything a child has to know. */
export interface Preparation {
  readonly kind: "prepare";
  readonly name: string;
  readonly address: Address;
  readonly program: string;
  readonly authKey: Uint8Array;
  readonly daemon: boolean;
  readonly startMethod: string;
  readonly parent: { readonly name: string; readonly pid: number; readonly address: Address };
  readonly mainModule: string | undefined;
  readonly permissionFlags: readonly string[] | undefined;
  readonly configuration: Configuration;
  /** The parent waits to hear whether the task was found, and tells its caller; else the child tells of a failure itself. */
  readonly awaited: boolean;
  /** What it is to run, encoded for this very child; decoded once the main module is there. */
  readonly task: Uint8Array;
}

/** The child has found its task, and runs it. */
export interface Accepted {
  readonly kind: "accepted";
}

/** The child cannot run its task, and ends. */
export interface Refused {
  readonly kind: "refused";
  readonly error: unknown;
}

/** Something that a child wrote, which has no output of its own. */
export interface Written {
  readonly kind: "output";
  readonly which: "stdout" | "stderr";
  readonly bytes: Uint8Array;
}

/** What goes over the link besides routed messages. */
export type ControlMessage = Preparation | Accepted | Refused | Written;

const plainHandoff: Handoff = {
  destination: "a neighbouring process",
  functionReference() {
    throw new TypeError("Cannot send a function: this message carries none");
  },
};
const plainSource: Source = {
  resolveFunction() {
    throw new TypeError("Cannot receive a function: this message carries none");
  },
};

/** Sends a control message to the neighbour. */
export function tell(link: Link, message: ControlMessage): Promise<void> | undefined {
  return sendControl(link, (writer) => encode(message, writer, plainHandoff));
}

/** Reads a control message from the neighbour, which is of this program and trusted. */
export function hear(body: Reader): ControlMessage {
  return decode(body.bytes(body.remaining).slice(), plainSource) as ControlMessage;
}

/** What a child of this process is to know of its parent. */
export function asParent(): Preparation["parent"] {
  return { name: identity.name, pid: Deno.pid, address: identity.address };
}
