/**
 * {@linkcode SeatElsewhere}: a connection in another process, as the home of its pipe sees it.
 *
 * @module
 */

import { type Address, identity } from "../base/identity.ts";
import type { Writer } from "../codec/writer.ts";

import { dropLease, entrust, nothing, post, twinOf } from "./pipe_lease.ts";
import type { Seat } from "./pipe_side.ts";
import { type EndIndex, type Lease, type Message, ToSeat, writeMessage } from "./pipe_wire.ts";

/** Bit that tells messages to a seat from those to a home. */
export const TO_SEAT = 0x80;

// Room is told in lots, far smaller than what a sender may have unreceived.
const ROOM_BYTES = 1 << 17;

/** A seat in another process, as the home here sees it. */
export class SeatElsewhere implements Seat {
  readonly address: Address;
  readonly remote = true;
  readonly serial: number;
  readonly #pipe: number;
  readonly #end: EndIndex;
  #room = 0;

  constructor(address: Address, serial: number, pipe: number, end: EndIndex) {
    this.address = address;
    this.serial = serial;
    this.#pipe = pipe;
    this.#end = end;
  }

  deliver({ bytes, leases }: Message, exclusive: boolean): void {
    this.#deliver((writer) => writer.bytes(bytes), leases, () => exclusive);
  }

  deliverMade(make: (writer: Writer) => void, leases: readonly Lease[], exclusive: () => boolean): Uint8Array {
    let copy = new Uint8Array();
    this.#deliver(
      (writer) => {
        const begin = writer.length;
        make(writer);
        copy = writer.data.slice(begin, writer.length);
      },
      leases,
      exclusive,
    );
    return copy;
  }

  #deliver(make: (writer: Writer) => void, leases: readonly Lease[], exclusive: () => boolean): void {
    this.#post(ToSeat.DELIVER, (writer) => {
      const mark = writer.length;
      writer.u8(0);
      writer.varuint(this.#pipe);
      writer.varuint(this.#end);
      writeMessage(writer, make, leases);
      // From now on the receiver answers for what travels in it.
      for (const lease of leases) entrust(lease, this.address);
      // Only now, as the making may have brought another reader.
      writer.data[mark] = exclusive() ? 1 : 0;
    });
  }

  twin(leases: readonly Lease[]): readonly Lease[] {
    return leases.flatMap((lease) => twinOf(lease) ?? []);
  }

  drop(twins: readonly Lease[]): void {
    for (const twin of twins) dropLease(twin);
  }

  reclaim(leases: readonly Lease[]): void {
    for (const lease of leases) entrust(lease, identity.address);
  }

  end(): void {
    this.#post(ToSeat.END, nothing);
  }

  answer(there: boolean): void {
    this.#post(ToSeat.ANSWER, (writer) => writer.u8(there ? 1 : 0));
  }

  wake(): void {
    this.#post(ToSeat.WAKE, nothing);
  }

  room(bytes: number): void {
    this.#room += bytes;
    if (this.#room < ROOM_BYTES) return;
    const room = this.#room;
    this.#room = 0;
    this.#post(ToSeat.ROOM, (writer) => writer.varuint(room));
  }

  broken(): void {
    this.#post(ToSeat.BROKEN, nothing);
  }

  recall(): void {
    this.#post(ToSeat.RECALL, nothing);
  }

  #post(op: number, build: (writer: Writer) => void): void {
    post(this.address, (writer) => {
      writer.u8(TO_SEAT | op);
      writer.varuint(this.serial);
      build(writer);
    });
  }
}
