import { assertEquals, assertMatch, assertRejects, assertStrictEquals } from "@std/assert";
import { BufferTooShort, InvalidStateError, Pipe } from "../../mod.ts";
import { failureOf, forEachPlace } from "../helpers/ends.ts";

const ALPHABET = new TextEncoder().encode("abcdefghijklmnopqrstuvwxyz");

function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

forEachPlace("Connection.sendBytes() sends a part of the bytes [CONN-10]", async (here, there) => {
  const cases: [number[], string][] = [
    [[], "abcdefghijklmnopqrstuvwxyz"],
    [[5], "fghijklmnopqrstuvwxyz"],
    [[7, 8], "hijklmno"],
    [[0, 26], "abcdefghijklmnopqrstuvwxyz"],
    [[26], ""],
    [[26, 0], ""],
  ];
  for (const [place, expected] of cases) {
    await there.call("sendBytes", ALPHABET, ...place);
    assertEquals(await here.recvBytes(), encodeText(expected));
  }
  for (const place of [[27], [22, 5], [26, 1], [-1], [4, -1], [NaN], [0, NaN]]) {
    assertEquals((await failureOf(there.call("sendBytes", ALPHABET, ...place))).name, "RangeError", String(place));
  }
  await there.call("sendBytes", encodeText("none was sent"));
  assertEquals(await here.recvBytes(), encodeText("none was sent"));
});

Deno.test("Connection.sendBytes() takes buffers and views, wider elements as their bytes, and no text [CONN-11]", async () => {
  const [here, there] = Pipe();
  const wide = new Float64Array([1, 2, 3]);
  const bytes = new Uint8Array(wide.buffer);
  const cases: [BufferSource, Uint8Array][] = [
    [wide, bytes],
    [wide.subarray(1), bytes.subarray(8)],
    [wide.buffer, bytes],
    [new DataView(wide.buffer, 3, 5), bytes.subarray(3, 8)],
  ];
  for (const [data, expected] of cases) {
    await here.sendBytes(data);
    assertEquals(await there.recvBytes(), expected);
  }
  await here.sendBytes(wide, 8, 9);
  assertEquals(await there.recvBytes(), bytes.subarray(8, 17));
  for (const data of ["text", 5, null, undefined, [1, 2]]) {
    await assertRejects(() => here.sendBytes(data as unknown as BufferSource), TypeError);
  }
  assertEquals(await there.poll(), false);
  here.close();
  there.close();
});

Deno.test("Connection.sendBytes() sends the bytes as they were at the call", async () => {
  const [here, there] = Pipe();
  const bytes = new Uint8Array([1, 2, 3]);
  const sent = here.sendBytes(bytes);
  bytes.fill(9);
  await sent;
  assertEquals(await there.recvBytes(), new Uint8Array([1, 2, 3]));
  const value = { list: [1] };
  const second = here.send(value);
  value.list.push(2);
  await second;
  assertEquals(await there.recv(), { list: [1] });
  here.close();
  there.close();
});

forEachPlace(
  "Connection.recvBytes() refuses a message that is too long, and everything after it [CONN-12]",
  async (here, there) => {
    await there.call("sendBytes", ALPHABET);
    assertEquals(await here.recvBytes(26), ALPHABET);
    await assertRejects(() => here.recvBytes(-1), RangeError);
    await there.call("sendBytes", ALPHABET);
    await there.call("sendBytes", encodeText("never received"));
    const error = await assertRejects(() => here.recvBytes(25), Deno.errors.InvalidData, "bad message length");
    assertMatch(error.message, /\b26\b.*\b25\b/);
    assertEquals([here.readable, here.writable, here.closed], [false, true, false]);
    await assertRejects(() => here.recvBytes(), InvalidStateError);
    await assertRejects(() => here.poll(), InvalidStateError);
    await here.send("still writable");
    assertEquals(await there.call("recv"), "still writable");
  },
);

forEachPlace(
  "Connection.recvBytes() closes a connection that only receives if a message is too long [CONN-12]",
  async (here, there) => {
    await there.call("sendBytes", ALPHABET);
    await assertRejects(() => here.recvBytes(25), Deno.errors.InvalidData);
    assertEquals(here.closed, true);
    await assertRejects(() => here.recvBytes(), InvalidStateError);
  },
  { duplex: false },
);

forEachPlace(
  "Connection.recvBytesInto() fills a buffer, or gives the message in the error [CONN-13]",
  async (here, there) => {
    const buffer = new Uint8Array(10).fill(7);
    await there.call("sendBytes", encodeText("abc"));
    assertEquals(await here.recvBytesInto(buffer), 3);
    assertEquals(buffer, new Uint8Array([97, 98, 99, 7, 7, 7, 7, 7, 7, 7]));
    await there.call("sendBytes", encodeText("de"));
    assertEquals(await here.recvBytesInto(buffer, 8), 2);
    assertEquals(buffer, new Uint8Array([97, 98, 99, 7, 7, 7, 7, 7, 100, 101]));
    const wide = new Int32Array(2);
    await there.call("sendBytes", encodeText("abcd"));
    assertEquals(await here.recvBytesInto(wide, 4), 4);
    assertEquals(new Uint8Array(wide.buffer), new Uint8Array([0, 0, 0, 0, 97, 98, 99, 100]));
    await there.call("sendBytes", ALPHABET);
    const error = await assertRejects(() => here.recvBytesInto(buffer, 1), BufferTooShort);
    assertEquals(error.args[0], ALPHABET);
    assertStrictEquals(error.data, error.args[0]);
    assertEquals(buffer[1], 98);
    await there.call("sendBytes", new Uint8Array(0));
    assertEquals(await here.recvBytesInto(buffer, 10), 0);
    for (const offset of [-1, 11]) await assertRejects(() => here.recvBytesInto(buffer, offset), RangeError);
  },
);

Deno.test("Connection.sendBytes() and recvBytesInto() take memory that is shared", async () => {
  const [here, there] = Pipe();
  const shared: Uint8Array = new Uint8Array(new SharedArrayBuffer(4)).fill(7);
  await here.sendBytes(shared, 1);
  const into: Uint8Array = new Uint8Array(new SharedArrayBuffer(4));
  assertEquals([await there.recvBytesInto(into), [...into]], [3, [7, 7, 7, 0]]);
  here.close();
  there.close();
});
