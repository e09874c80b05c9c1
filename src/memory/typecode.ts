// deno-lint-ignore-file camelcase -- the names of Python's ctypes
/**
 * The C types by name and by the codes of Python's module `array`, and what they are in TypeScript.
 *
 * @module
 */

import {
  bigints,
  booleans,
  characters,
  codePoints,
  type CType,
  describe,
  floats,
  FloatType,
  integers,
  safeIntegers,
  type ScalarType,
  WideType,
  WordType,
} from "./ctype.ts";

const { MAX_SAFE_INTEGER: MAX_SAFE, MIN_SAFE_INTEGER: MIN_SAFE } = Number;

/** One byte, as the character of its code; code `c`. */
export const c_char: ScalarType<string, Uint8Array<SharedArrayBuffer>> = new WordType("c_char", Uint8Array, characters);
/** -128 to 127; code `b`. */
export const c_byte: ScalarType<number, Int8Array<SharedArrayBuffer>> = new WordType(
  "c_byte",
  Int8Array,
  integers(-128, 127),
);
/** 0 to 255; code `B`. */
export const c_ubyte: ScalarType<number, Uint8Array<SharedArrayBuffer>> = new WordType(
  "c_ubyte",
  Uint8Array,
  integers(0, 255),
);
/** One Unicode code point in 4 bytes; code `u`. */
export const c_wchar: ScalarType<string, Uint32Array<SharedArrayBuffer>> = new WordType(
  "c_wchar",
  Uint32Array,
  codePoints,
);
/** -32768 to 32767; code `h`. */
export const c_short: ScalarType<number, Int16Array<SharedArrayBuffer>> = new WordType(
  "c_short",
  Int16Array,
  integers(-32768, 32767),
);
/** 0 to 65535; code `H`. */
export const c_ushort: ScalarType<number, Uint16Array<SharedArrayBuffer>> = new WordType(
  "c_ushort",
  Uint16Array,
  integers(0, 65535),
);
/** -2147483648 to 2147483647; code `i`. */
export const c_int: ScalarType<number, Int32Array<SharedArrayBuffer>> = new WordType(
  "c_int",
  Int32Array,
  integers(-2147483648, 2147483647),
);
/** 0 to 4294967295; code `I`. */
export const c_uint: ScalarType<number, Uint32Array<SharedArrayBuffer>> = new WordType(
  "c_uint",
  Uint32Array,
  integers(0, 4294967295),
);
/** 8 bytes, of which the safe integers can be written; code `l`. See {@linkcode c_int64}. */
export const c_long: ScalarType<number, BigInt64Array<SharedArrayBuffer>> = new WideType(
  "c_long",
  BigInt64Array,
  safeIntegers(MIN_SAFE, MAX_SAFE),
);
/** 8 bytes, of which the safe integers from 0 on can be written; code `L`. See {@linkcode c_uint64}. */
export const c_ulong: ScalarType<number, BigUint64Array<SharedArrayBuffer>> = new WideType(
  "c_ulong",
  BigUint64Array,
  safeIntegers(0, MAX_SAFE),
);
/** 8 bytes, of which the safe integers can be written; code `q`. See {@linkcode c_int64}. */
export const c_longlong: ScalarType<number, BigInt64Array<SharedArrayBuffer>> = new WideType(
  "c_longlong",
  BigInt64Array,
  safeIntegers(MIN_SAFE, MAX_SAFE),
);
/** 8 bytes, of which the safe integers from 0 on can be written; code `Q`. See {@linkcode c_uint64}. */
export const c_ulonglong: ScalarType<number, BigUint64Array<SharedArrayBuffer>> = new WideType(
  "c_ulonglong",
  BigUint64Array,
  safeIntegers(0, MAX_SAFE),
);
/** All integers of 64 bits, as bigints. */
export const c_int64: ScalarType<bigint, BigInt64Array<SharedArrayBuffer>> = new WideType(
  "c_int64",
  BigInt64Array,
  bigints(-(2n ** 63n), 2n ** 63n - 1n),
);
/** All integers of 64 bits from 0 on, as bigints. */
export const c_uint64: ScalarType<bigint, BigUint64Array<SharedArrayBuffer>> = new WideType(
  "c_uint64",
  BigUint64Array,
  bigints(0n, 2n ** 64n - 1n),
);
/** Numbers rounded to 4 bytes; code `f`. */
export const c_float: ScalarType<number, Float32Array<SharedArrayBuffer>> = new FloatType(
  "c_float",
  Float32Array,
  floats(Math.fround),
);
/** All numbers; code `d`. */
export const c_double: ScalarType<number, Float64Array<SharedArrayBuffer>> = new FloatType(
  "c_double",
  Float64Array,
  floats((value) => value),
);
/** `true` or `false` in one byte; code `?`. */
export const c_bool: ScalarType<boolean, Uint8Array<SharedArrayBuffer>> = new WordType("c_bool", Uint8Array, booleans);

