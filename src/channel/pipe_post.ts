/**
 * The post of pipes: the homes in this process, the seats in this process whose home is elsewhere, and the messages between.
 *
 * @module
 */

import { type Address, identity, isHere, isWithin } from "../base/identity.ts";
import type { Reader } from "../codec/reader.ts";
import { bytesOf, type Writer } from "../codec/writer.ts";
import { node, readAddress, writeAddress } from "./node.ts";
import { PipeHome } from "./pipe_home.ts";
import { dropLease, entrust, homes, keyOf, nothing, post, writeHead } from "./pipe_lease.ts";
import { SeatElsewhere, TO_SEAT } from "./pipe_seat.ts";
import type { Seat } from "./pipe_side.ts";
import {
  Back,
  type EndIndex,
  kept,
  type Lease,
  type Message,
  PIPE_SERVICE,
  readEnd,
  readMessage,
  ToHome,
  ToSeat,
  writeMessage,
} from "./pipe_wire.ts";

export { dropLease } from "./pipe_lease.ts";
export type { Lease } from "./pipe_wire.ts";

/** A seat in this process, whose home may be elsewhere. */
export interface Sitter extends Seat {
  /** Its process is about to end: what has arrived and was not taken. What arrives before the next recall is not heard. */
  retire(): { messages: readonly Message[]; received: number };
}

/** The home of a pipe as one seat reaches it, here or behind messages. */
export interface HomeAccess {
  readonly address: Address;
  send(build: (writer: Writer) => void, leases: readonly Lease[]): { size: number; sent: Promise<void> | undefined };
  /** As `send`, for bytes that nobody changes any more. */
  sendBytes(bytes: Uint8Array, leases: readonly Lease[]): Promise<void> | undefined;
  want(count: number, received: number): void;
  took(bytes: number, count: number): void;
  ask(): void;
  watch(): void;
  /** Messages that nobody waits for, of so many that arrived. */
  giveBack(messages: readonly Message[], received: number): void;
  /** As asked, all that nobody has taken of so many that arrived. */
  answerRecall(messages: readonly Message[], received: number): void;
  /** Gives the seat up that has received so many messages, of which it gives back the last. */
  leave(received: number, messages: readonly Message[]): void;
  lend(custodian: Address): Lease;
  /** Where what is done at the other end would be heard from. */
  others(): readonly Address[];
}

const seats = new Map<number, HomeElsewhere>();
let lastPipe = 0;
let lastSeat = 0;
let lastLease = 0;

/** Makes a pipe whose home is here, and says how to sit at its ends. */
export function createHome(): (end: EndIndex) => (seat: Seat) => HomeAccess {
  const pipe = ++lastPipe;
  const home = new PipeHome(dropMessage, () => homes.delete(pipe));
  homes.set(pipe, home);
  return (end) => (seat) => new HomeHere(home, pipe, end, seat);
}

/** Turns a connection that arrived into a seat. */
export function claim(lease: Lease): (seat: Sitter) => HomeAccess {
  return (seat) => {
    if (!isHere(lease.home)) return new HomeElsewhere(lease, seat);
    const home = homes.get(lease.pipe);
    if (home === undefined) seatAtNothing(seat);
    const access = new HomeHere(home ?? new PipeHome(() => {}, () => {}), lease.pipe, lease.end, seat);
    home?.unlend(lease.end, keyOf(lease.creator, lease.serial));
    return access;
  };
}

/** Before this process ends: what it has not received is for others, and what others would receive from here is sent to them. */
export function leavePipes(): void {
  for (const access of seats.values()) access.retire();
  for (const home of homes.values()) home.evacuate();
}

class HomeHere implements HomeAccess {
  readonly address: Address = identity.address;
  readonly #home: PipeHome;
  readonly #pipe: number;
  readonly #end: EndIndex;
  readonly #key = keyOf(identity.address, ++lastSeat);

