/** Several kinds of shared objects under one lock, all changed by a child: numbers, text, and structures in an array. */
import {
  Array as SharedArray,
  Lock,
  Process,
  type RawValue,
  type SharedArrayOf,
  Structure,
  Value,
} from "@multiprocessing/deno";

export class Point extends Structure({ x: "d", y: "d" }) {}

export function modify(n: Value<number>, x: RawValue<number>, s: SharedArrayOf<"c">, points: SharedArray<Point>): void {
  n.value **= 2;
  x.value **= 2;
  s.value = s.value.toUpperCase();
  for (const point of points) {
    point.x **= 2;
    point.y **= 2;
  }
}

if (import.meta.main) {
  const lock = new Lock();
  const n = new Value("i", 7);
  const x = new Value("d", 1 / 3, { lock: false });
  const s = new SharedArray("c", "hello world", { lock });
  const points = new SharedArray(Point, [[1.875, -6.25], [-5.75, 2.0], [2.375, 9.5]], { lock });

  const process = new Process({ target: modify, args: [n, x, s, points] });
  await process.start();
  await process.join();

  console.log(n.value);
  console.log(x.value);
  console.log(s.value);
  console.log([...points].map(({ x, y }) => [x, y]));
}

/* Output:
49
0.1111111111111111
HELLO WORLD
[ [ 3.515625, 39.0625 ], [ 33.0625, 4 ], [ 5.640625, 90.25 ] ]
*/

// Catalogue: EX-19
