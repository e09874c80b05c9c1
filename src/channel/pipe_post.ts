/**
 * The post of pipes: the homes in this process, the seats in this process whose home is elsewhere, and the messages between.
 *
 * @module
 */

import { type Address, identity, isWithin } from "../base/identity.ts";
import type { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import { node, readAddress, writeAddress } from "./node.ts";
import { PipeHome, type Seat } from "./pipe_home.ts";
import {
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

export type { Lease } from "./pipe_wire.ts";

// Room is told in lots, far smaller than what a sender may have unreceived.
const ROOM_BYTES = 1 << 17;

/** The home of a pipe as one seat reaches it, here or behind messages. */
export interface HomeAccess {
  readonly address: Address;
  send(build: (writer: Writer) => void, leases: readonly Lease[]): { size: number; sent: Promise<void> | undefined };
  want(count: number, received: number): void;
  took(bytes: number): void;
  ask(): void;
  watch(): void;
  giveBack(messages: readonly Message[], recalled: boolean): void;
  leave(): void;
  lend(custodian: Address): Lease;
}

const homes = new Map<number, PipeHome>();
const seats = new Map<number, { seat: Seat; home: Address }>();
let lastPipe = 0;
let lastSeat = 0;
let lastLease = 0;

/** Makes a pipe whose home is here, and says how to sit at its ends. */
export function createHome(): (end: EndIndex) => (seat: Seat) => HomeAccess {
  const pipe = ++lastPipe;
  const home = new PipeHome((message) => message.leases.forEach(dropLease), () => homes.delete(pipe));
  homes.set(pipe, home);
  return (end) => (seat) => new HomeHere(home, pipe, end, seat);
}

/** Turns a connection that arrived into a seat. */
export function claim(lease: Lease): (seat: Seat) => HomeAccess {
  return (seat) => {
    if (!isHere(lease.home)) return new HomeElsewhere(lease, seat);
    const home = homes.get(lease.pipe) ?? new PipeHome(() => {}, () => {});
    const access = new HomeHere(home, lease.pipe, lease.end, seat);
    home.unlend(lease.end, keyOf(lease.creator, lease.serial));
    return access;
  };
}

/** Gives up a connection that will not arrive, or has been claimed already. */
export function dropLease(lease: Lease): void {
  const { home, pipe, end, creator, serial } = lease;
  if (isHere(home)) return homes.get(pipe)?.unlend(end, keyOf(creator, serial));
  post(home, (writer) => {
    writeHead(writer, ToHome.UNLEND, pipe, end, 0);
    writeAddress(writer, creator);
    writer.varuint(serial);
  });
}

/** Sends what holders elsewhere would still receive, before this process ends. */
export function evacuatePipes(): void {
  for (const home of homes.values()) home.evacuate();
}

function isHere(address: Address): boolean {
  return address.length === identity.address.length && isWithin(address, identity.address);
}

function keyOf(address: Address, serial: number): string {
  return `${address.join(".")}:${serial}`;
}

/** Posts what needs no answer; a process that is gone needs it no more, and its death is told by the node. */
function post(to: Address, build: (writer: Writer) => void): void {
  node.send(to, PIPE_SERVICE, build)?.catch(() => {});
}

function writeHead(writer: Writer, op: number, pipe: number, end: EndIndex, seat: number): void {
  writer.u8(op);
  writer.varuint(pipe);
  writer.varuint(end);
  writer.varuint(seat);
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
    const writer = new Writer();
    build(writer);
    const bytes = writer.finish();
    this.#home.send(this.#end, this.#key, { bytes, owned: true, leases });
    return { size: bytes.length, sent: undefined };
  }

  want(count: number, received: number): void {
    this.#home.want(this.#end, this.#key, count, received);
  }

  took(bytes: number): void {
    this.#home.took(this.#end, this.#key, bytes);
  }

  ask(): void {
    this.#home.ask(this.#end, this.#key);
  }

  watch(): void {
    this.#home.watch(this.#end, this.#key);
  }

  giveBack(messages: readonly Message[], recalled: boolean): void {
    if (messages.length > 0 || recalled) this.#home.giveBack(this.#end, this.#key, messages, recalled);
  }

  leave(): void {
    this.#home.leave(this.#end, this.#key);
  }

  lend(custodian: Address): Lease {
    const serial = ++lastLease;
    this.#home.lend(this.#end, keyOf(this.address, serial), custodian);
    return { home: this.address, pipe: this.#pipe, end: this.#end, creator: this.address, serial };
  }
}

class HomeElsewhere implements HomeAccess {
  readonly address: Address;
  readonly #pipe: number;
  readonly #end: EndIndex;
  readonly #serial = ++lastSeat;

  constructor({ home, pipe, end, creator, serial }: Lease, seat: Seat) {
    this.address = home;
    this.#pipe = pipe;
    this.#end = end;
    seats.set(this.#serial, { seat, home });
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

  want(count: number, received: number): void {
    this.#post(ToHome.WANT, (writer) => {
      writer.varuint(count);
      writer.varuint(received);
    });
  }

  took(bytes: number): void {
    this.#post(ToHome.TOOK, (writer) => writer.varuint(bytes));
  }

  ask(): void {
    this.#post(ToHome.ASK, () => {});
  }

  watch(): void {
    this.#post(ToHome.WATCH, () => {});
  }

  giveBack(messages: readonly Message[], recalled: boolean): void {
    if (messages.length === 0 && !recalled) return;
    this.#post(ToHome.GIVE_BACK, (writer) => {
      writer.u8(recalled ? 1 : 0);
      writer.varuint(messages.length);
      for (const { bytes, leases } of messages) writeMessage(writer, (into) => into.bytes(bytes), leases);
    });
  }

  leave(): void {
    if (seats.delete(this.#serial)) this.#post(ToHome.LEAVE, () => {});
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

  #post(op: number, build: (writer: Writer) => void): void {
    post(this.address, (writer) => {
      writeHead(writer, op, this.#pipe, this.#end, this.#serial);
      build(writer);
    });
  }
}

/** A seat in another process, as the home here sees it. */
class SeatElsewhere implements Seat {
  readonly address: Address;
  readonly remote = true;
  readonly serial: number;
  #room = 0;

  constructor(address: Address, serial: number) {
    this.address = address;
    this.serial = serial;
  }

  deliver(message: Message, exclusive: boolean): void {
    // From now on the receiver answers for what travels in it.
    for (const lease of message.leases) entrust(lease, this.address);
    this.#post(ToSeat.DELIVER, (writer) => {
      writer.u8(exclusive ? 1 : 0);
      writeMessage(writer, (into) => into.bytes(message.bytes), message.leases);
    });
  }

  end(): void {
    this.#post(ToSeat.END, () => {});
  }

  answer(there: boolean): void {
    this.#post(ToSeat.ANSWER, (writer) => writer.u8(there ? 1 : 0));
  }

  wake(): void {
    this.#post(ToSeat.WAKE, () => {});
  }

  room(bytes: number): void {
    this.#room += bytes;
    if (this.#room < ROOM_BYTES) return;
    const room = this.#room;
    this.#room = 0;
    this.#post(ToSeat.ROOM, (writer) => writer.varuint(room));
  }

  broken(): void {
    this.#post(ToSeat.BROKEN, () => {});
  }

  recall(): void {
    this.#post(ToSeat.RECALL, () => {});
  }

  #post(op: number, build: (writer: Writer) => void): void {
    post(this.address, (writer) => {
      writer.u8(TO_SEAT | op);
      writer.varuint(this.serial);
      build(writer);
    });
  }
}

function entrust({ home, pipe, end, creator, serial }: Lease, custodian: Address): void {
  if (isHere(home)) return homes.get(pipe)?.lend(end, keyOf(creator, serial), custodian);
  post(home, (writer) => {
    writeHead(writer, ToHome.LEND, pipe, end, 0);
    writeAddress(writer, creator);
    writer.varuint(serial);
    writeAddress(writer, custodian);
  });
}

// Bit that tells messages to a seat from those to a home.
const TO_SEAT = 0x80;

function answer(from: Address, body: Reader, owned: boolean): void {
  const op = body.u8();
  if ((op & TO_SEAT) !== 0) return answerAtSeat(op & ~TO_SEAT, body, owned);
  answerAtHome(from, op, body, owned);
}

function answerAtSeat(op: number, body: Reader, owned: boolean): void {
  const seat = seats.get(body.varuint())?.seat;
  if (op === ToSeat.DELIVER) {
    const exclusive = body.u8() === 1;
    const message = readMessage(body, owned);
    // Closed meanwhile: the message went to a process that no longer wants it.
    if (seat === undefined) return message.leases.forEach(dropLease);
    return seat.deliver(message, exclusive);
  }
  if (seat === undefined) return;
  if (op === ToSeat.END) seat.end();
  else if (op === ToSeat.ANSWER) seat.answer(body.u8() === 1);
  else if (op === ToSeat.WAKE) seat.wake();
  else if (op === ToSeat.ROOM) seat.room(body.varuint());
  else if (op === ToSeat.BROKEN) seat.broken();
  else if (op === ToSeat.RECALL) seat.recall();
}

function answerAtHome(from: Address, op: number, body: Reader, owned: boolean): void {
  const home = homes.get(body.varuint());
  const end = readEnd(body);
  const serial = body.varuint();
  const key = keyOf(from, serial);
  if (op === ToHome.CLAIM) {
    return welcome(home, end, new SeatElsewhere(from, serial), keyOf(readAddress(body), body.varuint()));
  }
  if (home === undefined) return;
  if (op === ToHome.SEND) home.send(end, key, readMessage(body, owned));
  else if (op === ToHome.WANT) home.want(end, key, body.varuint(), body.varuint());
  else if (op === ToHome.TOOK) home.took(end, key, body.varuint());
  else if (op === ToHome.ASK) home.ask(end, key);
  else if (op === ToHome.WATCH) home.watch(end, key);
  else if (op === ToHome.GIVE_BACK) takeBack(home, end, key, body, owned);
  else if (op === ToHome.LEAVE) home.leave(end, key);
  else if (op === ToHome.LEND) home.lend(end, keyOf(readAddress(body), body.varuint()), readAddress(body));
  else if (op === ToHome.UNLEND) home.unlend(end, keyOf(readAddress(body), body.varuint()));
}

function welcome(home: PipeHome | undefined, end: EndIndex, seat: SeatElsewhere, lease: string): void {
  if (home === undefined) {
    // All other holders are gone.
    seat.end();
    seat.broken();
    return;
  }
  home.join(end, keyOf(seat.address, seat.serial), seat);
  home.unlend(end, lease);
}

function takeBack(home: PipeHome, end: EndIndex, key: string, body: Reader, owned: boolean): void {
  const recalled = body.u8() === 1;
  const messages: Message[] = [];
  for (let left = body.varuint(); left > 0; left--) messages.push(kept(readMessage(body, owned)));
  home.giveBack(end, key, messages, recalled);
}

node.serve(PIPE_SERVICE, answer);
node.onDeath((dead) => {
  for (const home of homes.values()) home.bury(dead);
  for (const { seat, home } of seats.values()) {
    if (!isWithin(home, dead)) continue;
    seat.end();
    seat.broken();
  }
});
