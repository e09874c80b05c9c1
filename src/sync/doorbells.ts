/**
 * The doorbells of those who share an arena: a word in each slot that counts what was left for its process. Whoever looks by itself
 * is not waked, which would take a call of the system.
 *
 * @module
 */

import { Hears, Slot } from "./layout.ts";
import { slotAt } from "./slots.ts";
import type { SharedWords } from "./words.ts";

/** Doorbells as one thread rings them. */
export class Doorbells {
  /** Called when this thread rings its own: it need not go to sleep to hear it. */
  onOwnRing: (() => void) | undefined;
  readonly #words: SharedWords;
  readonly #self: number;
  readonly #later = new Set<number>();

  constructor(words: SharedWords, self: number) {
    this.#words = words;
    this.#self = self;
  }

  /** Rings the doorbell of a slot. */
  ring(slot: number): void {
    if (slot === this.#self) return this.onOwnRing?.();
    const base = slotAt(slot);
    const { cells } = this.#words;
    Atomics.add(cells, base + Slot.BELL, 1);
    // Whoever says that it sleeps looks once more, so one of the two sees the other.
    const hears = Atomics.load(cells, base + Slot.HEARS);
    if (hears & Hears.BLOCKED) this.#words.wake(base + Slot.BELL);
    if (hears & Hears.LISTENING) this.#ringEar(base + Slot.EAR);
  }

  /** Rings the doorbell of each slot, also of those who look by themselves: whoever sleeps in their place is to look around. */
  ringAll(slots: Iterable<number>): void {
    for (const slot of slots) {
      if (slot === this.#self) {
        this.onOwnRing?.();
        continue;
      }
      const base = slotAt(slot);
      Atomics.add(this.#words.cells, base + Slot.BELL, 1);
      this.#words.wake(base + Slot.BELL);
      this.#ringEar(base + Slot.EAR);
    }
  }

  /** Rings the doorbell of a slot with the next {@linkcode Doorbells.ringThose}. */
  ringLater(slot: number): void {
    this.#later.add(slot);
  }

  /** Rings the doorbells that were to be rung later. */
  ringThose(): void {
    if (this.#later.size === 0) return;
    for (const slot of this.#later) this.ring(slot);
    this.#later.clear();
  }

  /** Says who hears the doorbell of this thread. */
  hear(hears: number): void {
    const at = slotAt(this.#self) + Slot.HEARS;
    if (hears !== 0) Atomics.store(this.#words.cells, at, hears);
    // To be waked once too often does no harm.
    else this.#words.cells[at] = 0;
  }

  #ringEar(ear: number): void {
    Atomics.add(this.#words.cells, ear, 1);
    this.#words.wake(ear);
  }
}
