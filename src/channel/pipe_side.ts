/**
 * One end of a pipe at its home: who holds it, whose turn it is to receive, and what waits to be received.
 *
 * @module
 */

import type { Address } from "../base/identity.ts";
import { Fifo } from "../base/fifo.ts";
import type { Writer } from "../codec/writer.ts";
import type { Lease, Message } from "./pipe_wire.ts";

// What one reader in another process may have that its program did not yet take; more is not sent ahead.
const READ_AHEAD_BYTES = 1 << 18;
// An empty message costs memory too.
const MESSAGE_OVERHEAD_BYTES = 64;

/** What a message counts for in the limits of a pipe. */
export function weightOf(size: number): number {
  return size + MESSAGE_OVERHEAD_BYTES;
}

/** A connection as the home sees it, here or in another process. */
export interface Seat {
  readonly address: Address;
  /** Whether messages may be sent to it ahead of being asked for. */
  readonly remote: boolean;
  /** A message; more come unasked while it is the `exclusive` reader. */
  deliver(message: Message, exclusive: boolean): void;
  /** As `deliver`, for a message that is made where it is to go; gives a copy. Whether it is exclusive is asked when it has been made. */
  deliverMade?(make: (writer: Writer) => void, leases: readonly Lease[], exclusive: () => boolean): Uint8Array;
  /** Leases of the home on what travels in a message, beside those that are the receiver's. */
  twin?(leases: readonly Lease[]): readonly Lease[];
  /** They are needed no more. */
  drop?(twins: readonly Lease[]): void;
  /** A message that was delivered will not be heard there: what travels in it is the home's again. */
  reclaim?(leases: readonly Lease[]): void;
  end(): void;
  answer(there: boolean): void;
  wake(): void;
  room(bytes: number): void;
  broken(): void;
  recall(): void;
}

/** A message that is on its way, or was not taken yet. */
interface Sent {
  readonly message: Message;
  /** How many had been delivered with it. */
  readonly number: number;
  /** Leases of this process on what travels in it. */
  readonly twins: readonly Lease[];
}

/** What the home knows of a seat. */
export class Reading {
  readonly seat: Seat;
  /** Receives that wait and that no message on its way will serve. */
  want = 0;
  /** It wants to be woken when there is something that nobody takes. */
  watching = false;
  delivered = 0;
  /** Bytes delivered and not known to be taken. */
  unread = 0;
  /** It has tried to receive; two that have share the messages one by one. */
  active = false;
  ended = false;
  /** Its process is about to end. */
  retired = false;
  /** It may still give back what was delivered, as far as is known here. */
  unsettled = false;
  /** It has been closed while so many messages were on their way to it, which come back. */
  flying = 0;
  readonly returned: Message[] = [];
  /** What was delivered and may not have been taken: others may come to have it, the reader itself may hand the end on. */
  readonly #sent = new Fifo<Sent>();

  constructor(seat: Seat) {
    this.seat = seat;
  }

  /** Whether it may have a message now, asked for or not. */
  get hasRoom(): boolean {
    return this.want > 0 || this.unread < READ_AHEAD_BYTES;
  }

  /** A message goes to it. */
  account(weight: number): void {
    if (this.want > 0) this.want--;
    this.delivered++;
    this.unread += weight;
    this.unsettled = this.seat.remote;
  }

  /** Its process is about to end; if it goes on all the same, it begins anew. */
  leave(): void {
    this.retired = true;
    this.ended = this.unsettled = false;
    this.want = this.unread = 0;
  }

  /** Keeps the message that was delivered last. */
  keep(message: Message): void {
    this.#sent.push({ message, number: this.delivered, twins: this.seat.twin?.(message.leases) ?? [] });
  }

  /** So many messages were taken or have come back. */
  settle(count: number): void {
    for (let { first } = this.#sent; first !== undefined && first.number <= count; { first } = this.#sent) {
      this.#sent.shift();
      this.seat.drop?.(first.twins);
    }
  }

  /** The messages behind so many, which it will not hear. */
  reclaim(count: number): Message[] {
    this.settle(count);
    return this.#sent.drain().map(({ message, twins }) => {
      this.seat.reclaim?.(message.leases);
      this.seat.drop?.(twins);
      return message;
    });
  }
}

/** A message that waits. */
export interface Queued {
  readonly message: Message;
  /** Who sent it and is told when it leaves; nobody for what was given back. */
  readonly sender: Seat | undefined;
}

/** One end of the pipe: its holders, and the messages to be received there. */
export class Side {
  readonly seats = new Map<string, Reading>();
  readonly leases = new Map<string, Address>();
  readonly queue = new Fifo<Queued>();
  /** Seats that have tried to receive, whose turn is next first. */
  readonly readers: Reading[] = [];
  /** Those that are about to give messages back; until they have, none is given to anybody. */
  readonly awaited = new Set<Reading>();
  /** Seats whose question waits for what is given back. */
  readonly askers: Seat[] = [];

  /** Set when the end first has a holder; before, a pipe is just being made. */
  opened = false;

  get held(): boolean {
    return this.seats.size > 0 || this.leases.size > 0;
  }

  /** Whether all that held the end have given it up. */
  get abandoned(): boolean {
    return this.opened && !this.held;
  }

  /** The reader that messages are sent ahead to, as nobody else reads. */
  get soleReader(): Reading | undefined {
    const only = this.readers[0];
    return this.readers.length === 1 && only?.seat.remote === true ? only : undefined;
  }

  /** Who is to have the next message. */
  nextReader(): Reading | undefined {
    const at = this.readers.findIndex(({ want }) => want > 0);
    const reading = this.readers[at];
    if (reading === undefined) {
      const { soleReader } = this;
      return soleReader?.hasRoom ? soleReader : undefined;
    }
    if (this.readers.length > 1) {
      // Behind the others for the next message.
      this.readers.splice(at, 1);
      this.readers.push(reading);
    }
    return reading;
  }

  /** Messages that were not taken go back to the front, in their order. */
  putBack(messages: readonly Message[]): void {
    this.queue.unshift(messages.map((message) => ({ message, sender: undefined })));
  }

  /** It receives no more; a receive would make it a reader again. */
  retire(reading: Reading): void {
    reading.active = false;
    const at = this.readers.indexOf(reading);
    if (at >= 0) this.readers.splice(at, 1);
    this.awaited.delete(reading);
  }

  /** Asks a reader for what it has not taken. */
  recall(reading: Reading): void {
    this.awaited.add(reading);
    // It may have been told too early.
    reading.ended = false;
    reading.seat.recall();
  }

  /** Asks the readers that share what they have not taken; whether there are any to wait for. */
  settles(): boolean {
    if (this.readers.length > 1) {
      for (const reading of this.readers) if (reading.unsettled) this.recall(reading);
    }
    return this.awaited.size > 0;
  }
}
