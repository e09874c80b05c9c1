/**
 * The messages between the home of a pipe and the processes that hold its ends.
 *
 * A pipe has one *home*, the process that made it, where its undelivered messages are. Each connection to one of its two ends is
 * a *seat*, known by the process it is in and a number. A connection on its way to another process is a *lease*: it holds the
 * end open until the receiver claims it as a seat, or until the process that has it in custody dies.
 *
 * To the home: `op pipe end seat …`. To a seat: `op seat …`. Numbers are variable-length integers unless said otherwise; a message is
 * `u32 length, bytes, leases`.
 *
 * @module
 */

import type { Address } from "../base/identity.ts";
import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { readAddress, writeAddress } from "./node.ts";

/** Number of the service that pipes use. */
export const PIPE_SERVICE = 1;

/** What a seat tells the home. */
export const ToHome = {
  /** A message for the other end. */
  SEND: 0,
  /** `want received`: so many receives wait, after so many messages arrived. */
  WANT: 1,
  /** `bytes count`: so much of what arrived was taken by the program, by now so many messages. */
  TOOK: 2,
  /** Is there something to receive now? The next ANSWER says so. */
  ASK: 3,
  /** `why received count messages…`: messages that nobody here took, of so many that arrived, go back to the front; see {@linkcode Back}. */
  GIVE_BACK: 4,
  /** `received`: the connection was closed, after so many messages arrived; those that arrive now are given back. */
  LEAVE: 5,
  /** `custodian creator serial`: the end is on its way to somebody. */
  LEND: 6,
  /** `creator serial`: it arrived, and this is its seat. */
  CLAIM: 7,
  /** `creator serial`: it was dropped on the way. */
  UNLEND: 8,
  /** WAKE is wanted, once, when there is something to receive that nobody takes. */
  WATCH: 9,
  /** Nothing; only to hear of it if the process has ended. */
  CHECK: 10,
} as const;

/** What the home tells a seat. */
export const ToSeat = {
  /** `exclusive pipe end message`: a message; as long as the seat is the only reader, more come unasked. */
  DELIVER: 0,
  /** The other end is closed, and this was all. */
  END: 1,
  /** `there`: the answer to ASK, 1 or 0. */
  ANSWER: 2,
  /** `bytes`: so much of what it sent has left the home. */
  ROOM: 3,
  /** Nobody is left to receive what it sends. */
  BROKEN: 4,
  /** Somebody else reads too: give back what was not taken; and it is not the end yet, whatever was said. */
  RECALL: 5,
  /** The answer to WATCH. */
  WAKE: 6,
} as const;

/** Why messages go back. */
export const Back = {
  /** Nobody waits for them any more. */
  UNWANTED: 0,
  /** As RECALL asked. */
  RECALLED: 1,
  /** The process is about to end. What is on its way to it goes back too; the next RECALL says that this has been dealt with. */
  RETIRED: 2,
} as const;

/** Which of the two ends of a pipe. */
export type EndIndex = 0 | 1;

/** In place of the number of a pipe: a lease of some other shared object. */
export const NO_PIPE = 0;

/** A connection, or another shared object, on its way. */
export interface Lease {
  readonly home: Address;
  readonly pipe: number;
  readonly end: EndIndex;
  readonly creator: Address;
  readonly serial: number;
}

/** A message as it is kept or passed on. */
export interface Message {
  readonly bytes: Uint8Array;
  /** Whether the bytes may be kept; else they are valid only during the call. */
  readonly owned: boolean;
  /** The connections that travel in it. */
  readonly leases: readonly Lease[];
}

/** The message in a form that may be kept. */
export function kept(message: Message): Message {
  return message.owned ? message : { ...message, bytes: message.bytes.slice(), owned: true };
}

/** Reads an index of an end. */
export function readEnd(reader: Reader): EndIndex {
  return reader.varuint() === 0 ? 0 : 1;
}

/** Writes a message whose bytes `build` produces; `leases` is complete once it has run. */
export function writeMessage(writer: Writer, build: (writer: Writer) => void, leases: readonly Lease[]): number {
  const mark = writer.length;
  writer.u32(0);
  build(writer);
  const size = writer.length - mark - 4;
  writer.setU32(mark, size);
  writer.varuint(leases.length);
  for (const lease of leases) writeLease(writer, lease);
  return size;
}

/** Reads what {@linkcode writeMessage} wrote. */
export function readMessage(reader: Reader, owned: boolean): Message {
  const bytes = reader.bytes(reader.u32());
  const leases: Lease[] = [];
  for (let left = reader.varuint(); left > 0; left--) leases.push(readLease(reader));
  return { bytes, owned, leases };
}

function writeLease(writer: Writer, { home, pipe, end, creator, serial }: Lease): void {
  writeAddress(writer, home);
  writer.varuint(pipe);
  writer.varuint(end);
  writeAddress(writer, creator);
  writer.varuint(serial);
}

function readLease(reader: Reader): Lease {
  const home = readAddress(reader);
  const pipe = reader.varuint();
  const end = readEnd(reader);
  return { home, pipe, end, creator: readAddress(reader), serial: reader.varuint() };
}
