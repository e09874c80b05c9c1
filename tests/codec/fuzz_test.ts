import { assert, assertEquals } from "@std/assert";
import { decode } from "../../src/codec/decode.ts";
import { neededReferences } from "../../src/codec/head.ts";
import { MalformedMessageError } from "../../src/base/errors.ts";
import { messageOf, passed, source } from "../helpers/codec.ts";
import { Random } from "../helpers/random.ts";
import { randomValue } from "../helpers/random_value.ts";
import { textOf } from "../helpers/same.ts";

/** `deno test tests/codec/fuzz_test.ts -- VALUES SEED` runs more, or others. */
const [count = "100000", seed = "1"] = Deno.args;
const VALUES = Number(count);
const SEED = Number(seed);

Deno.test("encode() and decode() do to random values what structuredClone() does", () => {
  for (let number = 0; number < VALUES; number++) {
    const value = randomValue(new Random(SEED + number));
    const expected = textOf(structuredClone(value));
    const actual = textOf(passed(value));
    if (actual !== expected) assertEquals(...firstDifference(actual, expected), `value ${number} of seed ${SEED}`);
  }
});

/** Whole texts may have thousands of lines. */
function firstDifference(actual: string, expected: string): [string | undefined, string | undefined] {
  const lines = expected.split("\n");
  const index = actual.split("\n").findIndex((line, index) => line !== lines[index]);
  return [actual.split("\n")[index], lines[index]];
}

/** Decodes what may be no message; says whether it was one. */
function survives(bytes: Uint8Array): boolean {
  try {
    neededReferences(bytes);
    decode(bytes, source);
    return true;
  } catch (error) {
    if (error instanceof MalformedMessageError || error instanceof TypeError) return false;
    throw new Error(`Cannot decode ${bytes.toHex()}`, { cause: error });
  }
}

const HEAD = [0xd7, 1, 0, 0, 0, 0];

Deno.test("decode() survives messages with flipped bits, spliced and random ones", () => {
  const random = new Random(SEED);
  const start = performance.now();
  let before = messageOf(0);
  for (let number = 0; number < VALUES / 5; number++) {
    const bytes = messageOf(randomValue(new Random(SEED + number)));
    const mutant = bytes.slice();
    for (let flips = random.below(3) + 1; flips > 0; flips--) {
      const at = random.below(mutant.length);
      mutant[at] = (mutant[at] as number) ^ (1 << random.below(8));
    }
    survives(mutant);
    const cut = random.below(bytes.length);
    survives(new Uint8Array([...bytes.subarray(0, cut), ...before.subarray(random.below(before.length))]));
    survives(new Uint8Array([...HEAD, ...random.bytes(random.below(40) + 1)]));
    survives(random.bytes(random.below(20)));
    before = bytes;
  }
  const memory = Deno.memoryUsage().heapUsed;
  assert(memory < 1 << 30, `${memory} bytes of heap are used`);
  assert(performance.now() - start < 60_000, "decoding took too long");
});

Deno.test("decode() refuses a message that was cut off at any byte", () => {
  for (let number = 0; number < 2000; number++) {
    const bytes = messageOf(randomValue(new Random(number)));
    if (bytes.length > 400) continue;
    for (let length = 0; length < bytes.length; length++) {
      assert(!survives(bytes.subarray(0, length)), `value ${number} cut at ${length} of ${bytes.length} was accepted`);
    }
  }
});
