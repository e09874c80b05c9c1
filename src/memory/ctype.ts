/**
 * What is known of a C type: its name, size and alignment, and how a value of it is checked, read and written. The types of single
 * values are made here; `typecode.ts` names them.
 *
 * Integers are read and written by `Atomics`, and all by one aligned access, so nobody ever sees half of a value. `DataView` would not
 * do: V8 moves its bytes one by one.
 *
 * @module
 */

import type { Block } from "./block.ts";

/** Typed arrays whose elements are numbers, over shared memory. */
export type NumberView =
  | Int8Array<SharedArrayBuffer>
  | Uint8Array<SharedArrayBuffer>
  | Int16Array<SharedArrayBuffer>
  | Uint16Array<SharedArrayBuffer>
  | Int32Array<SharedArrayBuffer>
  | Uint32Array<SharedArrayBuffer>
  | Float32Array<SharedArrayBuffer>
  | Float64Array<SharedArrayBuffer>;
/** Typed arrays whose elements are bigints, over shared memory. */
export type BigIntView = BigInt64Array<SharedArrayBuffer> | BigUint64Array<SharedArrayBuffer>;
/** Typed arrays over shared memory. */
export type SharedView = NumberView | BigIntView;

type FloatView = Float32Array<SharedArrayBuffer> | Float64Array<SharedArrayBuffer>;
type IntegerView = Exclude<NumberView, FloatView>;

/** A C type, as those of Python's `ctypes`. Its values may lie in shared memory; `T` is what they are in the program. */
export interface CType<T> {
  /** Its name in `ctypes`, as `c_int`, or the name of the class of a structure. */
  readonly name: string;
  /** Bytes of a value. */
  readonly size: number;
  /** Bytes of which the place of a value is a multiple. */
  readonly alignment: number;
  /**
   * Checks that a value can be written.
   *
   * @throws {TypeError} If it is of the wrong kind.
   * @throws {RangeError} If it is out of range.
   */
  check(value: unknown): void;
  /**
   * Reads the value at a place; of structures and arrays, an object that shows the memory itself.
   *
   * @param block The memory.
   * @param offset Bytes from its beginning.
   */
  read(block: Block, offset: number): T;
  /**
   * Writes the value at a place, after {@linkcode CType.check}.
   *
   * @param block The memory.
   * @param offset Bytes from its beginning.
   * @param value The value.
   */
  write(block: Block, offset: number, value: unknown): void;
}

/** A C type of single values, each an element of a typed array. */
export interface ScalarType<T, V extends SharedView = SharedView> extends CType<T> {
  /** The elements from a place on, as a typed array over the memory itself. */
  view(block: Block, offset: number, length: number): V;
  /** The value of an element of its typed array. */
  load(view: V, index: number): T;
  /** Changes an element of its typed array, after {@linkcode CType.check}. */
  store(view: V, index: number, value: unknown): void;
  /** The elements for values, in memory of their own, after {@linkcode CType.check}. */
  pack(values: readonly unknown[]): V;
  /** Whether `values` is a typed array whose elements can be copied as they are. */
  takes(values: unknown): values is V;
}

/** A class of typed arrays. */
interface ViewClass<V> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): V;
}

/** How values of a type become elements of a typed array and back. */
interface Coding<T, E> {
  /** Whether every element that its typed array can hold is a value. */
  readonly total: boolean;
  /** Checks a value. */
  encode(value: unknown, name: string): E;
  decode(element: E): T;
}

abstract class Scalar<T, E, V extends SharedView> implements ScalarType<T, V> {
  readonly name: string;
  readonly size: number;
  readonly alignment: number;
  readonly #View: ViewClass<V>;
  // For fields of structures, so that none of them needs a view of its own.
  readonly #whole = new WeakMap<SharedArrayBuffer, V>();

  constructor(name: string, View: ViewClass<NoInfer<V>>, protected readonly coding: Coding<T, E>) {
    this.name = name;
    this.size = View.BYTES_PER_ELEMENT;
    this.alignment = this.size;
    this.#View = View;
  }

  abstract load(view: V, index: number): T;
  abstract store(view: V, index: number, value: unknown): void;
  /** {@linkcode ScalarType.store} of what is encoded, where nobody else looks yet. */
  protected abstract place(view: V, index: number, element: E): void;

  check(value: unknown): void {
    this.coding.encode(value, this.name);
  }

  read(block: Block, offset: number): T {
    return this.load(this.#over(block.buffer), (block.byteOffset + offset) / this.size);
  }

  write(block: Block, offset: number, value: unknown): void {
    this.store(this.#over(block.buffer), (block.byteOffset + offset) / this.size, value);
  }

  view(block: Block, offset: number, length: number): V {
    return new this.#View(block.buffer, block.byteOffset + offset, length);
  }

  pack(values: readonly unknown[]): V {
    const packed = new this.#View(new SharedArrayBuffer(values.length * this.size), 0, values.length);
    for (let index = 0; index < values.length; index++) {
      this.place(packed, index, this.coding.encode(values[index], this.name));
    }
    return packed;
  }

  takes(values: unknown): values is V {
    return this.coding.total && values instanceof this.#View;
  }

  toString(): string {
    return this.name;
  }

  #over(buffer: SharedArrayBuffer): V {
    let view = this.#whole.get(buffer);
    if (view === undefined) {
      view = new this.#View(buffer, 0, Math.floor(buffer.byteLength / this.size));
      this.#whole.set(buffer, view);
    }
    return view;
  }
}

/** Types whose elements are integers of at most 32 bits. */
export class WordType<T, V extends IntegerView> extends Scalar<T, number, V> {
  override load(view: V, index: number): T {
    return this.coding.decode(Atomics.load(view, index));
  }

