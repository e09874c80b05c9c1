/**
 * Lists of objects' keys. In a message a list is written once and referred to by number from then on.
 *
 * @module
 */

import { hasKeys } from "./looks.ts";
import { counted, readAnyText } from "./parts.ts";
import type { Reader } from "./reader.ts";
import { writeText } from "./text.ts";
import { SHAPES, Tag } from "./wire.ts";
import { Writer } from "./writer.ts";

/** A list of keys as it is written. */
interface WrittenKeys {
  readonly keys: readonly string[];
  /** The tag, the count and the keys. */
  readonly bytes: Uint8Array;
  /** Its number in the message that wrote it last. */
  number: number;
  /** Slot of the list that came after it the last time. */
  next: number;
}

const NO_NUMBER = SHAPES;
const LONGEST_KEPT_BYTES = 160;
const written: (WrittenKeys | undefined)[] = new Array(64).fill(undefined);
const scratch = new Writer();

/** The lists of the message that is being written. */
export class KnownKeys {
  /** How many there are; setting it back forgets the later ones. */
  count = 0;
  /** Those from `count` on are of earlier messages. */
  readonly #lists: WrittenKeys[] = [];
  /** The list of the object before, also if that was in an earlier message. */
  #before = NO_KEYS;

  /** Writes the beginning of an object, if its keys are those that came next the last time; gives them. */
  writeGuessed(writer: Writer, object: object): readonly string[] | undefined {
    const guess = written[this.#before.next];
    if (guess === undefined || !hasKeys(object, guess.keys)) return undefined;
    this.#before = guess;
    this.#write(writer, guess);
    return guess.keys;
  }

  /** Writes the beginning of an object of these keys. */
  write(writer: Writer, keys: readonly string[]): void {
    const slot = slotOf(keys);
    const known = written[slot];
    const list = known !== undefined && isSame(known.keys, keys) ? known : listOf(keys);
    if (list.bytes.length <= LONGEST_KEPT_BYTES) {
      written[slot] = list;
      this.#before.next = slot;
      this.#before = list;
    }
    this.#write(writer, list);
  }

  #write(writer: Writer, list: WrittenKeys): void {
    const { number, bytes } = list;
    if (number < this.count && this.#lists[number] === list) {
      writer.u8(Tag.SHAPED);
      return writer.varuint(number);
    }
    if (this.count < SHAPES && list.keys.length > 0) {
      list.number = this.count;
      this.#lists[this.count++] = list;
    }
    writer.ensure(bytes.length);
    const { data, length } = writer;
    // So few are copied sooner one by one.
    if (bytes.length > LONGEST_KEPT_BYTES) data.set(bytes, length);
    else for (let index = 0; index < bytes.length; index++) data[length + index] = bytes[index] as number;
    writer.length = length + bytes.length;
  }
}

function slotOf(keys: readonly string[]): number {
  const { length } = keys;
  if (length === 0) return 0;
  const first = keys[0] as string;
  return (length * 5 + first.length * 3 + (keys[length - 1] as string).length * 11 + first.charCodeAt(0)) & 63;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index++) if (some[index] !== others[index]) return false;
  return true;
}

function listOf(keys: readonly string[]): WrittenKeys {
  scratch.reset();
  scratch.u8(Tag.OBJECT);
  scratch.varuint(keys.length);
  for (const key of keys) writeText(scratch, key);
  return { keys, bytes: scratch.finish().slice(), number: NO_NUMBER, next: 0 };
}

const NO_KEYS = listOf([]);

/** The keys of an object. */
export interface KeyList {
  readonly keys: readonly string[];
  /** None of them is special to assignment. */
  readonly harmless: boolean;
}

/** Lists of keys met before, with their bytes: the same ones come again and again. */
const met: ({ readonly bytes: Uint8Array; readonly list: KeyList } | undefined)[] = new Array(256).fill(undefined);

/** The count of keys and the keys. */
export function readKeys(reader: Reader): KeyList {
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
  if (reader.offset - offset <= LONGEST_KEPT_BYTES) met[slot] = { bytes: data.slice(offset, reader.offset), list };
  return list;
}

function startsWith(reader: Reader, bytes: Uint8Array): boolean {
  const { data, offset, end } = reader;
  if (bytes.length > end - offset) return false;
  for (let index = 0; index < bytes.length; index++) if (data[offset + index] !== bytes[index]) return false;
  return true;
}
