import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { checkFrame, FrameReader, FrameWriter } from "../../src/channel/frame.ts";
import { pour, RecordingStream } from "../helpers/byte_sinks.ts";
import { Random } from "../helpers/random.ts";

const READ_BYTES = 1 << 18;

/** The frames as they stand on the wire. */
function framed(...frames: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(frames.reduce((sum, frame) => sum + 4 + frame.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const frame of frames) {
    view.setUint32(at, frame.length, true);
    bytes.set(frame, at + 4);
    at += 4 + frame.length;
  }
  return bytes;
}

/** A reader and the frames that it has given, each with whether it may be kept. */
function createReader(): { reader: FrameReader; frames: Uint8Array[]; ends: () => number } {
  const frames: Uint8Array[] = [];
  let ends = 0;
  const reader = new FrameReader((frame, owned) => frames.push(owned ? frame : frame.slice()), () => ends++);
  return { reader, frames, ends: () => ends };
}

/** Fails without printing megabytes. */
function assertSameFrames(actual: readonly Uint8Array[], expected: readonly Uint8Array[], which: string): void {
  assertEquals(actual.map(({ length }) => length), expected.map(({ length }) => length), which);
  for (const [index, frame] of actual.entries()) {
    assertEquals(frame.findIndex((byte, at) => byte !== expected[index]?.[at]), -1, `${which}, frame ${index}`);
  }
}

Deno.test("FrameReader cuts a stream into its frames, split at every byte", () => {
  const random = new Random(1);
  const expected = [0, 1, 3, 0, 0, 20, 4].map((size) => random.bytes(size));
  const bytes = framed(...expected);
  for (let split = 0; split <= bytes.length; split++) {
    const { reader, frames } = createReader();
    pour(bytes.subarray(0, split), reader);
    pour(bytes.subarray(split), reader);
    assertSameFrames(frames, expected, `split at ${split}`);
  }
});

Deno.test("FrameReader gives each frame as soon as it is whole", () => {
  const { reader, frames } = createReader();
  const bytes = framed(new Uint8Array([1, 2]), new Uint8Array(0), new Uint8Array([3]));
  const after: number[] = [];
  for (const byte of bytes) {
    pour(new Uint8Array([byte]), reader);
    after.push(frames.length);
  }
  assertEquals(after, [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3]);
});

Deno.test("FrameReader gives the frames behind one that its receiver fails at", () => {
  const heard: number[] = [];
  const reader = new FrameReader(([byte = 0]) => {
    if (byte % 2 === 1) throw new RangeError(`fails at ${byte}`);
    heard.push(byte);
  }, () => {});
  const bytes = framed(...[1, 2, 3, 4].map((byte) => new Uint8Array([byte])));
  assertThrows(() => pour(bytes, reader), RangeError, "fails at 1");
  assertEquals(heard, [2, 4]);
});

Deno.test("FrameReader tells once of a frame for which there is no memory, and that it is the end", () => {
  const { reader, ends } = createReader();
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, 0xffff_ffff, true);
  const { Uint8Array: Real } = globalThis;
  globalThis.Uint8Array = class extends Real {
    constructor(...args: [number]) {
      if (args[0] > 0x1000_0000) throw new RangeError("Array buffer allocation failed");
      super(...args);
    }
  } as never;
  try {
    assertThrows(() => pour(bytes, reader), RangeError, "allocation");
    assertEquals(ends(), 1);
  } finally {
    globalThis.Uint8Array = Real;
  }
});

Deno.test("FrameReader takes frames around the size of its buffer, behind others and split near their ends", () => {
  const random = new Random(2);
  for (const before of [0, 1, 1000, READ_BYTES - 20]) {
    for (
      const size of [READ_BYTES - 8, READ_BYTES - 5, READ_BYTES - 4, READ_BYTES - 3, READ_BYTES, 3 * READ_BYTES + 1]
    ) {
      const expected = [random.bytes(before), random.bytes(size), random.bytes(5)];
      const bytes = framed(...expected);
      for (
        const split of [
          before + 3,
          before + 8,
          before + 9,
          before + 8 + size - 1,
          before + 8 + size,
          before + 8 + size + 1,
        ]
      ) {
        const { reader, frames } = createReader();
        pour(bytes.subarray(0, split), reader);
        pour(bytes.subarray(split), reader);
        assertSameFrames(frames, expected, `${size} bytes behind ${before}, split at ${split}`);
      }
    }
  }
});

