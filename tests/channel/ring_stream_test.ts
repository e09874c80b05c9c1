import { assertEquals, assertRejects } from "@std/assert";
import { createRings, RING_BYTES, RingStream } from "../../src/channel/ring_stream.ts";
import { Bell, ring } from "../../src/sync/bell.ts";
import { Collector } from "../helpers/byte_sinks.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { Random } from "../helpers/random.ts";
import { until, within } from "../helpers/within.ts";

const MUCH_BYTES = 10 << 20;

/** Both ends of one block, each with a bell of its own, as if in two threads. */
function createPair(): [RingStream, RingStream] {
  const block = createRings();
  const [bell0, bell1] = [new Bell(), new Bell()];
  return [
    new RingStream({ block, direction: 0 }, bell0, () => ring(bell1.words)),
    new RingStream({ block, direction: 1 }, bell1, () => ring(bell0.words)),
  ];
}

function closeAll(...streams: RingStream[]): void {
  for (const stream of streams) stream.close();
}

/** Writes `size` bytes that the seed determines, in pieces of random sizes; returns them. */
async function writeMuch(stream: RingStream, seed: number, size: number): Promise<Uint8Array> {
  const random = new Random(seed);
  const bytes = random.bytes(size);
  for (let at = 0; at < size;) {
    const limit = random.pick([1, 10, 5000, RING_BYTES + 10, 3 * RING_BYTES]);
    const part = bytes.subarray(at, at + 1 + random.below(limit));
    await stream.write(part);
    at += part.length;
  }
  return bytes;
}

/** Fails without printing megabytes. */
function assertSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  assertEquals(actual.length, expected.length);
  assertEquals(actual.findIndex((byte, at) => byte !== expected[at]), -1, "the first byte that differs");
}

Deno.test("RingStream carries bytes both ways", async () => {
  const [here, there] = createPair();
  const [atHere, atThere] = [new Collector(), new Collector()];
  here.receive(atHere);
  there.receive(atThere);
  await here.write(new Uint8Array([1, 2, 3]));
  await there.write(new Uint8Array([4, 5]));
  await until(HANG_MS, () => atThere.size === 3 && atHere.size === 2);
  assertEquals([atHere.bytes, atThere.bytes], [new Uint8Array([4, 5]), new Uint8Array([1, 2, 3])]);
  closeAll(here, there);
});

Deno.test("RingStream delivers what was written before it began to receive, though not within the call", async () => {
  const [here, there] = createPair();
  assertEquals(here.write(new Uint8Array([7])), undefined);
  const sink = new Collector();
  there.receive(sink);
  assertEquals(sink.size, 0);
  await until(HANG_MS, () => sink.size === 1);
  assertEquals(sink.bytes, new Uint8Array([7]));
  closeAll(here, there);
});

Deno.test("RingStream keeps the bytes together where the ring begins anew, at every distance from its end", async () => {
  const PIECE_BYTES = 12;
  const [here, there] = createPair();
  const sink = new Collector();
  there.receive(sink);
  let written = 0;
  const push = async (size: number) => {
    assertEquals(here.write(Uint8Array.from({ length: size }, (_, index) => (written + index) % 251)), undefined);
    written += size;
    await until(HANG_MS, () => sink.size === written);
  };
  for (let distance = 1; distance < PIECE_BYTES; distance++) {
    await push(RING_BYTES - written % RING_BYTES - distance);
    await push(PIECE_BYTES);
  }
  assertSameBytes(sink.bytes, Uint8Array.from({ length: written }, (_, at) => at % 251));
  closeAll(here, there);
});

