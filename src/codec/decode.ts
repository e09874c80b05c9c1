/**
 * Bytes to values. The format is described in `wire.ts`.
 *
 * Every count is held against what is left of the input before anything is made for it, names only ever become own properties, and
 * no code is run but reducers' and what the source resolves.
 *
 * @module
 */

import { makeView, readNumbers } from "./buffers.ts";
import { box, emptyContainer, isPlainShell, setLength, setOwn } from "./containers.ts";
import { type ErrorClass, errorClassFor, UnfinishedError } from "./error_class.ts";
import type { FunctionReference, Source } from "./handoff.ts";
import { mayRepeat, NO_REFERENCES, readTable, tableOffset } from "./head.ts";
import { type KeyList, readKeys } from "./key_lists.ts";
import { readLeaf } from "./leaves.ts";
import { counted, malformed, readAnyText, tooDeep, tooMany } from "./parts.ts";
import { readBigInt, readWellKnown } from "./primitives.ts";
import { Reader } from "./reader.ts";
import { registrationFor, reviverOf } from "./reducer.ts";
import { readShortText, readUtf16, readUtf8 } from "./text.ts";
import { DEEP, FIRST_TAG, HEAD_BYTES, SHAPES, SMALL_TEXT, Tag } from "./wire.ts";

// What stands for an object whose reducer is at work.
const PENDING = Symbol("pending");

let idle: Decoder | undefined;

/**
 * The value of a message.
 *
 * @throws {MalformedMessageError} If the bytes are no message.
 */
export function decode(bytes: Uint8Array, source: Source): unknown {
  const table = tableOffset(bytes);
  // A reducer may decode something itself, so the one that is kept may be busy.
  const decoder = idle ?? new Decoder();
  idle = undefined;
  try {
    return decoder.message(bytes, table, source);
  } finally {
    decoder.forget();
    idle = decoder;
  }
}

const NOTHING = new Uint8Array(0);
const KEPT_OBJECTS = 64;

/** The state of decoding one message. */
class Decoder {
  #references: readonly FunctionReference[] = NO_REFERENCES;
  readonly #reader = new Reader(NOTHING);
  #source!: Source;
  /** Objects by their number, if the message repeats any; those from `#objectCount` on are of earlier messages. */
  #objects: unknown[] = [];
  #repeats = false;
  #objectCount = 0;
  readonly #shapes: KeyList[] = [];
  #shapeCount = 0;
  /** Objects whose contents come after all else, and how deep they are. */
  #later: { readonly object: object; readonly depth: number }[] = [];
  #deepest = 0;
  #itemsLeft = 0;
  /** Nesting here, and what is above it for contents that came later. */
  #depth = 0;
  #above = 0;
  /** How many errors are around whose fields are being read. */
  #fields = 0;