/** The types of the codes of Python's module `array`, with `?` for truth values; sizes are those of Linux on 64 bits. */
export interface CodedTypes {
  /** {@linkcode c_char} */
  c: typeof c_char;
  /** {@linkcode c_byte} */
  b: typeof c_byte;
  /** {@linkcode c_ubyte} */
  B: typeof c_ubyte;
  /** {@linkcode c_wchar} */
  u: typeof c_wchar;
  /** {@linkcode c_short} */
  h: typeof c_short;
  /** {@linkcode c_ushort} */
  H: typeof c_ushort;
  /** {@linkcode c_int} */
  i: typeof c_int;
  /** {@linkcode c_uint} */
  I: typeof c_uint;
  /** {@linkcode c_long} */
  l: typeof c_long;
  /** {@linkcode c_ulong} */
  L: typeof c_ulong;
  /** {@linkcode c_longlong} */
  q: typeof c_longlong;
  /** {@linkcode c_ulonglong} */
  Q: typeof c_ulonglong;
  /** {@linkcode c_float} */
  f: typeof c_float;
  /** {@linkcode c_double} */
  d: typeof c_double;
  /** {@linkcode c_bool} */
  "?": typeof c_bool;
}

/** A code of a C type. */
export type TypeCode = keyof CodedTypes;
/** What a C type is said by: its code, the type, or the class of a structure. */
export type TypeLike = TypeCode | CType<unknown>;
/** The C type that is said by `C`. */
export type CTypeOf<C extends TypeLike> = C extends TypeCode ? CodedTypes[C] : C;
/** What the values of a type are in the program. */
export type ValueOf<C extends TypeLike> = C extends abstract new (...args: never[]) => infer S ? S
  : CTypeOf<C> extends CType<infer T> ? T
  : never;
/** What can be written where a type is. */
export type InitOf<C extends TypeLike> = C extends { readonly fields: infer F extends FieldTypes }
  ? ValueOf<C> | FieldsInit<F> | readonly InitOf<F[keyof F]>[]
  : C extends { readonly element: infer E extends TypeLike; readonly length: number } ? ElementsInit<E>
  : CTypeOf<C> extends ScalarType<string, Uint8Array<SharedArrayBuffer>> ? string | Uint8Array
  : CTypeOf<C> extends typeof c_long | typeof c_ulong ? number | bigint
  : ValueOf<C>;
/** Types of fields by their names. */
export type FieldTypes = Record<string, TypeLike>;
/** A structure: its fields, as properties. */
export type StructureOf<F extends FieldTypes> = { -readonly [K in keyof F]: ValueOf<F[K]> };
/** Values for a structure: of the fields in their order, or one object with them by name. */
export type StructureInit<F extends FieldTypes> = InitOf<F[keyof F]>[] | [FieldsInit<F>];
/** Values for the fields of a structure, by name. */
export type FieldsInit<F extends FieldTypes> = { readonly [K in keyof F]?: InitOf<F[K]> };
/** Values for the elements of an array: an array, a typed array, another shared array, or a text for characters. */
export type ElementsInit<E extends TypeLike> =
  | (Iterable<InitOf<E>> & { readonly length: number })
  | (ValueOf<E> extends string ? string | Uint8Array : never);

const codedTypes: CodedTypes = {
  "c": c_char,
  "b": c_byte,
  "B": c_ubyte,
  "u": c_wchar,
  "h": c_short,
  "H": c_ushort,
  "i": c_int,
  "I": c_uint,
  "l": c_long,
  "L": c_ulong,
  "q": c_longlong,
  "Q": c_ulonglong,
  "f": c_float,
  "d": c_double,
  "?": c_bool,
};

const scalarTypes: ReadonlyMap<string, ScalarType<unknown>> = new Map(
  [...Object.values(codedTypes), c_int64, c_uint64].map((type: ScalarType<unknown>) => [type.name, type]),
);

/** The type of single values of a name, if there is one. */
export function scalarTypeNamed(name: string): ScalarType<unknown> | undefined {
  return scalarTypes.get(name);
}

/** Whether a type is one of single values. */
export function isScalarType(type: CType<unknown>): type is ScalarType<unknown> {
  return scalarTypes.get(type.name) === type;
}

/**
 * The C type that a code says, or a type itself.
 *
 * @throws {TypeError} If it is neither.
 */
export function resolveType(type: unknown): CType<unknown> {
  if (typeof type === "string" && Object.hasOwn(codedTypes, type)) return codedTypes[type as TypeCode];
  if (isCType(type)) return type;
  const codes = Object.keys(codedTypes).join(" ");
  throw new TypeError(
    `Cannot use ${
      describe(type)
    } as a type: this type has no size; give one of the codes ${codes}, a c_ type or a Structure`,
  );
}

function isCType(type: unknown): type is CType<unknown> {
  if (type === null || (typeof type !== "object" && typeof type !== "function")) return false;
  return "alignment" in type && "size" in type && typeof type.size === "number" && "read" in type && "write" in type;
}
