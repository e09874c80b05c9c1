/**
 * Bytes to values. The format is described in `wire.ts`.
 *
 * Every count is held against what is left of the input before anything is made for it, names only ever become own properties, and
 * no code is run but reducers' and what the source resolves.
 *
 * @module
 */

import { type ErrorClass, errorClassFor } from "./error_class.ts";
import type { FunctionReference, Source } from "./handoff.ts";
import { MalformedMessageError, Reader } from "./reader.ts";
import { registrationFor, revive } from "./reducer.ts";
import { readShortText, readUtf16, readUtf8 } from "./text.ts";
import { DEEP, FIRST_TAG, HEAD_BYTES, MAGIC, SHAPES, SMALL_TEXT, Tag, VERSION, VIEWS } from "./wire.ts";

const NONE: readonly FunctionReference[] = [];
// What stands for an object whose reducer is at work.
const PENDING = Symbol("pending");
const LARGEST_ARRAY = 0xffff_ffff;
const FIRST_PICKLE_BYTE = 0x80;

/**
 * The functions and classes that a message names. They must have been loaded when it is decoded; most messages name none.
 *
 * @throws {MalformedMessageError} If the bytes are no message.
 */
export function neededReferences(bytes: Uint8Array): readonly FunctionReference[] {
  const table = open(bytes);
  return table === 0 ? NONE : readTable(bytes, table);
}

let idle: Decoder | undefined;

/**
 * The value of a message.
 *
 * @throws {MalformedMessageError} If the bytes are no message.
 */
export function decode(bytes: Uint8Array, source: Source): unknown {
  const table = open(bytes);
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

/** Where the table of references is, 0 for none. */
function open(bytes: Uint8Array): number {
  if (bytes[0] !== MAGIC || bytes[1] !== VERSION || bytes.length <= HEAD_BYTES) throw noMessage(bytes);
  const low = (bytes[2] as number) | ((bytes[3] as number) << 8) | ((bytes[4] as number) << 16);
  return low + (bytes[5] as number) * 0x100_0000;
}

function noMessage(bytes: Uint8Array): MalformedMessageError {
  const protocol = bytes[1] ?? 0;
  if (bytes[0] === FIRST_PICKLE_BYTE && protocol >= 2 && protocol <= 5) {
    return malformed(
      "it is a Python pickle; talk to Python by sendBytes and recvBytes (there send_bytes and recv_bytes)",
    );
  }
  return malformed("it is not a message of this module");
}

function readTable(bytes: Uint8Array, offset: number): readonly FunctionReference[] {
  if (offset < HEAD_BYTES || offset > bytes.length) throw malformed("its table of references lies outside");
  const reader = new Reader(bytes, offset);
  const count = counted(reader, reader.varuint());
  const references: FunctionReference[] = [];
  for (let left = count; left > 0; left--) references.push(checkedReference(readAnyText(reader)));
  return references;
}

function checkedReference(text: string): FunctionReference {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed("a reference to a function is garbled");
  }
  if (!isReference(value)) throw malformed("a reference to a function is garbled");
  return value;
}

function isReference(value: unknown): value is FunctionReference {
  if (typeof value !== "object" || value === null) return false;
  const { kind, modules, name, hash, source, path }: Partial<Record<string, unknown>> = { ...value };
  if (kind === "inline") return typeof source === "string";
  if (kind === "global") return typeof path === "string";
  return kind === "export" && typeof name === "string" && typeof hash === "string" && Array.isArray(modules) &&
    modules.every((module) => typeof module === "string");
}

/** Each of so many things takes a byte at least. */
function counted(reader: Reader, count: number): number {
  if (count > reader.remaining) throw malformed(`it announces ${count} items in ${reader.remaining} bytes`);
  return count;
}

function malformed(what: string): MalformedMessageError {
  return new MalformedMessageError(`Cannot decode the message: ${what}`);
}

