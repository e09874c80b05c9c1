/**
 * Objects that contents are put into.
 *
 * @module
 */

import { malformed } from "./parts.ts";
import type { Reader } from "./reader.ts";
import { Tag } from "./wire.ts";

/** By which an object is announced whose contents come later. */
export function containerTag(object: object): number {
  if (Array.isArray(object)) return Tag.ARRAY;
  if (object instanceof Map) return Tag.MAP;
  return object instanceof Set ? Tag.SET : Tag.OBJECT;
}

/** What a tag begins, still empty. */
export function emptyContainer(tag: number): object {
  if (tag === Tag.ARRAY || tag === Tag.SPARSE || tag === Tag.NUMBERS) return [];
  if (tag === Tag.MAP) return new Map();
  if (tag === Tag.SET) return new Set();
  if (tag === Tag.OBJECT || tag === Tag.SHAPED) return {};
  throw malformed(`tag ${tag} is unknown`);
}

/** Whether properties may be put into it. */
export function isPlainShell(object: object): boolean {
  return !Array.isArray(object) && !(object instanceof Map) && !(object instanceof Set);
}

/** Always an own property, whatever its name. */
export function setOwn(object: object, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  } else (object as Record<string, unknown>)[key] = value;
}

/** A regular expression, if it can be one. */
export function makeRegExp(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    throw malformed("a regular expression is invalid");
  }
}

const LARGEST_ARRAY = 0xffff_ffff;

/** Gives an array its length, at a price that the rest of the message justifies. */
export function setLength(array: unknown[], length: number, reader: Reader): void {
  if (length > LARGEST_ARRAY) throw malformed(`an array of length ${length} cannot be`);
  if (length === 0) return;
  // An element so far out makes it a table of what is there; otherwise the engine sets memory aside for every hole.
  if (length > reader.remaining) array[LARGEST_ARRAY - 1] = undefined;
  array.length = length;
  if (length === LARGEST_ARRAY) delete array[LARGEST_ARRAY - 1];
}

/** A primitive in an object. */
export function box(value: unknown): object {
  if (typeof value === "object" || typeof value === "function" || value === undefined) {
    throw malformed("a boxed value is no primitive");
  }
  return Object(value);
}
