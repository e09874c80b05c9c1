/**
 * The homes in this process, and the connections on their way to whichever home: who answers for each, and that it is given up.
 *
 * @module
 */

import { type Address, identity, isHere } from "../base/identity.ts";
import type { Writer } from "../codec/writer.ts";
import { node, writeAddress } from "./node.ts";
import type { PipeHome } from "./pipe_home.ts";
import { type EndIndex, type Lease, NO_PIPE, PIPE_SERVICE, ToHome } from "./pipe_wire.ts";
import { dropShared, entrustShared } from "./shared_lease.ts";

let lastTwin = 0;

/** The pipes that were made here, by their numbers. */
export const homes: Map<number, PipeHome> = new Map();

/** Gives up a connection that will not arrive, or has been claimed already. */
export function dropLease(lease: Lease): void {
  const { home, pipe, end, creator, serial } = lease;
  if (pipe === NO_PIPE) return dropShared(lease);
  if (isHere(home)) return homes.get(pipe)?.unlend(end, keyOf(creator, serial));
  post(home, (writer) => {
    writeHead(writer, ToHome.UNLEND, pipe, end, 0);
    writeAddress(writer, creator);
    writer.varuint(serial);
  });
}

/** From now on a process answers for a connection that is on its way. */
export function entrust(lease: Lease, custodian: Address): void {
  const { home, pipe, end, creator, serial } = lease;
  if (pipe === NO_PIPE) return entrustShared(lease, custodian);
  if (isHere(home)) return homes.get(pipe)?.lend(end, keyOf(creator, serial), custodian);
  post(home, (writer) => {
    writeHead(writer, ToHome.LEND, pipe, end, 0);
    writeAddress(writer, creator);
    writer.varuint(serial);
    writeAddress(writer, custodian);
  });
}

/** Another lease, with this process: the first may go with its custodian before it is known here that it is back. */
export function twinOf(lease: Lease): Lease | undefined {
  if (lease.pipe === NO_PIPE) return undefined;
  const twin = { ...lease, creator: [...identity.address, 0], serial: ++lastTwin };
  entrust(twin, identity.address);
  return twin;
}

/** What a seat or a lease is known by at its home. */
export function keyOf(address: Address, serial: number): string {
  return `${address.join(".")}:${serial}`;
}

/** Posts what needs no answer; a process that is gone needs it no more, and its death is told by the node. */
export function post(to: Address, build: (writer: Writer) => void): void {
  node.send(to, PIPE_SERVICE, build)?.catch(() => {});
}

/** Begins a message to the home of a pipe. */
export function writeHead(writer: Writer, op: number, pipe: number, end: EndIndex, seat: number): void {
  writer.u8(op);
  writer.varuint(pipe);
  writer.varuint(end);
  writer.varuint(seat);
}

/** Writes nothing: for messages that say all by their kind. */
export function nothing(): void {}