  override store(view: V, index: number, value: unknown): void {
    Atomics.store(view, index, this.coding.encode(value, this.name));
  }

  protected override place(view: V, index: number, element: number): void {
    view[index] = element;
  }
}

/** Types whose elements are integers of 64 bits. */
export class WideType<T, V extends BigIntView> extends Scalar<T, bigint, V> {
  override load(view: V, index: number): T {
    return this.coding.decode(Atomics.load(view, index));
  }

  override store(view: V, index: number, value: unknown): void {
    Atomics.store(view, index, this.coding.encode(value, this.name));
  }

  protected override place(view: V, index: number, element: bigint): void {
    view[index] = element;
  }
}

/** Types whose elements are floating-point numbers. */
export class FloatType<V extends FloatView> extends Scalar<number, number, V> {
  override load(view: V, index: number): number {
    const element = view[index];
    if (element === undefined) throw new RangeError(`Cannot read ${this.name} ${index}: there are ${view.length}`);
    return element;
  }

  override store(view: V, index: number, value: unknown): void {
    this.place(view, index, this.coding.encode(value, this.name));
  }

  protected override place(view: V, index: number, element: number): void {
    view[index] = element;
  }
}

/** Integers from `min` to `max`. */
export function integers(min: number, max: number): Coding<number, number> {
  const encode = (value: unknown, name: string) => {
    if (typeof value !== "number" || !Number.isInteger(value)) throw wrongKind(value, name, "an integer");
    if (value < min || value > max) throw outOfRange(value, name, `${min} to ${max}`);
    return value;
  };
  return { total: true, encode, decode: (element) => element };
}

/** Integers of 64 bits as numbers, from `min` to `max`, which are safe integers. A bigint in that range is as good. */
export function safeIntegers(min: number, max: number): Coding<number, bigint> {
  const range = `${min} to ${max}, c_int64 and c_uint64 hold bigints of 64 bits`;
  const encode = (value: unknown, name: string) => {
    const isInteger = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
    if (!isInteger) throw wrongKind(value, name, "an integer");
    if (value < min || value > max) throw outOfRange(value, name, range);
    return BigInt(value);
  };
  // Only who writes by another way than this type can leave more than a number can hold exactly.
  return { total: false, encode, decode: Number };
}

/** Integers of 64 bits as bigints, from `min` to `max`. */
export function bigints(min: bigint, max: bigint): Coding<bigint, bigint> {
  const encode = (value: unknown, name: string) => {
    if (typeof value !== "bigint") throw wrongKind(value, name, "a bigint");
    if (value < min || value > max) throw outOfRange(value, name, `${min}n to ${max}n`);
    return value;
  };
  return { total: true, encode, decode: (element) => element };
}

/** Floating-point numbers; `round` makes them as precise as the memory is. */
export function floats(round: (value: number) => number): Coding<number, number> {
  const encode = (value: unknown, name: string) => {
    if (typeof value !== "number") throw wrongKind(value, name, "a number");
    if (Number.isFinite(value) && !Number.isFinite(round(value))) {
      throw outOfRange(value, name, "-3.4028234663852886e38 to 3.4028234663852886e38");
    }
    return value;
  };
  return { total: true, encode, decode: (element) => element };
}

/** Bytes, each as the character of its code; given as such or as one byte. */
export const characters: Coding<string, number> = {
  total: true,
  encode(value, name) {
    if (value instanceof Uint8Array && value.length === 1) return value[0] ?? 0;
    if (typeof value !== "string" || value.length !== 1) throw wrongKind(value, name, "one character or one byte");
    const code = value.charCodeAt(0);
    if (code > 255) throw outOfRange(value, name, "characters of the codes 0 to 255; encode text by TextEncoder");
    return code;
  },
  decode: (element) => String.fromCharCode(element),
};

/** Unicode code points, each as a string. */
export const codePoints: Coding<string, number> = {
  total: false,
  encode(value, name) {
    const code = typeof value === "string" ? value.codePointAt(0) : undefined;
    if (code === undefined || value !== String.fromCodePoint(code)) throw wrongKind(value, name, "one character");
    return code;
  },
  decode: (element) => element > 0x10ffff ? "\ufffd" : String.fromCodePoint(element),
};

/** Truth values. */
export const booleans: Coding<boolean, number> = {
  total: false,
  encode(value, name) {
    if (typeof value !== "boolean") throw wrongKind(value, name, "true or false");
    return Number(value);
  },
  decode: (element) => element !== 0,
};

/** A value in words, for errors. */
export function describe(value: unknown): string {
  if (typeof value === "string") return value.length > 40 ? `a text of ${value.length}` : JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return String(value);
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === "string" && name !== "" ? `an object of class ${name}` : "an object";
}

/** The error for a value that a type never holds. */
export function wrongKind(value: unknown, name: string, wanted: string): TypeError {
  return new TypeError(`Cannot store ${describe(value)} in ${name}: it is of the wrong kind; give ${wanted}`);
}

function outOfRange(value: unknown, name: string, range: string): RangeError {
  return new RangeError(`Cannot store ${describe(value)} in ${name}: it is out of range; ${name} holds ${range}`);
}

/** Property by which classes of structures tell what they consist of. */
export const composition: unique symbol = Symbol("composition");

/** What a class of structures consists of. */
export interface Composition {
  /** Names of the fields, in order. */
  readonly names: readonly string[];
  /** What can be written where the structure is, from the arguments of its constructor. */
  fromArguments(args: readonly unknown[]): unknown;
}

/** What a type consists of, if it is a class of structures. */
export function compositionOf(type: CType<unknown>): Composition | undefined {
  return isComposed(type) ? type[composition] : undefined;
}

function isComposed(type: object): type is { readonly [composition]: Composition } {
  return composition in type;
}
