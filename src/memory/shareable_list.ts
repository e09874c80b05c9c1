/**
 * {@linkcode ShareableList}: a list of simple values in shared memory.
 *
 * @module
 */

import { checkOptions } from "../base/check.ts";
import { giveIndices, put } from "./indexed.ts";
import {
  encodeItem,
  formatOf,
  layoutOf,
  type ListLayout,
  readItem,
  readLayout,
  type ShareableItem,
  writeItem,
  writeLayout,
} from "./shareable_layout.ts";
import { crossByName, SharedMemory } from "./shared_memory.ts";
import { boundClass } from "./start_method_class.ts";

/** How {@linkcode ShareableList} is made or found. */
export interface ShareableListOptions {
  /** Name of the block of memory; a new list gets one of its own without it. */
  readonly name?: string | undefined;
}

/**
 * A list of fixed length in shared memory, as Python's `multiprocessing.shared_memory.ShareableList`; and it has the same layout, so
 * that Python programs and this one can share a list. See {@linkcode SharedMemory} for what it needs and who removes it.
 *
 * - Items are numbers, bigints, booleans, strings, bytes (`Uint8Array`) and `null`. A safe integer is Python's `int`, any other number
 *   its `float`; an integer that is not safe comes back as a bigint. An item that is a `float` stays one when a number is put.
 * - An item may be replaced by one of another type. Each has room for 8 bytes; one that was text or bytes when the list was made has
 *   room for `8 * (length // 8 + 1)`. The length of text is that of its UTF-8, where Python counts characters and then may cut it.
 * - Zeros at the end of text and bytes are lost, as in Python.
 * - Writing is not atomic: use a {@linkcode Lock} if several processes write.
 *
 * @typeParam T Type of the items.
 *
 * @example Items, read and replaced
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { ShareableList } from "@multiprocessing/deno";
 *
 * using list = new ShareableList(["howdy", 273.154, 100, null, true]);
 * {
 *   using same = new ShareableList(null, { name: list.shm.name });
 *   assertEquals(same[0], "howdy");
 *   same.set(-2, 42);
 * }
 * assertEquals([...list], ["howdy", 273.154, 100, 42, true]);
 * assertThrows(() => list[0] = "too long for it", RangeError);
 * list.shm.unlink();
 * ```
 */
export class ShareableList<T extends ShareableItem = ShareableItem> implements Disposable, Iterable<T> {
  /** An item. Reading or writing where there is none is a `RangeError`; `get` and `set` count from the end too. */
  [index: number]: T;
  /** The start method whose processes find the list; the default one if absent. */
  static readonly startMethod: string | undefined = undefined;

  /** The block of memory that the list lies in: closing and unlinking are its. */
  readonly shm: SharedMemory;
  readonly #layout: ListLayout;

