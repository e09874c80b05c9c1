import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { arrayType, RawArray } from "../../src/memory/raw_array.ts";
import { c_char, c_int, c_int64, c_short } from "../../src/memory/typecode.ts";

Deno.test("RawArray of a size is zeros [VAL-10]", () => {
  assertEquals([...new RawArray("i", 3)], [0, 0, 0]);
  assertEquals([...new RawArray("c", 2)], ["\0", "\0"]);
  assertEquals(new RawArray("d", 0).length, 0);
});

Deno.test("RawArray of a sequence has its length and values [VAL-10] [SCT-02]", () => {
  for (
    const source of [[9, 2, 8], new Int32Array([9, 2, 8]), new Uint8Array([9, 2, 8]), new RawArray("h", [9, 2, 8])]
  ) {
    assertEquals([...new RawArray("i", source)], [9, 2, 8]);
    assertEquals([...new RawArray(c_int, source)], [9, 2, 8]);
  }
  assertEquals(new RawArray(c_short, 7).length, 7);
  assertEquals([...new RawArray("c", "héé")], ["h", "é", "é"]);
  assertEquals([...new RawArray("c", new Uint8Array([104, 105]))], ["h", "i"]);
  assertEquals([...new RawArray("u", "a😀")], ["a", "😀"]);
  assertEquals([...new RawArray("?", [true, false])], [true, false]);
  assertEquals([...new RawArray(c_int64, [1n, -1n])], [1n, -1n]);
});

Deno.test("RawArray refuses other initializers and sizes [VAL-11]", () => {
  assertThrows(() => new RawArray("i", -1), RangeError, "-1");
  assertThrows(() => new RawArray("i", 1.5), RangeError);
  const refused: [string, unknown][] = [["i", [1].values()], ["i", "abc"], ["i", undefined], ["i", new Set([1])], [
    "i",
    [1, 1.5],
  ], ["d", ["x"]]];
  for (const [code, init] of refused) assertThrows(() => Reflect.construct(RawArray, [code, init]), TypeError);
  assertThrows(() => new RawArray("b", [1, 200]), RangeError);
});

Deno.test("RawArray has elements by index and by at() [VAL-11]", () => {
  const array = new RawArray("i", [1, 2, 3]);
  array[1] = 20;
  array[2]! += 5;
  assertEquals([array[0], array[1], array.at(-1), array.at(-3)], [1, 20, 8, 1]);
  const strict: number = array.at(0);
  assertStrictEquals(strict, 1);
});

Deno.test("RawArray refuses an index out of range, reading and writing [VAL-11]", () => {
  const array = new RawArray("i", [1, 2, 3]);
  for (const index of [3, -1, 1.5, 1e9]) {
    assertThrows(() => array[index], RangeError, `index ${index}`);
    assertThrows(() => array[index] = 1, RangeError, `index ${index}`);
  }
  for (const index of [3, -4, NaN]) assertThrows(() => array.at(index), RangeError);
  assertEquals([...array], [1, 2, 3]);
});

Deno.test("RawArray refuses an element of the wrong kind and writes nothing [VAL-06]", () => {
  const array = new RawArray("i", [1, 2, 3]);
  assertThrows(() => array[0] = 1.5, TypeError);
  assertThrows(() => array[0] = 2 ** 31, RangeError);
  assertThrows(() => array.set([7, 8, 1.5]), TypeError);
  assertThrows(() => array.setSlice(0, 2, [7, 2 ** 31]), RangeError);
  assertThrows(() => Reflect.apply(array.fill, array, ["x"]), TypeError);
  assertEquals([...array], [1, 2, 3]);
});

Deno.test("RawArray is no array with more properties than it has", () => {
  const array = new RawArray("i", [1, 2, 3]);
  assertEquals([Reflect.get(array, "x"), Reflect.get(array, "-"), Reflect.get(array, Symbol.iterator) !== undefined], [
    undefined,
    undefined,
    true,
  ]);
  Reflect.set(array, "note", "mine");
  assertEquals(Reflect.get(array, "note"), "mine");
});

Deno.test("RawArray.slice() takes Python's slices [VAL-11]", () => {
  const array = new RawArray("i", [0, 1, 2, 3, 4]);
  const slices: [unknown[], number[]][] = [
    [[], [0, 1, 2, 3, 4]],
    [[2], [2, 3, 4]],
    [[1, 3], [1, 2]],
    [[-2], [3, 4]],
    [[undefined, -3], [0, 1]],
    [[undefined, undefined, 2], [0, 2, 4]],
    [[undefined, undefined, -1], [4, 3, 2, 1, 0]],
    [[3, 0, -2], [3, 1]],
    [[3, 1], []],
    [[-100, 100], [0, 1, 2, 3, 4]],
    [[100, -100, -2], [4, 2, 0]],
  ];
  for (const [args, expected] of slices) {
    assertEquals(Reflect.apply(array.slice, array, args), expected, `slice(${args.join(", ")})`);
  }
  assertThrows(() => array.slice(0, 1, 0), RangeError, "step is 0");
});

