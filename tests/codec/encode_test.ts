import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { decode } from "../../src/codec/decode.ts";
import { encode } from "../../src/codec/encode.ts";
import { reduce, registerReducer, revive } from "../../src/codec/reducer.ts";
import { Writer } from "../../src/codec/writer.ts";
import { handoff, messageOf, passed, source } from "../helpers/codec.ts";
import { textOf } from "../helpers/same.ts";

const shared = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
const cycle: Record<string, unknown> = { name: "cycle" };
cycle.self = cycle;
const tracking = new ArrayBuffer(4, { maxByteLength: 16 });

/** Each must arrive as `structuredClone` would have it. */
class OddMap<K, V> extends Map<K, V> {
  override *[Symbol.iterator](): MapIterator<[K, V]> {}
}

class OddSet<T> extends Set<T> {
  override *[Symbol.iterator](): SetIterator<T> {}
}

class NamedView extends Uint8Array {
  override get [Symbol.toStringTag](): "Uint8Array" {
    return "NamedView" as "Uint8Array";
  }
}

const unshowable = {
  [Symbol.for("Deno.customInspect")]() {
    throw new Error("Not to be shown");
  },
};

const VALUES: Record<string, unknown> = {
  "undefined": undefined,
  "null": null,
  "numbers": [
    0,
    -0,
    1,
    95,
    96,
    -1,
    127,
    128,
    2 ** 31,
    -(2 ** 31),
    2 ** 53 - 1,
    2 ** 53,
    -(2 ** 53),
    0.1,
    NaN,
    Infinity,
  ],
  "BigInts": [0n, -1n, 255n, 256n, 2n ** 64n, -(10n ** 50n)],
  "texts": ["", "a", "é", "漢", "😀", "\ud800", "x\udc00y", "\0", "x".repeat(31), "x".repeat(32), "é".repeat(1e5)],
  "dates": [new Date(0), new Date(NaN), new Date(8.64e15)],
  "a regular expression whose lastIndex is set": Object.assign(/a+/gu, { lastIndex: 3 }),
  "boxed primitives": [Object(1), Object(-0), Object("é"), Object(true), Object(false), Object(5n)],
  "an array with holes": [1, , 3, , ,], // deno-lint-ignore no-sparse-arrays
  "an array with one hole and one more property": Object.assign([, 1], { extra: 2 }), // deno-lint-ignore no-sparse-arrays
  "an array with more properties": Object.assign([1, 2, 3], { extra: { deep: true } }),
  "a long array with a more property": Object.assign(Array.from({ length: 100 }, String), { extra: 1 }),
  "numbers with a more property": Object.assign(Array.from({ length: 100 }, (_, index) => index), { extra: 1 }),
  "many numbers with a more property": Object.assign(new Array(1000).fill(0.5), { extra: 1 }),
  "many numbers with an unreadable look": Object.assign(new Array(1000).fill(0.5), { extra: { a: unshowable } }),
  "an empty long array": new Array(4294967295),
  "a long array of numbers": Array.from({ length: 1000 }, (_, index) => index / 3),
  "an object of keys that are special elsewhere": JSON.parse('{"__proto__":1,"constructor":2,"toString":3,"0":4,"":5}'),
  "an object without prototype": Object.assign(Object.create(null), { a: 1 }),
  "a getter": {
    get a() {
      return 1;
    },
  },
  "properties that do not cross": Object.defineProperty({ [Symbol.iterator]: 1, a: 1 }, "hidden", { value: 1 }),
  "a Map": new Map<unknown, unknown>([[1, "a"], [{ a: 1 }, [2]], [NaN, undefined]]),
  "a Set": new Set([1, "a", {}, [], NaN]),
  "a Map and a Set with iterators of their own": [new OddMap([[1, 2]]), new OddSet([1])],
  "a boxed primitive with a method of its own": Object.assign(new Number(1), { valueOf: () => ({}) }),
  "a view with a name of its own": new NamedView([1, 2, 3]),
  "a cycle": cycle,
  "one object twice": [shared, shared, cycle, cycle],
  "views of one buffer": [new Uint8Array(shared, 2, 3), new Uint16Array(shared), new DataView(shared, 1), shared],
  "a resizable buffer and views that follow it": [tracking, new Uint8Array(tracking), new Uint8Array(tracking, 0, 4)],
  "typed arrays": [new Int8Array(1), new Uint8ClampedArray([300]), new Float32Array([0.1]), new BigInt64Array([-1n])],
  "objects of one shape": [{ a: 1, b: 2 }, { a: 3, b: 4 }, { b: 5, a: 6 }, { a: undefined, b: undefined }],
  "seventeen shapes and more": Array.from({ length: 40 }, (_, n) => ({ [`key${n % 20}`]: n, same: n })),
};

