/**
 * What parent and child tell each other: what makes the child what it is, which it is told at its launch, and its answers, which go
 * over their link.
 *
 * @module
 */

import { type Address, identity } from "../base/identity.ts";
import { type LogSettings, logSettings } from "../base/logger.ts";
import type { Link } from "../channel/link.ts";
import { sendControl } from "../channel/node.ts";
import { decode } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import type { Handoff, Source } from "../codec/handoff.ts";
import type { Reader } from "../codec/reader.ts";
import { bytesOf } from "../codec/writer.ts";
import { type ArenaReference, fileMemory } from "../sync/program_memory.ts";
import { type Configuration, configuration } from "./configuration.ts";
import { lookForConfig } from "./found_config.ts";

/** Everything a child has to know. */
export interface Preparation {
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
  /** How the log goes on in it; `undefined` if nobody has touched the log. */
  readonly logging: LogSettings | undefined;
  /** The memory that the processes of the program share. */
  readonly memory: ArenaReference | undefined;
  /** The parent waits to hear whether the task was found, and tells its caller; else the child tells of a failure itself. */
  readonly awaited: boolean;
  /** What it is to run, encoded for this very child; decoded once the main module is there. */
  readonly task: Uint8Array;
}

/** The child has found its task, and runs it; told where that is awaited. */
export interface Accepted {
  readonly kind: "accepted";
}

/** The child cannot run its task, and ends; told where that is awaited. */
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

/** What goes from a child to its parent besides routed messages. */
export type ControlMessage = Accepted | Refused | Written;

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

/** What is particular to one child. */
export type Birth = Omit<
  Preparation,
  "program" | "parent" | "mainModule" | "permissionFlags" | "configuration" | "logging" | "memory"
>;

/** What a child of this process is told at its launch. */
export function preparationOf(birth: Birth, permissionFlags: readonly string[] | undefined): Preparation {
  // A worker knows less of it, and may launch processes.
  lookForConfig();
  return {
    program: identity.program,
    parent: { name: identity.name, pid: Deno.pid, address: identity.address },
    mainModule: identity.mainModule,
    permissionFlags,
    configuration,
    logging: logSettings(),
    memory: fileMemory(),
    ...birth,
  };
}

/** A preparation in bytes. */
export function encodePreparation(preparation: Preparation): Uint8Array<ArrayBuffer> {
  // A copy of the key, which is itself refused by every message.
  const told = { ...preparation, authKey: preparation.authKey.slice() };
  return bytesOf((writer) => encode(told, writer, plainHandoff));
}

/** In the child: what it was told. */
export function decodePreparation(bytes: Uint8Array): Preparation {
  return decode(bytes, plainSource) as Preparation;
}
