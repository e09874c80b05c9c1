import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { reduce, revive } from "../../src/codec/reducer.ts";
import { arrayType, RawArray } from "../../src/memory/raw_array.ts";
import { RawValue } from "../../src/memory/raw_value.ts";
import { Structure } from "../../src/memory/structure.ts";
import { c_double, c_int64 } from "../../src/memory/typecode.ts";

class Foo extends Structure({ x: "i", y: "d", z: "q" }) {}
class Point extends Structure({ x: "d", y: c_double }) {
  norm(): number {
    return Math.hypot(this.x, this.y);
  }
}
class Body extends Structure({ flag: "?", at: Point, tag: arrayType("c", 5), big: c_int64 }) {}

/** A structure of arguments that the compiler would refuse. */
function make(cls: object, ...args: unknown[]): object {
  assert(typeof cls === "function");
  return Reflect.construct(cls, args);
}

Deno.test("Structure has the layout of C [SCT-04]", () => {
  assertEquals([Foo.size, Foo.alignment, Foo.name], [24, 8, "Foo"]);
  assertEquals([Body.size, Body.alignment], [40, 8]);
  class Small extends Structure({ a: "b", b: "h", c: "b" }) {}
  assertEquals([Small.size, Small.alignment], [6, 2]);
  const foo = new RawValue(Foo, 1, 2, 3);
  const bytes = new RawArray(Foo, [foo.value]).buffer;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  assertEquals([view.getInt32(0, true), view.getFloat64(8, true), view.getBigInt64(16, true)], [1, 2, 3n]);
});

Deno.test("Structure takes its fields in order or by name, the missing ones being zero [SCT-04]", () => {
  for (const foo of [new Foo(4, 6), new Foo({ x: 4, y: 6 }), new Foo(new Foo(4, 6))]) {
    assertEquals([foo.x, foo.y, foo.z], [4, 6, 0]);
  }
  const foo = new Foo();
  assertEquals([foo.x, foo.y, foo.z], [0, 0, 0]);
});

Deno.test("Structure refuses too many values, other names and wrong values [SCT-04]", () => {
  assertThrows(() => new Point(1, 2, 3), RangeError, "too many initializers");
  assertThrows(() => make(Point, { x: 1, z: 2 }), TypeError);
  assertThrows(() => make(Point, "x"), TypeError);
  assertThrows(() => new Foo(2 ** 31), RangeError);
  assertThrows(() => make(Foo, 1.5), TypeError);
  assertThrows(() => new RawArray(Point, [{ x: 1, z: 2 } as object]), TypeError, 'field "z"');
});

Deno.test("Structure writes nothing when one of its values is refused", () => {
  const points = new RawArray(Point, [[1, 2]]);
  assertThrows(() => Reflect.set(points, 0, [5, "x"]), TypeError);
  assertEquals([...points].map((point) => [point.x, point.y]), [[1, 2]]);
});

Deno.test("Structure refuses types and names that cannot be", () => {
  assertThrows(() => Structure({}), RangeError, "it has no fields");
  for (const name of ["constructor", "toString", "valueOf", "hasOwnProperty"]) {
    assertThrows(() => Structure({ [name]: "i" }), RangeError, `"${name}"`);
  }
  assertThrows(() => Structure({ a: "i", 1: "i" }), RangeError, '"1"');
  assertThrows(() => Reflect.apply(Structure, undefined, [{ x: "w" }]), TypeError, "this type has no size");
  assertThrows(() => Reflect.apply(Structure, undefined, [null]), TypeError);
});

Deno.test("Structure is alone in its memory when it is made by its class", () => {
  const point = new Point(3, 4);
  const shared = new RawValue(Point, 3, 4);
  shared.value = point;
  point.x = 0;
  assertEquals([point.norm(), shared.value.norm()], [4, 5]);
});

Deno.test("Structures in structures show the memory of the outer one", () => {
  const body = new Body(true, new Point(1, 2), "abc", 2n ** 62n);
  const { at } = body;
  at.x = 9;
  body.tag.value = "hello";
  assertEquals([body.at.x, body.at.norm(), body.tag.value, body.big], [9, Math.hypot(9, 2), "hello", 2n ** 62n]);
  body.at = new Point(5, 6);
  assertEquals([at.x, at.y], [5, 6]);
  assertEquals(new Body({ at: { y: 2 }, tag: "x" }).at.y, 2);
  assertEquals(new Body(true, [7, 8]).at.y, 8);
});

Deno.test("arrays of structures have live elements [SCT-06]", () => {
  const points = new RawArray(Point, [[1.875, -6.25], { x: -5.75 }, new Point(2.375, 9.5)]);
  for (const point of points) {
    point.x **= 2;
    point.y **= 2;
  }
  points.at(1).y = 7;
  assertEquals(points.slice().map((point) => [point.x, point.y]), [[3.515625, 39.0625], [33.0625, 7], [
    5.640625,
    90.25,
  ]]);
  assert(points.at(0) instanceof Point);
});

Deno.test("a class that extends a structure may have a constructor of its own", () => {
  const made: string[] = [];
  class Named extends Structure({ id: "i" }) {
    constructor(text: string) {
      super(text.length);
      made.push(text);
    }
  }
  const shared = new RawArray(Named, [new Named("four")]);
  assertEquals([shared.at(0).id, made], [4, ["four"]]);
});

Deno.test("Structure prints its fields", () => {
  assertEquals(`${new Point(4, 6)}`, "Point(x=4, y=6)");
  assertEquals(
    Deno.inspect(new Body(true, [1, 2], "ab", 5n)),
    'Body(flag=true, at=Point(x=1, y=2), tag=c_char_Array_5("ab\\u0000\\u0000\\u0000"), big=5n)',
  );
});

Deno.test("Structure is sent as its bytes, from shared memory as what shares it", () => {
  const sent = (structure: object): unknown => Reflect.apply(Reflect.get(structure, reduce), structure, []);
  const received = (state: unknown): unknown => Reflect.apply(Reflect.get(Point, revive), Point, [state]);
  const own = new Point(3, 4);
  const copy = received(sent(own));
  own.x = 0;
  assert(copy instanceof Point);
  assertEquals([copy.norm(), copy.x], [5, 3]);

  const points = new RawArray(Point, 2);
  const live = received(sent(points.at(1)));
  points.at(1).x = 7;
  assert(live instanceof Point);
  assertStrictEquals(live.x, 7);
});
