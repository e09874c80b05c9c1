/** What children do with shared values and arrays. */
import { type Array, arrayType, type RawArray, type RawValue, share, Structure, type Value } from "../../mod.ts";

/** Two coordinates. */
export class Point extends Structure({ x: "d", y: "d" }) {}
/** As in Python's tests: C pads it. */
export class Foo extends Structure({ x: "i", y: "d", z: "q" }) {}
/** A structure in a structure. */
export class Body extends Structure({ at: Point, tag: arrayType("c", 8), marks: arrayType("h", 3) }) {}

/** Python's first example of shared memory. */
export function compute(n: Value<number>, a: Array<number>): void {
  n.value = 3.1415927;
  for (let i = 0; i < a.length; i++) a[i] = -a.at(i);
}

/** Gives each value what is said. */
export function assign(values: RawValue<unknown>[], next: unknown[]): void {
  values.forEach((value, index) => value.value = next[index]);
}

/** Running sums in place, as Python's test has them. */
export function sum(array: RawArray<number>): void {
  for (let i = 1; i < array.length; i++) array[i] = array.at(i - 1) + array.at(i);
}

/** Python's example with all kinds of shared objects. */
export function modify(
  n: RawValue<number>,
  x: RawValue<number>,
  s: { value: string },
  points: RawArray<Point>,
): void {
  n.value **= 2;
  x.value **= 2;
  s.value = s.value.toUpperCase();
  for (const point of points) {
    point.x **= 2;
    point.y **= 2;
  }
}

/** Doubles everything, as Python's test does. */
export function double(
  x: RawValue<number>,
  y: RawValue<number>,
  z: RawValue<number>,
  foo: RawValue<Foo>,
  array: RawArray<number>,
  text: { value: string },
): void {
  for (const value of [x, y, z]) value.value *= 2;
  foo.value.x *= 2;
  foo.value.y *= 2;
  text.value += text.value;
  for (let i = 0; i < array.length; i++) array[i] = array.at(i) * 2;
}

/** Adds one, so many times, under the lock. */
export async function increment(counter: Value<number>, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await using _guard = await counter.guard();
    counter.value += 1;
  }
}

/** {@linkcode increment}, blocking the thread. */
export function incrementSync(counter: Value<number>, times: number): void {
  for (let i = 0; i < times; i++) {
    using _guard = counter.guardSync();
    counter.value += 1;
  }
}

/** Writes to all elements, so that whoever shares them sees it. */
export function fill(array: RawArray<number>, value: number): void {
  array.fill(value);
}

/** Changes a structure with others in it. */
export function move(body: RawValue<Body>): void {
  body.value.at.x += 1;
  body.value.at = new Point(body.value.at.x, -1);
  body.value.tag.value = "moved";
  body.value.marks[2] = 7;
}

/** Changes a structure that is sent by itself. */
export function shift(point: Point): void {
  point.x += 10;
}

share(import.meta, {
  Point,
  Foo,
  Body,
  compute,
  assign,
  sum,
  modify,
  double,
  increment,
  incrementSync,
  fill,
  move,
  shift,
});
