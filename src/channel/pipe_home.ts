/**
 * The home of a pipe: for each end, who holds it and what waits to be received there.
 *
 * @module
 */

import { type Address, isWithin } from "../base/identity.ts";
import { Fifo } from "../base/fifo.ts";
import type { Writer } from "../codec/writer.ts";
import { type EndIndex, kept, type Lease, type Message } from "./pipe_wire.ts";

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
  /** As `deliver`, for a message that is made on the spot; answers its size. Where it would have to be kept, it is not there. */
  deliverMade?(make: (writer: Writer) => void, leases: readonly Lease[], exclusive: () => boolean): number;
  end(): void;
  answer(there: boolean): void;
  wake(): void;
  room(bytes: number): void;
  broken(): void;
  recall(): void;
}

/** What the home knows of a seat. */
interface Reading {
  readonly seat: Seat;
  /** Receives that wait and that no message on its way will serve. */
  want: number;
  /** It wants to be woken when there is something that nobody takes. */
  watching: boolean;
  delivered: number;
  /** Bytes delivered and not known to be taken. */
  unread: number;
  /** It has tried to receive; two that have share the messages one by one. */
  active: boolean;
  ended: boolean;
  /** It may still give back what was delivered, as far as is known here. */
  unsettled: boolean;
  /** It has been closed while so many messages were on their way to it, which come back. */
  flying: number;
  readonly returned: Message[];
}

interface Queued {
  readonly message: Message;
  /** Who sent it and is told when it leaves; nobody for what was given back. */
  readonly sender: Seat | undefined;
}

/** One end of the pipe: its holders, and the messages to be received there. */
class Side {
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

  /** It receives no more. */
  retire(reading: Reading): void {
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
}

/** A pipe where it was made. */
export class PipeHome {
  readonly #sides: readonly [Side, Side] = [new Side(), new Side()];
  readonly #drop: (message: Message) => void;
  readonly #onUnheld: () => void;

  /**
   * @param drop Takes each message that nobody will receive.
   * @param onUnheld Called when neither end has a holder.
   */
  constructor(drop: (message: Message) => void, onUnheld: () => void) {
    this.#drop = drop;
    this.#onUnheld = onUnheld;
  }

