/**
 * Looking on of a thread that goes back to its event loop: after a turn of that, in which the program goes on with what it was told,
 * as what it says then is often answered at once.
 *
 * @module
 */

import { Patience } from "./patience.ts";

/** Who looks on, and for what. */
export interface Lingerer {
  /** Resolves in the next turn of the event loop; `undefined` where nothing comes meanwhile. */
  turn(): Promise<void> | undefined;
  /** Looks of itself from now on. Whether there is anything to look for. */
  begin(): boolean;
  /** Takes what has come. */
  look(): void;
  /** How many things have come. */
  count(): number;
  /** Has itself waked from now on; what came before that is known wakes nobody. */
  end(): void;
}

/** How one looks on, again as long as that brings something. */
export class Lingering {
  readonly #who: Lingerer;
  readonly #patience = new Patience(1);
  #goesOn = false;

  /** @param who Who looks on. */
  constructor(who: Lingerer) {
    this.#who = who;
  }

  /** Looks on, unless that was in vain lately. Whether it does, and so will end. */
  begin(): boolean {
    if (this.#goesOn) return true;
    const turn = this.#patience.rests() ? undefined : this.#who.turn();
    if (turn === undefined) return false;
    this.#go(turn);
    return true;
  }

  async #go(first: Promise<void>): Promise<void> {
    this.#goesOn = true;
    try {
      await first;
      while (this.#bringsSomething()) await this.#who.turn();
    } finally {
      // Whatever has failed, nobody stays deaf.
      this.#goesOn = false;
      this.#who.end();
    }
  }

  #bringsSomething(): boolean {
    const who = this.#who;
    if (!who.begin()) return false;
    const before = who.count();
    const look = () => {
      who.look();
      return who.count() !== before || undefined;
    };
    return this.#patience.lookOn(look, Infinity) ?? false;
  }
}
