/**
 * Frames as CPython's connections have them on sockets: a signed 32-bit big-endian length, then so many bytes. Above 0x7fffffff the
 * length is -1 and an unsigned 64-bit one follows.
 *
 * @module
 */

import type { Writer } from "../codec/writer.ts";

const LONGEST_SHORT = 0x7fff_ffff;
const SHORT_HEADER_BYTES = 4;
const LONG_HEADER_BYTES = 12;
// Enough for a handshake: what has not proved its key costs no more.
const FIRST_BUFFER_BYTES = 1 << 10;
const BUFFER_BYTES = 1 << 16;
// Taken at once for a frame that says to be so large; beyond, the memory grows with what really comes.
const TRUSTED_BYTES = 1 << 21;

interface LargeFrame {
  /** Room for as much as was taken memory for; it may be more or, as yet, less than the frame. */
  bytes: Uint8Array<ArrayBuffer>;
  filled: number;
  readonly size: number;
}

/** Cuts a stream into frames, one at a time when asked to, so that the limit may change between two. */
export class NetworkFrames {
  /** The longest frame that is allowed now, in bytes; checked before memory is taken. */
  limit: number;
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #start = 0;
  #filled = 0;
  /** The last bytes took all the room that there was. */
  #full = false;
  /** What a large frame was in, for the next one. */
  #spare = new Uint8Array(0);
  /** A frame that does not fit the buffer. */
  #large: LargeFrame | undefined;

  /** @param limit The longest frame that is allowed, in bytes. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether {@linkcode NetworkFrames.next} has something to give, or to throw. */
  get ready(): boolean {
    if (this.#large !== undefined) return this.#large.filled === this.#large.size;
    const header = this.#header();
    if (header === undefined) return false;
    return !this.#isAllowed(header.size) || this.#filled - this.#start >= header.bytes + header.size;
  }

  /** Whether a part of a frame is there. */
  get partial(): boolean {
    return this.#large !== undefined || this.#filled > this.#start;
  }

  /** Where the next bytes go; never empty as long as nothing is ready. */
  room(): Uint8Array {
    if (this.#isCramped()) this.#move(new Uint8Array(BUFFER_BYTES));
    this.#beginLarge();
    if (this.#large !== undefined) return largeRoom(this.#large);
    if (this.#start > 0) this.#move(this.#buffer);
    return this.#buffer.subarray(this.#filled);
  }

  /** So many bytes were put there. */
  filled(size: number): void {
    if (this.#large !== undefined) this.#large.filled += size;
    else this.#filled += size;
    this.#full = this.#filled === this.#buffer.length;
  }

  /**
   * The next frame, if all of it is there. It is valid until the next call.
   *
   * @throws {Deno.errors.InvalidData} If it is longer than allowed; then the stream is of no use any more.
   */
  next(): Uint8Array | undefined {
    if (this.#large !== undefined) return this.#nextLarge(this.#large);
    const header = this.#header();
    if (header === undefined) return undefined;
    if (!this.#isAllowed(header.size)) {
      throw new Deno.errors.InvalidData(
        `Cannot receive: bad message length, ${header.size} bytes where at most ${this.limit} are allowed`,
      );
    }
    const begin = this.#start + header.bytes;
    if (this.#filled < begin + header.size) return undefined;
    this.#start = begin + header.size;
    return this.#buffer.subarray(begin, this.#start);
  }

  #nextLarge({ bytes, filled, size }: LargeFrame): Uint8Array | undefined {
    if (filled < size) return undefined;
    this.#large = undefined;
    // One very large frame must not cost its size for ever.
    if (bytes.length <= TRUSTED_BYTES) this.#spare = bytes;
    return bytes.subarray(0, size);
  }

  /** Whether the first, small buffer will not do any more. */
  #isCramped(): boolean {
    if (this.#buffer.length === BUFFER_BYTES || this.limit <= FIRST_BUFFER_BYTES) return false;
    const header = this.#header();
    return this.#full || (header !== undefined && header.bytes + header.size > this.#buffer.length);
  }

  #isAllowed(size: number): boolean {
    return size >= 0 && size <= this.limit;
  }

  #header(): { readonly size: number; readonly bytes: number } | undefined {
    const there = this.#filled - this.#start;
    if (there < SHORT_HEADER_BYTES) return undefined;
    const view = new DataView(this.#buffer.buffer, this.#start, there);
    const size = view.getInt32(0);
    if (size !== -1) return { size, bytes: SHORT_HEADER_BYTES };
    if (there < LONG_HEADER_BYTES) return undefined;
    return { size: view.getUint32(4) * 2 ** 32 + view.getUint32(8), bytes: LONG_HEADER_BYTES };
  }

  /** Gives a frame that does not fit the buffer memory of its own. */
  #beginLarge(): void {
    const header = this.#large === undefined ? this.#header() : undefined;
    if (header === undefined || header.bytes + header.size <= this.#buffer.length) return;
    // A frame that is too long stays where it is, for `next` to refuse.
    if (!this.#isAllowed(header.size)) return;
    const begun = this.#buffer.subarray(this.#start + header.bytes, this.#filled);
    const trusted = Math.min(header.size, TRUSTED_BYTES);
    const bytes = this.#spare.length >= trusted ? this.#spare : new Uint8Array(trusted);
    bytes.set(begun);
    this.#large = { bytes, filled: begun.length, size: header.size };
    this.#start = this.#filled = 0;
  }

  #move(to: Uint8Array<ArrayBuffer>): void {
    const rest = this.#buffer.subarray(this.#start, this.#filled);
    to.set(rest);
    this.#buffer = to;
    this.#start = 0;
    this.#filled = rest.length;
  }
}

function largeRoom(large: LargeFrame): Uint8Array {
  if (large.filled === large.bytes.length && large.filled < large.size) {
    const bytes = new Uint8Array(Math.min(large.size, large.bytes.length * 2));
    bytes.set(large.bytes);
    large.bytes = bytes;
  }
  return large.bytes.subarray(large.filled, large.size);
}

/**
 * Writes one frame.
 *
 * @returns The frame: all that the writer has but, mostly, some bytes at the beginning.
 */
export function writeNetworkFrame(writer: Writer, build: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
  writer.ensure(LONG_HEADER_BYTES);
  writer.length = LONG_HEADER_BYTES;
  build(writer);
  const size = writer.length - LONG_HEADER_BYTES;
  const { view } = writer;
  if (size <= LONGEST_SHORT) {
    view.setInt32(LONG_HEADER_BYTES - SHORT_HEADER_BYTES, size);
    return writer.finish().subarray(LONG_HEADER_BYTES - SHORT_HEADER_BYTES);
  }
  view.setInt32(0, -1);
  view.setBigUint64(4, BigInt(size));
  return writer.finish();
}
