/**
 * A byte stream for a child that may not open a socket: down through its standard input, up through its standard error, between
 * whatever else is written there.
 *
 * What goes up is cut into chunks that the system writes whole (POSIX `PIPE_BUF`), so that text of the child's other threads
 * never stands inside of one: `mark, 16-bit little-endian length, bytes`. The mark is random and told to this child only.
 *
 * @module
 */

import type { ByteSink, ByteStream } from "./byte_stream.ts";
import { nextTurn } from "../sync/bell.ts";
import { fill } from "./socket_stream.ts";

/** Length of a mark, in bytes. */
export const MARK_BYTES = 16;
const CHUNK_BYTES = 4096;
const HEADER_BYTES = MARK_BYTES + 2;
const READ_BYTES = 1 << 16;
// What the child wrote last is told of in the turn that tells of its exit, or in the one before.
const QUIET_TURNS = 4;

/** The parent's end. */
export class MarkedParentStream implements ByteStream {
  readonly synchronous = false;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStream<Uint8Array>;
  readonly #mark: Uint8Array;
  readonly #text: (text: Uint8Array) => void;
  readonly #setAlive: (alive: boolean) => void;
  readonly #exited: Promise<unknown>;
  #reads = 0;

  /**
   * @param input The child's standard input, which its owner closes.
   * @param output The child's standard error.
   * @param mark What tells messages from text.
   * @param text Takes the text, also what others write there after the child has ended; the bytes are valid only during the call.
   * @param setAlive How the stream keeps the program alive.
   * @param exited Resolves when the child has exited.
   */
  constructor(
    input: WritableStreamDefaultWriter<Uint8Array>,
    output: ReadableStream<Uint8Array>,
    mark: Uint8Array,
    text: (text: Uint8Array) => void,
    setAlive: (alive: boolean) => void,
    exited: Promise<unknown>,
  ) {
    this.#input = input;
    this.#output = output;
    this.#mark = mark;
    this.#text = text;
    this.#setAlive = setAlive;
    this.#exited = exited;
  }

  async receive(sink: ByteSink): Promise<void> {
    let over = false;
    const splitter = new Splitter(this.#mark, this.#text, (bytes) => over || pour(bytes, sink));
    const end = () => {
      splitter.flush();
      if (!over) sink.ended();
      over = true;
    };
    this.#exited.then(() => this.#quiet()).then(end);
    try {
      for await (const bytes of this.#output) {
        this.#reads++;
        splitter.push(bytes);
      }
    } catch {
      // The pipe broke with the child, which its status tells.
    }
    end();
  }

  /** Resolves when all is read that a child wrote which has exited. The pipe may stay open, as long as a child of its own has it. */
  async #quiet(): Promise<void> {
    let reads = this.#reads;
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      await nextTurn();
      if (this.#reads !== reads) turns = 0;
      reads = this.#reads;
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#input.write(bytes);
  }

  close(): void {
    // The pipes end with the child, and standard error is read to its end for its text.
  }

  keepAlive(alive: boolean): void {
    this.#setAlive(alive);
  }
}

/** Where the child's end reads. */
export interface DownLine {
  read(): Promise<Uint8Array>;
  keepAlive(alive: boolean): void;
}

/** The child's end. */
export class MarkedChildStream implements ByteStream {
  readonly synchronous = false;
  readonly #input: DownLine;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  readonly #view = new DataView(this.#chunk.buffer);

  constructor(input: DownLine, mark: Uint8Array) {
    this.#input = input;
    this.#chunk.set(mark);
  }

  async receive(sink: ByteSink): Promise<void> {
    for (;;) pour(await this.#input.read(), sink);
  }

  write(bytes: Uint8Array): undefined {
    for (let start = 0; start < bytes.length;) {
      const part = bytes.subarray(start, start + CHUNK_BYTES - HEADER_BYTES);
      this.#view.setUint16(MARK_BYTES, part.length, true);
      this.#chunk.set(part, HEADER_BYTES);
      Deno.stderr.writeSync(this.#chunk.subarray(0, HEADER_BYTES + part.length));
      start += part.length;
    }
  }

  close(): void {
    // Standard error is the process's, and goes with it.
  }

  keepAlive(alive: boolean): void {
    this.#input.keepAlive(alive);
  }
}

function pour(bytes: Uint8Array, sink: ByteSink): void {
  for (let rest = bytes; rest.length > 0;) {
    const room = sink.room();
    const part = rest.subarray(0, room.length);
    room.set(part);
    fill(sink, part.length);
    rest = rest.subarray(part.length);
  }
}

/** Tells marked chunks from the text around them. */
class Splitter {
  readonly #mark: Uint8Array;
  readonly #text: (text: Uint8Array) => void;
  readonly #message: (bytes: Uint8Array) => unknown;
  #buffer = new Uint8Array(2 * READ_BYTES);
  #filled = 0;

  constructor(mark: Uint8Array, text: (text: Uint8Array) => void, message: (bytes: Uint8Array) => unknown) {
    this.#mark = mark;
    this.#text = text;
    this.#message = message;
  }

  push(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; start += READ_BYTES) {
      const part = bytes.subarray(start, start + READ_BYTES);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      this.#keep(this.#split());
    }
  }

  /** The output has ended: what looked like the beginning of a mark was text. */
  flush(): void {
    if (this.#filled > 0) this.#text(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }

  /** Takes out what is whole; answers up to where. */
  #split(): number {
    let done = 0;
    for (;;) {
      const at = this.#findMark(done);
      if (at > done) this.#text(this.#buffer.subarray(done, at));
      if (this.#filled - at < HEADER_BYTES) return at;
      const size = (this.#buffer[at + MARK_BYTES] ?? 0) | ((this.#buffer[at + MARK_BYTES + 1] ?? 0) << 8);
      const end = at + HEADER_BYTES + size;
      if (end > this.#filled) return at;
      this.#message(this.#buffer.subarray(at + HEADER_BYTES, end));
      done = end;
    }
  }

  /** Where the next mark is or may begin. */
  #findMark(from: number): number {
    const first = this.#mark[0] ?? 0;
    for (let at = from;; at++) {
      at = this.#buffer.indexOf(first, at);
      if (at < 0 || at >= this.#filled) return this.#filled;
      if (this.#isMarkAt(at)) return at;
    }
  }

  #isMarkAt(at: number): boolean {
    const size = Math.min(MARK_BYTES, this.#filled - at);
    for (let index = 1; index < size; index++) if (this.#buffer[at + index] !== this.#mark[index]) return false;
    return true;
  }

  #keep(from: number): void {
    this.#buffer.copyWithin(0, from, this.#filled);
    this.#filled -= from;
  }
}