  constructor(home: PipeHome, pipe: number, end: EndIndex, seat: Seat) {
    this.#home = home;
    this.#pipe = pipe;
    this.#end = end;
    home.join(end, this.#key, seat);
  }

  send(build: (writer: Writer) => void, leases: readonly Lease[]): { size: number; sent: undefined } {
    const made = this.#home.sendMade(this.#end, this.#key, build, leases);
    if (made !== undefined) return { size: made, sent: undefined };
    const bytes = bytesOf(build);
    this.sendBytes(bytes, leases);
    return { size: bytes.length, sent: undefined };
  }

  sendBytes(bytes: Uint8Array, leases: readonly Lease[]): undefined {
    this.#home.send(this.#end, this.#key, { bytes, owned: true, leases });
  }

  want(count: number, received: number): void {
    this.#home.want(this.#end, this.#key, count, received);
  }

  took(bytes: number, count: number): void {
    this.#home.took(this.#end, this.#key, bytes, count);
  }

  ask(): void {
    this.#home.ask(this.#end, this.#key);
  }

  watch(): void {
    this.#home.watch(this.#end, this.#key);
  }

  giveBack(messages: readonly Message[], received: number): void {
    if (messages.length > 0) this.#home.giveBack(this.#end, this.#key, messages, received, false);
  }

  answerRecall(messages: readonly Message[], received: number): void {
    this.#home.giveBack(this.#end, this.#key, messages, received, true);
  }

  leave(received: number, messages: readonly Message[]): void {
    this.giveBack(messages, received);
    this.#home.leave(this.#end, this.#key);
  }

  lend(custodian: Address): Lease {
    const serial = ++lastLease;
    this.#home.lend(this.#end, keyOf(this.address, serial), custodian);
    return { home: this.address, pipe: this.#pipe, end: this.#end, creator: this.address, serial };
  }

  others(): readonly Address[] {
    return this.#home.others(this.#end);
  }
}

class HomeElsewhere implements HomeAccess {
  readonly address: Address;
  readonly seat: Sitter;
  readonly #pipe: number;
  readonly #end: EndIndex;
  readonly #serial = ++lastSeat;
  /** It has tried to receive, so that messages may be on their way to it. */
  #reads = false;

  constructor({ home, pipe, end, creator, serial }: Lease, seat: Sitter) {
    this.address = home;
    this.seat = seat;
    this.#pipe = pipe;
    this.#end = end;
    seats.set(this.#serial, this);
    this.#post(ToHome.CLAIM, (writer) => {
      writeAddress(writer, creator);
      writer.varuint(serial);
    });
  }

  send(build: (writer: Writer) => void, leases: readonly Lease[]): { size: number; sent: Promise<void> | undefined } {
    let size = 0;
    const sent = node.send(this.address, PIPE_SERVICE, (writer) => {
      writeHead(writer, ToHome.SEND, this.#pipe, this.#end, this.#serial);
      size = writeMessage(writer, build, leases);
    });
    return { size, sent };
  }

  sendBytes(bytes: Uint8Array, leases: readonly Lease[]): Promise<void> | undefined {
    return this.send((writer) => writer.bytes(bytes), leases).sent;
  }

  want(count: number, received: number): void {
    this.#reads = true;
    this.#post(ToHome.WANT, (writer) => {
      writer.varuint(count);
      writer.varuint(received);
    });
  }