function readAnyText(reader: Reader): string {
  const tag = reader.u8();
  if (tag >= SMALL_TEXT && tag < FIRST_TAG) return readShortText(reader, tag - SMALL_TEXT);
  if (tag === Tag.UTF8) return readUtf8(reader);
  if (tag === Tag.UTF16) return readUtf16(reader);
  throw malformed(`a text was expected, and there is tag ${tag}`);
}

const NOTHING = new Uint8Array(0);
const KEPT_OBJECTS = 64;

/** The keys of an object. */
interface KeyList {
  readonly keys: readonly string[];
  /** None of them is special to assignment. */
  readonly harmless: boolean;
}

/** Lists of keys met before, with their bytes: the same ones come again and again. */
const met: ({ readonly bytes: Uint8Array; readonly list: KeyList } | undefined)[] = new Array(256).fill(undefined);
const LONGEST_MET_BYTES = 160;

/** The count of keys and the keys. */
function readKeys(reader: Reader): KeyList {
  const { data, offset } = reader;
  const slot = ((data[offset] as number) * 7 + (data[offset + 2] ?? 0) * 31 + (data[offset + 3] ?? 0) * 131 +
    (data[offset + 1] ?? 0) * 17) & 255;
  const known = met[slot];
  if (known !== undefined && startsWith(reader, known.bytes)) {
    reader.offset = offset + known.bytes.length;
    return known.list;
  }
  const count = counted(reader, reader.varuint());
  const keys: string[] = [];
  for (let left = count; left > 0; left--) keys.push(readAnyText(reader));
  const list = { keys, harmless: !keys.includes("__proto__") };
  if (reader.offset - offset <= LONGEST_MET_BYTES) met[slot] = { bytes: data.slice(offset, reader.offset), list };
  return list;
}

function startsWith(reader: Reader, bytes: Uint8Array): boolean {
  const { data, offset, end } = reader;
  if (bytes.length > end - offset) return false;
  for (let index = 0; index < bytes.length; index++) if (data[offset + index] !== bytes[index]) return false;
  return true;
}

/** The state of decoding one message. */
class Decoder {
  #references: readonly FunctionReference[] = NONE;
  readonly #reader = new Reader(NOTHING);
  #source!: Source;
  /** Objects by their number; those from `#met` on are of earlier messages. */
  #objects: unknown[] = [];
  #objectCount = 0;
  readonly #shapes: KeyList[] = [];
  #shapeCount = 0;
  /** Objects whose contents come after all else, and how deep they are. */
  #later: { readonly object: object; readonly depth: number }[] = [];
  #deepest = Infinity;
  #itemsLeft = Infinity;
  /** Nesting here, and what is above it for contents that came later. */
  #depth = 0;
  #above = 0;

