/**
 * Frames on a byte stream between neighbours: a 32-bit little-endian length, then so many bytes.
 *
 * @module
 */

import { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import type { ByteSink, ByteStream } from "./byte_stream.ts";

// Holds several messages of a usual size, so that one read brings them and none needs a buffer of its own.
const READ_BYTES = 1 << 18;
const WRITE_BYTES = 1 << 16;
const LENGTH_BYTES = 4;
// What the length of a frame can say.
const LARGEST_FRAME_BYTES = 2 ** 32 - 1;

/**
 * Takes a frame that arrived. The bytes are the receiver's to keep when `owned`, else they are overwritten after the call.
 */
export type FrameReceiver = (frame: Uint8Array, owned: boolean) => void;

/** Cuts a stream into frames. */
export class FrameReader implements ByteSink {
  readonly #receive: FrameReceiver;
  readonly #end: () => void;
  #buffer = new Uint8Array(READ_BYTES);
  #start = 0;
  #filled = 0;
  #large: { frame: Uint8Array; filled: number } | undefined;

  /**
   * @param receive Takes each frame.
   * @param end Called when no frame will come any more.
   */
  constructor(receive: FrameReceiver, end: () => void) {
    this.#receive = receive;
    this.#end = end;
  }

  room(): Uint8Array {
    if (this.#large !== undefined) return this.#large.frame.subarray(this.#large.filled);
    return this.#buffer.subarray(this.#filled);
  }

  ended(): void {
    this.#end();
  }

  filled(size: number): void {
    if (this.#large === undefined) {
      this.#filled += size;
      this.#cut();
      return;
    }
    this.#large.filled += size;
    if (this.#large.filled < this.#large.frame.length) return;
    const { frame } = this.#large;
    this.#large = undefined;
    this.#receive(frame, true);
  }

  /** Gives each frame that is there to the receiver; one that it fails at is of no harm to those behind it. */
  #cut(): void {
    const failures: unknown[] = [];
    for (let more = true; more;) {
      const start = this.#start;
      try {
        this.#cutOn();
        more = false;
      } catch (error) {
        failures.push(error);
        if (this.#start !== start) continue;
        // There is no memory for it, so nothing behind it will ever be read: whoever waits is told that this is the end.
        more = false;
        this.#end();
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #cutOn(): void {
    const buffer = this.#buffer;
    while (this.#filled - this.#start >= LENGTH_BYTES) {
      const length = new Reader(buffer, this.#start, this.#filled).u32();
      const begin = this.#start + LENGTH_BYTES;
      if (begin + length > READ_BYTES) return this.#beginLarge(begin, length);
      if (begin + length > this.#filled) break;
      this.#start = begin + length;
      this.#receive(buffer.subarray(begin, begin + length), false);
    }
    if (this.#start === this.#filled) this.#start = this.#filled = 0;
    else if (READ_BYTES - this.#filled < READ_BYTES / 4) this.#compact();
  }

  /** A frame that does not fit behind its place in the buffer: moved to the front, or into a buffer of its own. */
  #beginLarge(begin: number, length: number): void {
    if (LENGTH_BYTES + length <= READ_BYTES) return this.#compact();
    const frame = new Uint8Array(length);
    frame.set(this.#buffer.subarray(begin, this.#filled));
    this.#large = { frame, filled: this.#filled - begin };
    this.#start = this.#filled = 0;
  }

  #compact(): void {
    this.#buffer.copyWithin(0, this.#start, this.#filled);
    this.#filled -= this.#start;
    this.#start = 0;
  }
}

/**
 * Collects frames and writes them: the first leaves at once, those that come while a write is under way leave together with
 * the next one. So a lone message is never delayed, and many share a system call.
 */
export class FrameWriter {
  #filling = new Writer(WRITE_BYTES);
  #spare: Writer | undefined = new Writer(WRITE_BYTES);
  #stream: ByteStream | undefined;
  #writing: Promise<void> | undefined;
  #failure: unknown;
  /** How many frames there were, and how many of them are out of this process's hands. */
  #appended = 0;
  #departed = 0;
  /** The frame that is being made, and where it begins. */
  #making: { readonly writer: Writer; readonly mark: number } | undefined;

  /** Begins to write to the stream; frames may be appended before. */
  open(stream: ByteStream): void {
    this.#stream = stream;
    this.#flush();
  }

  /** Drops what is not written, now and from now on. */
  fail(reason: unknown): void {
    this.#failure ??= reason;
    this.#stream = undefined;
    this.#filling.reset();
  }

  /**
   * Appends one frame.
   *
   * @param build Writes the frame. If it throws, nothing is sent.
   * @returns A promise that resolves when the frame is out of this process's hands, or `undefined` if it is so already.
   */
  append(build: (writer: Writer) => void): Promise<void> | undefined {
    const outer = this.#making;
    // What a frame's own making sends, as when it lends what travels in it, goes before that frame.
    this.#setAside();
    const writer = this.#filling;
    const mark = writer.length;
    this.#making = { writer, mark };
    try {
      writeFrame(writer, build);
      this.#appended++;
    } finally {
      this.#making = outer;
      if (writer !== this.#filling) this.#filling.bytes(writer.finish().subarray(mark));
      this.#flush();
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    // The flush above may have taken the frame along; if not, the next one does.
    return this.#filling.length === 0 || this.#writing === undefined
      ? this.#writing
      : this.#writing.then(() => this.#flushed());
  }

  /** How many frames have been appended. */
  get appended(): number {
    return this.#appended;
  }

  /** Whether so many frames are out of this process's hands, or never will be. */
  hasDeparted(count: number): boolean {
    return this.#departed >= count || this.#failure !== undefined;
  }

  /** Resolves when all that was appended is out of this process's hands. */
  async drain(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Leaves the frame that is being made where it is, and goes on elsewhere with what was complete before it. */
  #setAside(): void {
    if (this.#making?.writer !== this.#filling) return;
    const { writer, mark } = this.#making;
    this.#filling = this.#spare ?? new Writer(WRITE_BYTES);
    this.#spare = undefined;
    this.#filling.bytes(writer.finish().subarray(0, mark));
  }

  #flushed(): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#writing;
  }

  #flush(): void {
    this.#setAside();
    if (this.#failure !== undefined) return this.#filling.reset();
    const writer = this.#filling;
    if (this.#stream === undefined || this.#writing !== undefined || writer.length === 0) return;
    const count = this.#appended;
    let left = false;
    // Told by the stream itself or by its promise, whichever is first.
    const leave = () => {
      if (!left) this.#wrote(writer, count);
      left = true;
    };
    const write = this.#stream.write(writer.finish(), leave);
    if (write === undefined) {
      this.#departed = count;
      writer.reset();
      return;
    }
    this.#filling = this.#spare ?? new Writer(WRITE_BYTES);
    this.#spare = undefined;
    this.#writing = write.then(leave, (reason) => this.#broke(reason));
    this.#writing.catch(() => {
      // Whoever waits for its own frame is told; the link hears of the end by its reader.
    });
  }

  #wrote(writer: Writer, count: number): void {
    this.#departed = count;
    writer.reset();
    this.#spare = writer;
    this.#writing = undefined;
    this.#flush();
  }

  #broke(reason: unknown): never {
    this.#writing = undefined;
    this.fail(reason);
    throw this.#failure;
  }
}

/**
 * Refuses what is too long for a frame.
 *
 * @param size Its bytes.
 * @throws {RangeError} If it is too long.
 */
export function checkFrame(size: number): void {
  if (size <= LARGEST_FRAME_BYTES) return;
  throw new RangeError(
    `Cannot send: the message has ${size} bytes, more than ${LARGEST_FRAME_BYTES}; send it in parts`,
  );
}

/** Writes one frame; if its making throws, nothing of it is left. */
function writeFrame(writer: Writer, build: (writer: Writer) => void): void {
  const mark = writer.length;
  writer.u32(0);
  try {
    build(writer);
    const size = writer.length - mark - LENGTH_BYTES;
    checkFrame(size);
    writer.setU32(mark, size);
  } catch (error) {
    writer.length = mark;
    throw error;
  }
}