  /**
   * Makes a list, or finds one.
   *
   * @param sequence The items, for instance another list, which is copied; without any, the list is found by its name, or is empty.
   * @param options The name.
   * @throws {TypeError} If an item is of a type that a list cannot have.
   * @throws {RangeError} If a bigint does not fit into 64 bits, if text is not well-formed, or if the block found has no list.
   * @throws {Deno.errors.AlreadyExists} If a list is to be made and the name is taken.
   * @throws {Deno.errors.NotFound} If there is nothing of that name.
   * @throws {NotSupportedError} If the permissions do not allow it; the message names the flag.
   */
  constructor(sequence?: Iterable<NoInfer<T>> | null, options: ShareableListOptions = {}) {
    checkOptions("make a ShareableList", options, '{ name: "psm_1" }', ["name"]);
    const { name } = options;
    const Memory = boundClass(SharedMemory, new.target.startMethod);
    const given = sequence ?? undefined;
    if (given === undefined && name !== undefined) {
      this.shm = new Memory({ name });
      this.#layout = readLayoutOrClose(this.shm);
      return;
    }
    if (given !== undefined && !(Symbol.iterator in Object(given))) {
      throw new TypeError(`Cannot make a ShareableList: the items must be iterable, received ${typeof given}`);
    }
    const items = Array.from(given ?? [], encodeItem);
    this.#layout = layoutOf(items);
    this.shm = new Memory({ name, create: true, size: this.#layout.size });
    writeLayout(this.shm.buf, this.#layout, items);
  }

  /** How many items there are. */
  get length(): number {
    return this.#layout.length;
  }

  /** The items' types in the words of Python's `struct`. */
  get format(): string {
    return formatOf(this.shm.buf, this.#layout);
  }

  /**
   * An item, as Python's `list[index]`.
   *
   * @param index Its place; a negative one counts from the end.
   * @throws {RangeError} If there is none.
   * @throws {InvalidStateError} If the list is closed.
   */
  get(index: number): T {
    const place = this.#place(index, "index");
    // What other processes put there cannot be known; whoever names a type promises it.
    return readItem(this.shm.buf, this.#layout, place) as T;
  }

  /**
   * An item, or `undefined` if there is none, as `at` of JavaScript's arrays.
   *
   * @param index Its place; a negative one counts from the end.
   */
  at(index: number): T | undefined {
    const whole = Math.trunc(index) || 0;
    return whole >= -this.length && whole < this.length ? this.get(whole) : undefined;
  }

  /**
   * Replaces an item, as Python's `list[index] = value`.
   *
   * @param index Its place; a negative one counts from the end.
   * @param value The new item.
   * @throws {TypeError} If it is of a type that a list cannot have.
   * @throws {RangeError} If there is no such place, or not enough room there; nothing is written then.
   * @throws {InvalidStateError} If the list is closed.
   */
  set(index: number, value: T): void {
    this[put](this.#place(index, "assignment index"), value);
  }

  /** Replaces an item by its index, both checked. */
  [put](index: number, value: T): void {
    writeItem(this.shm.buf, this.#layout, index, value);
  }

  /** How many items are equal to a value; bytes are compared by their content. */
  count(value: ShareableItem): number {
    let count = 0;
    for (const item of this) if (isSame(item, value)) count++;
    return count;
  }

  /**
   * The place of the first item that is equal to a value.
   *
   * @throws {RangeError} If there is none, where JavaScript's `indexOf` gives -1.
   */
  index(value: ShareableItem): number {
    for (let place = 0; place < this.length; place++) if (isSame(this.get(place), value)) return place;
    throw new RangeError(`Cannot find the index: ${Deno.inspect(value)} is not in this list; ask count() first`);
  }

  /** The items, each read when it is its turn. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let place = 0; place < this.length; place++) yield this.get(place);
  }

  /** Closes the block of memory; it does not unlink. */
  [Symbol.dispose](): void {
    this.shm.close();
  }

  /** As Python's `repr`. */
  toString(): string {
    return `ShareableList(${Deno.inspect([...this])}, name='${this.shm.name}')`;
  }

  /** For `console.log`. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  #place(index: number, what: string): number {
    if (typeof index !== "number") {
      throw new TypeError(`Cannot use an index: it must be a number, received ${typeof index}`);
    }
    const place = index < 0 ? index + this.length : index;
    if (Number.isInteger(place) && place >= 0 && place < this.length) return place;
    throw new RangeError(`Cannot use ${what} ${index}: it is out of range, the list has ${this.length} items`);
  }
}

function readLayoutOrClose(memory: SharedMemory): ListLayout {
  try {
    return readLayout(memory.buf, memory.name);
  } catch (error) {
    memory.close();
    throw error;
  }
}

function isSame(a: ShareableItem, b: ShareableItem): boolean {
  if (a instanceof Uint8Array) {
    return b instanceof Uint8Array && a.length === b.length && a.every((byte, place) => byte === b[place]);
  }
  // Integers come back as numbers where these can hold them.
  if (typeof a === "number" && typeof b === "bigint") return BigInt(Math.trunc(a)) === b && Number.isInteger(a);
  return a === b;
}

giveIndices(ShareableList);
crossByName<ShareableList>("ShareableList", ShareableList, ({ shm }) => shm.name, (name, startMethod) => {
  const Bound = boundClass(ShareableList, startMethod);
  return new Bound(null, { name });
});
