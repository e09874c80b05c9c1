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

Deno.test("Patience ends while the clock stands still, as that of a test may", () => {
  const { now } = performance;
  const still = now.call(performance);
  performance.now = () => still;
  try {
    assertEquals(new Patience(1).lookOn(() => undefined, Infinity), undefined);
  } finally {
    performance.now = now;
  }
});

Deno.test("Patience looks on ever more rarely while nothing comes", () => {
  const looks = looksInVain(new Patience(1), 1100);
  const waits = looks.flatMap((count, wait) => count > 0 ? [wait] : []);
  const gaps = waits.slice(1).map((wait, index) => wait - waits[index]! - 1);
  assertEquals(gaps, [0, 0, 0, 16, 32, 64, 128, 256, 256, 256]);
});

Deno.test("Patience is restored by an answer", () => {
  const patience = new Patience(16);
  assertEquals(looksInVain(patience, 20).at(-1), 0);
  assertEquals(patience.lookOn(() => "come", Infinity), "come");
  assert(looksInVain(patience, 4).every((looks) => looks > 0));
});
