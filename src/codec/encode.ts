/**
 * Values to bytes: structured clone's rules, functions by reference, objects of classes by their reducers. The format is described in
 * `wire.ts`.
 *
 * Source: the HTML Standard, "2.7.4 StructuredSerializeInternal".
 *
 * @module
 */

import { isSecret } from "../base/secrets.ts";
import { errorClassName, nearestErrorClassName } from "./error_class.ts";
import type { FunctionReference, Handoff } from "./handoff.ts";
import { Identities } from "./identities.ts";
import { reduce, registrationOf, revive } from "./reducer.ts";
import { Ref } from "./ref.ts";
import { Refusal, withPath } from "./refusal.ts";
import { writeText } from "./text.ts";
import { DEEP, HEAD_BYTES, MAGIC, SHAPES, SMALL_TEXT, Tag, VERSION, VIEWS } from "./wire.ts";
import type { Writer } from "./writer.ts";

const { hasOwn, getPrototypeOf, keys: keysOf } = Object;
const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;
// What a reduced object or an error holds must be whole before the object is made, so nothing in it can come later.
const DEEPEST_WHOLE = 3 * DEEP - 2;
// Listing an array's keys, to find further properties, costs more than writing numbers; longer arrays of numbers are not asked.
const LISTED_ARRAY = 64;

let idle: Encoder | undefined;

/**
 * Appends one value to the writer as a message.
 *
 * @throws {TypeError} If something in it cannot be sent, with the path to it. What was written by then is for the caller to take out.
 */
export function encode(value: unknown, writer: Writer, handoff: Handoff): void {
  // A getter or a reducer may encode something itself, so the one that is kept may be busy.
  const encoder = idle ?? new Encoder();
  idle = undefined;
  try {
    encoder.message(value, writer, handoff);
  } catch (error) {
    throw error instanceof Refusal ? withPath(error, value, handoff.destination) : error;
  } finally {
    encoder.forget();
    idle = encoder;
  }
}

/** The state of encoding one message. */
class Encoder {
  #writer!: Writer;
  #handoff!: Handoff;
  readonly #identities = new Identities();
  /** Lists of keys; those from `#shapeCount` on are of earlier messages. */
  readonly #shapes: string[][] = [];
  #shapeCount = 0;
  readonly #references: FunctionReference[] = [];
  /** Objects whose contents come after all else. */
  readonly #later: object[] = [];
  /** Objects whose reducer is at work. */
  readonly #reducing = new Set<object>();
  #depth = 0;
  /** From which depth contents come later, or are refused within what must be whole. */
  #deepest = DEEP;

