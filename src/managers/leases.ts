/**
 * The leases of a server: what keeps an object while a proxy of it travels outside of the program, or by somebody who is outside.
 *
 * @module
 */

import { suspend } from "../base/deadline.ts";
import { EndedLeases } from "../channel/shared_lease.ts";
import { CallFailure } from "./failure.ts";
import type { Referent } from "./referents.ts";

// How long a proxy that another program's client has sent away is kept when that one has gone, and how long one is waited for of which
// the server does not know yet that it was sent.
const GRACE_MS = 10_000;
// So many that have expired are known yet.
const MOST_EXPIRED = 1000;

/** Whose leases they are. */
export interface LeasingServer {
  keep(referent: Referent): void;
  drop(referent: Referent, proxies: number): void;
}

/** Who may be given what was lent. */
export interface Claimant {
  give(referent: Referent): void;
  /** Whether it has been given one already. */
  has(referent: Referent): boolean;
}

interface Lease {
  readonly referent: Referent;
  /** The client that answers for it. */
  readonly lender: object | undefined;
  orphaned?: AbortController;
}

interface Claim {
  readonly id: number;
  readonly claimant: Claimant;
  readonly isGiven: boolean;
  readonly end: () => void;
}

/** What is on its way, by the keys that whoever receives it knows. */
export class Leases {
  readonly #server: LeasingServer;
  readonly #grace: number;
  readonly #lent = new Map<string, Lease>();
  /** Lender and receiver have a connection each, so the word of the one may overtake that of the other: what the program has received… */
  readonly #ahead = new EndedLeases();
  /** …and what a stranger says that it has. */
  readonly #claims = new Map<string, Claim>();

  /** What was kept long enough, by its key: who comes late still gets it, if it is there for others. */
  readonly #expired = new Map<string, number>();

  /** @param grace How long somebody is waited for, in milliseconds. */
  constructor(server: LeasingServer, grace: number = GRACE_MS) {
    this.#server = server;
    this.#grace = grace;
  }

  /**
   * Keeps an object while a proxy travels.
   *
   * @throws {CallFailure} If the key is in use.
   */
  lend(key: string, referent: Referent, lender: object | undefined): void {
    if (this.#lent.has(key)) {
      throw new CallFailure(`Cannot lend object ${referent.id}: its key is in use; choose another`);
    }
    if (this.#ahead.delete(key)) return;
    const claim = this.#claims.get(key);
    if (claim?.id === referent.id) {
      if (!claim.isGiven) claim.claimant.give(referent);
      return claim.end();
    }
    this.#server.keep(referent);
    this.#lent.set(key, { referent, lender });
    if (lender === undefined) this.#orphan(key);
  }

  /** The program has received it. */
  redeem(key: string): void {
    if (!this.#end(key)) this.#ahead.add(key);
  }

  /** Gives a stranger what was lent under a key; a promise if that is only to be told of yet, or never will be. */
  claim(key: string, referent: Referent, claimant: Claimant): Promise<void> | undefined {
    const lease = this.#lent.get(key);
    if (lease === undefined) return this.#claimLate(key, referent, claimant);
    if (lease.referent !== referent) return undefined;
    claimant.give(referent);
    this.#end(key);
  }

  /** A client of another program has gone: nobody answers any more for what it has lent. */
  dismiss(client: object): void {
    for (const { claimant, end } of [...this.#claims.values()]) if (claimant === client) end();
    for (const [key, { lender }] of this.#lent) if (lender === client) this.#orphan(key);
  }

  /** Lets go of all. */
  clear(): void {
    for (const { orphaned } of this.#lent.values()) orphaned?.abort();
    this.#lent.clear();
    for (const { end } of [...this.#claims.values()]) end();
  }

  /** No lease has the key: it has expired, or is to be told of yet. */
  #claimLate(key: string, referent: Referent, claimant: Claimant): Promise<void> | undefined {
    const expired = this.#expired.get(key);
    if (expired === undefined) return this.#claimAhead(key, referent, claimant);
    if (expired !== referent.id) return undefined;
    this.#expired.delete(key);
    claimant.give(referent);
  }

  /** Who has the object anyhow gets it once more at once, and only the lease is waited for. */
  #claimAhead(key: string, referent: Referent, claimant: Claimant): Promise<void> | undefined {
    if (this.#claims.has(key)) return undefined;
    const isGiven = claimant.has(referent);
    if (isGiven) claimant.give(referent);
    const told = this.#await(key, { id: referent.id, claimant, isGiven });
    return isGiven ? undefined : told;
  }

  #expire(key: string): void {
    const id = this.#lent.get(key)?.referent.id;
    if (id === undefined) return;
    this.#expired.set(key, id);
    const [oldest = key] = this.#expired.keys();
    if (this.#expired.size > MOST_EXPIRED) this.#expired.delete(oldest);
    this.#end(key);
  }

  #await(key: string, claim: Omit<Claim, "end">): Promise<void> {
    return suspend<void>({ timeout: this.#grace }, (resolve) => {
      this.#claims.set(key, { ...claim, end: resolve });
      return () => this.#claims.delete(key);
    }, () => {});
  }

  /** Nobody answers for a lease any more: it is kept for a while only. */
  #orphan(key: string): void {
    const lease = this.#lent.get(key);
    if (lease === undefined) return;
    lease.orphaned = new AbortController();
    const limits = { timeout: this.#grace, signal: lease.orphaned.signal };
    suspend<unknown>(limits, () => () => {}, () => this.#expire(key)).catch(() => {
      // It was redeemed.
    });
  }

  #end(key: string): boolean {
    const lease = this.#lent.get(key);
    if (lease === undefined) return false;
    this.#lent.delete(key);
    lease.orphaned?.abort();
    this.#server.drop(lease.referent, 1);
    return true;
  }
}
