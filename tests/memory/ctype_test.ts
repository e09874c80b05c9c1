import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { CType } from "../../src/memory/ctype.ts";
import { arrayType } from "../../src/memory/raw_array.ts";
import { RawValue } from "../../src/memory/raw_value.ts";
import { Structure } from "../../src/memory/structure.ts";
import { referencedType, typeReference } from "../../src/memory/type_reference.ts";
import * as types from "../../src/memory/typecode.ts";
import { resolveType, type TypeCode } from "../../src/memory/typecode.ts";

/** Code, name, bytes, the least and the greatest value. */
const INTEGERS: readonly [TypeCode, string, number, number, number][] = [
  ["b", "c_byte", 1, -128, 127],
  ["B", "c_ubyte", 1, 0, 255],
  ["h", "c_short", 2, -32768, 32767],
  ["H", "c_ushort", 2, 0, 65535],
  ["i", "c_int", 4, -2147483648, 2147483647],
  ["I", "c_uint", 4, 0, 4294967295],
  ["l", "c_long", 8, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ["L", "c_ulong", 8, 0, Number.MAX_SAFE_INTEGER],
  ["q", "c_longlong", 8, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ["Q", "c_ulonglong", 8, 0, Number.MAX_SAFE_INTEGER],
];

/** Code, name, bytes. */
const OTHERS: readonly [TypeCode, string, number][] = [
  ["c", "c_char", 1],
  ["u", "c_wchar", 4],
  ["f", "c_float", 4],
  ["d", "c_double", 8],
  ["?", "c_bool", 1],
];

/** A value of a type that is not known to the compiler. */
function valueOf(type: unknown, ...init: unknown[]): RawValue<unknown> {
  return Reflect.construct(RawValue, [type, ...init]);
}

/** What is refused writes nothing. */
function assertRefused(type: unknown, before: unknown, value: unknown, error: typeof TypeError | typeof RangeError) {
  const shared = valueOf(type, before);
  const thrown = assertThrows(() => shared.value = value, error, "Cannot store");
  assertEquals(thrown.constructor, error);
  assertStrictEquals(shared.value, before);
  assertThrows(() => valueOf(type, value), error);
}

Deno.test("type codes have the sizes of C and the types of ctypes [VAL-03]", () => {
  for (const [code, name, size] of [...INTEGERS, ...OTHERS]) {
    const type = resolveType(code);
    assertEquals([type.name, type.size, type.alignment], [name, size, size]);
    assertStrictEquals(resolveType(type), type);
    assertStrictEquals(Reflect.get(types, name), type);
  }
});

Deno.test("an unknown type code is a TypeError that names the known ones [VAL-03] [VAL-06]", () => {
  for (const wrong of ["w", "x", "", "ii", "toString", 5, null, undefined, {}, class {}]) {
    assertThrows(() => valueOf(wrong), TypeError, "this type has no size");
  }
});

Deno.test("integers hold their whole range and refuse what is beyond [VAL-05]", () => {
  for (const [code, , , min, max] of INTEGERS) {
    assertEquals([valueOf(code).value, valueOf(code, min).value, valueOf(code, max).value], [0, min, max]);
    assertRefused(code, 1, min - 1, RangeError);
    assertRefused(code, 1, max + 1, RangeError);
  }
});

Deno.test("integers refuse what is no integer [VAL-06]", () => {
  for (const [code] of INTEGERS) {
    for (const wrong of [1.5, NaN, Infinity, "1", true, null, {}, [1]]) assertRefused(code, 1, wrong, TypeError);
  }
  for (const code of ["b", "B", "h", "H", "i", "I"]) assertRefused(code, 1, 1n, TypeError);
});

Deno.test("integers of 64 bits are numbers, and take bigints too", () => {
  for (const code of ["l", "L", "q", "Q"]) {
    const shared = valueOf(code, 2 ** 33);
    assertStrictEquals(shared.value, 8589934592);
    shared.value = 5n;
    assertStrictEquals(shared.value, 5);
    assertRefused(code, 1, 2n ** 60n, RangeError);
  }
  const error = assertThrows(() => new RawValue("q", 2 ** 60), RangeError);
  assertEquals(error.message.includes("c_int64"), true);
});

Deno.test("c_int64 and c_uint64 hold all 64 bits as bigints", () => {
  for (
    const [type, min, max] of [
      [types.c_int64, -(2n ** 63n), 2n ** 63n - 1n],
      [types.c_uint64, 0n, 2n ** 64n - 1n],
    ] as const
  ) {
    assertEquals([valueOf(type).value, valueOf(type, min).value, valueOf(type, max).value], [0n, min, max]);
    assertRefused(type, 1n, min - 1n, RangeError);
    assertRefused(type, 1n, max + 1n, RangeError);
    assertRefused(type, 1n, 1, TypeError);
  }
});

Deno.test("floats take all numbers; those of 4 bytes round [VAL-05] [VAL-06]", () => {
  for (const value of [0.1, -4.25, NaN, Infinity, -0, 5e-324, Number.MAX_VALUE]) {
    assertStrictEquals(new RawValue("d", value).value, value);
  }
  assertStrictEquals(new RawValue("f", 0.1).value, Math.fround(0.1));
  assertStrictEquals(new RawValue("f", -Infinity).value, -Infinity);
  assertRefused("f", 1.5, 1e39, RangeError);
  for (const code of ["f", "d"]) {
    for (const wrong of ["1.5", true, 1n, null]) assertRefused(code, 1.5, wrong, TypeError);
  }
});

Deno.test("a character is one byte, given as text or as bytes [VAL-04] [VAL-06]", () => {
  assertEquals(new RawValue("c").value, "\0");
  assertEquals(new RawValue("c", "x").value, "x");
  assertEquals(new RawValue("c", new Uint8Array([255])).value, "\xff");
  for (const wrong of ["", "xy", 120, new Uint8Array(2), null]) assertRefused("c", "x", wrong, TypeError);
  assertRefused("c", "x", "€", RangeError);
});

Deno.test("a wide character is one code point [VAL-06]", () => {
  assertEquals(new RawValue("u", "€").value, "€");
  assertEquals(new RawValue("u", "😀").value, "😀");
  for (const wrong of ["", "ab", 120, null]) assertRefused("u", "x", wrong, TypeError);
});

Deno.test("truth values are true and false", () => {
  assertEquals([new RawValue("?").value, new RawValue("?", true).value], [false, true]);
  for (const wrong of [1, 0, "true", null]) assertRefused("?", true, wrong, TypeError);
});

Deno.test("typeReference() says every type so that referencedType() finds it", () => {
  class Point extends Structure({ x: "d", y: "d" }) {}
  const all: CType<unknown>[] = [...INTEGERS, ...OTHERS].map(([code]) => resolveType(code));
  for (const type of [...all, types.c_int64, types.c_uint64, Point]) {
    assertStrictEquals(referencedType(typeReference(type)), type);
  }
  const nested = referencedType(typeReference(arrayType(arrayType(Point, 3), 2)));
  assertEquals([nested.name, nested.size], ["Point_Array_3_Array_2", 96]);
});

Deno.test("typeReference() refuses types from elsewhere", () => {
  const foreign = { ...types.c_int, name: "foreign" };
  assertThrows(() => typeReference(foreign), TypeError, "not a type of this module");
  assertThrows(() => referencedType({ kind: "scalar", name: "foreign" }), TypeError, "there is no such type");
});
