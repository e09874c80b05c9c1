/**
 * A byte stream in shared memory: two ring buffers in one block, one a direction, each with one writer and one reader. Whoever left
 * something rings the other.
 *
 * Layout of the block, in 32-bit words: for each direction a header of 16 words (so that writer and reader do not share a cache
 * line), `[head, …, tail, …]`, then the bytes of the first direction and those of the second. `head` counts the bytes ever
 * written, `tail` those ever read, both modulo 2^32.
 *
 * Source: L. Lamport, "Proving the correctness of multiprocess programs" (1977), the single-writer single-reader ring.
 *
 * @module
 */

import type { ByteSink, ByteStream } from "./byte_stream.ts";
import { type Bell, ring } from "../sync/bell.ts";

/** How much a direction holds; a power of two, so that the counters may wrap. */
export const RING_BYTES: number = 1 << 20;
/** Words of the header of a direction. */
export const HEADER_WORDS = 16;
const HEAD = 0; // word of a header
const TAIL = 8; // word of a header
const CLOSED = 4; // word of a header: its writer will write no more
const WANTED = 12; // word of a header: its writer waits for room
/** Bytes of the block. */
export const BLOCK_BYTES: number = 2 * HEADER_WORDS * 4 + 2 * RING_BYTES;
// A neighbour that never pauses must not keep this thread from all else.
const MOST_AT_ONCE = 4 * RING_BYTES;

/** One end of the rings; it can be posted to a Worker. */
export interface RingEnd {
  readonly block: SharedArrayBuffer;
  /** Which of the two directions this end writes. */
  readonly direction: 0 | 1;
}

/** Makes the block for a new pair of ends. */
export function createRings(): SharedArrayBuffer {
  return new SharedArrayBuffer(BLOCK_BYTES);
}

/** One direction of the block. */
class Ring {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;

  constructor(block: SharedArrayBuffer, direction: number) {
    this.words = new Int32Array(block, direction * HEADER_WORDS * 4, HEADER_WORDS);
    this.bytes = new Uint8Array(block, 2 * HEADER_WORDS * 4 + direction * RING_BYTES, RING_BYTES);
  }

  get filled(): number {
    return (Atomics.load(this.words, HEAD) - Atomics.load(this.words, TAIL)) >>> 0;
  }

  /** Copies as much as there is room for; returns how much. */
  put(source: Uint8Array): number {
    const size = Math.min(source.length, RING_BYTES - this.filled);
    const head = Atomics.load(this.words, HEAD);
    const start = head & (RING_BYTES - 1);
    const first = Math.min(size, RING_BYTES - start);
    copyShared(this.bytes, start, source, 0, first);
    if (size > first) copyShared(this.bytes, 0, source, first, size);
    // The bytes are in place before the head says so.
    Atomics.store(this.words, HEAD, (head + size) | 0);
    return size;
  }

  /** Copies out as much as is there and fits; returns how much. */
  take(into: Uint8Array): number {
    const size = Math.min(into.length, this.filled);
    const tail = Atomics.load(this.words, TAIL);
    const start = tail & (RING_BYTES - 1);
    const first = Math.min(size, RING_BYTES - start);
    copyShared(into, 0, this.bytes, start, start + first);
    if (size > first) copyShared(into, first, this.bytes, 0, size - first);
    Atomics.store(this.words, TAIL, (tail + size) | 0);
    return size;
  }
}

const staging = new Uint8Array((1 << 15) + 8);

/**
 * Copies bytes from or to shared memory. V8 does so by words where both lie alike within a word, else byte by byte, which takes eight
 * times as long: then it goes by way of bytes that are not shared, which are copied fast however they lie.
 */
function copyShared(into: Uint8Array, at: number, from: Uint8Array, start: number, end: number): void {
  const shift = (from.byteOffset + start) & 7;
  if (end - start < 128 || shift === ((into.byteOffset + at) & 7)) return into.set(from.subarray(start, end), at);
  const isFromShared = from.buffer instanceof SharedArrayBuffer;
  const offset = isFromShared ? shift : (into.byteOffset + at) & 7;
  for (let done = start; done < end;) {
    // Whole words, so that the next part lies as this one does.
    const size = Math.min(end - done, staging.length - 8);
    const part = staging.subarray(offset, offset + size);
    part.set(from.subarray(done, done + size));
    into.set(part, at + done - start);
    done += size;
  }
}

interface PendingWrite {
  rest: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
  readonly written: () => void;
}

/** One end of the two rings. */
export class RingStream implements ByteStream {
  readonly synchronous = true;
  readonly #out: Ring;
  readonly #in: Ring;
  readonly #bell: Bell;
  readonly #ringPeer: () => void;
  readonly #setAlive: (alive: boolean) => void;
  readonly #unsubscribe: () => void;
  #sink: ByteSink | undefined;
  #delivering = false;
  #writer: PendingWrite | undefined;
  #peerGone = false;
  #closed = false;

