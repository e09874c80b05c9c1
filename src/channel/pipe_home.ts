/**
 * The home of a pipe: for each end, who holds it and what waits to be received there.
 *
 * @module
 */

import { type Address, isWithin } from "../base/identity.ts";
import type { Writer } from "../codec/writer.ts";
import { type Queued, Reading, type Seat, Side, weightOf } from "./pipe_side.ts";
import { type EndIndex, kept, type Lease, type Message } from "./pipe_wire.ts";

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
    side.seats.set(key, new Reading(seat));
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
    reading.settle(received);
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
    const reading = idle ? side.nextReader() : undefined;
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
    if (!reading.hasRoom) return undefined;
    const bytes = reading.seat.deliverMade(make, leases, () => side.soleReader === reading);
    const size = bytes.length;
    reading.account(weightOf(size));
    reading.keep({ bytes, owned: true, leases });
    this.#sides[end].seats.get(key)?.seat.room(weightOf(size));
    return size;
  }

  /** So many receives wait at a seat that had received so many messages when it said so. */
  want(end: EndIndex, key: string, want: number, received: number): void {
    const reading = this.#activate(end, key);
    if (reading === undefined) return;
    reading.settle(received);
    // What was delivered since then is on its way to those receives.
    reading.want = Math.max(0, want - (reading.delivered - received));
    this.#distribute(end);
  }

  /** Bytes that were delivered have been taken by the program: so many messages in all. */
  took(end: EndIndex, key: string, bytes: number, count: number): void {
    const reading = this.#sides[end].seats.get(key);
    if (reading === undefined) return;
    reading.settle(count);
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

  /** Messages that a seat did not take, of so many that it has heard, go back to the front, in their order. */
  giveBack(end: EndIndex, key: string, messages: readonly Message[], received: number, recalled: boolean): void {
    const side = this.#sides[end];
    const reading = side.seats.get(key);
    if (reading === undefined && side.abandoned) return messages.forEach(this.#drop);
    if (reading !== undefined && reading.flying > 0) {
      reading.returned.push(...messages);
      if (reading.returned.length === reading.flying) this.#remove(end, key);
      return;
    }
    side.putBack(messages);
    reading?.settle(received);
    for (const { bytes } of messages) if (reading !== undefined) reading.unread -= weightOf(bytes.length);
    if (recalled && reading !== undefined) {
      reading.want = 0;
      reading.unsettled = false;
      side.awaited.delete(reading);
    }
    this.#distribute(end);
  }

  /** The process of a seat is about to end: what it did not take, of so many that it has heard, and what is on its way, is for others. */
  retire(end: EndIndex, key: string, messages: readonly Message[], received: number): void {
    const side = this.#sides[end];
    const reading = side.seats.get(key);
    if (reading === undefined) return this.giveBack(end, key, messages, received, false);
    side.retire(reading);
    reading.leave();
    side.putBack([...messages, ...reading.reclaim(received)]);
    // If it goes on all the same, it has everything anew from here.
    reading.seat.recall();
    this.#distribute(end);
  }

  /** The process is about to end: what holders elsewhere would still receive is sent to them. */
  evacuate(): void {
    for (const side of this.#sides) {
      const heir = [...side.seats.values()].find(({ seat, flying, retired }) =>
        seat.remote && flying === 0 && !retired
      );
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
    reading.retired = false;
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
    const { returned, flying, delivered } = reading;
    // Its process has ended before all came back.
    const lost = flying > returned.length ? reading.reclaim(delivered - flying + returned.length) : [];
    side.putBack([...returned, ...lost]);
    // Killed: nobody knows what it has taken.
    reading.settle(Infinity);
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
      const reading = side.nextReader();
      const queued = reading && side.queue.shift();
      if (reading === undefined || queued === undefined) break;
      this.#hand(side, reading, queued);
    }
    if (this.#isOver(end) && side.settles()) return;
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

  #hand(side: Side, reading: Reading, { message, sender }: Queued): void {
    const weight = weightOf(message.bytes.length);
    reading.account(weight);
    if (reading.seat.remote) reading.keep(kept(message));
    reading.seat.deliver(message, side.soleReader === reading);
    // Afterwards, as its next message may go to the same reader at once.
    sender?.room(weight);
  }
}

function opposite(end: EndIndex): EndIndex {
  return end === 0 ? 1 : 0;
}
