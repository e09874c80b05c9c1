/**
 * A cursor over bytes that may end too early.
 *
 * @module
 */

import { MalformedMessageError } from "../base/errors.ts";

// Every machine that Deno runs on has the lowest byte first.
const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

function at(data: Uint8Array, index: number): number {
  return data[index] as number;
}

/** Bytes read one behind another. */
export class Reader {
  /** The bytes. */
  data: Uint8Array;
  /** Where the next byte is read. */
  offset: number;
  /** Where reading ends. */
  end: number;

  /**
   * @param data The bytes.
   * @param offset Where to begin.
   * @param end Where to end.
   */
  constructor(data: Uint8Array, offset = 0, end: number = data.length) {
    this.data = data;
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
    const { data, offset } = this;
    this.offset = offset + 4;
    const low = at(data, offset) | (at(data, offset + 1) << 8) | (at(data, offset + 2) << 16);
    return low + at(data, offset + 3) * 0x100_0000;
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
    const { data, offset } = this;
    this.offset = offset + 8;
    // Making a DataView takes longer than reading a small message.
    for (let index = 0; index < 8; index++) floatBytes[index] = at(data, offset + index);
    return float[0] as number;
  }

  /** So many bytes, not copied. */
  bytes(size: number): Uint8Array {
    this.need(size);
    this.offset += size;
    return this.data.subarray(this.offset - size, this.offset);
  }
}
