import { assert, assertEquals } from "@std/assert";
import { Patience } from "../../src/sync/patience.ts";

/** How often a thread looks in each of so many waits in which nothing comes. */
function looksInVain(patience: Patience, waits: number): number[] {
  return Array.from({ length: waits }, () => {
    let looks = 0;
    patience.lookOn(() => void looks++, Infinity);
    return looks;
  });
}

Deno.test("Patience gives the answer that comes while it looks", () => {
  let looks = 0;
  assertEquals(new Patience(16).lookOn(() => ++looks === 10 ? "come" : undefined, Infinity), "come");
  assertEquals(looks, 10);
});

Deno.test("Patience ends when nothing comes, and at once when there is no time", () => {
  const patience = new Patience(16);
  let looks = 0;
  assertEquals(patience.lookOn(() => void looks++, Infinity), undefined);
  assert(looks > 0);
  looks = 0;
  assertEquals(patience.lookOn(() => void looks++, 0), undefined);
  assertEquals(looks, 16);
});

Deno.test("Patience looks on for one wait of sixteen after four in vain", () => {
  const looks = looksInVain(new Patience(16), 33);
  const waits = looks.flatMap((count, wait) => count > 0 ? [wait] : []);
  assertEquals(waits, [0, 1, 2, 3, 16, 32]);
});

Deno.test("Patience is restored by an answer", () => {
  const patience = new Patience(16);
  assertEquals(looksInVain(patience, 16).at(-1), 0);
  assertEquals(patience.lookOn(() => "come", Infinity), "come");
  assert(looksInVain(patience, 4).every((looks) => looks > 0));
});