  message(value: unknown, writer: Writer, handoff: Handoff): void {
    this.#writer = writer;
    this.#handoff = handoff;
    const start = writer.length;
    writer.ensure(HEAD_BYTES);
    const { data } = writer;
    data[start] = MAGIC;
    data[start + 1] = VERSION;
    data[start + 2] =
      data[start + 3] =
      data[start + 4] =
      data[start + 5] =
        0;
    writer.length = start + HEAD_BYTES;
    this.#value(value);
    if (this.#later.length > 0) this.#restOfDeep();
    if (this.#references.length > 0) this.#table(start);
  }

  forget(): void {
    this.#identities.clear();
    this.#shapeCount = 0;
    // Emptying an array gives up its memory, so only where there is something.
    if (this.#references.length > 0) this.#references.length = 0;
    if (this.#later.length > 0) this.#later.length = 0;
    if (this.#reducing.size > 0) this.#reducing.clear();
    this.#depth = 0;
    this.#deepest = DEEP;
  }

  #restOfDeep(): void {
    for (let next = 0; next < this.#later.length; next++) {
      this.#depth = 0;
      this.#contents(this.#later[next] as object);
    }
  }

  #table(start: number): void {
    this.#writer.setU32(start + 2, this.#writer.length - start);
    this.#writer.varuint(this.#references.length);
    for (const reference of this.#references) writeText(this.#writer, JSON.stringify(reference));
  }

  #value(value: unknown): void {
    const writer = this.#writer;
    switch (typeof value) {
      case "number":
        return this.#number(value);
      case "string":
        return writeText(writer, value);
      case "boolean":
        return writer.u8(value ? Tag.TRUE : Tag.FALSE);
      case "object":
        return value === null ? writer.u8(Tag.NULL) : this.#object(value);
      case "undefined":
        return writer.u8(Tag.UNDEFINED);
      case "function":
        return this.#function(value);
      case "bigint":
        return this.#bigint(value);
      case "symbol":
        return this.#symbol(value);
    }
  }

  #number(value: number): void {
    const writer = this.#writer;
    // 1 / value tells 0 from -0.
    if (value >= 0 && value < SMALL_TEXT && (value | 0) === value && (value > 0 || 1 / value > 0)) {
      return writer.u8(value);
    }
    if (!Number.isSafeInteger(value) || value === 0) {
      writer.u8(Tag.NUMBER);
      return writer.f64(value);
    }
    writer.u8(value < 0 ? Tag.NEGATIVE : Tag.INTEGER);
    writer.varuint(value < 0 ? -1 - value : value);
  }

  #bigint(value: bigint): void {
    const writer = this.#writer;
    let hex = (value < 0n ? -value : value).toString(16);
    if (hex.length % 2 === 1) hex = `0${hex}`;
    writer.u8(Tag.BIGINT);
    writer.u8(value < 0n ? 1 : 0);
    const bytes = Uint8Array.fromHex(hex).reverse();
    writer.varuint(bytes.length);
    writer.bytes(bytes);
  }

  #symbol(symbol: symbol): void {
    const key = Symbol.keyFor(symbol);
    if (key !== undefined) {
      this.#writer.u8(Tag.SYMBOL);
      return writeText(this.#writer, key);
    }
    const name = symbol.description?.replace(/^Symbol\./, "") ?? "";
    if (Reflect.get(Symbol, name) !== symbol) {
      throw new Refusal(`${String(symbol)} is known to this process only; use Symbol.for`, symbol);
    }
    this.#writer.u8(Tag.WELL_KNOWN);
    writeText(this.#writer, name);
  }

  #function(callable: object): void {
    if (this.#same(callable)) return;
    this.#identities.add(callable);
    const index = this.#reference(callable);
    this.#writer.u8(Tag.FUNCTION);
    this.#writer.varuint(index);
  }

  #reference(callable: object): number {
    try {
      return this.#references.push(this.#handoff.functionReference(callable)) - 1;
    } catch (error) {
      throw new Refusal(messageOf(error), callable, { cause: error });
    }
  }

  /** Writes an object that was met before by its number. */
  #same(object: object): boolean {
    const id = this.#identities.get(object);
    if (id < 0) return false;
    if (this.#reducing.has(object)) {
      throw new Refusal("its reduced state refers to the object itself; break the cycle in reduce", object);
    }
    this.#writer.u8(Tag.SAME);
    this.#writer.varuint(id);
    return true;
  }

  #object(object: object): void {
    if (this.#same(object)) return;
    this.#identities.add(object);
    let prototype: object | null;
    try {
      prototype = getPrototypeOf(object);
    } catch (error) {
      throw new Refusal("it is a proxy that was revoked or refuses to be looked at", object, { cause: error });
    }
    if (prototype === ObjectPrototype) return this.#container(object);
    if (prototype === ArrayPrototype) return this.#container(object);
    const registration = prototype === null ? undefined : registrationOf(prototype);
    if (registration !== undefined) {
      this.#writer.u8(Tag.REDUCED);
      writeText(this.#writer, registration.tag);
      return this.#reduced(object, () => registration.reduce(object, this.#handoff));
    }
    if (reduce in object) return this.#reducedByItself(object);
    if (Array.isArray(object) || isPlain(object, prototype) || object instanceof Map || object instanceof Set) {
      return this.#container(object);
    }
    if (object instanceof Error) return this.#error(object);
    this.#special(object);
  }

  #reduced(object: object, give: () => unknown): void {
    if (this.#depth >= DEEPEST_WHOLE) throw tooDeep(object);
    const deepest = this.#deepest;
    this.#deepest = DEEPEST_WHOLE;
    this.#depth++;
    this.#reducing.add(object);
    this.#value(give());
    this.#reducing.delete(object);
    this.#depth--;
    this.#deepest = deepest;
  }

  #reducedByItself(object: object): void {
    const cls: unknown = object.constructor;
    const give: unknown = Reflect.get(object, reduce);
    if (typeof cls !== "function" || typeof give !== "function" || typeof Reflect.get(cls, revive) !== "function") {
      throw new Refusal("its class needs a method [reduce]() and a static method [revive](state)", object);
    }
    const index = this.#reference(cls);
    this.#writer.u8(Tag.REVIVED);
    this.#writer.varuint(index);
    this.#reduced(object, () => give.call(object));
  }

