import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { decode } from "../../src/codec/decode.ts";
import { neededReferences } from "../../src/codec/head.ts";
import { MalformedMessageError } from "../../src/base/errors.ts";
import { Reader } from "../../src/codec/reader.ts";
import { registerReducer } from "../../src/codec/reducer.ts";
import { bytesOf, Writer } from "../../src/codec/writer.ts";
import { messageOf, source } from "../helpers/codec.ts";

/** Seven set bits a byte, several times: a number as large as can be. */
const HUGE = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];

function frame(...body: number[]): Uint8Array {
  return new Uint8Array([0xd7, 1, 0, 0, 0, 0, ...body]);
}

Deno.test("decode() tells a Python pickle from other bytes and says what to do", () => {
  const pickle = new Uint8Array([0x80, 0x04, 0x4e, 0x2e]);
  assertThrows(() => decode(pickle, source), MalformedMessageError, "Python pickle");
  assertThrows(() => neededReferences(pickle), MalformedMessageError, "sendBytes");
  const json = new TextEncoder().encode('{"a":1}');
  assertThrows(() => decode(json, source), MalformedMessageError, "not a message of this module");
  assertThrows(() => decode(new Uint8Array(), source), MalformedMessageError, "not a message of this module");
});

Deno.test("decode() refuses huge counts in few bytes without allocating for them", () => {
  const before = Deno.memoryUsage();
  for (let tag = 0x80; tag < 0x100; tag++) {
    for (const body of [[tag, ...HUGE], [tag, 1, ...HUGE], [tag, ...HUGE, ...HUGE], [tag, 0xff, 0xff, 0xff, 0xff]]) {
      try {
        decode(frame(...body), source);
      } catch (error) {
        assert(error instanceof MalformedMessageError || error instanceof TypeError, String(error));
      }
    }
  }
  const after = Deno.memoryUsage();
  assert(after.heapUsed + after.external - before.heapUsed - before.external < 50e6);
});

Deno.test("decode() makes a key called __proto__ an own property", () => {
  const value = decode(messageOf([JSON.parse('{"__proto__":{"polluted":1}}')]), source) as [Record<string, unknown>];
  assert(Object.hasOwn(value[0], "__proto__"));
  assertEquals(Object.getPrototypeOf(value[0]), Object.prototype);
  assertEquals(Reflect.get({}, "polluted"), undefined);
});

Deno.test("decode() holds to the limits of its source, in depth and in items", () => {
  const limited = (depth: number, items: number) => ({ ...source, limits: { depth, items } });
  let value: unknown = 1;
  for (let depth = 0; depth < 1000; depth++) value = [value];
  const nested = messageOf(value);
  assertThrows(() => decode(nested, limited(999, 1e6)), RangeError, "deeper than 999");
  decode(nested, limited(1000, 1e6));
  const wide = messageOf(Array.from({ length: 1000 }, (_, index) => [index]));
  assertThrows(() => decode(wide, limited(10, 2000)), RangeError, "more than 2000");
  decode(wide, limited(2, 2001));
  assertThrows(() => decode(messageOf(new Array(1000).fill(0.5)), limited(2, 1000)), RangeError);
});

Deno.test("decode() says to call registerReducer for a class that is not registered here", () => {
  const sent = messageOf(new (registered("Here"))());
  const name = new TextEncoder().encode("Here");
  const at = sent.findIndex((_, index) => name.every((byte, offset) => sent[index + offset] === byte));
  sent.set(new TextEncoder().encode("Away"), at);
  const error = assertThrows(() => decode(sent, source), TypeError, "class Away");
  assertMatch(error.message, /registerReducer/);
});

function registered(name: string): new () => object {
  const cls = { [name]: class {} }[name] as new () => object;
  registerReducer(cls, { reduce: () => 0, revive: () => new cls() });
  return cls;
}

Deno.test("registerReducer() tells two classes of one name apart", () => {
  const first = registered("Twin");
  const second = registered("Twin");
  assert(decode(messageOf(new first()), source) instanceof first);
  assert(decode(messageOf(new second()), source) instanceof second);
});

