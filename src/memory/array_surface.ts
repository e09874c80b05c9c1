/**
 * What arrays in shared memory do, with a lock or without.
 *
 * @module
 */

import type { NumberView, SharedView } from "./ctype.ts";

/** The typed arrays that show elements which are `T` in the program. */
export type ViewOf<T> = T extends number ? NumberView
  : T extends bigint ? BigInt64Array<SharedArrayBuffer> | BigUint64Array<SharedArrayBuffer>
  : T extends string ? Uint8Array<SharedArrayBuffer> | Uint32Array<SharedArrayBuffer>
  : Uint8Array<SharedArrayBuffer>;

/** What is written to an element: its value; of a structure or an array, whatever makes one. */
export type NewElement<T> = T extends object ? object | string : T;

/**
 * What arrays do.
 *
 * @typeParam T What the elements are in the program; structures and arrays show the memory itself.
 * @typeParam V Typed array of {@linkcode ArrayElements.buffer}.
 */
export interface ArrayElements<T, V extends SharedView = ViewOf<T>> extends Iterable<T> {
  /** An element. Reading or writing where there is none is a `RangeError`. */
  [index: number]: T;
  /** How many elements there are. */
  readonly length: number;
  /**
   * The elements as a typed array over the memory itself, for loops that must be fast. What is written by it is not checked.
   * Structures and arrays give their bytes. The memory is kept as long as the array or this view of it is.
   */
  readonly buffer: V;
  /**
   * An element; a negative index counts from the end.
   *
   * @param index Its index.
   * @throws {RangeError} If there is no such element.
   */
  at(index: number): T;
  /**
   * A copy of some elements as an ordinary array; structures in it show the shared memory.
   *
   * @param start First index; negative ones count from the end.
   * @param end Index behind the last.
   * @param step Distance of two of them; -1 for backwards.
   */
  slice(start?: number, end?: number, step?: number): T[];
  /**
   * Writes elements. If one of them cannot be written, none is.
   *
   * @param values The new values.
   * @param offset Index of the first.
   * @throws {RangeError} If there are too many, or one is out of range.
   * @throws {TypeError} If one is of the wrong kind.
   */
  set(values: Iterable<NewElement<T>> & { readonly length: number }, offset?: number): void;
  /**
   * Writes a slice, as Python's `a[start:end:step] = values`. If one of the values cannot be written, none is.
   *
   * @param start First index; `undefined` for the beginning.
   * @param end Index behind the last; `undefined` for the end.
   * @param values As many as the slice has.
   * @param step Distance of two of them.
   * @throws {RangeError} If there are more or fewer values, or one is out of range.
   * @throws {TypeError} If one is of the wrong kind.
   */
  setSlice(
    start: number | undefined,
    end: number | undefined,
    values: Iterable<NewElement<T>> & { readonly length: number },
    step?: number,
  ): void;
  /**
   * Writes one value to several elements.
   *
   * @param value The value.
   * @param start First index; negative ones count from the end.
   * @param end Index behind the last.
   */
  fill(value: NewElement<T>, start?: number, end?: number): void;
}

/** What arrays of `c_char` have besides, each character being that of the code of its byte. */
export interface TextElements {
  /** The text up to the first NUL. A shorter text than the array is written with a NUL behind it; what follows is kept. */
  value: string;
  /** A copy of all bytes. What is written may be shorter; what follows is kept. */
  raw: Uint8Array;
}
