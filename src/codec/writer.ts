/**
 * A growing buffer that bytes are written into.
 *
 * @module
 */

const FIRST_BYTES = 512;

/** Bytes written one behind another. */
export class Writer {
  /** What was written, and room behind it. Replaced when it grows. */
  data: Uint8Array<ArrayBuffer>;
  /** The same bytes for numbers. */
  view: DataView<ArrayBuffer>;
  /** How many bytes were written; setting it back takes the later ones out. */
  length = 0;
  /** The last view of `data` that was given. */
  #finished: Uint8Array<ArrayBuffer>;

  /** @param capacity Bytes to begin with. */
  constructor(capacity = FIRST_BYTES) {
    this.data = this.#finished = new Uint8Array(capacity);
    this.view = new DataView(this.data.buffer);
  }

  /** Makes room for so many bytes more. */
  ensure(size: number): void {
    const needed = this.length + size;
    if (needed > this.data.length) this.#grow(needed);
  }

  /** An unsigned byte. */
  u8(value: number): void {
    if (this.length === this.data.length) this.#grow(this.length + 1);
    this.data[this.length++] = value;
  }

  /** An unsigned 32-bit number, little-endian. */
  u32(value: number): void {
    this.ensure(4);
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** Writes an unsigned 32-bit number over earlier bytes. */
  setU32(offset: number, value: number): void {
    this.view.setUint32(offset, value, true);
  }

  /** A non-negative integer up to 2^53 - 1, seven bits a byte, the lowest first. */
  varuint(value: number): void {
    this.ensure(8);
    const { data } = this;
    let at = this.length;
    let rest = value;
    // Shifts are faster than divisions, but only know 32 bits.
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) data[at++] = (rest % 0x80) | 0x80;
    for (; rest > 0x7f; rest >>= 7) data[at++] = (rest & 0x7f) | 0x80;
    data[at++] = rest;
    this.length = at;
  }

  /** A 64-bit floating-point number, little-endian. */
  f64(value: number): void {
    this.ensure(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** Bytes as they are. */
  bytes(data: Uint8Array): void {
    this.ensure(data.length);
    this.data.set(data, this.length);
    this.length += data.length;
  }

  /** What was written, not copied: valid until more is written. */
  finish(): Uint8Array<ArrayBuffer> {
    // Making a view takes as long as reading a small message, and many messages are as long as the one before.
    if (this.#finished.length !== this.length) this.#finished = this.data.subarray(0, this.length);
    return this.#finished;
  }

  /** Forgets what was written, for the next use; a buffer that became very large is let go. */
  reset(): void {
    this.length = 0;
    if (this.data.length > LARGEST_KEPT_BYTES) {
      this.#setData(new Uint8Array(KEPT_BYTES));
    }
  }

  /** What was written, as bytes of their own, and forgets it. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.finish();
    this.length = 0;
    if (bytes.length < this.data.length && this.data.length <= LARGEST_KEPT_BYTES) return bytes.slice();
    // What is full, or would be let go, need not be copied.
    this.#setData(new Uint8Array(FIRST_BYTES));
    return bytes;
  }

  #grow(needed: number): void {
    const data = new Uint8Array(Math.max(needed, this.data.length * 2));
    data.set(this.data.subarray(0, this.length));
    this.#setData(data);
  }

  #setData(data: Uint8Array<ArrayBuffer>): void {
    this.data = this.#finished = data;
    this.view = new DataView(data.buffer);
  }
}

// One large message must not cost its size for ever.
const LARGEST_KEPT_BYTES = 1 << 22;
const KEPT_BYTES = 1 << 16;

let idle: Writer | undefined;

/** What is built, in bytes of their own. */
export function bytesOf(build: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
  return withWriter((writer) => {
    build(writer);
    return writer.take();
  });
}

/** Lends a writer that is kept, so that it need not grow again; what is written is valid only during the call. */
export function withWriter<R>(use: (writer: Writer) => R): R {
  // A getter or a reducer may send something itself, so the one that is kept may be busy.
  const writer = idle ?? new Writer();
  idle = undefined;
  try {
    return use(writer);
  } finally {
    writer.reset();
    idle = writer;
  }
}