  message(bytes: Uint8Array, table: number, source: Source): unknown {
    const reader = this.#reader;
    reader.data = bytes;
    reader.offset = HEAD_BYTES;
    reader.end = table === 0 ? bytes.length : table;
    this.#source = source;
    this.#repeats = mayRepeat(bytes);
    if (table !== 0) this.#references = readTable(bytes, table);
    const { limits } = source;
    // Each takes a byte at least, so without limits there are no more than bytes.
    this.#deepest = limits === undefined ? bytes.length : limits.depth;
    this.#itemsLeft = limits === undefined ? bytes.length : limits.items;
    const value = this.#value();
    if (this.#later.length > 0) this.#restOfDeep();
    if (reader.offset < reader.end) throw malformed(`${reader.remaining} bytes follow it`);
    return value;
  }

  /** Lets go of what was decoded; small arrays are kept, as making them takes longer than a small message. */
  forget(): void {
    this.#reader.data = NOTHING;
    if (this.#objectCount > KEPT_OBJECTS) this.#objects = [];
    else for (let id = 0; id < this.#objectCount; id++) this.#objects[id] = undefined;
    this.#objectCount =
      this.#shapeCount =
      this.#depth =
      this.#above =
      this.#fields =
        0;
    if (this.#later.length > 0) this.#later = [];
    this.#references = NO_REFERENCES;
  }

  #restOfDeep(): void {
    for (let next = 0; next < this.#later.length; next++) {
      const { object, depth } = this.#later[next] as { object: object; depth: number };
      this.#above = depth;
      this.#depth = 0;
      this.#container(this.#reader.u8(), object);
    }
  }

  #value(): unknown {
    const reader = this.#reader;
    if (--this.#itemsLeft < 0) throw tooMany(this.#source);
    const tag = reader.u8();
    if (tag < SMALL_TEXT) return tag;
    if (tag < FIRST_TAG) return readShortText(reader, tag - SMALL_TEXT);
    switch (tag) {
      case Tag.OBJECT:
      case Tag.SHAPED:
        return this.#newObject(tag);
      case Tag.ARRAY:
        return this.#newArray();
      case Tag.UNDEFINED:
        return undefined;
      case Tag.NULL:
        return null;
      case Tag.TRUE:
        return true;
      case Tag.FALSE:
        return false;
      case Tag.INTEGER:
        return reader.varuint();
      case Tag.NEGATIVE:
        return -1 - reader.varuint();
      case Tag.NUMBER:
        return reader.f64();
      case Tag.BIGINT:
        return readBigInt(reader);
      case Tag.UTF8:
        return readUtf8(reader);
      case Tag.UTF16:
        return readUtf16(reader);
      case Tag.SAME:
        return this.#same();
      case Tag.LATER:
        return this.#announced();
      default:
        return tag <= Tag.SET || tag === Tag.NUMBERS ? this.#container(tag, undefined) : this.#special(tag);
    }
  }

  #same(): unknown {
    const id = this.#reader.varuint();
    const object = this.#objects[id];
    if (id >= this.#objectCount || object === PENDING) {
      throw malformed("it refers to an object that it does not have");
    }
    return object;
  }

  #announced(): object {
    const object = emptyContainer(this.#reader.u8());
    this.#later.push({ object, depth: this.#above + this.#depth });
    return this.#met(object);
  }

  #enter(): void {
    // Contents deeper than DEEP come later, so more is no message of ours; only reduced objects and errors go deeper.
    if (++this.#depth > 3 * DEEP || this.#above + this.#depth > this.#deepest) throw tooDeep(this.#source);
  }

  #newObject(tag: number): object {
    const object = {};
    this.#met(object);
    this.#enter();
    if (tag === Tag.OBJECT) this.#properties(object);
    else this.#shaped(object);
    this.#depth--;
    return object;
  }

  #newArray(): unknown[] {
    const count = counted(this.#reader, this.#reader.varuint());
    // Of its size from the start, as room to grow is many times what a small one needs.
    const array: unknown[] = new Array(count < KEPT_OBJECTS ? count : 0);
    this.#met(array);
    this.#enter();
    for (let index = 0; index < count; index++) array[index] = this.#value();
    this.#depth--;
    return array;
  }

  /** A container with its contents, in the object that was announced if one was. */
  #container(tag: number, announced: object | undefined): object {
    const object = announced ?? emptyContainer(tag);
    if (announced === undefined) this.#met(object);
    this.#enter();
    if (tag === Tag.OBJECT && isPlainShell(object)) this.#properties(object);
    else if (tag === Tag.SHAPED && isPlainShell(object)) this.#shaped(object);
    else if (tag === Tag.ARRAY && Array.isArray(object)) this.#array(object);
    else if (tag === Tag.NUMBERS && Array.isArray(object)) this.#numbers(object);
    else if (tag === Tag.SPARSE && Array.isArray(object)) this.#sparse(object);
    else if (tag === Tag.MAP && object instanceof Map) this.#map(object);
    else if (tag === Tag.SET && object instanceof Set) this.#set(object);
    else throw malformed("contents do not fit their object");
    this.#depth--;
    return object;
  }

