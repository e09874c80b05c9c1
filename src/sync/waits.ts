/**
 * The waits of this thread for records of an arena. All of them together cost one doorbell: when it rings, each looks at its own
 * record.
 *
 * @module
 */

import { anyOf, suspend, type WaitOptions } from "../base/deadline.ts";
import { keepProgram } from "../base/keep_program.ts";
import type { Arena } from "./arena.ts";
import { pressAll } from "./bell.ts";
import { Hears, Slot } from "./layout.ts";
import { Lingering } from "./lingering.ts";
import { Patience } from "./patience.ts";
import { slotAt } from "./slots.ts";

/** What is asked whenever something may have come: the answer, or `undefined` to go on waiting. */
export type Look<T> = () => T | undefined;

/** What an agent waits by. */
export type Waiting = Pick<Waits, "wait" | "waitSync">;

/** Who in this thread waits for something in an arena. */
export class Waits {
  readonly #arena: Arena;
  readonly #looks = new Set<() => void>();
  readonly #patience = new Patience(16);
  /** How many waits are over. */
  #ended = 0;
  readonly #lingering = new Lingering({
    turn: () => this.#arena.words.turn(),
    begin: () => {
      pressAll();
      return this.#looks.size > 0;
    },
    look: () => this.look(),
    count: () => this.#ended,
    end: () => this.#listenAtLast(),
  });
  #stopListening: (() => void) | undefined;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /**
   * Waits until `look` has an answer.
   *
   * @param expire Called when the time is up: the answer then, as what was waited for may have come at the last moment.
   * @param abandon Called when an abort has ended the wait: gives back what may have come.
   */
  wait<T>(options: WaitOptions, look: Look<T>, expire: () => T, abandon: () => void): Promise<T> {
    let over = false;
    const wait = suspend<T>(options, (resolve, reject) => {
      const check = () => {
        try {
          const answer = look();
          if (answer === undefined) return;
          over = true;
          resolve(answer);
        } catch (error) {
          over = true;
          reject(error);
        }
      };
      this.#add(check);
      // It may have come before anybody listened.
      check();
      return () => this.#remove(check);
    }, () => {
      over = true;
      return expire();
    });
    if (options.signal === undefined) return wait;
    return wait.catch((reason) => {
      if (!over) abandon();
      throw reason;
    });
  }

  /** Blocks the thread until `look` has an answer or the time is up. */
  waitSync<T>(timeout: number, look: Look<T>, expire: () => T): T {
    const answer = look();
    if (answer !== undefined) return answer;
    pressAll();
    const soon = this.#patience.lookOn(look, timeout);
    if (soon !== undefined) return soon;
    const { bells } = this.#arena;
    const listening = this.#looks.size > 0 ? Hears.LISTENING : 0;
    bells.hear(Hears.BLOCKED | listening);
    try {
      return this.#block(timeout, look, expire);
    } finally {
      bells.hear(listening);
    }
  }

  #block<T>(timeout: number, look: Look<T>, expire: () => T): T {
    const arena = this.#arena;
    const bell = slotAt(arena.self) + Slot.BELL;
    const end = performance.now() + timeout;
    for (;;) {
      // Read before looking: what comes after this is announced by another ring.
      const seen = Atomics.load(arena.cells, bell);
      arena.buryDead();
      const answer = look();
      if (answer !== undefined) return answer;
      const left = end - performance.now();
      if (left <= 0) return expire();
      try {
        arena.words.block(bell, seen, arena.obituaries(), left);
      } catch (error) {
        giveUp(expire);
        throw error;
      }
    }
  }

  /** Has every wait look, as after a ring. */
  look(): void {
    // One that has had its answer, or was given up, looks no more: its record may be another's by now.
    for (const look of [...this.#looks]) if (this.#looks.has(look)) look();
  }

  #add(look: () => void): void {
    this.#looks.add(look);
    if (this.#looks.size > 1) return;
    keepProgram.begin();
    this.#arena.bells.onOwnRing = () => queueMicrotask(() => this.look());
    if (!this.#lingering.begin()) this.#listen();
  }

  #listenAtLast(): void {
    if (this.#looks.size === 0) return;
    this.#listen();
    // What came before anybody listened, and who died.
    this.#arena.buryDead();
    this.look();
  }

  #listen(): void {
    const arena = this.#arena;
    arena.bells.hear(Hears.LISTENING);
    this.#stopListening = arena.words.listen(slotAt(arena.self) + Slot.EAR, () => {
      arena.buryDead();
      this.look();
    });
  }

  #remove(look: () => void): void {
    if (!this.#looks.delete(look)) return;
    this.#ended++;
    if (this.#looks.size > 0) return;
    keepProgram.end();
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#arena.bells.onOwnRing = undefined;
    this.#arena.bells.hear(0);
  }
}

/** Ends a wait that has failed, so that nothing is handed to it any more. */
function giveUp(expire: () => unknown): void {
  try {
    expire();
  } catch {
    // That the time is up, or the like: why it has failed says more.
  }
}

/** The waits of somebody for whom this thread acts. They end for ever when that one dies: nothing more is done in its name. */
export class GuestWaits implements Waiting {
  readonly #waits: Waits;
  readonly #end = new AbortController();

  constructor(waits: Waits) {
    this.#waits = waits;
  }

  /** The guest has died: from now on, its records are those of whoever buries it. */
  end(): void {
    this.#end.abort();
  }

  async wait<T>(options: WaitOptions, look: Look<T>, expire: () => T, abandon: () => void): Promise<T> {
    const ended = this.#end.signal;
    const signal = anyOf(ended, options.signal);
    try {
      return await this.#waits.wait({ ...options, signal }, look, expire, () => ended.aborted || abandon());
    } catch (reason) {
      // Whatever would follow, as taking a lock again, would be done by a dead one.
      if (ended.aborted) await new Promise(() => {});
      throw reason;
    }
  }

  waitSync<T>(timeout: number, look: Look<T>, expire: () => T): T {
    return this.#waits.waitSync(timeout, look, expire);
  }
}
