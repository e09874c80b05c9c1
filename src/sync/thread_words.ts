/**
 * Words that the threads of one OS process share, as Workers do: WebAssembly's shared memory, which can grow while it is in use.
 *
 * @module
 */

import { Bell, nextTurn } from "./bell.ts";
import { FIRST_BYTES, MOST_BYTES, PAGE_BYTES } from "./layout.ts";
import { type SharedWords, tooLarge } from "./words.ts";

/** Words in memory that threads share. */
export class ThreadWords implements SharedWords {
  readonly obituaries = false;
  readonly reference: WebAssembly.Memory;
  #cells: Int32Array<SharedArrayBuffer>;
  readonly #bells = new Map<number, Bell>();

  /** Takes part in the memory given, or begins a new one. */
  constructor(memory?: WebAssembly.Memory) {
    this.reference = memory ??
      new WebAssembly.Memory({ initial: FIRST_BYTES / PAGE_BYTES, maximum: MOST_BYTES / PAGE_BYTES, shared: true });
    this.#cells = this.#now();
  }

  get cells(): Int32Array<SharedArrayBuffer> {
    return this.#cells;
  }

  reserve(words: number): void {
    if (words <= this.#cells.length) return;
    if (4 * words > MOST_BYTES) throw tooLarge();
    this.#cells = this.#now();
    // By halves, as others may grow it at the same time.
    const missing = Math.ceil((4 * words - this.#cells.byteLength) / PAGE_BYTES);
    const room = (MOST_BYTES - this.#cells.byteLength) / PAGE_BYTES;
    if (missing > 0) this.reference.grow(Math.min(room, Math.max(missing, this.#cells.byteLength / PAGE_BYTES / 2)));
    this.#cells = this.#now();
  }

  wake(index: number): void {
    Atomics.notify(this.#cells, index);
  }

  block(index: number, value: number, _watched: Iterable<number>, timeout: number): void {
    Atomics.wait(this.#cells, index, value, timeout);
  }

  listen(index: number, answer: () => void): () => void {
    return this.#bellOf(index).onRing(answer);
  }

  turn(): Promise<void> {
    return nextTurn();
  }

  sign(): void {
    // Whoever ends a thread tells of it.
  }

  /** The bell of a word: one, as an asynchronous wait stays until the next ring, also if nobody listens any more. */
  #bellOf(index: number): Bell {
    const known = this.#bells.get(index);
    if (known !== undefined) return known;
    const bell = new Bell();
    bell.adopt(this.#cells.subarray(index, index + 1));
    this.#bells.set(index, bell);
    return bell;
  }

  #now(): Int32Array<SharedArrayBuffer> {
    // Deno's types know of unshared memory only.
    return new Int32Array(this.reference.buffer as unknown as SharedArrayBuffer);
  }
}