  #array(array: unknown[]): void {
    const count = counted(this.#reader, this.#reader.varuint());
    for (let index = 0; index < count; index++) array.push(this.#value());
  }

  #numbers(array: unknown[]): void {
    const count = counted(this.#reader, this.#reader.varuint());
    if ((this.#itemsLeft -= count) < 0) throw tooMany(this.#source);
    readNumbers(this.#reader, count, array);
  }

  #sparse(array: unknown[]): void {
    setLength(array, this.#reader.varuint(), this.#reader);
    this.#pairs(array);
  }

  #map(map: Map<unknown, unknown>): void {
    const count = counted(this.#reader, this.#reader.varuint());
    for (let left = count; left > 0; left--) {
      const key = this.#value();
      map.set(key, this.#value());
    }
  }

  #set(set: Set<unknown>): void {
    const count = counted(this.#reader, this.#reader.varuint());
    for (let left = count; left > 0; left--) set.add(this.#value());
  }

  #properties(object: object): void {
    const list = readKeys(this.#reader);
    if (this.#shapeCount < SHAPES && list.keys.length > 0) this.#shapes[this.#shapeCount++] = list;
    this.#values(object, list);
  }

  #shaped(object: object): void {
    const shape = this.#reader.varuint();
    const list = this.#shapes[shape];
    if (list === undefined || shape >= this.#shapeCount) throw malformed("it refers to keys that it does not have");
    counted(this.#reader, list.keys.length);
    this.#values(object, list);
  }

  #values(object: object, { keys, harmless }: KeyList): void {
    const reader = this.#reader;
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as string;
      if (reader.data[reader.offset] === Tag.ABSENT) reader.u8();
      else if (harmless) (object as Record<string, unknown>)[key] = this.#value();
      else setOwn(object, key, this.#value());
    }
  }

  #pairs(object: object): void {
    const count = counted(this.#reader, this.#reader.varuint());
    for (let left = count; left > 0; left--) {
      const key = readAnyText(this.#reader);
      if (!this.#absent()) setOwn(object, key, this.#value());
    }
  }

  #absent(): boolean {
    if (this.#reader.data[this.#reader.offset] !== Tag.ABSENT) return false;
    this.#reader.u8();
    return true;
  }

  #special(tag: number): unknown {
    const reader = this.#reader;
    switch (tag) {
      case Tag.SYMBOL:
        return Symbol.for(readAnyText(reader));
      case Tag.WELL_KNOWN:
        return readWellKnown(reader);
      case Tag.FUNCTION:
        return this.#met(this.#function());
      case Tag.ATTACHED:
        return this.#met(this.#attached());
    }
    const leaf = readLeaf(tag, reader);
    return leaf === undefined ? this.#nested(tag) : this.#met(leaf);
  }

  /** What has a value in it: its number comes before that of the value. */
  #nested(tag: number): unknown {
    const id = this.#objectCount;
    this.#met(PENDING);
    this.#enter();
    const object = tag === Tag.ERROR ? this.#error(id) : this.#made(tag);
    if (this.#repeats) this.#objects[id] = object;
    this.#depth--;
    return object;
  }

  #made(tag: number): unknown {
    switch (tag) {
      case Tag.BOXED:
        return box(this.#value());
      case Tag.VIEW:
        return this.#view();
      case Tag.REDUCED:
        return this.#reduced();
      case Tag.REVIVED:
        return this.#revived();
    }
    throw malformed(`tag ${tag} is unknown`);
  }

  #met<T>(object: T): T {
    // Keeping them costs more than making them.
    if (this.#repeats) this.#objects[this.#objectCount++] = object;
    return object;
  }

  #function(): unknown {
    const reference = this.#reference();
    return this.#found(() => this.#source.resolveFunction(reference));
  }

  /** What this process makes or finds; within the fields of an error what it cannot is left out, as the error itself matters more. */
  #found(find: () => unknown): unknown {
    if (this.#fields === 0) return find();
    try {
      return find();
    } catch {
      return undefined;
    }
  }

  #reference(): FunctionReference {
    const reference = this.#references[this.#reader.varuint()];
    if (reference === undefined) throw malformed("it refers to a function that it does not name");
    return reference;
  }

  #attached(): object {
    const object = this.#source.attachment?.(this.#reader.varuint());
    if (object === undefined) throw malformed("something that travelled beside it is missing");
    return object;
  }

  #view(): object {
    const kind = this.#reader.u8();
    const offset = this.#reader.varuint();
    const length = this.#reader.varuint() - 1;
    return makeView(kind, this.#value(), offset, length);
  }

  #reduced(): unknown {
    const tag = readAnyText(this.#reader);
    const state = this.#value();
    return this.#found(() => registrationFor(tag, this.#source.limits !== undefined).revive(state, this.#source));
  }

  #revived(): unknown {
    const reference = this.#reference();
    const state = this.#value();
    return this.#found(() => reviverOf(this.#source.resolveFunction(reference))(state));
  }

  #error(id: number): Error {
    const reader = this.#reader;
    this.#fields++;
    const error = new UnfinishedError(this.#errorClass());
    for (let tag = reader.u8(); tag !== Tag.UNDEFINED; tag = reader.u8()) {
      reader.offset--;
      const key = readAnyText(reader);
      const enumerable = this.#value() === true;
      // What is in its fields may lead back to it.
      if (this.#repeats) this.#objects[id] = error.madeBefore(key) ?? PENDING;
      if (!this.#absent()) error.fields.push([key, enumerable, this.#value()]);
    }
    this.#fields--;
    return error.finish();
  }

  #errorClass(): ErrorClass {
    let own: unknown;
    if (this.#reader.data[this.#reader.offset] === Tag.FUNCTION) {
      this.#reader.offset++;
      own = this.#function();
    }
    return errorClassFor(own, readAnyText(this.#reader));
  }
}
