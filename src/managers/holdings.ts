/**
 * What one client of a server holds: its own place in the memory of the server's locks and their kin, so that a lock is the client's and
 * not the server's, and goes back when the client has gone.
 *
 * @module
 */

import { type Address, identity } from "../base/identity.ts";
import type { Arena } from "../sync/arena.ts";
import { kindOfPrimitive } from "../sync/kinds.ts";
import type { Agent, Primitive } from "../sync/primitive.ts";
import { agentOf, lineageOf, territoryAround } from "../sync/program_memory.ts";
import { type Port, serialOf } from "../sync/shared_object.ts";
import { GuestWaits } from "../sync/waits.ts";

/** Makes what an object is to one client. */
export type View = (object: object, holdings: Holdings) => object;

interface Place {
  readonly agent: Agent;
  readonly waits: GuestWaits;
}

// No process has that number, so the place is not given up with any.
const STRANGERS = 2 ** 31 - 1;

/** The places of one client. */
export class Holdings {
  readonly #lineage: readonly number[];
  readonly #places = new Map<Arena, Place>();
  readonly #views = new Map<object, { view: object; release: () => void }>();
  readonly #leaving = new Set<() => void>();
  #making: (() => void)[] = [];

  /** @param client The client's process; absent if it is of another program. */
  constructor(client: Address | undefined) {
    this.#lineage = lineageOf(client ?? [...identity.address, STRANGERS]);
  }

  /** An object as this client has it. */
  viewOf(object: object, make?: View): object {
    const known = this.#views.get(object);
    if (known !== undefined || make === undefined) return known?.view ?? object;
    this.#making = [];
    const view = make(object, this);
    const releases = this.#making;
    this.#views.set(object, { view, release: () => releases.forEach((release) => release()) });
    return view;
  }

  /** The client has nothing to do with an object any more. */
  forget(object: object): void {
    this.#views.get(object)?.release();
    this.#views.delete(object);
  }

  /** The way of this client to what the server reaches by a port. */
  portTo<W extends Primitive>({ words, handle }: Port<W>): Port<W> {
    if (words === undefined || handle === undefined) throw new Error("Cannot serve a shared object: it is not here");
    const { holder } = words.agent;
    const { agent } = this.#placeIn(holder.arena);
    const block = holder.blockOf(handle);
    const own = agent.holder.holdIf(block, serialOf(words.agent, handle));
    const make = kindOfPrimitive(words.kind)?.words;
    if (own === undefined || make === undefined) throw new Error("Cannot serve a shared object: its kind is unknown");
    // The same kind of words, of another agent.
    const mine = new make(agent, block) as W;
    this.#making.push(() => mine.heldBy(agent) || agent.holder.drop(own));
    return { words: mine, handle: own, whyNotBlock: "it is a manager's" };
  }

  /** Has something done when the client has gone, or has nothing to do with the object any more that a view is being made of. */
  onEnd(callback: () => void): void {
    this.#leaving.add(callback);
    this.#making.push(() => this.#leaving.delete(callback) && callback());
  }

  /** The client has gone. */
  end(): void {
    for (const callback of this.#leaving) callback();
    this.#leaving.clear();
    for (const [arena, { agent, waits }] of this.#places) {
      waits.end();
      arena.declareDead(agent.holder.slot);
    }
    this.#places.clear();
    this.#views.clear();
  }

  #placeIn(arena: Arena): Place {
    const known = this.#places.get(arena);
    if (known !== undefined) return known;
    const waits = new GuestWaits(territoryAround(arena).waits);
    const place = { agent: agentOf(arena, arena.takeSlot(this.#lineage, arena.self), waits), waits };
    this.#places.set(arena, place);
    return place;
  }
}