  took(bytes: number, count: number): void {
    this.#post(ToHome.TOOK, (writer) => {
      writer.varuint(bytes);
      writer.varuint(count);
    });
  }

  ask(): void {
    this.#reads = true;
    this.#post(ToHome.ASK, nothing);
  }

  watch(): void {
    this.#reads = true;
    this.#post(ToHome.WATCH, nothing);
  }

  giveBack(messages: readonly Message[], received: number): void {
    if (messages.length > 0) this.#postBack(Back.UNWANTED, messages, received);
  }

  answerRecall(messages: readonly Message[], received: number): void {
    this.#postBack(Back.RECALLED, messages, received);
  }

  leave(received: number, messages: readonly Message[]): void {
    // What is given back counts as still on its way: what is on its way indeed follows it, in its order.
    if (seats.delete(this.#serial)) this.#post(ToHome.LEAVE, (writer) => writer.varuint(received - messages.length));
    this.giveBack(messages, received);
  }

  lend(custodian: Address): Lease {
    const serial = ++lastLease;
    const creator = identity.address;
    this.#post(ToHome.LEND, (writer) => {
      writeAddress(writer, creator);
      writer.varuint(serial);
      writeAddress(writer, custodian);
    });
    return { home: this.address, pipe: this.#pipe, end: this.#end, creator, serial };
  }

  others(): readonly Address[] {
    return [this.address];
  }

  /** Gives back what its process, which ends, has not taken. */
  retire(): void {
    if (!this.#reads) return;
    this.#reads = false;
    const { messages, received } = this.seat.retire();
    this.#postBack(Back.RETIRED, messages, received);
  }

  #postBack(why: number, messages: readonly Message[], received: number): void {
    postBack(
      { address: this.address, pipe: this.#pipe, end: this.#end, serial: this.#serial },
      why,
      messages,
      received,
    );
  }

  #post(op: number, build: (writer: Writer) => void): void {
    post(this.address, (writer) => {
      writeHead(writer, op, this.#pipe, this.#end, this.#serial);
      build(writer);
    });
  }
}

/** Tells a connection whose pipe is no more. */
function seatAtNothing(seat: Seat): void {
  seat.end();
  seat.broken();
}

/** Where a seat in this process is known. */
interface Place {
  readonly address: Address;
  readonly pipe: number;
  readonly end: EndIndex;
  readonly serial: number;
}

/** Gives messages back to the home, which then answers for what travels in them. */
function postBack(
  { address, pipe, end, serial }: Place,
  why: number,
  messages: readonly Message[],
  received: number,
): void {
  for (const { leases } of messages) for (const lease of leases) entrust(lease, address);
  post(address, (writer) => {
    writeHead(writer, ToHome.GIVE_BACK, pipe, end, serial);
    writer.u8(why);
    writer.varuint(received);
    writer.varuint(messages.length);
    for (const { bytes, leases } of messages) writeMessage(writer, (into) => into.bytes(bytes), leases);
  });
}

function answer(from: Address, body: Reader, owned: boolean): void {
  const op = body.u8();
  if ((op & TO_SEAT) !== 0) return answerAtSeat(from, op & ~TO_SEAT, body, owned);
  answerAtHome(from, op, body, owned);
}

function answerAtSeat(from: Address, op: number, body: Reader, owned: boolean): void {
  const serial = body.varuint();
  const access = seats.get(serial);
  if (op === ToSeat.DELIVER) {
    const exclusive = body.u8() === 1;
    const pipe = body.varuint();
    const end = readEnd(body);
    const message = readMessage(body, owned);
    if (access !== undefined) return access.seat.deliver(message, exclusive);
    // Closed meanwhile, and somebody else may receive it.
    return postBack({ address: from, pipe, end, serial }, Back.UNWANTED, [message], 0);
  }
  if (access === undefined) return;
  const { seat } = access;
  if (op === ToSeat.END) seat.end();
  else if (op === ToSeat.ANSWER) seat.answer(body.u8() === 1);
  else if (op === ToSeat.WAKE) seat.wake();
  else if (op === ToSeat.ROOM) seat.room(body.varuint());
  else if (op === ToSeat.BROKEN) seat.broken();
  else if (op === ToSeat.RECALL) seat.recall();
}

function answerAtHome(from: Address, op: number, body: Reader, owned: boolean): void {
  const pipe = body.varuint();
  const home = homes.get(pipe);
  const end = readEnd(body);
  const serial = body.varuint();
  const key = keyOf(from, serial);
  if (op === ToHome.CLAIM) {
    return welcome(home, end, new SeatElsewhere(from, serial, pipe, end), keyOf(readAddress(body), body.varuint()));
  }
  if (op === ToHome.GIVE_BACK) return takeBack(home, end, key, body, owned);
  if (op === ToHome.SEND) {
    const message = readMessage(body, owned);
    return home === undefined ? dropMessage(message) : home.send(end, key, message);
  }
  if (home === undefined) return;
  if (op === ToHome.WANT) home.want(end, key, body.varuint(), body.varuint());
  else if (op === ToHome.TOOK) home.took(end, key, body.varuint(), body.varuint());
  else if (op === ToHome.ASK) home.ask(end, key);
  else if (op === ToHome.WATCH) home.watch(end, key);
  else if (op === ToHome.LEAVE) home.leave(end, key, body.varuint());
  else if (op === ToHome.LEND) takeLease(from, home, end, keyOf(readAddress(body), body.varuint()), readAddress(body));
  else if (op === ToHome.UNLEND) home.unlend(end, keyOf(readAddress(body), body.varuint()));
}

function welcome(home: PipeHome | undefined, end: EndIndex, seat: SeatElsewhere, lease: string): void {
  // All other holders are gone.
  if (home === undefined) return seatAtNothing(seat);
  home.join(end, keyOf(seat.address, seat.serial), seat);
  home.unlend(end, lease);
}

function takeLease(from: Address, home: PipeHome, end: EndIndex, lease: string, custodian: Address): void {
  home.lend(end, lease, custodian);
  // It may have ended before it was named here; then that is told once more. A child of the sender may only be about to begin.
  if (!isHere(custodian) && !isWithin(custodian, from)) {
    post(custodian, (writer) => writeHead(writer, ToHome.CHECK, 0, 0, 0));
  }
}

function takeBack(home: PipeHome | undefined, end: EndIndex, key: string, body: Reader, owned: boolean): void {
  const why = body.u8();
  const received = body.varuint();
  const messages: Message[] = [];
  for (let left = body.varuint(); left > 0; left--) messages.push(kept(readMessage(body, owned)));
  if (home === undefined) messages.forEach(dropMessage);
  else if (why === Back.RETIRED) home.retire(end, key, messages, received);
  else home.giveBack(end, key, messages, received, why === Back.RECALLED);
}

function dropMessage({ leases }: Message): void {
  leases.forEach(dropLease);
}

node.serve(PIPE_SERVICE, answer);
node.onDeath((dead) => {
  for (const home of homes.values()) home.bury(dead);
  for (const [serial, { seat, address }] of seats) {
    if (!isWithin(address, dead)) continue;
    seats.delete(serial);
    seat.end();
    seat.broken();
  }
});
