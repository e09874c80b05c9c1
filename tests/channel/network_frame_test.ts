import { assert, assertEquals, assertMatch } from "@std/assert";
import { NetworkFrames, writeNetworkFrame } from "../../src/channel/network_frame.ts";
import { Writer } from "../../src/codec/writer.ts";
import { Random } from "../helpers/random.ts";
import { bytesOf, concat, frame } from "../targets/listeners.ts";

Deno.test("NetworkFrames gives the same frames wherever the stream is cut", () => {
  const payloads = ["", "a", "hello", "x".repeat(300)].map(bytesOf);
  const stream = concat(...payloads.map(frame));
  for (let cut = 0; cut <= stream.length; cut++) {
    const frames = new NetworkFrames(1 << 20);
    const got = [...poured(frames, stream.subarray(0, cut)), ...poured(frames, stream.subarray(cut))];
    assertEquals(got, payloads, `cut at ${cut}`);
    assertEquals(frames.partial, false);
  }
});

Deno.test("NetworkFrames gives frames of all sizes in parts of all sizes", () => {
  const random = new Random(7);
  for (let round = 0; round < 30; round++) {
    const sizes = Array.from({ length: 6 }, () => random.pick([0, 1, 1019, 1020, 1021, 65531, 65532, 65533, 200_000]));
    const payloads = sizes.map((size) => new Uint8Array(size).fill(random.below(256)));
    const stream = new Uint8Array(sizes.reduce((sum, size) => sum + size + 4, 0));
    payloads.reduce((at, payload) => (stream.set(frame(payload), at), at + payload.length + 4), 0);
    const frames = new NetworkFrames(1 << 30);
    const got: Uint8Array[] = [];
    for (let at = 0; at < stream.length;) {
      const size = 1 + random.below(100_000);
      got.push(...poured(frames, stream.subarray(at, at + size)));
      at += size;
    }
    assertEquals(got.map((each) => [each.length, each[0]]), payloads.map((each) => [each.length, each[0]]));
  }
});

Deno.test("NetworkFrames takes memory for a large frame as it comes", () => {
  const frames = new NetworkFrames(2 ** 40);
  poured(frames, Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 0));
  assert(frames.room().buffer.byteLength <= 1 << 22);
  assertEquals(frames.ready, false);
});

Deno.test("writeNetworkFrame() writes CPython's bytes [AUTH-04]", () => {
  const written = (text: string) => writeNetworkFrame(new Writer(), (writer) => writer.bytes(bytesOf(text))).toHex();
  assertEquals(written("hello"), "0000000568656c6c6f");
  assertEquals(written(""), "00000000");
  // 2 GiB are not made for this: only the length is said to be so large.
  const writer = new Writer();
  const large = writeNetworkFrame(writer, () => writer.length = 12 + 0x8000_0000);
  assertMatch(large.subarray(0, 12).toHex(), /^ffffffff0000000080000000$/);
});

/** Hands bytes over as a socket does, and gives the frames that are there afterwards. */
function poured(frames: NetworkFrames, bytes: Uint8Array): Uint8Array[] {
  const got: Uint8Array[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const room = frames.room();
    const part = rest.subarray(0, room.length);
    room.set(part);
    frames.filled(part.length);
    rest = rest.subarray(part.length);
    for (let next = frames.next(); next !== undefined; next = frames.next()) got.push(next.slice());
  }
  return got;
}
