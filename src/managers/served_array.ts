/**
 * The arrays of managers.
 *
 * @module
 */

import { RawArray } from "../memory/raw_array.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { contents, plain, textOf } from "./contents.ts";

// Nobody else shares its memory, so it needs no permission.
const OwnRawArray = boundClass(RawArray, "worker");

/** Typed numbers, each held against its type. */
export class ServedArray {
  readonly #typecode: string;
  readonly #items: { readonly length: number; [index: number]: number | bigint };

  constructor(typecode: string, init: number | readonly number[]) {
    this.#typecode = typecode;
    this.#items = new OwnRawArray(typecode as "d", init as number[]);
  }

  length(): number {
    return this.#items.length;
  }

  get(index: number): number | bigint {
    return this.#items[this.#place(index)] ?? 0;
  }

  /** @throws {RangeError} If there is no such place, or the value does not fit. */
  set(index: number, value: number): void {
    this.#items[this.#place(index)] = value;
  }

  slice(start?: number, end?: number): (number | bigint)[] {
    return this[plain]().slice(start, end);
  }

  [contents](): Iterable<unknown> {
    return [];
  }

  [plain](): (number | bigint)[] {
    return Array.from(this.#items);
  }

  toString(): string {
    return `Array(${textOf(this.#typecode)}, ${textOf(this[plain]())})`;
  }

  #place(index: number): number {
    const place = index < 0 ? index + this.#items.length : index;
    if (Number.isInteger(place) && place >= 0 && place < this.#items.length) return place;
    throw new RangeError(
      `Cannot use array index ${index}: it is out of range, the array has ${this.#items.length} items`,
    );
  }
}
