import { assertEquals } from "@std/assert";
import { format } from "../../src/base/format.ts";

const LOOP: unknown[] = [];
LOOP.push(LOOP);

const CASES: [args: unknown[], text: string][] = [
  [["%d of %i, %s", "5", 2.5, "x"], "5 of 2, x"],
  [["%j", { a: 1 }], '{"a":1}'],
  // What has no number, and no JSON.
  [["%d %f %i", Symbol("x"), Object.create(null), Symbol("x")], "NaN NaN NaN"],
  [["%j %j", { a: 1n }, undefined], "{ a: 1n } undefined"],
  [["%j", LOOP], "<ref *1> [ [Circular *1] ]"],
];

for (const [args, text] of CASES) {
  Deno.test(`format() gives ${text}`, () => {
    assertEquals(format(args), text);
  });
}