  /** What has a beginning and contents: they follow at once, unless the value is deep. */
  #container(object: object): void {
    if (this.#depth < this.#deepest) {
      this.#depth++;
      this.#contents(object);
      this.#depth--;
      return;
    }
    if (this.#deepest !== DEEP) throw tooDeep(object);
    const writer = this.#writer;
    writer.u8(Tag.LATER);
    writer.u8(
      Array.isArray(object)
        ? Tag.ARRAY
        : object instanceof Map
        ? Tag.MAP
        : object instanceof Set
        ? Tag.SET
        : Tag.OBJECT,
    );
    this.#later.push(object);
  }

  #contents(object: object): void {
    if (Array.isArray(object)) return this.#array(object);
    if (object instanceof Map) return this.#map(object);
    if (object instanceof Set) return this.#set(object);
    this.#properties(object);
  }

  #properties(object: object): void {
    const writer = this.#writer;
    const keys = this.#keysOf(object);
    const shape = this.#shapeOf(keys);
    if (shape >= 0) {
      writer.u8(Tag.SHAPED);
      writer.varuint(shape);
    } else this.#newShape(keys);
    for (let index = 0; index < keys.length; index++) this.#property(object, keys[index] as string);
  }

  #newShape(keys: string[]): void {
    const writer = this.#writer;
    writer.u8(Tag.OBJECT);
    writer.varuint(keys.length);
    for (let index = 0; index < keys.length; index++) writeText(writer, keys[index] as string);
    if (this.#shapeCount < SHAPES && keys.length > 0) this.#shapes[this.#shapeCount++] = keys;
  }

  #keysOf(object: object): string[] {
    try {
      return keysOf(object);
    } catch (error) {
      throw new Refusal("it is a proxy that was revoked or refuses to be looked at", object, { cause: error });
    }
  }

  #property(object: object, key: string): void {
    let value: unknown;
    try {
      value = (object as Record<string, unknown>)[key];
    } catch (error) {
      throw new Refusal(`reading it failed with ${messageOf(error)}`, object, { cause: error, key });
    }
    if (value === undefined && !hasOwn(object, key)) this.#writer.u8(Tag.ABSENT);
    else this.#value(value);
  }

  /** The number of an equal list of keys, -1 if there is none. */
  #shapeOf(keys: string[]): number {
    const shapes = this.#shapes;
    search:
    for (let shape = 0; shape < this.#shapeCount; shape++) {
      const known = shapes[shape] as string[];
      if (known.length !== keys.length) continue;
      for (let index = 0; index < keys.length; index++) if (known[index] !== keys[index]) continue search;
      return shape;
    }
    return -1;
  }

  #array(array: unknown[]): void {
    const { length } = array;
    const writer = this.#writer;
    if (length > LISTED_ARRAY && isNumeric(array)) return this.#numbers(array);
    const keys = this.#keysOf(array);
    // Indices come first and in order, so if the last one is in its place there is nothing else, and no hole.
    if (keys.length !== length || (length > 0 && keys[length - 1] !== `${length - 1}`)) {
      return this.#sparse(array, keys);
    }
    writer.u8(Tag.ARRAY);
    writer.varuint(length);
    for (let index = 0; index < length; index++) this.#value(array[index]);
  }

  #numbers(array: readonly number[]): void {
    this.#writer.u8(Tag.NUMBERS);
    this.#writer.varuint(array.length);
    this.#writer.bytes(new Uint8Array(new Float64Array(array).buffer));
  }

  #sparse(array: unknown[], keys: readonly string[]): void {
    this.#writer.u8(Tag.SPARSE);
    this.#writer.varuint(array.length);
    this.#writer.varuint(keys.length);
    for (const key of keys) {
      writeText(this.#writer, key);
      this.#property(array, key);
    }
  }

  #map(map: Map<unknown, unknown>): void {
    // A copy, as getters of what is in it may change it.
    const entries = [...map];
    this.#writer.u8(Tag.MAP);
    this.#writer.varuint(entries.length);
    for (const [key, value] of entries) {
      this.#value(key);
      this.#value(value);
    }
  }

  #set(set: Set<unknown>): void {
    const items = [...set];
    this.#writer.u8(Tag.SET);
    this.#writer.varuint(items.length);
    for (const item of items) this.#value(item);
  }

  #special(object: object): void {
    const writer = this.#writer;
    if (object instanceof ArrayBuffer) return this.#buffer(object);
    if (ArrayBuffer.isView(object)) return this.#view(object);
    if (object instanceof Date) {
      writer.u8(Tag.DATE);
      return writer.f64(object.getTime());
    }
    if (object instanceof RegExp) {
      writer.u8(Tag.REGEXP);
      writeText(writer, object.source);
      return writeText(writer, object.flags);
    }
    if (object instanceof Ref) {
      // Not an object of its own on the other side, but what it refers to.
      const index = this.#reference(object);
      writer.u8(Tag.FUNCTION);
      return writer.varuint(index);
    }
    if (isBoxed(object)) {
      writer.u8(Tag.BOXED);
      return this.#value(object.valueOf());
    }
    this.#foreign(object);
  }

  #buffer(buffer: ArrayBuffer): void {
    if (buffer.detached) throw new Refusal("it is a detached ArrayBuffer", buffer);
    const writer = this.#writer;
    writer.u8(buffer.resizable ? Tag.RESIZABLE : Tag.BUFFER);
    writer.varuint(buffer.byteLength);
    if (buffer.resizable) writer.varuint(buffer.maxByteLength);
    writer.bytes(new Uint8Array(buffer));
  }

  #view(view: ArrayBufferView): void {
    if (isSecret(view)) {
      throw new Refusal("it is an authentication key; children inherit theirs, others are given it by hand", view);
    }
    const { buffer } = view;
    const kind = VIEWS.indexOf(view instanceof DataView ? "DataView" : kindOf(view));
    if (buffer instanceof ArrayBuffer && buffer.detached) throw new Refusal("its ArrayBuffer is detached", view);
    const writer = this.#writer;
    writer.u8(Tag.VIEW);
    writer.u8(kind);
    writer.varuint(view.byteOffset);
    writer.varuint(isTracking(view) ? 0 : view.byteLength + 1);
    this.#object(buffer);
  }

  #error(error: Error): void {
    const writer = this.#writer;
    writer.u8(Tag.ERROR);
    this.#errorClass(error);
    const fields = new Map<string, PropertyDescriptor>();
    for (const key of Reflect.ownKeys(error)) {
      const descriptor = typeof key === "string" ? Reflect.getOwnPropertyDescriptor(error, key) : undefined;
      if (typeof key !== "string" || descriptor === undefined) continue;
      if (descriptor.enumerable || ERROR_FIELDS.has(key)) fields.set(key, descriptor);
    }
    // Some classes have it on the prototype alone, by which the receiver would not know it.
    if (!fields.has("name") && errorClassName(error) === undefined) {
      fields.set("name", { value: nameOf(error), enumerable: false });
    }
    if (error instanceof DOMException) fields.set("message", { enumerable: false }).set("name", { enumerable: false });
    for (const [key, { enumerable }] of fields) this.#errorField(error, key, enumerable === true);
    writer.u8(Tag.UNDEFINED);
  }

  #errorClass(error: Error): void {
    const writer = this.#writer;
    const name = error instanceof DOMException ? "DOMException" : errorClassName(error);
    const cls: unknown = error.constructor;
    if (name === undefined && typeof cls === "function") {
      try {
        const index = this.#reference(cls);
        writer.u8(Tag.FUNCTION);
        return writer.varuint(index);
      } catch {
        // A class that the receiver cannot find: the nearest that it has, and the name.
      }
    }
    writeText(writer, name ?? nearestErrorClassName(error));
  }

  /** One field; what cannot be sent is left out, as the error itself matters more. */
  #errorField(error: Error, key: string, enumerable: boolean): void {
    const writer = this.#writer;
    const mark = writer.length;
    const objects = this.#identities.length;
    const shapes = this.#shapeCount;
    const references = this.#references.length;
    const later = this.#later.length;
    const depth = this.#depth;
    const deepest = this.#deepest;
    try {
      writeText(writer, key);
      writer.u8(enumerable ? Tag.TRUE : Tag.FALSE);
      if (depth >= DEEPEST_WHOLE) throw tooDeep(error);
      this.#deepest = DEEPEST_WHOLE;
      this.#depth++;
      this.#property(error, key);
    } catch {
      // Whatever it was, the rest of the error is worth more.
      writer.length = mark;
      this.#identities.truncate(objects);
      this.#shapeCount = shapes;
      this.#references.length = references;
      this.#later.length = later;
    }
    this.#depth = depth;
    this.#deepest = deepest;
  }

  /** What only the platform can pass on. */
  #foreign(object: object): void {
    const index = isPlatformObject(object) ? this.#handoff.attach?.(object) : undefined;
    if (index === undefined) throw foreign(object);
    this.#writer.u8(Tag.ATTACHED);
    this.#writer.varuint(index);
  }
}

