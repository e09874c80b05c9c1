/**
 * A byte stream between two threads of one OS process: two ring buffers in one shared block, one a direction, each with one
 * writer and one reader. Whoever left something rings the other's bell.
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

const RING_BYTES = 1 << 18; // a power of two, so that the counters may wrap
const HEADER_WORDS = 16;
const HEAD = 0; // word of a header
const TAIL = 8; // word of a header
const CLOSED = 4; // word of a header: its writer will write no more
const WANTED = 12; // word of a header: its writer waits for room
const BLOCK_BYTES = 2 * HEADER_WORDS * 4 + 2 * RING_BYTES;

/** What a thread needs to hold one end; it can be posted to a Worker. */
export interface RingEnd {
  readonly block: SharedArrayBuffer;
  /** Which of the two directions this end writes. */
  readonly direction: 0 | 1;
  /** The bell of the thread at the other end. */
  readonly bell: Int32Array;
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
    this.bytes.set(source.subarray(0, first), start);
    if (size > first) this.bytes.set(source.subarray(first, size), 0);
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
    into.set(this.bytes.subarray(start, start + first));
    if (size > first) into.set(this.bytes.subarray(0, size - first), first);
    Atomics.store(this.words, TAIL, (tail + size) | 0);
    return size;
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
  readonly #peer: Int32Array;
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
   * @param setAlive How the stream keeps this thread alive, where that is not a matter of course.
   */
  constructor(end: RingEnd, bell: Bell, setAlive: (alive: boolean) => void = () => {}) {
    this.#out = new Ring(end.block, end.direction);
    this.#in = new Ring(end.block, 1 - end.direction);
    this.#peer = end.bell;
    this.#setAlive = setAlive;
    this.#unsubscribe = bell.onRing(() => this.#onRing());
  }

  receive(sink: ByteSink): void {
    this.#sink = sink;
    this.#deliver();
  }

  write(bytes: Uint8Array, written: () => void = () => {}): Promise<void> | undefined {
    if (this.#peerGone || this.#closed) return Promise.reject(brokenPipe());
    const rest = this.#put(bytes);
    if (rest.length === 0) return undefined;
    return new Promise((resolve, reject) => this.#writer = { rest, resolve, reject, written });
  }

  /** Says that the thread at the other end has ended: what it left is still delivered, then the stream ends. */
  peerEnded(): void {
    this.#peerGone = true;
    this.#onRing();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe();
    Atomics.store(this.#out.words, CLOSED, 1);
    ring(this.#peer);
    this.#writer?.reject(brokenPipe());
    this.#writer = undefined;
    this.#endOnce();
  }

  keepAlive(alive: boolean): void {
    this.#setAlive(alive);
  }

  #onRing(): void {
    this.#deliver();
    this.#continueWriting();
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
    while (this.#sink !== undefined) {
      const size = this.#in.take(this.#sink.room());
      if (size === 0) return;
      if (Atomics.exchange(this.#in.words, WANTED, 0) === 1) ring(this.#peer);
      this.#sink.filled(size);
    }
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
      if (size > 0) ring(this.#peer);
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
