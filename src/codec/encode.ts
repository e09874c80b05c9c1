/**
 * Values to bytes: structured clone's rules, functions by reference, objects of classes by their reducers. The format is described in
 * `wire.ts`.
 *
 * Source: the HTML Standard, "2.7.4 StructuredSerializeInternal".
 *
 * @module
 */

import { writeNumbers, writeViewHead } from "./buffers.ts";
import { containerTag } from "./containers.ts";
import { errorFields, hasCommonClass, nearestErrorClassName } from "./error_class.ts";
import type { FunctionReference, Handoff } from "./handoff.ts";
import { Identities } from "./identities.ts";
import { isNumeric, isPlain, isPlatformObject, primitiveIn } from "./kinds.ts";
import { KnownKeys } from "./key_lists.ts";
import { writeLeaf } from "./leaves.ts";
import { areAllIndices, entriesOf, has, itemsOf, keysOf, propertyOf, prototypeOf, unreadable } from "./looks.ts";
import { writeBigInt, writeNumber, writeSymbol } from "./primitives.ts";
import { reduce, registrationOf, revive } from "./reducer.ts";
import { Ref } from "./ref.ts";
import { assertVerified } from "./reference_to.ts";
import { foreign, messageOf, Refusal, tooDeep, within, withPath } from "./refusal.ts";
import { writeText } from "./text.ts";
import { DEEP, HEAD_BYTES, MAGIC, Tag, UNREPEATED, VERSION } from "./wire.ts";
import type { Writer } from "./writer.ts";