const ERROR_FIELDS = new Set(["message", "stack", "cause", "errors", "error", "suppressed", "name"]);
const PLATFORM = [
  "SharedArrayBuffer",
  "MessagePort",
  "CryptoKey",
  "Blob",
  "File",
  "ReadableStream",
  "WritableStream",
  "TransformStream",
];

function tooDeep(object: object): Refusal {
  return new Refusal("it is nested too deep within an error or an object with a reducer", object);
}

function foreign(object: object): Refusal {
  const name = object.constructor?.name || "object";
  if (isPlatformObject(object)) {
    return new Refusal(
      `a ${name} cannot leave its OS process; a pipe of context "worker" may carry it between threads`,
      object,
    );
  }
  return new Refusal(
    `it is of class ${name}, which does not say how it crosses; call registerReducer(${name}, …), ` +
      "or give the class [reduce]() and static [revive](), or send a plain object",
    object,
  );
}

function isPlatformObject(object: object): boolean {
  const tag: unknown = Reflect.get(object, Symbol.toStringTag);
  return typeof tag === "string" && (PLATFORM.includes(tag) || tag.startsWith("WebAssembly."));
}

/** Plain here or in another realm. */
function isPlain(object: object, prototype: object | null): boolean {
  if (prototype === null || prototype === ObjectPrototype) return true;
  if (getPrototypeOf(prototype) !== null || !hasOwn(prototype, "isPrototypeOf")) return false;
  return Object.prototype.toString.call(object) === "[object Object]";
}