for (const [name, value] of Object.entries(VALUES)) {
  Deno.test(`encode() and decode() keep ${name}`, () => {
    assertEquals(textOf(passed(value)), textOf(structuredClone(value)));
  });
}

Deno.test("decode() keeps views that follow their buffer", () => {
  const [buffer, following, fixed] = passed([tracking, new Uint8Array(tracking), new Uint8Array(tracking, 0, 4)]) as [
    ArrayBuffer,
    Uint8Array,
    Uint8Array,
  ];
  buffer.resize(8);
  assertEquals([following.length, fixed.length], [8, 4]);
});

Deno.test("decode() keeps views that follow a buffer in which no whole number of their elements lies", () => {
  const view = passed(new Float64Array(new ArrayBuffer(12, { maxByteLength: 16 })));
  assertEquals(view.length, 1);
  view.buffer.resize(16);
  assertEquals(view.length, 2);
});

Deno.test("decode() gives buffers of their own, which the message's bytes do not reach", () => {
  const message = messageOf(new Uint8Array([1, 2, 3]));
  const value = decode(message, source);
  message.fill(0);
  assertEquals(value, new Uint8Array([1, 2, 3]));
});

Deno.test("encode() keeps symbols that other processes have", () => {
  assertEquals(passed([Symbol.iterator, Symbol.for("k")]), [Symbol.iterator, Symbol.for("k")]);
});

Deno.test("encode() leaves out a property that reading an earlier one took away", () => {
  const make = () => {
    const value: Record<string, unknown> = {
      get a() {
        delete value.b;
        return 1;
      },
      b: 2,
      c: 3,
    };
    return value;
  };
  assertEquals(textOf(passed(make())), textOf(structuredClone(make())));
});

Deno.test("encode() sends no property of an object's prototype, whatever the objects before had", () => {
  const before = { a: 1, inherited: 2 };
  assertEquals(passed([before, { ...before }]), [before, before]);
  Object.assign(Object.prototype, { inherited: 3 });
  try {
    assertEquals(Object.keys(passed({ a: 1 })), ["a"]);
    assertEquals(Object.keys(passed({})), []);
    assertEquals(Object.keys(passed(before)), ["a", "inherited"]);
  } finally {
    Reflect.deleteProperty(Object.prototype, "inherited");
  }
});

Deno.test("encode() appends messages one behind another", () => {
  const writer = new Writer(1);
  encode({ a: 1, f: handoff.functionReference }, writer, handoff);
  const first = writer.length;
  encode(["second", passed], writer, handoff);
  const bytes = writer.finish();
  assertEquals(decode(bytes.subarray(0, first), source), { a: 1, f: handoff.functionReference });
  assertEquals(decode(bytes.subarray(first), source), ["second", passed]);
});

Deno.test("encode() works within a getter of what is being encoded", () => {
  const value = {
    get inner() {
      return passed({ a: [1, 2] });
    },
    after: { a: 1 },
  };
  assertEquals(passed(value) as unknown, { inner: { a: [1, 2] }, after: { a: 1 } });
});

Deno.test("encode() and decode() manage a million nested arrays, objects and maps", () => {
  const kinds: ((inner: unknown) => object)[] = [
    (inner) => [inner],
    (next) => ({ next }),
    (inner) => new Map([[1, inner]]),
  ];
  for (const wrap of kinds) {
    let value: unknown = "end";
    for (let depth = 0; depth < 1e6; depth++) value = wrap(value);
    let arrived = passed(value);
    let depth = 0;
    for (; typeof arrived === "object" && arrived !== null; depth++) {
      arrived = arrived instanceof Map ? arrived.get(1) : Object.values(arrived)[0];
    }
    assertEquals([arrived, depth], ["end", 1e6]);
  }
});

Deno.test("encode() and decode() keep a reduced object whole at any depth", () => {
  class Box {
    constructor(readonly content: unknown) {}
  }
  registerReducer(Box, {
    reduce: ({ content }) => ({ deep: [[content]] }),
    revive: ({ deep }) => new Box(deep[0]?.[0]),
  });
  for (let depth = 190; depth < 210; depth++) {
    let value: unknown = new Box("content");
    for (let level = 0; level < depth; level++) value = [value];
    let arrived = passed(value);
    while (Array.isArray(arrived)) arrived = arrived[0];
    assert(arrived instanceof Box);
    assertEquals(arrived.content, "content");
  }
});

class Celsius {
  #degrees: number;
  constructor(degrees: number) {
    this.#degrees = degrees;
  }
  get degrees() {
    return this.#degrees;
  }
}
registerReducer(Celsius, { reduce: (value) => value.degrees, revive: (degrees) => new Celsius(degrees) });

class Point {
  constructor(readonly x: number, readonly y: number) {}
  [reduce]() {
    return { x: this.x, y: this.y };
  }
  static [revive]({ x, y }: { x: number; y: number }) {
    return new Point(x, y);
  }
}

