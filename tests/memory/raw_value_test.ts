import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type Block, setBlockSource } from "../../src/memory/block.ts";
import { arrayType } from "../../src/memory/raw_array.ts";
import { RawValue, rawValueOver } from "../../src/memory/raw_value.ts";
import { Span, spanOf } from "../../src/memory/span.ts";
import { boundClass } from "../../src/memory/start_method_class.ts";
import { Structure } from "../../src/memory/structure.ts";
import { c_double, c_int } from "../../src/memory/typecode.ts";

class Point extends Structure({ x: "i", y: "i" }) {}

Deno.test("RawValue is zero without an initial value [VAL-02] [VAL-14]", () => {
  assertEquals([new RawValue("i").value, new RawValue("d").value], [0, 0]);
  const point = new RawValue(Point);
  assertEquals([point.x, point.y], [0, 0]);
});

Deno.test("RawValue takes a code or the type [SCT-02]", () => {
  assertEquals(String(new RawValue(c_double, 2.4)), String(new RawValue("d", 2.4)));
  assertEquals(String(new RawValue(Point, 4, 6)), String(new Point(4, 6)));
});

Deno.test("RawValue.value is typed by the code", () => {
  const number: number = new RawValue("i", 7).value;
  const truth: boolean = new RawValue("?").value;
  const text: string = new RawValue("c").value;
  const point: Point = new RawValue(Point, 1, 2).value;
  const shared: RawValue<number> = new RawValue("q", 2 ** 33);
  shared.value *= 2;
  assertEquals([number, truth, text, point.y, shared.value], [7, false, "\0", 2, 2 ** 34]);
  // @ts-expect-error text is no number
  assertThrows(() => new RawValue("i", "7"), TypeError);
  // @ts-expect-error a number is no truth value
  assertThrows(() => new RawValue("?", 1), TypeError);
  // @ts-expect-error there is no such code
  assertThrows(() => new RawValue("w"), TypeError);
});

Deno.test("RawValue of a structure shows the shared memory by its fields and by value [SCT-04]", () => {
  const shared = new RawValue(Point, 4, 6);
  const { value } = shared;
  shared.x = 5;
  value.y = 7;
  assertEquals([value.x, shared.y], [5, 7]);
  assertStrictEquals(shared.value, value);
  assert(value instanceof Point);
});

Deno.test("RawValue.value copies a structure that is assigned", () => {
  const shared = new RawValue(Point, 4, 6);
  const other = new Point(1, 2);
  shared.value = other;
  other.x = 9;
  assertEquals([shared.x, shared.y], [1, 2]);
  shared.value = { x: 0, y: 3 };
  assertEquals([shared.x, shared.y], [0, 3]);
});

Deno.test("RawValue of an array type holds the array", () => {
  const shared = new RawValue(arrayType(c_int, 3), [9, 2, 8]);
  shared.value[1] = 5;
  assertEquals([...shared.value], [9, 5, 8]);
});

Deno.test("RawValue refuses more than one value", () => {
  assertThrows(() => Reflect.construct(RawValue, ["i", 1, 2]), RangeError, "received 2");
  assertThrows(() => new RawValue(Point, 1, 2, 3), RangeError, "too many initializers");
});

Deno.test("RawValue takes its block from the source of its start method", () => {
  const asked: (string | undefined)[] = [];
  const allocate = (byteLength: number): Block => {
    return { buffer: new SharedArrayBuffer(byteLength + 16), byteOffset: 16, byteLength };
  };
  setBlockSource((startMethod) => {
    asked.push(startMethod);
    return { allocate };
  });
  const Bound = boundClass(RawValue, "worker");
  const bound = new Bound("i", 7);
  assertEquals(new RawValue("d", 0.5).value, 0.5);
  assertEquals(asked, ["worker", undefined]);
  assertEquals([bound.value, spanOf(bound)?.block.byteOffset], [7, 16]);
  assert(bound instanceof RawValue && bound instanceof Bound);
  assertStrictEquals(boundClass(RawValue, "worker"), Bound);
});

Deno.test("rawValueOver() shows the memory of another value", () => {
  const point = new RawValue(Point, 4, 6);
  const { block } = spanOf(point) ?? { block: { buffer: new SharedArrayBuffer(0), byteOffset: 0, byteLength: 0 } };
  const y = rawValueOver(new Span(c_int, block, 4));
  y.value = 60;
  assertEquals(point.y, 60);
});

Deno.test("RawValue prints its type and value [SCT-09]", () => {
  assertEquals(`${new RawValue("i", 7)}`, "c_int(7)");
  assertEquals(Deno.inspect(new RawValue("c", "x")), 'c_char("x")');
  assertEquals(Deno.inspect(new RawValue(Point, 1, 2)), "Point(x=1, y=2)");
});
