/**
 * Numbers, BigInts and symbols.
 *
 * @module
 */

import { malformed, readAnyText } from "./parts.ts";
import type { Reader } from "./reader.ts";
import { Refusal } from "./refusal.ts";
import { writeText } from "./text.ts";
import { SMALL_TEXT, Tag } from "./wire.ts";
import type { Writer } from "./writer.ts";

/** Writes a number. */
export function writeNumber(writer: Writer, value: number): void {
  // 1 / value tells 0 from -0.
  if ((value | 0) === value && value >= 0 && (value > 0 || 1 / value > 0)) {
    if (value < SMALL_TEXT) return writer.u8(value);
    writer.u8(Tag.INTEGER);
    return writer.varuint(value);
  }
  if (!Number.isSafeInteger(value) || value === 0) {
    writer.u8(Tag.NUMBER);
    return writer.f64(value);
  }
  writer.u8(value < 0 ? Tag.NEGATIVE : Tag.INTEGER);
  writer.varuint(value < 0 ? -1 - value : value);
}

/** Writes a BigInt. */
export function writeBigInt(writer: Writer, value: bigint): void {
  let hex = (value < 0n ? -value : value).toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  writer.u8(Tag.BIGINT);
  writer.u8(value < 0n ? 1 : 0);
  const bytes = Uint8Array.fromHex(hex).reverse();
  writer.varuint(bytes.length);
  writer.bytes(bytes);
}

/** Writes a symbol that other processes have as well. */
export function writeSymbol(writer: Writer, symbol: symbol): void {
  const key = Symbol.keyFor(symbol);
  if (key !== undefined) {
    writer.u8(Tag.SYMBOL);
    return writeText(writer, key);
  }
  const name = symbol.description?.replace(/^Symbol\./, "") ?? "";
  if (Reflect.get(Symbol, name) !== symbol) {
    throw new Refusal(`${String(symbol)} is known to this process only; use Symbol.for`, symbol);
  }
  writer.u8(Tag.WELL_KNOWN);
  writeText(writer, name);
}

/** Reads what follows the tag BIGINT. */
export function readBigInt(reader: Reader): bigint {
  const negative = reader.u8() === 1;
  const hex = reader.bytes(reader.varuint()).slice().reverse().toHex();
  const magnitude = hex === "" ? 0n : BigInt(`0x${hex}`);
  return negative ? -magnitude : magnitude;
}

/** Reads what follows the tag WELL_KNOWN. */
export function readWellKnown(reader: Reader): symbol {
  const symbol: unknown = Reflect.get(Symbol, readAnyText(reader));
  if (typeof symbol !== "symbol") throw malformed("it names a symbol that is unknown here");
  return symbol;
}
