/**
 * The codec beside other serializers, both ways, each as a ratio.
 *
 * `deno task bench --only codec`
 *
 * @module
 */

import { deserialize, serialize } from "node:v8";
import { decode } from "../src/codec/decode.ts";
import { encode } from "../src/codec/encode.ts";
import type { Handoff, Source } from "../src/codec/handoff.ts";
import { Writer } from "../src/codec/writer.ts";
import { type Add, resultOf } from "./measure.ts";

type RoundTrip = (value: unknown) => unknown;

/** Our time over the peer's, at most. */
const AIMS: Readonly<Record<string, number>> = {
  "small object / msgpackr": 0.6,
  "1 MiB of bytes / structuredClone": 1,
};
const ROUND_MS = 12;

const text = new TextEncoder();
const untext = new TextDecoder();
const writer = new Writer();
const handoff: Handoff = {
  destination: "the bench",
  functionReference() {
    throw new TypeError("Cannot send a function: this is a bench");
  },
};
const source: Source = {
  resolveFunction() {
    throw new TypeError("Cannot receive a function: this is a bench");
  },
};

const VALUES: Record<string, unknown> = {
  "small object": { id: 1, args: [1, 2, 3], f: "name" },
  "integer": 123456,
  "1 MiB of bytes": new Uint8Array(1 << 20).fill(7),
  "10,000 numbers": Array.from({ length: 10_000 }, (_, index) => index * 1.5),
  "1,000 objects": Array.from(
    { length: 1000 },
    (_, id) => ({ id, name: `item ${id}`, tags: ["a", "b"], done: id % 2 === 0 }),
  ),
};

/** The part of msgpackr that is measured. */
interface Msgpackr {
  pack(value: unknown): Uint8Array;
  unpack(bytes: Uint8Array): unknown;
}

const MSGPACKR = "msgpackr@2.1.3";

/** From npm by Deno, or by npm itself: some mirrors lack the native parts, which Deno insists on and the bench does without. */
async function loadMsgpackr(): Promise<Msgpackr> {
  try {
    return await import(`npm:${MSGPACKR}`);
  } catch {
    const folder = await Deno.makeTempDir({ prefix: "bench-msgpackr-" });
    const args = ["install", "--omit=optional", "--no-save", "--silent", "--prefix", folder, MSGPACKR];
    const { success } = await new Deno.Command("npm", { args, stdout: "null" }).output();
    if (!success) throw new Error(`Cannot load msgpackr: npm ${args.join(" ")} failed`);
    const module: Msgpackr = await import(`file://${folder}/node_modules/msgpackr/index.js`);
    await Deno.remove(folder, { recursive: true });
    return module;
  }
}

const peers = (msgpackr: Msgpackr): Record<string, RoundTrip> => ({
  "node:v8": (value) => deserialize(serialize(value)),
  "JSON": (value) => JSON.parse(untext.decode(text.encode(JSON.stringify(value)))),
  "msgpackr": (value) => msgpackr.unpack(msgpackr.pack(value)),
  "structuredClone": (value) => structuredClone(value),
});

function ours(value: unknown): unknown {
  writer.reset();
  encode(value, writer, handoff);
  return decode(writer.finish(), source);
}

/** Measures all rows. */
export async function benchCodec(rounds: number, add: Add): Promise<void> {
  const others = peers(await loadMsgpackr());
  for (const [name, value] of Object.entries(VALUES)) {
    for (const [peer, roundTrip] of Object.entries(others)) {
      // JSON would write bytes as an object of a million properties.
      if (peer === "JSON" && value instanceof Uint8Array) continue;
      const [mine, theirs] = compare(() => ours(value), () => roundTrip(value), rounds);
      const most = AIMS[`${name} / ${peer}`];
      add(
        resultOf({
          topic: "codec",
          name: `${name}, there and back`,
          unit: "µs",
          aim: () => most === undefined ? undefined : { most },
        }, new Map([["ours", mine], [peer, theirs]])),
      );
    }
  }
}

/** Microseconds of rounds that alternate, so that what else the machine does meets both. */
function compare(first: () => unknown, second: () => unknown, rounds: number): [number[], number[]] {
  const times: [number[], number[]] = [[], []];
  const counts = [countFor(first), countFor(second)] as const;
  for (let round = 0; round < rounds; round++) {
    times[0].push(nanoseconds(first, counts[0]) / 1e3);
    times[1].push(nanoseconds(second, counts[1]) / 1e3);
  }
  return times;
}

/** How often it runs in a round; finding out warms it up. */
function countFor(run: () => unknown): number {
  let count = 1;
  for (; nanoseconds(run, count) * count < ROUND_MS * 1e6; count *= 2);
  return count;
}

function nanoseconds(run: () => unknown, count: number): number {
  const start = performance.now();
  for (let left = count; left > 0; left--) run();
  return (performance.now() - start) * 1e6 / count;
}
