/**
 * {@linkcode RawArray}: an array in shared memory, and the types of arrays of fixed length.
 *
 * @module
 */

import { type Block, blockFor } from "./block.ts";
import type { ArrayElements, TextElements, ViewOf } from "./array_surface.ts";
import { type CType, describe, type NumberView, type ScalarType, type SharedView } from "./ctype.ts";
import { checkedIndex, Indexed, put, sliceIndices } from "./indexed.ts";
import { Span, span } from "./span.ts";
import { bytesOf, itemsOf, textOf } from "./text.ts";
import {
  c_char,
  c_wchar,
  type CTypeOf,
  type ElementsInit,
  isScalarType,
  resolveType,
  type TypeCode,
  type TypeLike,
  type ValueOf,
} from "./typecode.ts";

/**
 * An array in shared memory without a lock, as Python's `multiprocessing.RawArray`.
 *
 * One element at a time is read and written as a whole, whoever else is at it; `a[i] += 1` is a reading and a writing.
 *
 * @typeParam T What the elements are in the program.
 * @typeParam V Typed array of its `buffer`.
 */
export interface RawArray<T, V extends SharedView = ViewOf<T>> extends ArrayElements<T, V> {}

/** The array that a type of elements makes. */
export type RawArrayOf<C extends TypeLike> = CTypeOf<C> extends ScalarType<infer T, infer V>
  ? (CTypeOf<C> extends typeof c_char ? RawArray<T, V> & TextElements : RawArray<T, V>)
  : RawArray<ValueOf<C>, Uint8Array<SharedArrayBuffer>>;

/** The class {@linkcode RawArray}. */
export interface RawArrayConstructor {
  /** The start method whose processes share the memory; the default one if absent. */
  readonly startMethod?: string;
  /** For `instanceof`. */
  readonly prototype: RawArray<unknown, SharedView>;
  /**
   * Makes an array.
   *
   * @param type Type of the elements: a code, a `c_` type, a class of structures, or the type of an array.
   * @param sizeOrInitializer How many zeros, or the elements.
   * @throws {TypeError} If the type is none, or an element is of the wrong kind.
   * @throws {RangeError} If the size is negative, or an element is out of range.
   * @throws {NotSupportedError} If the processes of the start method cannot share memory; the message names the flag.
   */
  new <C extends TypeLike>(type: C, sizeOrInitializer: number | ElementsInit<C>): RawArrayOf<C>;
  /** Makes an array whose elements are `T` in the program, as it is said: `new RawArray<number>("i", 3)`. */
  new <T = never>(
    type: TypeCode | CType<NoInfer<T>>,
    sizeOrInitializer: number | (Iterable<NoInfer<T>> & { readonly length: number }),
  ): NoInfer<RawArray<T>>;
}

/** The type of an array of fixed length, for fields and elements. */
export interface ArrayType<C extends TypeLike> extends CType<RawArrayOf<C>> {
  /** Type of the elements. */
  readonly element: C;
  /** How many there are. */
  readonly length: number;
}

const SHOWN_ELEMENTS = 100;

// Whoever uses a view keeps its memory.
const kept = new WeakMap<object, Block>();

/** The objects of {@linkcode RawArray}. */
export class RawArrayObject extends Indexed<unknown> {
  static readonly startMethod: string | undefined = undefined;

  readonly #span: Span;
  readonly #element: CType<unknown>;
  readonly #scalar: ScalarType<unknown> | undefined;
  readonly #view: SharedView;
  readonly #length: number;