Deno.test("registerReducer() has objects of a class arrive as such, and one object twice as one", () => {
  const value = new Celsius(36.6);
  const arrived = passed({ a: value, b: [value] });
  assert(arrived.a instanceof Celsius);
  assertEquals(arrived.a.degrees, 36.6);
  assert(arrived.b[0] === arrived.a);
});

Deno.test("encode() has objects with [reduce] and [revive] arrive as such", () => {
  const arrived = passed(new Point(1, 2));
  assert(arrived instanceof Point);
  assertEquals(arrived.y, 2);
});

class Plain {}
class Knot {
  self = this;
}
registerReducer(Knot, { reduce: ({ self }) => ({ self }), revive: () => new Knot() });
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const detached = new ArrayBuffer(8);
structuredClone(detached, { transfer: [detached] });

const shrunk = new ArrayBuffer(8, { maxByteLength: 16 });
const outside = new DataView(shrunk, 4, 4);
shrunk.resize(2);

function refuse(): never {
  throw new Error("Not for you");
}

/** What is refused, where, and words of the reason. */
const REFUSED: [name: string, value: unknown, path: string, reason: RegExp][] = [
  ["a function that is not known", { user: { onClick: unknownHandler } }, "$.user.onClick", /not exported/],
  ["a symbol of this process", [1, 2, 3, Symbol("x")], "$[3]", /Symbol\.for/],
  ["what is in the state of an object", { a: [new Celsius(Symbol("x") as never)] }, "$.a[0]", /Symbol\.for/],
  ["an object of a class", { "a b": [new Plain()] }, '$["a b"][0]', /registerReducer\(Plain/],
  ["something in a Map", new Map([["k", new Plain()]]), '$.get("k")', /Plain/],
  ["something in a Map's key", new Map([[new Plain(), 1]]), "$.key({…})", /Plain/],
  ["something in a Set", { map: new Set([unknownHandler]) }, "$.map.has(unknownHandler)", /not exported/],
  ["a WeakMap", { cache: new WeakMap() }, "$.cache", /WeakMap/],
  ["a Promise", [Promise.resolve()], "$[0]", /Promise/],
  ["a revoked proxy", { p: revoked.proxy }, "$.p", /proxy/],
  ["a detached buffer", { b: detached }, "$.b", /detached/],
  ["shared memory", { memory: new SharedArrayBuffer(8) }, "$.memory", /RawArray/],
  ["a Blob", [new Blob([])], "$[0]", /as bytes or text/],
  ["a cycle through a reduced object", [new Knot()], "$[0]", /cycle/],
  ["a Map by its prototype alone", [new Map(), Object.create(Map.prototype)], "$[1]", /built-in class/],
  ["a Set by its prototype alone", [Object.create(Set.prototype)], "$[0]", /built-in class/],
  ["a Date by its prototype alone", { a: Object.create(Date.prototype) }, "$.a", /built-in class/],
  ["a number by its prototype alone", [Object.create(Number.prototype)], "$[0]", /registerReducer\(Number/],
  ["a Symbol object", [Object(Symbol("x"))], "$[0]", /the symbol in it/],
  ["a view that its buffer has left behind", { view: outside }, "$.view", /too small/],
  ["a Promise in an object", { later: Promise.resolve(1) }, "$.later", /await it first$/],
  ["a generator", [(function* () {})()], "$[0]", /an iterator, .* array of what it gives$/],
  ["an asynchronous generator", [(async function* () {})()], "$[0]", /array of what it gives$/],
  ["an iterator", { keys: new Map().keys() }, "$.keys", /array of what it gives$/],
  ["a proxy that refuses questions", { p: new Proxy(new Plain(), { has: refuse }) }, "$.p", /proxy/],
  ["a proxy that refuses everything", { p: new Proxy(new Plain(), { get: refuse }) }, "$.p", /class object/],
  ["something behind a hundred thousand levels", deep(new Plain()), "$", /Plain/],
];

function unknownHandler() {}

function deep(value: unknown): unknown {
  let outer = value;
  for (let depth = 0; depth < 1e5; depth++) outer = [outer];
  return outer;
}

for (const [name, value, path, reason] of REFUSED) {
  Deno.test(`encode() refuses ${name}, naming the path to it`, () => {
    const error = assertThrows(() => passed(value), TypeError);
    assert(error.message.startsWith(`Cannot send ${path}`), error.message.slice(0, 200));
    assertMatch(error.message, reason);
    assert(!error.message.endsWith("."));
  });
}

Deno.test("encode() gives the path and the cause when a getter throws", () => {
  const cause = new RangeError("out of reach");
  const value = {
    user: {
      get age() {
        throw cause;
      },
    },
  };
  const error = assertThrows(() => passed(value), TypeError, "$.user.age");
  assert(error.cause === cause);
});