const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;
// What a reduced object or an error holds must be whole before the object is made, so nothing in it can come later.
const DEEPEST_WHOLE = 3 * DEEP - 2;

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
  readonly #shapes = new KnownKeys();
  readonly #references: FunctionReference[] = [];
  /** Objects whose contents come after all else. */
  readonly #later: object[] = [];
  /** Objects whose reducer is at work. */
  readonly #reducing = new Set<object>();
  #depth = 0;
  /** From which depth contents come later, or are refused within what must be whole. */
  #deepest = DEEP;
  /** How many errors are around whose fields are being written. */
  #fields = 0;

  message(value: unknown, writer: Writer, handoff: Handoff): void {
    this.#writer = writer;
    this.#handoff = handoff;
    const start = writer.length;
    writer.ensure(HEAD_BYTES);
    writer.data[start] = MAGIC;
    writer.data[start + 1] = VERSION;
    writer.setU32(start + 2, 0);
    writer.length = start + HEAD_BYTES;
    this.#value(value);
    if (this.#later.length > 0) this.#restOfDeep();
    if (this.#references.length > 0) this.#table(start);
    if (!this.#identities.repeated) writer.data[start + 1] = VERSION | UNREPEATED;
  }

  forget(): void {
    this.#identities.clear();
    this.#shapes.count = 0;
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
        return writeNumber(writer, value);
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
        return writeBigInt(writer, value);
      case "symbol":
        return writeSymbol(writer, value);
    }
  }

  #function(callable: object): void {
    if (this.#same(callable)) return;
    const index = this.#reference(callable);
    this.#writer.u8(Tag.FUNCTION);
    this.#writer.varuint(index);
  }

  #reference(callable: object, mayBeGuess = this.#fields === 0): number {
    try {
      const reference = this.#handoff.functionReference(callable);
      // One that the receiver could not find would cost it the whole error.
      if (!mayBeGuess) assertVerified(reference);
      return this.#references.push(reference) - 1;
    } catch (error) {
      throw new Refusal(messageOf(error), callable, { cause: error });
    }
  }

  /** Writes an object that was met before by its number; any other has one from now on. */
  #same(object: object): boolean {
    const id = this.#identities.meet(object);
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
    const prototype = prototypeOf(object);
    if (prototype !== ObjectPrototype && prototype !== ArrayPrototype) return this.#classed(object, prototype);
    if (this.#depth >= this.#deepest) return this.#container(object);
    this.#depth++;
    if (prototype === ObjectPrototype) this.#properties(object);
    else this.#contents(object);
    this.#depth--;
  }

  /** An object that is neither a plain one nor a plain array of this realm. */
  #classed(object: object, prototype: object | null): void {
    const registration = prototype === null ? undefined : registrationOf(prototype);
    if (registration !== undefined) {
      this.#writer.u8(Tag.REDUCED);
      writeText(this.#writer, registration.tag);
      return this.#reduced(object, () => registration.reduce(object, this.#handoff));
    }
    if (has(object, reduce)) return this.#reducedByItself(object);
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
    within(object, () => this.#value(give()));
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
    this.#writer.u8(Tag.REVIVED);
    within(object, () => this.#writer.varuint(this.#reference(cls)));
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
    this.#writer.u8(Tag.LATER);
    this.#writer.u8(containerTag(object));
    this.#later.push(object);
  }

  #contents(object: object): void {
    if (Array.isArray(object)) return this.#array(object);
    if (object instanceof Map) return this.#map(object);
    if (object instanceof Set) return this.#set(object);
    this.#properties(object);
  }

  #properties(object: object): void {
    const keys = this.#shapes.writeGuessed(this.#writer, object);
    if (keys !== undefined) return this.#enumerated(object, keys);
    const listed = keysOf(object);
    this.#shapes.write(this.#writer, listed);
    for (let index = 0; index < listed.length; index++) this.#property(object, listed[index] as string);
  }

  /** The properties of an object that has just those keys. Enumerating is the one way to read any object's fields fast. */
  #enumerated(object: object, keys: readonly string[]): void {
    let index = 0;
    for (const key in object) {
      // Reading the ones before may have taken some away, or made the prototype enumerable.
      if (key !== keys[index] && (index = this.#absentUntil(key, keys, index)) === keys.length) continue;
      let value: unknown;
      try {
        value = (object as Record<string, unknown>)[key];
      } catch (error) {
        throw unreadable(object, key, error);
      }
      this.#value(value);
      index++;
    }
    this.#absentUntil(undefined, keys, index);
  }

  #absentUntil(key: string | undefined, keys: readonly string[], from: number): number {
    let index = from;
    for (; index < keys.length && keys[index] !== key; index++) this.#writer.u8(Tag.ABSENT);
    return index;
  }

  #property(object: object, key: string): void {
    const value = propertyOf(object, key);
    if (value === undefined && !Object.hasOwn(object, key)) this.#writer.u8(Tag.ABSENT);
    else this.#value(value);
  }

  #array(array: unknown[]): void {
    const { length } = array;
    if (isNumeric(array)) return writeNumbers(this.#writer, array);
    const keys = keysOf(array);
    if (!areAllIndices(keys, length)) return this.#sparse(array, keys);
    this.#writer.u8(Tag.ARRAY);
    this.#writer.varuint(length);
    for (let index = 0; index < length; index++) this.#value(array[index]);
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
    const entries = entriesOf(map);
    this.#writer.u8(Tag.MAP);
    this.#writer.varuint(entries.length);
    for (const [key, value] of entries) {
      this.#value(key);
      this.#value(value);
    }
  }

  #set(set: Set<unknown>): void {
    const items = itemsOf(set);
    this.#writer.u8(Tag.SET);
    this.#writer.varuint(items.length);
    for (const item of items) this.#value(item);
  }

  #special(object: object): void {
    const writer = this.#writer;
    if (writeLeaf(writer, object)) return;
    if (ArrayBuffer.isView(object)) return this.#view(object);
    if (object instanceof Ref) {
      // Not an object of its own on the other side, but what it refers to.
      const index = this.#reference(object);
      writer.u8(Tag.FUNCTION);
      return writer.varuint(index);
    }
    const primitive = primitiveIn(object);
    if (primitive !== undefined) {
      writer.u8(Tag.BOXED);
      return this.#value(primitive);
    }
    this.#foreign(object);
  }

  #view(view: ArrayBufferView): void {
    writeViewHead(this.#writer, view);
    this.#object(view.buffer);
  }

  #error(error: Error): void {
    this.#writer.u8(Tag.ERROR);
    this.#errorClass(error);
    for (const [key, enumerable] of errorFields(error)) this.#errorField(error, key, enumerable);
    this.#writer.u8(Tag.UNDEFINED);
  }

  #errorClass(error: Error): void {
    const cls: unknown = error.constructor;
    if (!hasCommonClass(error) && typeof cls === "function") {
      try {
        const index = this.#reference(cls, true);
        this.#writer.u8(Tag.FUNCTION);
        this.#writer.varuint(index);
      } catch {
        // A class that the receiver cannot find: the nearest that it has, and the name.
      }
    }
    writeText(this.#writer, nearestErrorClassName(error));
  }

  /** One field; what cannot be sent is left out, as the error itself matters more. */
  #errorField(error: Error, key: string, enumerable: boolean): void {
    const writer = this.#writer;
    const mark = writer.length;
    const objects = this.#identities.watch();
    const shapes = this.#shapes.count;
    const references = this.#references.length;
    const later = this.#later.length;
    const depth = this.#depth;
    const deepest = this.#deepest;
    const fields = this.#fields;
    try {
      writeText(writer, key);
      writer.u8(enumerable ? Tag.TRUE : Tag.FALSE);
      if (depth >= DEEPEST_WHOLE) throw tooDeep(error);
      this.#deepest = DEEPEST_WHOLE;
      this.#depth++;
      this.#fields++;
      this.#property(error, key);
    } catch {
      // Whatever it was, the rest of the error is worth more.
      writer.length = mark;
      this.#identities.truncate(objects);
      this.#shapes.count = shapes;
      this.#references.length = references;
      this.#later.length = later;
    }
    this.#identities.unwatch();
    this.#fields = fields;
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