Deno.test("neededReferences() names the functions of a message, and allocates nothing if there are none", () => {
  assertEquals(neededReferences(messageOf([assert, assert, decode])).length, 2);
  assert(neededReferences(messageOf(1)) === neededReferences(messageOf("a")));
});

Deno.test("neededReferences() refuses a garbled table", () => {
  const message = messageOf(decode);
  for (let at = 2; at < message.length; at++) {
    const garbled = message.slice();
    garbled[at] = 0xff;
    try {
      neededReferences(garbled);
    } catch (error) {
      assert(error instanceof MalformedMessageError, String(error));
    }
  }
});

Deno.test("Writer and Reader agree on every kind of number", () => {
  const writer = new Writer(1);
  const numbers = [0, 1, 127, 128, 16383, 16384, 2 ** 31, 2 ** 32, 2 ** 53 - 1];
  for (const number of numbers) writer.varuint(number);
  for (const number of [0, 1, 2 ** 31, 2 ** 32 - 1]) writer.u32(number);
  for (const number of [-0, NaN, 0.1, -Infinity]) writer.f64(number);
  const mark = writer.length;
  writer.bytes(new Uint8Array(1000));
  writer.length = mark;
  const reader = new Reader(writer.finish());
  assertEquals(numbers.map(() => reader.varuint()), numbers);
  assertEquals([0, 0, 0, 0].map(() => reader.u32()), [0, 1, 2 ** 31, 2 ** 32 - 1]);
  assertEquals([0, 0, 0, 0].map(() => reader.f64()), [-0, NaN, 0.1, -Infinity]);
  assertEquals(reader.remaining, 0);
  assertThrows(() => reader.u8(), MalformedMessageError);
});

Deno.test("bytesOf() gives bytes of their own, of any size, also within what builds others", () => {
  const sizes = [0, 10, 512, 513, 100_000, 1 << 22, (1 << 22) + 1, 5 << 20, 10];
  const all = sizes.map((size, index) =>
    bytesOf((writer) => {
      for (let left = size; left > 0; left -= 1000) {
        writer.bytes(new Uint8Array(Math.min(1000, left)).fill(index));
        if (left === size) assertEquals(bytesOf((inner) => inner.u32(7)), Uint8Array.of(7, 0, 0, 0));
      }
    })
  );
  for (const [index, bytes] of all.entries()) {
    assertEquals(bytes.length, sizes[index]);
    assert(bytes.every((byte) => byte === index), `${bytes.length} bytes were changed`);
  }
  assert((all.at(-1)?.buffer.byteLength ?? 0) <= 512, "a small message keeps a large buffer");
});

Deno.test("bytesOf() leaves nothing of what could not be built", () => {
  assertThrows(() =>
    bytesOf((writer) => {
      writer.u8(1);
      throw new RangeError("enough");
    }), RangeError);
  assertEquals(bytesOf((writer) => writer.u8(2)), Uint8Array.of(2));
});

Deno.test("decode() takes the class of another program for the one of its name, if only one has it here", () => {
  class Versioned {
    version = 2;
  }
  const reducer = { reduce: () => 1, revive: () => new Versioned() };
  registerReducer(Versioned, reducer);
  const message = messageOf(new Versioned());
  const digits = /Versioned ([0-9a-f]{8})/.exec(new TextDecoder("latin1").decode(message))?.[1];
  assert(digits !== undefined);
  // As if its text had been another where it was sent.
  message.set(new TextEncoder().encode("00000000"), new TextDecoder("latin1").decode(message).indexOf(digits));
  const stranger = { ...source, limits: { depth: 10, items: 10 } };
  assertEquals(decode(message, stranger), new Versioned());
  assertThrows(() => decode(message, source), TypeError, "class Versioned: it is not registered here");
  const other = { Versioned: class Versioned {} }.Versioned;
  registerReducer(other, { reduce: () => 1, revive: () => new other() });
  assertThrows(() => decode(message, stranger), TypeError, "class Versioned: it is not registered here");
});
