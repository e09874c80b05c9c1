/** Values of every kind that structured clone knows, made at random from a seed. */

import type { Random } from "./random.ts";

const NUMBERS = [0, -0, 1, 95, 96, 127, 128, 255, 256, -1, -128, 65536, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 1 - 2 ** 53];
const FLOATS = [NaN, Infinity, -Infinity, 0.1, -1.5, 2 ** 53, 2 ** 64, 5e-324, 1.7976931348623157e308];
const TEXTS = [
  "",
  "a",
  "name",
  "__proto__",
  "constructor",
  "toString",
  "0",
  "1",
  "é",
  "漢字",
  "😀",
  "\ud800",
  "\udc00x",
  "\0",
];
const BIGINTS = [0n, 1n, -1n, 255n, 256n, -(2n ** 63n), 2n ** 64n, 10n ** 40n];
const KEYS = ["id", "name", "args", "a", "b", "__proto__", "0", "7", "é", "", "length", "constructor", "😀"];
const VIEWS = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];
interface ViewClass {
  new (buffer: ArrayBuffer, offset: number, length?: number): ArrayBufferView;
  readonly BYTES_PER_ELEMENT?: number;
}

const ERRORS = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

/** A value, nested at most so deep; parts of it may be the same object. */
export function randomValue(random: Random, depth = 3, made: object[] = []): unknown {
  if (made.length > 0 && random.below(8) === 0) return random.pick(made);
  if (depth === 0 || random.below(3) === 0) return primitive(random);
  return random.below(2) === 0 ? container(random, depth, made) : leaf(random, made);
}

function primitive(random: Random): unknown {
  switch (random.below(7)) {
    case 0:
      return [undefined, null, true, false][random.below(4)];
    case 1:
      return random.pick(FLOATS);
    case 2:
      return random.pick(BIGINTS);
    case 3:
      return random.pick(TEXTS).repeat(random.below(4));
    case 4:
      return random.pick(TEXTS) + "x".repeat(random.below(70)) + random.pick(TEXTS);
    case 5:
      return random.below(2 ** 31) - 2 ** 30;
    default:
      return random.pick(NUMBERS);
  }
}

function container(random: Random, depth: number, made: object[]): object {
  const size = random.below(depth === 1 && random.below(20) === 0 ? 90 : 5);
  const part = () => randomValue(random, depth - 1, made);
  switch (random.below(5)) {
    case 0: {
      const array: unknown[] = keep(made, []);
      for (let count = size; count > 0; count--) array.push(part());
      return array;
    }
    case 1: {
      const array: unknown[] = keep(made, []);
      array.length = size * 2;
      for (let count = size; count > 0; count--) array[random.below(size * 2)] = part();
      if (random.below(3) === 0) define(array, random.pick(["extra", "é", "-1"]), part());
      return array;
    }
    case 2: {
      const map = keep(made, new Map());
      for (let count = size; count > 0; count--) map.set(part(), part());
      return map;
    }
    case 3: {
      const set = keep(made, new Set());
      for (let count = size; count > 0; count--) set.add(part());
      return set;
    }
    default: {
      const object = keep(made, random.below(10) === 0 ? Object.create(null) : {});
      for (let count = size; count > 0; count--) define(object, random.pick(KEYS), part());
      return object;
    }
  }
}

function leaf(random: Random, made: object[]): object {
  switch (random.below(6)) {
    case 0:
      return keep(made, new Date(random.pick([0, NaN, -1, 8.64e15, 1.5e12])));
    case 1:
      return keep(
        made,
        new RegExp(random.pick(["a", "\\/", "(?<x>é)", "[\\n]"]), random.pick(["", "g", "iu", "gimsy"])),
      );
    case 2:
      return keep(made, Object(random.pick<unknown>([1, -0, "", "é", true, false, 5n])));
    case 3:
      return keep(made, buffer(random));
    case 4:
      return keep(made, view(random, made));
    default: {
      const error = new (random.pick(ERRORS))(random.pick(TEXTS));
      error.stack = "Error: at test";
      return keep(made, error);
    }
  }
}

function buffer(random: Random): ArrayBuffer {
  const size = random.below(5) * 8;
  const made = random.below(3) === 0 ? new ArrayBuffer(size, { maxByteLength: size + 16 }) : new ArrayBuffer(size);
  new Uint8Array(made).set(random.bytes(size));
  return made;
}

function view(random: Random, made: object[]): ArrayBufferView {
  const known = made.filter((each) => each instanceof ArrayBuffer);
  const under = known.length > 0 && random.below(2) === 0 ? random.pick(known) : keep(made, buffer(random));
  const offset = random.below(under.byteLength / 8 + 1) * 8;
  const View = random.pick<ViewClass>([...VIEWS, DataView]);
  if (random.below(2) === 0) return new View(under, offset);
  const step = View.BYTES_PER_ELEMENT ?? 1;
  return new View(under, offset, random.below((under.byteLength - offset) / step + 1));
}

function keep<T extends object>(made: object[], object: T): T {
  made.push(object);
  return object;
}

function define(object: object, key: string, value: unknown): void {
  if (Array.isArray(object) && key === "length") return;
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}
