/**
 * A cursor over bytes that may end too early.
 *
 * @module
 */

/** Bytes that are no message of this module, or are cut short. */
export class MalformedMessageError extends Error {
  /** Class name, kept through minifiers. */
  override name = "MalformedMessageError";
}

/** Bytes read one behind another. */
export class Reader {
  /** The bytes. */
  readonly data: Uint8Array;
  /** The same bytes for numbers. */
  readonly view: DataView;
  /** Where the next byte is read. */
  offset: number;
  /** Where reading ends. */
  readonly end: number;

  /**
   * @param data The bytes.
   * @param offset Where to begin.
   * @param end Where to end.
   */
  constructor(data: Uint8Array, offset = 0, end: number = data.length) {
    this.data = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.offset = offset;
    this.end = end;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.end - this.offset;
  }

  /** Throws unless so many bytes are left. */
  need(size: number): void {
    if (size > this.end - this.offset) {
      throw new MalformedMessageError(`Cannot read the message: it ends ${size - this.remaining} bytes too early`);
    }
  }

  /** An unsigned byte. */
  u8(): number {
    if (this.offset >= this.end) this.need(1);
    return this.data[this.offset++] as number;
  }

  /** An unsigned 32-bit number, little-endian. */
  u32(): number {
    this.need(4);
    const value = this.view.getUint32(this.offset, true);
    this.offset += 4;
    return value;
  }

  /** What `Writer.varuint` wrote. */
  varuint(): number {
    let value = this.u8();
    if (value < 0x80) return value;
    value &= 0x7f;
    for (let scale = 0x80;; scale *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) {
        throw new MalformedMessageError("Cannot read the message: a number in it is too large");
      }
      if (byte < 0x80) return value;
    }
  }

  /** A 64-bit floating-point number, little-endian. */
  f64(): number {
    this.need(8);
    const value = this.view.getFloat64(this.offset, true);
    this.offset += 8;
    return value;
  }

  /** So many bytes, not copied. */
  bytes(size: number): Uint8Array {
    this.need(size);
    this.offset += size;
    return this.data.subarray(this.offset - size, this.offset);
  }
}