Deno.test("RingStream holds back who writes more than there is room for, until it is read", async () => {
  const [here, there] = createPair();
  assertEquals(here.write(new Uint8Array(RING_BYTES).fill(1)), undefined);
  let written = false;
  const writing = Promise.resolve(here.write(new Uint8Array(RING_BYTES + 1).fill(2))).then(() => written = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(written, false);
  const sink = new Collector(1000);
  there.receive(sink);
  await within(HANG_MS, writing);
  await until(HANG_MS, () => sink.size === 2 * RING_BYTES + 1);
  assertSameBytes(sink.bytes, new Uint8Array(2 * RING_BYTES + 1).fill(1, 0, RING_BYTES).fill(2, RING_BYTES));
  closeAll(here, there);
});

for (const room of [1 << 16, 997]) {
  Deno.test(`RingStream carries 10 MiB in pieces of random sizes, both ways at once, read by at most ${room} bytes`, async () => {
    const [here, there] = createPair();
    const [atHere, atThere] = [new Collector(room), new Collector(room)];
    here.receive(atHere);
    there.receive(atThere);
    const [fromHere, fromThere] = await within(
      HANG_MS,
      Promise.all([writeMuch(here, 1, MUCH_BYTES), writeMuch(there, 2, MUCH_BYTES)]),
    );
    await until(HANG_MS, () => atHere.size === MUCH_BYTES && atThere.size === MUCH_BYTES);
    assertSameBytes(atThere.bytes, fromHere);
    assertSameBytes(atHere.bytes, fromThere);
    closeAll(here, there);
  });
}

Deno.test("RingStream carries 10 MiB to a Worker and back, in pieces of random sizes", async () => {
  const worker = new Worker(new URL("../targets/ring_echo.ts", import.meta.url), { type: "module" });
  try {
    const bell = await within(
      HANG_MS,
      new Promise<Int32Array>((resolve) => worker.onmessage = ({ data }) => resolve(data)),
    );
    const own = new Bell();
    const block = createRings();
    const stream = new RingStream({ block, direction: 0 }, own, () => ring(bell));
    const sink = new Collector();
    stream.receive(sink);
    worker.postMessage({ end: { block, direction: 1 }, peer: own.words });
    const sent = await within(HANG_MS, writeMuch(stream, 3, MUCH_BYTES));
    await until(HANG_MS, () => sink.size === MUCH_BYTES);
    assertSameBytes(sink.bytes, sent);
    stream.close();
    // It closes its end when it sees ours closed.
    await within(HANG_MS, new Promise<void>((resolve) => worker.onmessage = () => resolve()));
  } finally {
    worker.terminate();
  }
});

Deno.test("RingStream delivers what was written before the other end closed, then ends, once", async () => {
  const [here, there] = createPair();
  await here.write(new Uint8Array(RING_BYTES).fill(9));
  here.close();
  const sink = new Collector(1000);
  there.receive(sink);
  await within(HANG_MS, sink.over);
  assertEquals(sink.size, RING_BYTES);
  there.peerEnded();
  there.close();
  there.close();
  assertEquals(sink.ends, 1);
});

Deno.test("RingStream delivers what a thread left that has ended, then ends, once", async () => {
  const [here, there] = createPair();
  await here.write(new Uint8Array([1, 2]));
  const sink = new Collector();
  there.peerEnded();
  there.receive(sink);
  await within(HANG_MS, sink.over);
  assertEquals(sink.bytes, new Uint8Array([1, 2]));
  there.peerEnded();
  there.close();
  assertEquals(sink.ends, 1);
  here.close();
});

Deno.test("RingStream.write() rejects when the other thread has ended, and so does a write that waits", async () => {
  const [here, there] = createPair();
  here.write(new Uint8Array(RING_BYTES));
  const waiting = Promise.resolve(here.write(new Uint8Array(1)));
  const rejected = assertRejects(() => waiting, Deno.errors.BrokenPipe);
  here.peerEnded();
  await within(HANG_MS, rejected);
  await assertRejects(async () => await here.write(new Uint8Array(1)), Deno.errors.BrokenPipe);
  closeAll(here, there);
});

Deno.test("RingStream.write() that waits rejects when the other end closes", async () => {
  const [here, there] = createPair();
  here.receive(new Collector());
  here.write(new Uint8Array(RING_BYTES));
  const waiting = Promise.resolve(here.write(new Uint8Array(1)));
  const rejected = assertRejects(() => waiting, Deno.errors.BrokenPipe);
  there.close();
  await within(2000, rejected);
  closeAll(here);
});

Deno.test("RingStream.close() rejects the write that waits and all later ones", async () => {
  const [here, there] = createPair();
  here.write(new Uint8Array(RING_BYTES));
  const waiting = Promise.resolve(here.write(new Uint8Array(1)));
  const rejected = assertRejects(() => waiting, Deno.errors.BrokenPipe);
  here.close();
  await within(HANG_MS, rejected);
  await assertRejects(async () => await here.write(new Uint8Array(1)), Deno.errors.BrokenPipe);
  closeAll(here, there);
});

Deno.test("RingStream.keepAlive() asks whoever keeps the thread alive", () => {
  const asked: boolean[] = [];
  const stream = new RingStream({ block: createRings(), direction: 0 }, new Bell(), () => {}, (alive) => {
    asked.push(alive);
  });
  stream.keepAlive(true);
  stream.keepAlive(false);
  assertEquals(asked, [true, false]);
  stream.close();
});
