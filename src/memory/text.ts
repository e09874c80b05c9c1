/**
 * What arrays are made of: sequences of values, and text as the characters of bytes.
 *
 * @module
 */

import { type CType, describe, wrongKind } from "./ctype.ts";
import { c_char, c_wchar } from "./typecode.ts";

/**
 * The values for the elements of an array.
 *
 * @throws {TypeError} If it is no sequence of known length.
 */
export function itemsOf(source: unknown, element: CType<unknown>): readonly unknown[] {
  if (typeof source === "string") return lettersOf(source, element);
  if (source instanceof Uint8Array && element === c_char) return [...textOf(source)];
  if (isSequence(source)) return Array.from(source);
  throw new TypeError(
    `Cannot fill an array of ${element.name} from ${
      describe(source)
    }: its length is not known; give an array or a typed array`,
  );
}

function lettersOf(text: string, element: CType<unknown>): readonly string[] {
  if (element === c_char) return text.split("");
  if (element === c_wchar) return [...text];
  throw wrongKind(text, `an array of ${element.name}`, "an array or a typed array");
}

function isSequence(source: unknown): source is Iterable<unknown> {
  if (typeof source !== "object" || source === null) return false;
  return "length" in source && typeof source.length === "number" && Symbol.iterator in source;
}

/** Bytes as text, each the character of its code. */
export function textOf(bytes: Iterable<number>): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/**
 * Text as bytes; bytes as they are.
 *
 * @throws {TypeError} If it is neither.
 * @throws {RangeError} If a character has no byte, or there are more than `most`.
 */
export function bytesOf(text: unknown, most: number): Uint8Array {
  if (!(text instanceof Uint8Array) && typeof text !== "string") {
    throw wrongKind(text, "an array of c_char", "text or bytes");
  }
  if (text.length > most) {
    throw new RangeError(
      `Cannot store ${text.length} bytes in an array of c_char: byte string too long, the array has ${most}`,
    );
  }
  if (typeof text !== "string") return text;
  return c_char.pack(lettersOf(text, c_char));
}