  message(bytes: Uint8Array, table: number, source: Source): unknown {
    const reader = this.#reader;
    reader.data = bytes;
    reader.offset = HEAD_BYTES;
    reader.end = table === 0 ? bytes.length : table;
    this.#source = source;
    if (table !== 0) this.#references = readTable(bytes, table);
    const { limits } = source;
    this.#deepest = limits === undefined ? Infinity : limits.depth;
    this.#itemsLeft = limits === undefined ? Infinity : limits.items;
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
        0;
    if (this.#later.length > 0) this.#later = [];
    this.#references = NONE;
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
    if (--this.#itemsLeft < 0) throw this.#tooMany();
    const tag = reader.u8();
    if (tag < SMALL_TEXT) return tag;
    if (tag < FIRST_TAG) return readShortText(reader, tag - SMALL_TEXT);
    switch (tag) {
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
        return this.#bigint();
      case Tag.UTF8:
        return readUtf8(reader);
      case Tag.UTF16:
        return readUtf16(reader);
      case Tag.SAME:
        return this.#same();
      case Tag.LATER:
        return this.#announced();
      case Tag.SYMBOL:
        return Symbol.for(readAnyText(reader));
      case Tag.WELL_KNOWN:
        return this.#wellKnown();
      default:
        return tag <= Tag.SET || tag === Tag.NUMBERS ? this.#container(tag, undefined) : this.#special(tag);
    }
  }

  #bigint(): bigint {
    const negative = this.#reader.u8() === 1;
    const hex = this.#reader.bytes(this.#reader.varuint()).slice().reverse().toHex();
    const magnitude = hex === "" ? 0n : BigInt(`0x${hex}`);
    return negative ? -magnitude : magnitude;
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

  #wellKnown(): symbol {
    const symbol: unknown = Reflect.get(Symbol, readAnyText(this.#reader));
    if (typeof symbol !== "symbol") throw malformed("it names a symbol that is unknown here");
    return symbol;
  }

  #tooMany(): RangeError {
    return new RangeError(`Cannot decode the message: it has more than ${this.#source.limits?.items} items`);
  }

  #tooDeep(): RangeError {
    return new RangeError(`Cannot decode the message: it is nested deeper than ${this.#source.limits?.depth ?? DEEP}`);
  }

  #enter(): void {
    // Contents deeper than DEEP come later, so more is no message of ours; only reduced objects and errors go deeper.
    if (++this.#depth > 3 * DEEP || this.#above + this.#depth > this.#deepest) throw this.#tooDeep();
  }

  /** A container with its contents, in the object that was announced if one was. */
  #container(tag: number, announced: object | undefined): object {
    const object = announced ?? emptyContainer(tag);
    if (announced === undefined) this.#met(object);
    this.#enter();
    if (tag === Tag.OBJECT && isPlain(object)) this.#properties(object);
    else if (tag === Tag.SHAPED && isPlain(object)) this.#shaped(object);
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
    if ((this.#itemsLeft -= count) < 0) throw this.#tooMany();
    const numbers = new Float64Array(copyOf(this.#reader.bytes(count * 8)));
    for (let index = 0; index < count; index++) array.push(numbers[index]);
  }

  #sparse(array: unknown[]): void {
    const length = this.#reader.varuint();
    if (length > LARGEST_ARRAY) throw malformed(`an array of length ${length} cannot be`);
    array.length = length;
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
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as string;
      if (this.#absent()) continue;
      if (harmless) (object as Record<string, unknown>)[key] = this.#value();
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
      case Tag.DATE:
        return this.#met(new Date(reader.f64()));
      case Tag.REGEXP:
        return this.#met(makeRegExp(readAnyText(reader), readAnyText(reader)));
      case Tag.BUFFER:
        return this.#met(copyOf(reader.bytes(reader.varuint())));
      case Tag.RESIZABLE:
        return this.#met(this.#resizable());
      case Tag.FUNCTION:
        return this.#met(this.#function());
      case Tag.ATTACHED:
        return this.#met(this.#attached());
    }
    return this.#nested(tag);
  }

  /** What has a value in it: its number comes before that of the value. */
  #nested(tag: number): unknown {
    const id = this.#objectCount;
    this.#met(PENDING);
    this.#enter();
    const object = tag === Tag.ERROR ? this.#error(id) : this.#made(tag);
    this.#objects[id] = object;
    this.#depth--;
    return object;
  }

  #made(tag: number): unknown {
    switch (tag) {
      case Tag.BOXED:
        return this.#boxed();
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
    this.#objects[this.#objectCount++] = object;
    return object;
  }

  #resizable(): ArrayBuffer {
    const size = this.#reader.varuint();
    const maxByteLength = this.#reader.varuint();
    const bytes = this.#reader.bytes(size);
    if (maxByteLength < size) throw malformed("a buffer is larger than it can be");
    try {
      // Only address space is set aside for the rest.
      const buffer = new ArrayBuffer(size, { maxByteLength });
      new Uint8Array(buffer).set(bytes);
      return buffer;
    } catch {
      throw malformed(`a buffer of at most ${maxByteLength} bytes cannot be`);
    }
  }

  #function(): object {
    return this.#source.resolveFunction(this.#reference());
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

  #boxed(): object {
    const value = this.#value();
    if (typeof value === "object" || typeof value === "function" || value === undefined) {
      throw malformed("a boxed value is no primitive");
    }
    return Object(value);
  }