Deno.test("FrameReader takes random frames in pieces of random sizes", () => {
  for (let seed = 0; seed < 8; seed++) {
    const random = new Random(seed);
    const expected = Array.from(
      { length: 200 },
      () => random.bytes(random.below(random.pick([2, 50, 5000, 3 * READ_BYTES]))),
    );
    const { reader, frames } = createReader();
    let rest = framed(...expected);
    while (rest.length > 0) {
      const size = 1 + random.below(random.pick([10, 3000, 4 * READ_BYTES]));
      pour(rest.subarray(0, size), reader, random.pick([size, 1 + random.below(size)]));
      rest = rest.subarray(size);
    }
    assertSameFrames(frames, expected, `seed ${seed}`);
  }
});

Deno.test("FrameReader gives frames to keep only if it says so", () => {
  const owned: boolean[] = [];
  const kept: Uint8Array[] = [];
  const reader = new FrameReader((frame, isOwned) => {
    owned.push(isOwned);
    if (isOwned) kept.push(frame);
  }, () => {});
  const large = new Uint8Array(READ_BYTES).fill(5);
  pour(framed(new Uint8Array([1]), large, new Uint8Array([1]), new Uint8Array(READ_BYTES).fill(6)), reader);
  assertEquals(owned, [false, true, false, true]);
  assertEquals(kept[0]?.every((byte) => byte === 5), true);
});

Deno.test("FrameReader says that no frame will come any more", () => {
  const { reader, frames, ends } = createReader();
  pour(framed(new Uint8Array([1])).subarray(0, 4), reader);
  reader.ended();
  assertEquals([ends(), frames.length], [1, 0]);
});

/** Appends a frame of the given bytes. */
function append(writer: FrameWriter, ...bytes: number[]): Promise<void> | undefined {
  return writer.append((into) => into.bytes(new Uint8Array(bytes)));
}

Deno.test("FrameWriter writes a lone frame at once", () => {
  const stream = new RecordingStream(true);
  const writer = new FrameWriter();
  writer.open(stream);
  assertEquals(append(writer, 1, 2), undefined);
  assertEquals(append(writer), undefined);
  assertEquals(stream.writes, [framed(new Uint8Array([1, 2])), framed(new Uint8Array(0))]);
});

Deno.test("FrameWriter writes together what came while a write was under way, in its order", async () => {
  const stream = new RecordingStream();
  const writer = new FrameWriter();
  writer.open(stream);
  const done: number[] = [];
  for (let frame = 0; frame < 5; frame++) append(writer, frame)?.then(() => done.push(frame));
  assertEquals(stream.writes, [framed(new Uint8Array([0]))]);
  stream.finish();
  await writerTurn();
  assertEquals(done, [0]);
  assertEquals(stream.writes.length, 2);
  assertEquals(stream.writes[1], framed(...[1, 2, 3, 4].map((frame) => new Uint8Array([frame]))));
  append(writer, 5)?.then(() => done.push(5));
  stream.finish();
  await writerTurn();
  assertEquals(done, [0, 1, 2, 3, 4]);
  assertEquals(stream.writes[2], framed(new Uint8Array([5])));
  stream.finish();
  await writer.drain();
  assertEquals(done, [0, 1, 2, 3, 4, 5]);
});

/** Lets what is due at the writer happen. */
function writerTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("FrameWriter keeps what is appended before it has a stream", () => {
  const writer = new FrameWriter();
  append(writer, 1);
  append(writer, 2);
  const stream = new RecordingStream(true);
  writer.open(stream);
  assertEquals(stream.writes, [framed(new Uint8Array([1]), new Uint8Array([2]))]);
});

Deno.test("FrameWriter sends nothing of a frame that could not be built, and all before and after it", async () => {
  const stream = new RecordingStream();
  const writer = new FrameWriter();
  writer.open(stream);
  append(writer, 1);
  append(writer, 2);
  const fail = () =>
    writer.append((into) => {
      into.bytes(new Uint8Array(3 * READ_BYTES));
      throw new TypeError("no");
    });
  assertThrows(fail, TypeError, "no");
  append(writer, 3);
  stream.finish();
  await writerTurn();
  stream.finish();
  await writer.drain();
  assertEquals(stream.writes, [framed(new Uint8Array([1])), framed(new Uint8Array([2]), new Uint8Array([3]))]);
});