  /**
   * @param end Which end of which block.
   * @param bell The bell of this thread.
   * @param ringPeer Tells whoever holds the other end that something is new.
   * @param setAlive How the stream keeps this thread alive, where that is not a matter of course.
   */
  constructor(end: RingEnd, bell: Bell, ringPeer: () => void, setAlive: (alive: boolean) => void = () => {}) {
    this.#out = new Ring(end.block, end.direction);
    this.#in = new Ring(end.block, 1 - end.direction);
    this.#bell = bell;
    this.#ringPeer = ringPeer;
    this.#setAlive = setAlive;
    this.#unsubscribe = bell.onRing(() => this.answer());
  }

  /** @param look Looks for what is there already, after the call. */
  receive(sink: ByteSink, look: () => void = () => this.answer()): void {
    this.#sink = sink;
    // A thread that blocks before answers of itself.
    queueMicrotask(look);
  }

  write(bytes: Uint8Array, written: () => void = () => {}): Promise<void> | undefined {
    if (this.#peerGone || this.#closed) return Promise.reject(brokenPipe());
    const rest = this.#put(bytes);
    if (rest.length === 0) return undefined;
    return new Promise((resolve, reject) => this.#writer = { rest, resolve, reject, written });
  }

  /** Says that whoever held the other end has ended: what it left is still delivered, then the stream ends. */
  peerEnded(): void {
    this.#peerGone = true;
    this.answer();
  }

  /** Takes what is there, and goes on with what there was no room for. */
  answer(): void {
    this.#deliver();
    this.#continueWriting();
  }

  /** Gives up, as the other end cannot be reached this way: what it has not read, and how to say that it was told by other means. */
  surrender(): { readonly unread: Uint8Array; readonly sink: ByteSink | undefined; told(): void } {
    const { filled } = this.#out;
    const pending = this.#writer;
    const unread = new Uint8Array(filled + (pending?.rest.length ?? 0));
    this.#out.take(unread.subarray(0, filled));
    if (pending !== undefined) unread.set(pending.rest, filled);
    const sink = this.#sink;
    this.#sink = this.#writer = undefined;
    this.#unsubscribe();
    return { unread, sink, told: () => pending?.resolve() };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe();
    Atomics.store(this.#out.words, CLOSED, 1);
    this.#ringPeer();
    this.#writer?.reject(brokenPipe());
    this.#writer = undefined;
    this.#endOnce();
  }

  keepAlive(alive: boolean): void {
    this.#setAlive(alive);
  }

  #deliver(): void {
    // What is delivered may make the receiver block on the bell, which would come back here.
    if (this.#delivering || this.#sink === undefined) return;
    // Ask for the end first: what was written before it is then seen below.
    const over = this.#peerGone || Atomics.load(this.#in.words, CLOSED) === 1;
    this.#delivering = true;
    try {
      this.#takeAll();
    } finally {
      this.#delivering = false;
    }
    // What was delivered may have ended the other end.
    if (!over) return this.#peerGone ? this.#deliver() : undefined;
    this.#peerGone = true;
    this.#endOnce();
  }

  #takeAll(): void {
    for (let taken = 0; this.#sink !== undefined && taken < MOST_AT_ONCE;) {
      const size = this.#in.take(this.#sink.room());
      if (size === 0) return;
      if (Atomics.exchange(this.#in.words, WANTED, 0) === 1) this.#ringPeer();
      this.#bell.heard();
      this.#sink.filled(size);
      taken += size;
    }
    // The rest comes in its turn.
    if (this.#sink !== undefined) ring(this.#bell.words);
  }

  #endOnce(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.ended();
  }

  #put(bytes: Uint8Array): Uint8Array {
    let rest = bytes;
    for (;;) {
      const size = this.#out.put(rest);
      if (size > 0) this.#ringPeer();
      rest = rest.subarray(size);
      if (rest.length === 0) return rest;
      // Announce the wait, then look again, or room made in between would go unnoticed.
      Atomics.store(this.#out.words, WANTED, 1);
      if (this.#out.filled === RING_BYTES) return rest;
    }
  }

  #continueWriting(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    if (!this.#peerGone) writer.rest = this.#put(writer.rest);
    if (!this.#peerGone && writer.rest.length > 0) return;
    this.#writer = undefined;
    if (this.#peerGone) {
      writer.reject(brokenPipe());
    } else {
      writer.resolve();
      // At once, as nothing else tells a thread that blocks.
      writer.written();
    }
  }
}

function brokenPipe(): Error {
  return new Deno.errors.BrokenPipe("Cannot write: the other end is gone");
}