  #view(): object {
    const kind = VIEWS[this.#reader.u8()];
    const offset = this.#reader.varuint();
    const length = this.#reader.varuint() - 1;
    const buffer = this.#value();
    if (!(buffer instanceof ArrayBuffer || buffer instanceof SharedArrayBuffer)) {
      throw malformed("a view has no buffer");
    }
    const View: unknown = kind === undefined ? undefined : Reflect.get(globalThis, kind);
    if (typeof View !== "function") throw malformed("a kind of view is unknown here");
    const step: unknown = Reflect.get(View, "BYTES_PER_ELEMENT");
    try {
      return Reflect.construct(
        View,
        length < 0 ? [buffer, offset] : [buffer, offset, length / (typeof step === "number" ? step : 1)],
      );
    } catch {
      throw malformed("a view lies outside of its buffer");
    }
  }

  #reduced(): unknown {
    const tag = readAnyText(this.#reader);
    const registration = registrationFor(tag);
    if (registration === undefined) {
      throw new TypeError(
        `Cannot decode an object of class ${tag}: it is not registered here; call registerReducer in a module that this process imports too`,
      );
    }
    return registration.revive(this.#value(), this.#source);
  }

  #revived(): unknown {
    const cls = this.#function();
    const make: unknown = Reflect.get(cls, revive);
    if (typeof make !== "function") {
      throw new TypeError(`Cannot decode an object: its class has no static method [revive]() here`);
    }
    return make.call(cls, this.#value());
  }

  #error(id: number): Error {
    const cls = this.#errorClass();
    const object: unknown = cls === DOMException ? undefined : makeError(cls);
    const fields: [string, boolean, unknown][] = [];
    if (object !== undefined) this.#objects[id] = object;
    for (let tag = this.#reader.u8(); tag !== Tag.UNDEFINED; tag = this.#reader.u8()) {
      this.#reader.offset--;
      fields.push([readAnyText(this.#reader), this.#value() === true, this.#value()]);
    }
    const error = object instanceof Error ? object : domException(fields);
    // The one it was born with tells of this place.
    Reflect.deleteProperty(error, "stack");
    for (const [key, enumerable, value] of fields) {
      if (error instanceof DOMException && (key === "name" || key === "message")) continue;
      Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
    }
    return error;
  }

  #errorClass(): ErrorClass {
    if (this.#reader.data[this.#reader.offset] !== Tag.FUNCTION) {
      const name = readAnyText(this.#reader);
      return name === "DOMException" ? DOMException : errorClassFor(name);
    }
    this.#reader.offset++;
    const cls = this.#function();
    if (!isErrorClass(cls)) throw malformed("the class of an error is none");
    return cls;
  }
}

/** Without the class's own constructor, which may want other arguments or none at all. */
function makeError(cls: ErrorClass): unknown {
  return Reflect.construct(Error, [], cls as new () => Error);
}

function isErrorClass(cls: object): cls is ErrorClass {
  return typeof cls === "function" && cls.prototype instanceof Error;
}

function domException(fields: readonly [string, boolean, unknown][]): Error {
  const field = (name: string) => String(fields.find(([key]) => key === name)?.[2] ?? "");
  return new DOMException(field("message"), field("name"));
}

function emptyContainer(tag: number): object {
  if (tag === Tag.ARRAY || tag === Tag.SPARSE || tag === Tag.NUMBERS) return [];
  if (tag === Tag.MAP) return new Map();
  if (tag === Tag.SET) return new Set();
  if (tag === Tag.OBJECT || tag === Tag.SHAPED) return {};
  throw malformed(`tag ${tag} is unknown`);
}

function isPlain(object: object): boolean {
  return !Array.isArray(object) && !(object instanceof Map) && !(object instanceof Set);
}

/** Always an own property, whatever its name. */
function setOwn(object: object, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  } else (object as Record<string, unknown>)[key] = value;
}

function makeRegExp(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    throw malformed("a regular expression is invalid");
  }
}

/** In a buffer of its own, of just that size. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer) return buffer.slice(byteOffset, byteOffset + byteLength);
  return new Uint8Array(bytes).buffer;
}
