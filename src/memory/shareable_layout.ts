/**
 * The layout of a shareable list, that of Python's `ShareableList` (since 3.9; 3.8 has one offset less). With N items, all integers signed 64-bit in the
 * machine's order:
 *
 *     N | N + 1 offsets of the items, from the beginning of the data | data, 8-aligned | N formats of 8 bytes | N bytes of codes
 *
 * A format is a type of Python's `struct` as text, padded with zeros; the code says what the bytes of an `s` are, and of `null`.
 *
 * @module
 */

/** What a list can have as an item. */
export type ShareableItem = number | bigint | boolean | string | Uint8Array | null;

/** Where the parts of a list lie. */
export interface ListLayout {
  readonly length: number;
  /** Offsets of the items from the beginning of the data, and of its end. */
  readonly offsets: readonly number[];
  /** All that the list takes, in bytes. */
  readonly size: number;
}

/** What is written for an item: its format, its code, its bytes. */
export interface EncodedItem {
  readonly format: string;
  readonly code: number;
  readonly bytes: Uint8Array;
}

const WORD_BYTES = 8;
const LITTLE_ENDIAN = true;
/** With the room before it, once it is written. */
const TEXT = "s";
const INTEGER = "q";
const FLOAT = "d";
const BOOLEAN = "xxxxxxx?";
const NULL = "xxxxxx?x";
const BOOLEAN_AT = 7;

const Code = { PLAIN: 0, TEXT: 1, BYTES: 2, NULL: 3 } as const;

/** The layout of a new list. */
export function layoutOf(items: readonly EncodedItem[]): ListLayout {
  const offsets = [0];
  let end = 0;
  for (const { format, bytes } of items) {
    end += format === TEXT ? WORD_BYTES * (Math.floor(bytes.length / WORD_BYTES) + 1) : WORD_BYTES;
    offsets.push(end);
  }
  return laidOut(offsets);
}

/**
 * The layout of a list that lies in memory.
 *
 * @throws {RangeError} If it is none.
 */
export function readLayout(memory: Uint8Array<SharedArrayBuffer>, name: string): ListLayout {
  const fail = () =>
    new RangeError(
      `Cannot attach a ShareableList: the memory ${JSON.stringify(name)} has no list; give the name of one`,
    );
  const view = viewOf(memory);
  if (memory.length < 2 * WORD_BYTES) throw fail();
  const length = integerAt(view, 0);
  // Compared before anything is allocated for it.
  if (!(length >= 0) || (length * 3 + 2) * WORD_BYTES + length > memory.length) throw fail();
  const offsets = Array.from({ length: length + 1 }, (_, place) => integerAt(view, (1 + place) * WORD_BYTES));
  const isSound = offsets.every((offset, place) =>
    place === 0 ? offset === 0 : offset % WORD_BYTES === 0 && offset > (offsets[place - 1] ?? offset)
  );
  const layout = laidOut(offsets);
  if (!isSound || layout.size > memory.length) throw fail();
  return layout;
}

/** Writes a new list. */
export function writeLayout(
  memory: Uint8Array<SharedArrayBuffer>,
  layout: ListLayout,
  items: readonly EncodedItem[],
): void {
  const view = viewOf(memory);
  view.setBigInt64(0, BigInt(layout.length), LITTLE_ENDIAN);
  for (const [place, offset] of layout.offsets.entries()) {
    view.setBigInt64((1 + place) * WORD_BYTES, BigInt(offset), LITTLE_ENDIAN);
  }
  for (const [place, item] of items.entries()) writeEncoded(memory, layout, place, item);
}

/** An item, by what its format says. */
export function readItem(memory: Uint8Array<SharedArrayBuffer>, layout: ListLayout, place: number): ShareableItem {
  const format = formatAt(memory, layout, place);
  const at = dataAt(layout, place);
  const view = viewOf(memory);
  if (format === INTEGER) return numberOrBigint(view.getBigInt64(at, LITTLE_ENDIAN));
  if (format === FLOAT) return view.getFloat64(at, LITTLE_ENDIAN);
  if (format === BOOLEAN) return memory[at + BOOLEAN_AT] !== 0;
  if (format === NULL) return null;
  const room = roomAt(layout, place);
  const count = /^\d+s$/.test(format) ? Math.min(parseInt(format), room) : room;
  let end = at + count;
  while (end > at && memory[end - 1] === 0) end--;
  // Copied, for it may be written to meanwhile.
  const bytes = memory.slice(at, end);
  return memory[codesAt(layout) + place] === Code.TEXT
    ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
    : bytes;
}

/**
 * Writes an item.
 *
 * @throws {TypeError} If it is of a type that a list cannot have.
 * @throws {RangeError} If it cannot be written, or there is not enough room.
 */