Deno.test("FrameWriter rejects all frames that a broken stream did not take, and all later ones", async () => {
  const stream = new RecordingStream();
  const writer = new FrameWriter();
  writer.open(stream);
  const reason = new Deno.errors.BrokenPipe("gone");
  const pending = [append(writer, 1), append(writer, 2), append(writer, 3)];
  stream.fail(reason);
  for (const outcome of await Promise.allSettled(pending)) {
    assertEquals(outcome, { status: "rejected", reason });
  }
  await assertRejects(async () => await append(writer, 4), Deno.errors.BrokenPipe, "gone");
  assertEquals(stream.writes.length, 1);
});

Deno.test("FrameWriter.fail() rejects what comes later, with the first reason", async () => {
  const writer = new FrameWriter();
  append(writer, 1);
  writer.fail(new RangeError("first"));
  writer.fail(new RangeError("second"));
  const stream = new RecordingStream(true);
  await assertRejects(async () => await append(writer, 2), RangeError, "first");
  writer.open(stream);
  assertEquals(stream.writes, []);
});

Deno.test("FrameWriter.fail() rejects what waits behind a write that is under way", async () => {
  const stream = new RecordingStream();
  const writer = new FrameWriter();
  writer.open(stream);
  append(writer, 1);
  const waiting = append(writer, 2);
  assert(waiting !== undefined);
  writer.fail(new RangeError("over"));
  stream.finish();
  await assertRejects(() => waiting, RangeError, "over");
  assertEquals(stream.writes.length, 1);
});

Deno.test("FrameWriter and FrameReader carry random frames over a slow stream", async () => {
  const random = new Random(4);
  const stream = new RecordingStream();
  const writer = new FrameWriter();
  writer.open(stream);
  const expected: Uint8Array[] = [];
  for (let step = 0; step < 500; step++) {
    const frame = random.bytes(random.below(random.pick([10, 1000, 2 * READ_BYTES])));
    expected.push(frame);
    writer.append((into) => into.bytes(frame));
    if (random.below(3) > 0) continue;
    stream.finish();
    await writerTurn();
  }
  for (let writes = 0; writes !== stream.writes.length;) {
    writes = stream.writes.length;
    stream.finish();
    await writerTurn();
  }
  const { reader, frames } = createReader();
  for (const bytes of stream.writes) pour(bytes, reader);
  assertSameFrames(frames, expected, "all");
});

Deno.test("FrameWriter sends what the making of a frame sends before that frame, at any depth", () => {
  const stream = new RecordingStream(true);
  const writer = new FrameWriter();
  writer.open(stream);
  writer.append((outer) => {
    outer.u8(3);
    writer.append((middle) => {
      middle.u8(2);
      writer.append((inner) => inner.u8(1));
      middle.u8(20);
    });
    outer.u8(30);
  });
  assertEquals(framesOf(stream), [[1], [2, 20], [3, 30]]);
});

Deno.test("FrameWriter does not write a frame that is being made, though a write is finished meanwhile", async () => {
  const stream = new RecordingStream();
  const writer = new FrameWriter();
  writer.open(stream);
  writer.append((first) => first.u8(1));
  writer.append((second) => second.u8(2));
  writer.append((third) => {
    third.u8(3);
    // As when the making blocks the thread, which hears of the write then.
    stream.finishAtOnce();
    third.u8(30);
  });
  await finishAll(stream);
  assertEquals(framesOf(stream), [[1], [2], [3, 30]]);
});

Deno.test("FrameWriter refuses a frame whose length it cannot say, and goes on", () => {
  const stream = new RecordingStream(true);
  const writer = new FrameWriter();
  writer.open(stream);
  assertThrows(() => writer.append((frame) => void (frame.length += 2 ** 32)), RangeError, "send it in parts");
  writer.append((frame) => frame.u8(1));
  assertEquals(framesOf(stream), [[1]]);
});

async function finishAll(stream: RecordingStream): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    stream.finish();
    await Promise.resolve();
  }
}

/** The frames that were written, as numbers. */
function framesOf(stream: RecordingStream): number[][] {
  const frames: number[][] = [];
  const reader = new FrameReader((frame) => frames.push([...frame]), () => {});
  for (const written of stream.writes) pour(written, reader);
  return frames;
}

Deno.test("checkFrame() refuses what no length of a frame can say", () => {
  checkFrame(2 ** 32 - 1);
  assertThrows(() => checkFrame(2 ** 32), RangeError, "the message has 4294967296 bytes, more than 4294967295");
});