  /** A connection to an end has come to be. */
  join(end: EndIndex, key: string, seat: Seat): void {
    const side = this.#sides[end];
    side.seats.set(key, {
      seat,
      want: 0,
      watching: false,
      delivered: 0,
      unread: 0,
      active: false,
      ended: false,
      unsettled: false,
      flying: 0,
      returned: [],
    });
    side.opened = true;
    if (this.#sides[opposite(end)].abandoned) seat.broken();
    this.#distribute(end);
  }

  /** A connection was closed that had received so many messages; what is on its way to it comes back first. */
  leave(end: EndIndex, key: string, received = Infinity): void {
    const side = this.#sides[end];
    const reading = side.seats.get(key);
    if (reading === undefined) return;
    side.retire(reading);
    reading.flying = Math.max(0, reading.delivered - received);
    if (reading.flying > 0) side.awaited.add(reading);
    else this.#remove(end, key);
  }

  /** A connection is on its way, in the custody of a process. */
  lend(end: EndIndex, lease: string, custodian: Address): void {
    this.#sides[end].leases.set(lease, custodian);
  }

  /** It arrived as a seat, or was dropped. */
  unlend(end: EndIndex, lease: string): void {
    if (this.#sides[end].leases.delete(lease)) this.#afterLoss(end);
  }

  /** Who holds the other end, or has it in its custody. */
  others(end: EndIndex): readonly Address[] {
    const { seats, leases } = this.#sides[opposite(end)];
    return [...Array.from(seats.values(), ({ seat }) => seat.address), ...leases.values()];
  }

  /** All in and below a process is gone. */
  bury(dead: Address): void {
    for (const end of [0, 1] as const) {
      const side = this.#sides[end];
      for (const [lease, custodian] of side.leases) if (isWithin(custodian, dead)) this.unlend(end, lease);
      for (const [key, { seat }] of side.seats) if (isWithin(seat.address, dead)) this.#remove(end, key);
    }
  }

  /** A message sent at `end`, to be received at the other. */
  send(end: EndIndex, key: string, message: Message): void {
    const side = this.#sides[opposite(end)];
    const sender = this.#sides[end].seats.get(key)?.seat;
    if (side.abandoned) {
      this.#drop(message);
      sender?.broken();
      return;
    }
    const idle = side.queue.length === 0 && side.awaited.size === 0;
    const reading = idle ? this.#nextReader(side) : undefined;
    // Straight to a reader without a copy, if one waits.
    if (reading !== undefined) return this.#hand(side, reading, { message, sender });
    side.queue.push({ message: kept(message), sender });
    if (side.awaited.size === 0) this.#announce(opposite(end));
  }

  /**
   * Has a message made where it is to go, without a copy, if the only reader is elsewhere and may have it at once.
   *
   * @returns The size of the message, or `undefined` if it has to be sent as bytes.
   */
  sendMade(end: EndIndex, key: string, make: (writer: Writer) => void, leases: readonly Lease[]): number | undefined {
    const side = this.#sides[opposite(end)];
    const reading = side.soleReader;
    if (reading?.seat.deliverMade === undefined || side.queue.length > 0 || side.awaited.size > 0) return undefined;
    if (reading.want === 0 && reading.unread >= READ_AHEAD_BYTES) return undefined;
    const size = reading.seat.deliverMade(make, leases, () => side.soleReader === reading);
    account(reading, weightOf(size));
    this.#sides[end].seats.get(key)?.seat.room(weightOf(size));
    return size;
  }

  /** So many receives wait at a seat that had received so many messages when it said so. */
  want(end: EndIndex, key: string, want: number, received: number): void {
    const reading = this.#activate(end, key);
    if (reading === undefined) return;
    // What was delivered since then is on its way to those receives.
    reading.want = Math.max(0, want - (reading.delivered - received));
    this.#distribute(end);
  }

  /** Bytes that were delivered have been taken by the program. */
  took(end: EndIndex, key: string, bytes: number): void {
    const reading = this.#sides[end].seats.get(key);
    if (reading === undefined) return;
    reading.unread -= bytes;
    this.#distribute(end);
  }

  /** A seat wants to know whether there is something to receive now. */
  ask(end: EndIndex, key: string): void {
    const reading = this.#activate(end, key);
    if (reading === undefined) return;
    const side = this.#sides[end];
    // What is given back just now is there as well; the answer waits for it.
    side.askers.push(reading.seat);
    this.#distribute(end);
  }

  /** A seat wants to be woken, once, when there is something to receive that nobody takes. */
  watch(end: EndIndex, key: string): void {
    const reading = this.#activate(end, key);
    if (reading === undefined) return;
    reading.watching = true;
    this.#distribute(end);
  }

  /** Messages that a seat did not take go back to the front, in their order. */
  giveBack(end: EndIndex, key: string, messages: readonly Message[], recalled: boolean): void {
    const side = this.#sides[end];
    const reading = side.seats.get(key);
    if (reading === undefined && side.abandoned) return messages.forEach(this.#drop);
    if (reading !== undefined && reading.flying > 0) {
      reading.returned.push(...messages);
      if (reading.returned.length === reading.flying) this.#remove(end, key);
      return;
    }
    putBack(side, messages);
    for (const { bytes } of messages) if (reading !== undefined) reading.unread -= weightOf(bytes.length);
    if (recalled && reading !== undefined) {
      reading.want = 0;
      reading.unsettled = false;
      side.awaited.delete(reading);
    }
    this.#distribute(end);
  }

  /** The process is about to end: what holders elsewhere would still receive is sent to them. */
  evacuate(): void {
    for (const side of this.#sides) {
      const heir = [...side.seats.values()].find(({ seat, flying }) => seat.remote && flying === 0);
      if (heir === undefined) continue;
      for (const { message } of side.queue.drain()) heir.seat.deliver(message, true);
    }
  }

  #activate(end: EndIndex, key: string): Reading | undefined {
    const side = this.#sides[end];
    const reading = side.seats.get(key);
    if (reading === undefined || reading.active) return reading;
    const { soleReader } = side;
    reading.active = true;
    side.readers.push(reading);
    if (soleReader !== undefined) side.recall(soleReader);
    return reading;
  }

  /** A connection is gone, and what came back from it is for the others. */
  #remove(end: EndIndex, key: string): void {
    const side = this.#sides[end];
    const reading = side.seats.get(key);
    if (reading === undefined) return;
    side.seats.delete(key);
    side.retire(reading);
    putBack(side, reading.returned);
    this.#afterLoss(end);
  }

  #afterLoss(end: EndIndex): void {
    const side = this.#sides[end];
    const other = opposite(end);
    if (side.held) return this.#distribute(end);
    for (const { message } of side.queue.drain()) this.#drop(message);
    for (const { seat } of this.#sides[other].seats.values()) seat.broken();
    if (!this.#sides[other].held) return this.#onUnheld();
    this.#distribute(other);
  }

  /** Gives the messages at an end to those who want them. */
  #distribute(end: EndIndex): void {
    const side = this.#sides[end];
    if (side.awaited.size > 0) return;
    while (side.queue.length > 0) {
      const reading = this.#nextReader(side);
      const queued = reading && side.queue.shift();
      if (reading === undefined || queued === undefined) break;
      this.#hand(side, reading, queued);
    }
    if (this.#isOver(end) && settles(side)) return;
    this.#announce(end);
    // Last, as an answer says that all before it is there.
    for (const seat of side.askers.splice(0)) seat.answer(this.#isReady(end));
  }

  /** Whether a receive at this end would be answered at once. */
  #isReady(end: EndIndex): boolean {
    return this.#sides[end].queue.length > 0 || this.#sides[opposite(end)].abandoned;
  }

  /** Whether nothing is left at this end and nothing will come. */
  #isOver(end: EndIndex): boolean {
    return this.#sides[end].queue.length === 0 && this.#sides[opposite(end)].abandoned;
  }

  /** Tells of the end, and of messages that nobody takes. */
  #announce(end: EndIndex): void {
    if (!this.#isReady(end)) return;
    const side = this.#sides[end];
    const over = side.queue.length === 0;
    // Who has not tried to receive need not know: what others have ahead may come back.
    for (const reading of [...side.readers]) {
      if (over && !reading.ended) {
        reading.ended = true;
        reading.seat.end();
      }
      if (!reading.watching) continue;
      reading.watching = false;
      reading.seat.wake();
    }
  }

  #nextReader(side: Side): Reading | undefined {
    const at = side.readers.findIndex(({ want }) => want > 0);
    const reading = side.readers[at];
    if (reading === undefined) {
      const { soleReader } = side;
      return soleReader !== undefined && soleReader.unread < READ_AHEAD_BYTES ? soleReader : undefined;
    }
    if (side.readers.length > 1) {
      // Behind the others for the next message.
      side.readers.splice(at, 1);
      side.readers.push(reading);
    }
    return reading;
  }

  #hand(side: Side, reading: Reading, { message, sender }: Queued): void {
    const weight = weightOf(message.bytes.length);
    account(reading, weight);
    reading.seat.deliver(message, side.soleReader === reading);
    // Afterwards, as its next message may go to the same reader at once.
    sender?.room(weight);
  }
}

/** Notes that a message goes to a reader. */
function account(reading: Reading, weight: number): void {
  if (reading.want > 0) reading.want--;
  reading.delivered++;
  reading.unread += weight;
  reading.unsettled = reading.seat.remote;
}

/** Asks the readers that share what they have not taken; whether there are any to wait for. */
function settles(side: Side): boolean {
  if (side.readers.length > 1) {
    for (const reading of side.readers) if (reading.unsettled) side.recall(reading);
  }
  return side.awaited.size > 0;
}

function putBack(side: Side, messages: readonly Message[]): void {
  side.queue.unshift(messages.map((message) => ({ message, sender: undefined })));
}

function opposite(end: EndIndex): EndIndex {
  return end === 0 ? 1 : 0;
}
