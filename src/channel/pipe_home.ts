/**
 * The home of a pipe: for each end, who holds it and what waits to be received there.
 *
 * @module
 */

import { type Address, isWithin } from "../base/identity.ts";
import { Fifo } from "../base/fifo.ts";
import { type EndIndex, kept, type Message } from "./pipe_wire.ts";

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
  /** The only reader so far, which has been sent messages ahead and is asked to give them back. */
  recalled: Reading | undefined;
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

  get readers(): Reading[] {
    return [...this.seats.values()].filter((reading) => reading.active);
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
    const reading = { seat, want: 0, watching: false, delivered: 0, unread: 0, active: false, ended: false };
    side.seats.set(key, reading);
    side.opened = true;
    if (this.#sides[opposite(end)].abandoned) seat.broken();
    this.#distribute(end);
  }

  /** A connection was closed, or its process has ended. */
  leave(end: EndIndex, key: string): void {
    const side = this.#sides[end];
    if (side.recalled === side.seats.get(key)) side.recalled = undefined;
    if (side.seats.delete(key)) this.#afterLoss(end);
  }

  /** A connection is on its way, in the custody of a process. */
  lend(end: EndIndex, lease: string, custodian: Address): void {
    this.#sides[end].leases.set(lease, custodian);
  }

  /** It arrived as a seat, or was dropped. */
  unlend(end: EndIndex, lease: string): void {
    if (this.#sides[end].leases.delete(lease)) this.#afterLoss(end);
  }

  /** All in and below a process is gone. */
  bury(dead: Address): void {
    for (const end of [0, 1] as const) {
      const side = this.#sides[end];
      for (const [lease, custodian] of side.leases) if (isWithin(custodian, dead)) this.unlend(end, lease);
      for (const [key, { seat }] of side.seats) if (isWithin(seat.address, dead)) this.leave(end, key);
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
    const idle = side.queue.length === 0 && side.recalled === undefined;
    const reading = idle ? this.#nextReader(side) : undefined;
    // Straight to a reader without a copy, if one waits.
    if (reading !== undefined) return this.#hand(side, reading, { message, sender });
    side.queue.push({ message: kept(message), sender });
    if (side.recalled === undefined) this.#announce(opposite(end));
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
    if (side.recalled === undefined) reading.seat.answer(this.#isReady(end));
    else side.askers.push(reading.seat);
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
    side.queue.unshift(messages.map((message) => ({ message, sender: undefined })));
    for (const { bytes } of messages) if (reading !== undefined) reading.unread -= weightOf(bytes.length);
    if (recalled && side.recalled === reading) side.recalled = undefined;
    this.#distribute(end);
  }

  /** The process is about to end: what holders elsewhere would still receive is sent to them. */
  evacuate(): void {
    for (const side of this.#sides) {
      const heir = [...side.seats.values()].find(({ seat }) => seat.remote);
      if (heir === undefined) continue;
      for (const { message } of side.queue.drain()) heir.seat.deliver(message, true);
    }
  }

  #activate(end: EndIndex, key: string): Reading | undefined {
    const side = this.#sides[end];
    const reading = side.seats.get(key);
    if (reading === undefined || reading.active) return reading;
    const [only, ...others] = side.readers;
    reading.active = true;
    // At the end nothing is left here, and what the other reader has ahead stays with it.
    const over = side.queue.length === 0 && this.#sides[opposite(end)].abandoned;
    if (only !== undefined && others.length === 0 && only.seat.remote && !over) {
      side.recalled = only;
      only.seat.recall();
    }
    return reading;
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
    if (side.recalled !== undefined) return;
    while (side.queue.length > 0) {
      const reading = this.#nextReader(side);
      const queued = reading && side.queue.shift();
      if (reading === undefined || queued === undefined) break;
      this.#hand(side, reading, queued);
    }
    for (const seat of side.askers.splice(0)) seat.answer(this.#isReady(end));
    this.#announce(end);
  }

  /** Whether a receive at this end would be answered at once. */
  #isReady(end: EndIndex): boolean {
    return this.#sides[end].queue.length > 0 || this.#sides[opposite(end)].abandoned;
  }

  /** Tells of the end, and of messages that nobody takes. */
  #announce(end: EndIndex): void {
    if (!this.#isReady(end)) return;
    const side = this.#sides[end];
    const over = side.queue.length === 0;
    for (const reading of side.seats.values()) {
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
    for (const [key, reading] of side.seats) {
      if (reading.want === 0) continue;
      // Behind the others for the next message.
      side.seats.delete(key);
      side.seats.set(key, reading);
      return reading;
    }
    const [only, ...others] = side.readers;
    const ahead = only?.seat.remote === true && others.length === 0 && only.unread < READ_AHEAD_BYTES;
    return ahead ? only : undefined;
  }

  #hand(side: Side, reading: Reading, { message, sender }: Queued): void {
    const weight = weightOf(message.bytes.length);
    if (reading.want > 0) reading.want--;
    reading.delivered++;
    reading.unread += weight;
    // The sender first: what it sends now is behind this message in any case.
    sender?.room(weight);
    reading.seat.deliver(message, reading.seat.remote && side.readers.length === 1);
  }
}

function opposite(end: EndIndex): EndIndex {
  return end === 0 ? 1 : 0;
}
