/**
 * Leases of shared objects: what keeps an object alive while it travels in a message. Whoever the message is with answers for it; if
 * that one dies, or the message is dropped unread, the home of the object gives it up.
 *
 * @module
 */

import { type Address, identity, isHere, isWithin } from "../base/identity.ts";
import { Holder, releaseTransit } from "../sync/blocks.ts";
import { TRANSIT_SLOT } from "../sync/layout.ts";
import { territoryOf } from "../sync/program_memory.ts";
import { type Lease, NO_PIPE } from "./pipe_wire.ts";
import { type BlockName, keyOf, postShared } from "./shared_wire.ts";

/** At the home: what is on its way, and with whom. */
const lent = new Map<string, { custodian: Address; release: () => void }>();
/** Leases that have ended before their home was told of them: what travels may overtake the word of it. */
export class EndedLeases {
  readonly #keys = new Set<string>();

  /** One that is unknown has ended: it is still to be told of, or never will be, and is forgotten in time. */
  add(key: string): void {
    this.#keys.add(key);
    const [oldest = key] = this.#keys;
    if (this.#keys.size > MOST_ENDED) this.#keys.delete(oldest);
  }

  /** One is told of; whether it has ended already. */
  delete(key: string): boolean {
    return this.#keys.delete(key);
  }
}

// More of them than can be on their way at a time.
const MOST_ENDED = 1000;

const ended = new EndedLeases();
let lastLease = 0;

/** A lease of something that is no block: its home is told of it in some other way, and notes it there. */
export function newLease(home: Address): Lease {
  return { home, pipe: NO_PIPE, end: 0, creator: identity.address, serial: ++lastLease };
}

/** At the home: notes that something is on its way, and how it is given up. */
export function noteLease(key: string, custodian: Address, release: () => void): void {
  if (ended.delete(key)) release();
  else lent.set(key, { custodian, release });
}

/** Keeps a block while it travels in a message. */
export function lendBlock(name: BlockName, custodian: Address): Lease {
  const lease = newLease(name.home);
  const territory = territoryOf(name.arena);
  // Where this process shares the memory, the hold is there before the message is.
  const handle = territory === undefined ? 0 : new Holder(territory.arena, TRANSIT_SLOT).hold(name.block);
  if (isHere(name.home)) noteLent(keyOf(lease), custodian, handle, name);
  else postShared(name.home, { op: "lend", key: keyOf(lease), custodian, handle, name });
  return lease;
}

/** At the home: notes what is on its way. */
export function noteLent(key: string, custodian: Address, handle: number, name: BlockName): void {
  const arena = territoryOf(name.arena)?.arena;
  if (arena === undefined) return;
  const held = handle === 0 ? new Holder(arena, TRANSIT_SLOT).hold(name.block) : handle;
  noteLease(key, custodian, () => releaseTransit(arena, held));
}

/** Gives up the lease of something that has arrived, or never will. */
export function dropShared(lease: Lease): void {
  if (isHere(lease.home)) dropLent(keyOf(lease));
  else postShared(lease.home, { op: "drop", key: keyOf(lease) });
}

/** At the home: gives up what is on its way. */
export function dropLent(key: string): void {
  const known = lent.get(key);
  if (known === undefined) return ended.add(key);
  lent.delete(key);
  known.release();
}

/** Says that somebody else answers for what travels. */
export function entrustShared(lease: Lease, custodian: Address): void {
  if (isHere(lease.home)) entrustLent(keyOf(lease), custodian);
  else postShared(lease.home, { op: "entrust", key: keyOf(lease), custodian });
}

/** At the home: somebody else answers for what travels. */
export function entrustLent(key: string, custodian: Address): void {
  const known = lent.get(key);
  if (known !== undefined) known.custodian = custodian;
}

/** At the home: gives up what was with somebody who has died. */
export function dropLentTo(dead: Address): void {
  for (const [key, { custodian }] of lent) if (isWithin(custodian, dead)) dropLent(key);
}