Deno.test("RawArray.setSlice() writes a slice of equal length [VAL-11]", () => {
  const array = new RawArray("i", [0, 1, 2, 3, 4]);
  array.setSlice(1, 3, [10, 20]);
  array.setSlice(undefined, undefined, [7, 8, 9], 2);
  assertEquals([...array], [7, 10, 8, 3, 9]);
  array.setSlice(undefined, undefined, array.slice(undefined, undefined, -1));
  assertEquals([...array], [9, 3, 8, 10, 7]);
  assertThrows(() => array.setSlice(0, 2, [1]), RangeError, "give as many as elements");
  assertThrows(() => array.setSlice(0, 2, [1, 2, 3]), RangeError);
});

Deno.test("RawArray.set() and fill() write several elements", () => {
  const array = new RawArray("i", 5);
  array.set([1, 2], 3);
  array.set(new Int32Array([9]));
  assertEquals([...array], [9, 0, 0, 1, 2]);
  array.fill(4, 1, -1);
  assertEquals([...array], [9, 4, 4, 4, 2]);
  for (const offset of [-1, 4, 0.5]) assertThrows(() => array.set([1, 2], offset), RangeError);
  assertThrows(() => array.set(new Int32Array(2), 4), RangeError);
});

Deno.test("RawArray.buffer shows the memory itself, typed by the code", () => {
  const integers = new RawArray("i", [1, 2, 3]);
  const view: Int32Array<SharedArrayBuffer> = integers.buffer;
  view[0] = 10;
  integers[1] = 20;
  assertEquals([...integers], [10, 20, 3]);
  assertEquals([...view], [10, 20, 3]);
  assertStrictEquals(integers.buffer, view);
  const wide: BigInt64Array<SharedArrayBuffer> = new RawArray("q", [2 ** 40]).buffer;
  assertEquals([...wide], [2n ** 40n]);
  const bytes: Uint8Array<SharedArrayBuffer> = new RawArray("?", [true]).buffer;
  assertEquals([...bytes], [1]);
});

Deno.test("RawArray of characters has value and raw [VAL-13]", () => {
  const text = new RawArray(c_char, "hello world");
  assertEquals([text.value, text.raw.length], ["hello world", 11]);
  text.value = "HI";
  assertEquals(text.value, "HI");
  assertEquals(new TextDecoder().decode(text.raw), "HI\0lo world");
  Reflect.set(text, "value", new TextEncoder().encode("exactly 11b"));
  assertEquals(text.value, "exactly 11b");
  assertThrows(() => text.value = "twelve bytes", RangeError, "byte string too long");
  for (const wrong of ["€", "😀"]) assertThrows(() => text.value = wrong, RangeError, "codes 0 to 255");
  assertThrows(() => Reflect.set(text, "value", 5), TypeError);
  assertEquals(text.value, "exactly 11b");
  text.raw = new Uint8Array([97, 98, 0]);
  assertEquals(text.raw.subarray(0, 4), new Uint8Array([97, 98, 0, 99]));
});

Deno.test("RawArray of wide characters has value, and others have none", () => {
  const text: { value: string } = Object(new RawArray("u", "a😀bc"));
  text.value = "€";
  assertEquals(text.value, "€");
  assertThrows(() => Reflect.get(new RawArray("i", 1), "value"), TypeError, "only arrays of c_char");
});

Deno.test("RawArray of arrays has live rows", () => {
  const rows = new RawArray(arrayType("i", 3), [[1, 2, 3], [4]]);
  rows.at(1)[2] = 9;
  assertEquals([...rows].map((row) => [...row]), [[1, 2, 3], [4, 0, 9]]);
  rows[0] = new RawArray("i", [7, 8]);
  assertEquals([...rows.at(0)], [7, 8, 0]);
  assertThrows(() => new RawArray(arrayType("i", 1), [[1, 2]]), RangeError, "too many");
  assertThrows(() => arrayType("i", -1), RangeError);
});

Deno.test("RawArray prints its type and elements", () => {
  assertEquals(`${new RawArray("i", [1, 2])}`, "c_int_Array_2(1, 2)");
  assertEquals(Deno.inspect(new RawArray("c", "hi")), 'c_char_Array_2("hi")');
  assertEquals(Deno.inspect(new RawArray("b", 101)).endsWith("0, ... 1 more)"), true);
});
