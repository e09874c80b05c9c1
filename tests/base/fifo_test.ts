import { assertEquals } from "@std/assert";
import { Fifo } from "../../src/base/fifo.ts";
import { Random } from "../helpers/random.ts";

/** Something to put in a list. */
interface Item {
  readonly name: number | string;
}

function items(...names: (number | string)[]): Item[] {
  return names.map((name) => ({ name }));
}

Deno.test("Fifo gives its items in their order", () => {
  const fifo = new Fifo<Item>();
  for (let name = 0; name < 1000; name++) fifo.push({ name });
  assertEquals([fifo.length, fifo.first], [1000, { name: 0 }]);
  for (let name = 0; name < 1000; name++) assertEquals(fifo.shift(), { name });
  assertEquals(fifo.shift(), undefined);
  assertEquals([fifo.length, fifo.first], [0, undefined]);
});

Deno.test("Fifo.unshift() puts items before the first, in their order", () => {
  const fifo = new Fifo<Item>();
  for (const item of items("a", "d")) fifo.push(item);
  fifo.shift();
  fifo.unshift(items("b", "c"));
  assertEquals(fifo.drain(), items("b", "c", "d"));
  assertEquals(fifo.length, 0);
});

Deno.test("Fifo.remove() takes one item out and says whether it was there", () => {
  const fifo = new Fifo<Item>();
  const [a, b, c] = [{ name: "a" }, { name: "b" }, { name: "c" }];
  for (const item of [a, b, c]) fifo.push(item);
  fifo.shift();
  assertEquals([fifo.remove(a), fifo.remove(b), fifo.remove(b)], [false, true, false]);
  assertEquals(fifo.drain(), [c]);
});

Deno.test("Fifo lets go of what was taken out, even if it is little", async () => {
  const fifo = new Fifo<object>();
  let collected = 0;
  const registry = new FinalizationRegistry(() => collected++);
  for (let item = 0; item < 50; item++) {
    const object = { item };
    registry.register(object, undefined);
    fifo.push(object);
  }
  for (let item = 0; item < 40; item++) fifo.shift();
  const pressure: Uint8Array[] = [];
  for (let round = 0; round < 400 && collected < 35; round++) {
    pressure[round % 4] = new Uint8Array(1 << 22).fill(round);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assertEquals(collected >= 35, true, `only ${collected} of 40 were let go`);
  assertEquals(fifo.length, 10);
});

Deno.test("Fifo behaves as an array, whatever is done in whatever order", () => {
  for (let seed = 0; seed < 50; seed++) agreeWithArray(new Random(seed), `seed ${seed}`);
});

function agreeWithArray(random: Random, which: string): void {
  const fifo = new Fifo<Item>();
  let model: Item[] = [];
  // Growing and shrinking by turns, so that the list is cut off at all lengths.
  for (let step = 0; step < 2000; step++) {
    const growing = Math.floor(step / 300) % 2 === 0;
    const action = random.below(100);
    if (action < (growing ? 60 : 25)) {
      const item = { name: step };
      fifo.push(item);
      model.push(item);
    } else if (action < 90) {
      assertEquals(fifo.shift(), model.shift(), which);
    } else if (action < 94) {
      const two = items(step + 0.25, step + 0.5);
      fifo.unshift(two);
      model.unshift(...two);
    } else if (action < 99 && model.length > 0) {
      const item = random.pick(model);
      assertEquals(fifo.remove(item), true, which);
      model = model.filter((other) => other !== item);
    } else if (action === 99 && random.below(8) === 0) {
      assertEquals(fifo.drain(), model, which);
      model = [];
    }
    assertEquals([fifo.length, fifo.first], [model.length, model[0]], which);
  }
  assertEquals(fifo.drain(), model, which);
}
