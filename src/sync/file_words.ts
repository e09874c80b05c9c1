/**
 * Words that processes share: an anonymous file in memory (`memfd_create(2)`), which has no name and so leaves nothing behind, laid
 * over WebAssembly's shared memory, which is the one way to a real SharedArrayBuffer over memory of the system. Other processes
 * open it by way of the process that made it, as long as that lives: it is the main process.
 *
 * Threads that block do so on the words themselves and on the obituaries of the others (`futex_waitv(2)`), so that the kernel wakes
 * them at a death also when nobody else is awake.
 *
 * @module
 */

import { type Futexes, futexes, holdForLife } from "../memory/futex.ts";
import { type FileReference, type MappedFile, openMemoryFile } from "../memory/memory_file.ts";
import { Bell, nextTurn } from "./bell.ts";
import { FutexThread } from "./futex_thread.ts";
import { FIRST_BYTES, MOST_BYTES, OWNER_DIED, PAGE_BYTES } from "./layout.ts";
import { type SharedWords, tooLarge } from "./words.ts";

/** Makes a file for words. */
export function makeFile(): FileReference {
  return { pid: Deno.pid, descriptor: openMemoryFile().descriptor };
}

/** Words in memory that processes share. */
export class FileWords implements SharedWords {
  readonly obituaries = true;
  readonly reference: FileReference;
  readonly #file: MappedFile;
  #cells: Int32Array<SharedArrayBuffer>;
  /** Address of the first word. */
  #base: number;
  readonly #futexes: Futexes = futexes();
  #thread: FutexThread | undefined;
  readonly #relay = new Bell();

  /** Takes part in a file. */
  constructor(reference: FileReference) {
    this.#file = openMemoryFile(reference);
    this.reference = reference;
    const { buffer, address } = this.#file.map(0, FIRST_BYTES);
    this.#cells = new Int32Array(buffer);
    this.#base = address;
  }

  get cells(): Int32Array<SharedArrayBuffer> {
    return this.#cells;
  }

  reserve(words: number): void {
    if (words <= this.#cells.length) return;
    if (4 * words > MOST_BYTES) throw tooLarge();
    const bytes = Math.min(
      MOST_BYTES,
      Math.max(2 * this.#cells.byteLength, Math.ceil(4 * words / PAGE_BYTES) * PAGE_BYTES),
    );
    // The former mapping shows the same memory as long as somebody has it.
    const { buffer, address } = this.#file.map(0, bytes);
    this.#cells = new Int32Array(buffer);
    this.#base = address;
  }

  wake(index: number): void {
    this.#futexes.wake(this.#addressOf(index));
  }

  block(index: number, value: number, watched: Iterable<number>, timeout: number): void {
    if (Atomics.load(this.cells, index) !== value) return;
    const obituaries: [address: number, value: number][] = [];
    for (const word of watched) {
      const seen = Atomics.load(this.cells, word);
      if (isSigned(seen)) return;
      obituaries.push([this.#addressOf(word), seen]);
    }
    this.#futexes.wait([[this.#addressOf(index), value], ...obituaries], timeout);
  }

  listen(index: number, answer: () => void): () => void {
    // Once for all: it sleeps as long as nobody rings.
    this.#thread ??= new FutexThread(this.cells, this.#base, index, this.#relay.words);
    return this.#relay.onRing(answer);
  }

  turn(): Promise<void> {
    return nextTurn();
  }

  sign(index: number): void {
    holdForLife(this.cells, index, this.#file.pin(4 * index));
  }

  #addressOf(index: number): number {
    return this.#base + 4 * index;
  }
}

function isSigned(obituary: number): boolean {
  return (obituary & OWNER_DIED) !== 0;
}