  /** A new array; or, of a span in place of a type, the one that lies there. */
  constructor(type: unknown, init?: unknown) {
    super();
    this.#span = type instanceof Span ? type : allocated(type, init, new.target);
    const { element, length } = partsOf(this.#span.type);
    this.#element = element;
    this.#length = length;
    this.#scalar = isScalarType(element) ? element : undefined;
    this.#view = this.#scalar?.view(this.#span.block, this.#span.offset, length) ?? this.#span.bytes;
    kept.set(this.#view, this.#span.block);
  }

  get buffer(): SharedView {
    return this.#view;
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): unknown {
    const found = checkedIndex(index < 0 ? index + this.length : index, this.length);
    if (this.#scalar !== undefined) return this.#scalar.load(this.#view, found);
    return this.#element.read(this.#span.block, this.#span.offset + found * this.#element.size);
  }

  [put](index: number, value: unknown): void {
    if (this.#scalar !== undefined) return this.#scalar.store(this.#view, index, value);
    this.#element.write(this.#span.block, this.#span.offset + index * this.#element.size, value);
  }

  *[Symbol.iterator](): Iterator<unknown> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  slice(start?: number, end?: number, step?: number): unknown[] {
    return sliceIndices(this.length, start, end, step).map((index) => this.at(index));
  }

  set(values: unknown, offset = 0): void {
    const items = elementsOf(values, this.#element);
    if (offset < 0 || offset + items.length > this.length || !Number.isInteger(offset)) {
      throw new RangeError(
        `Cannot set ${items.length} elements at index ${offset}: the array has ${this.length}; give fewer`,
      );
    }
    this.writeChecked(items, offset);
  }

  /** Writes elements that have been checked. */
  writeChecked(items: SharedView | readonly unknown[], offset: number): void {
    // Both are of one class of typed arrays, which the compiler cannot see.
    if (ArrayBuffer.isView(items)) (this.#view as NumberView).set(items as NumberView, offset);
    else items.forEach((item, number) => this[put](offset + number, item));
  }

  setSlice(start: number | undefined, end: number | undefined, values: unknown, step?: number): void {
    const indices = sliceIndices(this.length, start, end, step);
    const items = itemsOf(values, this.#element);
    if (items.length !== indices.length) {
      throw new RangeError(
        `Cannot set a slice of ${indices.length} elements: there are ${items.length} values; give as many as elements`,
      );
    }
    for (const item of items) this.#element.check(item);
    indices.forEach((index, number) => this[put](index, items[number]));
  }

  fill(value: unknown, start?: number, end?: number): void {
    this.#element.check(value);
    for (const index of sliceIndices(this.length, start, end)) this[put](index, value);
  }

  get value(): string {
    if (this.#element === c_wchar) return [...this].join("").replace(/\0[^]*/, "");
    const bytes = this.#bytes("value");
    const end = bytes.indexOf(0);
    return textOf(end < 0 ? bytes : bytes.subarray(0, end));
  }

  set value(text: unknown) {
    if (this.#element === c_wchar) this.#setCodePoints(text);
    else this.#setText(this.#bytes("value"), text);
  }

  get raw(): Uint8Array {
    return Uint8Array.from(this.#bytes("raw"));
  }

  set raw(text: unknown) {
    const view = this.#bytes("raw");
    view.set(bytesOf(text, this.length));
  }

  /** Whether it is one of bytes as characters. */
  get isText(): boolean {
    return this.#element === c_char;
  }

  override toString(): string {
    return this.render(this.length);
  }

  [Symbol.for("Deno.customInspect")](): string {
    return this.render(SHOWN_ELEMENTS);
  }

  /** Its type and at most so many elements, as text. */
  protected render(most: number): string {
    const items = this.slice(0, most);
    const shown = this.isText ? [literal(items.join(""))] : items.map(literal);
    if (this.length > most) shown.push(`... ${this.length - most} more`);
    return `${this.#span.type.name}(${shown.join(", ")})`;
  }

  get [span](): Span {
    return this.#span;
  }

  #bytes(what: string): Uint8Array {
    if (this.#element === c_char && this.#view instanceof Uint8Array) return this.#view;
    throw new TypeError(`Cannot use ${what} of an array of ${this.#element.name}: only arrays of c_char have it`);
  }

  #setText(view: Uint8Array, text: unknown): void {
    const bytes = bytesOf(text, view.length);
    view.set(bytes);
    if (bytes.length < view.length) view[bytes.length] = 0;
  }

  #setCodePoints(text: unknown): void {
    const letters = itemsOf(text, this.#element);
    if (letters.length > this.length) {
      throw new RangeError(`Cannot store ${letters.length} characters in ${this.#span.type.name}: string too long`);
    }
    this.set(letters.length < this.length ? [...letters, "\0"] : letters);
  }
}
Object.defineProperty(RawArrayObject, "name", { value: "RawArray" });

/**
 * An array in shared memory without a lock, as Python's `multiprocessing.RawArray`. See {@linkcode Array} for one with a lock.
 *
 * @example Elements, slices and the memory itself
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { RawArray } from "@multiprocessing/deno";
 *
 * const squares = new RawArray("i", [0, 1, 4, 9]);
 * squares[0] = 7;
 * assertEquals(squares.slice(0, 2), [7, 1]);
 * assertEquals(squares.buffer[3], 9);
 * assertThrows(() => squares[4] = 16, RangeError);
 * ```
 */
// The types of the elements follow from the code, which the constructor of a class cannot say.
export const RawArray: RawArrayConstructor = RawArrayObject as unknown as RawArrayConstructor;

class FixedArray implements CType<unknown> {
  readonly name: string;
  readonly size: number;
  readonly alignment: number;
  readonly elementType: CType<unknown>;

  constructor(readonly element: TypeLike, readonly length: number) {
    this.elementType = resolveType(element);
    this.name = `${this.elementType.name}_Array_${length}`;
    this.size = this.elementType.size * length;
    this.alignment = this.elementType.alignment;
  }

  check(value: unknown): void {
    for (const item of this.#itemsOf(value)) this.elementType.check(item);
  }

  read(block: Block, offset: number): RawArrayObject {
    return new RawArrayObject(new Span(this, block, offset));
  }

  write(block: Block, offset: number, value: unknown): void {
    const items = this.#itemsOf(value);
    this.read(block, offset).set(items);
    // Elements without a value are zero, as everywhere.
    const { bytes } = new Span(this, block, offset);
    bytes.fill(0, items.length * this.elementType.size);
  }

  toString(): string {
    return this.name;
  }

  #itemsOf(value: unknown): readonly unknown[] {
    const items = itemsOf(value, this.elementType);
    if (items.length <= this.length) return items;
    throw new RangeError(`Cannot store ${items.length} elements in ${this.name}: there are too many; give fewer`);
  }
}

/**
 * The type of an array of fixed length, for fields of structures and for elements, as Python's `c_int * 3`.
 *
 * @param element Type of its elements.
 * @param length How many there are.
 * @throws {TypeError} If the type is none, or the length no number.
 * @throws {RangeError} If the length is negative or no integer.
 *
 * @example A field with three elements
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { arrayType, RawValue, Structure } from "@multiprocessing/deno";
 *
 * class Body extends Structure({ mass: "d", position: arrayType("d", 3) }) {}
 *
 * const body = new RawValue(Body, 5.5, [1, 2, 3]);
 * body.position[2] = 9;
 * assertEquals([...body.position], [1, 2, 9]);
 * ```
 */
export function arrayType<const C extends TypeLike>(element: C, length: number): ArrayType<C> {
  checkLength(length);
  // What it reads follows from the type of the elements.
  return new FixedArray(element, length) as unknown as ArrayType<C>;
}

/** What a type of arrays consists of, if it is one. */
export function arrayTypeParts(type: CType<unknown>): { element: CType<unknown>; length: number } | undefined {
  return type instanceof FixedArray ? { element: type.elementType, length: type.length } : undefined;
}

function partsOf(type: CType<unknown>): { element: CType<unknown>; length: number } {
  const parts = arrayTypeParts(type);
  if (parts === undefined) throw new TypeError(`Cannot show ${type.name} as an array: it is none`);
  return parts;
}

/** A value as it is written in a program. */
export function literal(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "bigint" ? `${value}n` : String(value);
}

/** What is to be written, checked: of a type of single values as a typed array of the class that shows them. */
function elementsOf(values: unknown, element: CType<unknown>): SharedView | readonly unknown[] {
  if (isScalarType(element)) return element.takes(values) ? values : element.pack(itemsOf(values, element));
  const items = itemsOf(values, element);
  for (const item of items) element.check(item);
  return items;
}

function allocated(type: unknown, init: unknown, cls: { readonly startMethod?: string | undefined }): Span {
  const element = resolveType(type);
  const items = typeof init === "number" ? undefined : elementsOf(init, element);
  const arrayType = new FixedArray(element, items?.length ?? checkLength(init));
  const span = new Span(arrayType, blockFor(arrayType, cls));
  if (items !== undefined) new RawArrayObject(span).writeChecked(items, 0);
  return span;
}

function checkLength(length: unknown): number {
  if (typeof length !== "number") {
    throw new TypeError(`Cannot make an array of length ${describe(length)}: it is of the wrong kind; give a number`);
  }
  if (Number.isInteger(length) && length >= 0) return length;
  throw new RangeError(`Cannot make an array of length ${length}: it is out of range; give a natural number`);
}
