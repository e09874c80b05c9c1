/**
 * Text as bytes.
 *
 * @module
 */

import type { Reader } from "./reader.ts";
import { FIRST_TAG, SMALL_TEXT, Tag } from "./wire.ts";
import type { Writer } from "./writer.ts";

const SHORT = FIRST_TAG - SMALL_TEXT;
const { fromCharCode } = String;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Writes a text with its tag. */
export function writeText(writer: Writer, text: string): void {
  const { length } = text;
  if (length >= SHORT || !writeShort(writer, text, length)) writeLong(writer, text);
}

/** Plain loops beat the built-in encoder for what most keys are. Nothing is written if the text is not ASCII. */
function writeShort(writer: Writer, text: string, length: number): boolean {
  writer.ensure(length + 1);
  const { data } = writer;
  const start = writer.length + 1;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return false;
    data[start + index] = code;
  }
  data[start - 1] = SMALL_TEXT + length;
  writer.length = start + length;
  return true;
}

function writeLong(writer: Writer, text: string): void {
  if (!text.isWellFormed()) return writeUnits(writer, text);
  writer.u8(Tag.UTF8);
  const at = writer.length;
  writer.u32(0);
  // Three bytes a unit is the most; reserved only where it is cheap.
  if (text.length > 1 << 16) {
    const bytes = encoder.encode(text);
    writer.bytes(bytes);
  } else {
    writer.ensure(text.length * 3);
    writer.length += encoder.encodeInto(text, writer.data.subarray(writer.length)).written;
  }
  writer.setU32(at, writer.length - at - 4);
}

function writeUnits(writer: Writer, text: string): void {
  writer.u8(Tag.UTF16);
  writer.varuint(text.length);
  writer.ensure(text.length * 2);
  for (let index = 0; index < text.length; index++) {
    writer.view.setUint16(writer.length, text.charCodeAt(index), true);
    writer.length += 2;
  }
}

/** Texts met before, by a hash of their bytes: keys come again and again. */
const met: string[] = new Array(512).fill("");

/** Reads a text of so many ASCII characters. */
export function readShortText(reader: Reader, length: number): string {
  if (length === 0) return "";
  reader.need(length);
  const { data, offset } = reader;
  reader.offset = offset + length;
  const first = data[offset] as number;
  const last = data[offset + length - 1] as number;
  const middle = data[offset + (length >> 1)] as number;
  const slot = (first * 31 + last * 7 + middle * 131 + length * 17) & 511;
  const candidate = met[slot] as string;
  if (candidate.length === length && isText(candidate, data, offset)) return candidate;
  const text = textOf(data, offset, offset + length);
  met[slot] = text;
  return text;
}

/** Text of ASCII characters, several at a time: each addition to a text makes a new one. */
function textOf(data: Uint8Array, start: number, end: number): string {
  const code = (index: number) => data[index] as number;
  let text = "";
  let at = start;
  for (; end - at >= 8; at += 8) {
    text += fromCharCode(
      code(at),
      code(at + 1),
      code(at + 2),
      code(at + 3),
      code(at + 4),
      code(at + 5),
      code(at + 6),
      code(at + 7),
    );
  }
  if (end - at >= 4) {
    text += fromCharCode(code(at), code(at + 1), code(at + 2), code(at + 3));
    at += 4;
  }
  for (; at < end; at++) text += fromCharCode(code(at));
  return text;
}

function isText(text: string, data: Uint8Array, offset: number): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== data[offset + index]) return false;
  return true;
}

/** Reads what follows the tag UTF8. */
export function readUtf8(reader: Reader): string {
  return decoder.decode(reader.bytes(reader.u32()));
}

/** Reads what follows the tag UTF16. */
export function readUtf16(reader: Reader): string {
  const length = reader.varuint();
  reader.need(length * 2);
  let text = "";
  for (let left = length; left > 0;) {
    const units: number[] = [];
    for (let count = Math.min(left, 4096); count > 0; count--, left--) {
      units.push((reader.data[reader.offset] as number) | ((reader.data[reader.offset + 1] as number) << 8));
      reader.offset += 2;
    }
    text += String.fromCharCode(...units);
  }
  return text;
}