function isBoxed(object: object): boolean {
  return object instanceof Number || object instanceof String || object instanceof Boolean || object instanceof BigInt;
}

function isNumeric(array: readonly unknown[]): array is readonly number[] {
  for (let index = 0; index < array.length; index++) if (typeof array[index] !== "number") return false;
  return true;
}

/** Follows the size of its resizable buffer. */
function isTracking(view: ArrayBufferView): boolean {
  const { buffer } = view;
  if (!(buffer instanceof ArrayBuffer) || !buffer.resizable) return false;
  if (view.byteOffset + view.byteLength !== buffer.byteLength) return false;
  // Only growing it shows; and back, in the same turn, nobody sees.
  if (buffer.byteLength >= buffer.maxByteLength) return false;
  const { byteLength } = view;
  const before = buffer.byteLength;
  const step = view instanceof DataView ? 1 : Reflect.get(view, "BYTES_PER_ELEMENT");
  if (before + step > buffer.maxByteLength) return false;
  buffer.resize(before + step);
  const tracking = view.byteLength !== byteLength;
  buffer.resize(before);
  return tracking;
}

function kindOf(view: ArrayBufferView): string {
  const kind: unknown = Reflect.get(view, Symbol.toStringTag);
  return typeof kind === "string" ? kind : "Uint8Array";
}

function nameOf(error: Error): string {
  try {
    return String(error.name);
  } catch {
    return "Error";
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : Deno.inspect(error);
}