export function writeItem(
  memory: Uint8Array<SharedArrayBuffer>,
  layout: ListLayout,
  place: number,
  item: ShareableItem,
): void {
  // A Python program that has put a float there finds one again.
  const isFloat = typeof item === "number" && formatAt(memory, layout, place) === FLOAT;
  writeEncoded(memory, layout, place, isFloat ? encodeFloat(item) : encodeItem(item));
}

function writeEncoded(
  memory: Uint8Array<SharedArrayBuffer>,
  layout: ListLayout,
  place: number,
  { format, code, bytes }: EncodedItem,
): void {
  const room = roomAt(layout, place);
  if (bytes.length > room) {
    throw new RangeError(
      `Cannot write to item ${place}: bytes/str item exceeds available storage, ${bytes.length} of ${room} bytes`,
    );
  }
  const at = dataAt(layout, place);
  memory.set(bytes, at);
  memory.fill(0, at + bytes.length, at + room);
  const formatted = new Uint8Array(WORD_BYTES);
  new TextEncoder().encodeInto(format === TEXT ? `${room}s` : format, formatted);
  memory.set(formatted, formatsAt(layout) + place * WORD_BYTES);
  memory[codesAt(layout) + place] = code;
}

/** The formats of all items. */
export function formatOf(memory: Uint8Array<SharedArrayBuffer>, layout: ListLayout): string {
  return Array.from({ length: layout.length }, (_, place) => formatAt(memory, layout, place)).join("");
}

/**
 * What is written for an item.
 *
 * @throws {TypeError} If it is of a type that a list cannot have.
 * @throws {RangeError} If it cannot be written.
 */
export function encodeItem(item: unknown): EncodedItem {
  if (typeof item === "string") {
    if (!item.isWellFormed()) {
      throw new RangeError("Cannot put text into a ShareableList: it has half of a surrogate pair");
    }
    return { format: TEXT, code: Code.TEXT, bytes: new TextEncoder().encode(item) };
  }
  if (item instanceof Uint8Array) return { format: TEXT, code: Code.BYTES, bytes: item };
  if (typeof item === "boolean") return { format: BOOLEAN, code: Code.PLAIN, bytes: boolean(item) };
  if (item === null) return { format: NULL, code: Code.NULL, bytes: new Uint8Array(WORD_BYTES) };
  if (typeof item === "bigint") return encodeInteger(item);
  if (typeof item === "number") {
    return Number.isSafeInteger(item) && !Object.is(item, -0) ? encodeInteger(BigInt(item)) : encodeFloat(item);
  }
  throw new TypeError(
    `Cannot put ${
      Deno.inspect(item)
    } into a ShareableList: an item must be a number, bigint, boolean, string, Uint8Array or null`,
  );
}

function encodeInteger(value: bigint): EncodedItem {
  if (BigInt.asIntN(64, value) !== value) {
    throw new RangeError(`Cannot put ${value} into a ShareableList: an integer must fit into 64 bits`);
  }
  return { format: INTEGER, code: Code.PLAIN, bytes: new Uint8Array(new BigInt64Array([value]).buffer) };
}

function encodeFloat(value: number): EncodedItem {
  return { format: FLOAT, code: Code.PLAIN, bytes: new Uint8Array(new Float64Array([value]).buffer) };
}

function boolean(value: boolean): Uint8Array {
  const bytes = new Uint8Array(WORD_BYTES);
  bytes[BOOLEAN_AT] = value ? 1 : 0;
  return bytes;
}

function laidOut(offsets: readonly number[]): ListLayout {
  const length = offsets.length - 1;
  const layout = { length, offsets, size: 0 };
  return { ...layout, size: codesAt(layout) + length };
}

function dataAt({ length, offsets }: ListLayout, place: number): number {
  return (length + 2) * WORD_BYTES + (offsets[place] ?? 0);
}

function roomAt({ offsets }: ListLayout, place: number): number {
  return (offsets[place + 1] ?? 0) - (offsets[place] ?? 0);
}

function formatsAt(layout: ListLayout): number {
  return dataAt(layout, layout.length);
}

function codesAt(layout: ListLayout): number {
  return formatsAt(layout) + layout.length * WORD_BYTES;
}

function formatAt(memory: Uint8Array<SharedArrayBuffer>, layout: ListLayout, place: number): string {
  const at = formatsAt(layout) + place * WORD_BYTES;
  return new TextDecoder().decode(memory.slice(at, at + WORD_BYTES)).replace(/\0+$/, "");
}

function integerAt(view: DataView<SharedArrayBuffer>, at: number): number {
  return Number(view.getBigInt64(at, LITTLE_ENDIAN));
}

function numberOrBigint(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function viewOf(memory: Uint8Array<SharedArrayBuffer>): DataView<SharedArrayBuffer> {
  return new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
}
