/**
 * The lists of managers.
 *
 * @module
 */

import { contents, plain, textOf } from "./contents.ts";
import { isEqual } from "./equality.ts";

/** An array with Array's words and Python's. */
export class ServedList<T = unknown> {
  #items: T[];

  /**
   * Makes a list.
   *
   * @param items What is in it; nothing if absent.
   */
  constructor(items: Iterable<T> = []) {
    this.#items = [...items];
  }

  /** How many items there are. */
  length(): number {
    return this.#items.length;
  }

  /** The item at an index, counted from the end if negative; `undefined` if there is none. */
  at(index: number): T | undefined {
    return this.#items.at(checkedIndex(index));
  }

  /**
   * The item at an index, as Python's `l[i]`.
   *
   * @throws {RangeError} If there is none.
   */
  get(index: number): T {
    // Checked just now; the item itself may be undefined.
    return this.#items[this.#place(index)] as T;
  }

  /**
   * Replaces the item at an index, as Python's `l[i] = item`.
   *
   * @throws {RangeError} If there is none.
   */
  set(index: number, item: T): void {
    this.#items[this.#place(index)] = item;
  }

  /**
   * Removes the item at an index, as Python's `del l[i]`.
   *
   * @throws {RangeError} If there is none.
   */
  delete(index: number): void {
    this.#items.splice(this.#place(index), 1);
  }

  /** Adds items at the end; the new length. */
  push(...items: T[]): number {
    return this.#items.push(...items);
  }

  /** Adds an item at the end. */
  append(item: T): void {
    this.#items.push(item);
  }

  /** Adds items at the end. */
  extend(items: Iterable<T>): void {
    for (const item of [...items]) this.#items.push(item);
  }

  /** Puts an item before the one at an index. */
  insert(index: number, item: T): void {
    this.#items.splice(checkedIndex(index), 0, item);
  }

  /**
   * Takes the item at an index out; the last if absent.
   *
   * @throws {RangeError} If there is none.
   */
  pop(index = -1): T {
    if (this.#items.length === 0) throw new RangeError("Cannot pop from the list: it is empty");
    return this.#items.splice(this.#place(index), 1)[0] as T;
  }

  /** Takes the first item out; `undefined` if there is none. */
  shift(): T | undefined {
    return this.#items.shift();
  }

  /** Adds items at the front; the new length. */
  unshift(...items: T[]): number {
    return this.#items.unshift(...items);
  }

  /**
   * Takes the first item out that is equal.
   *
   * @throws {RangeError} If there is none.
   */
  remove(item: T): void {
    const at = this.#items.findIndex((each) => isEqual(each, item));
    if (at < 0) throw new RangeError(`Cannot remove ${textOf(item)}: it is not in the list`);
    this.#items.splice(at, 1);
  }

  /** Takes all items out. */
  clear(): void {
    this.#items.length = 0;
  }

  /** How often an item is in the list. */
  count(item: T): number {
    return this.#items.filter((each) => isEqual(each, item)).length;
  }

  /** Where an item is first, from an index on; -1 if nowhere. */
  indexOf(item: T, from: number = 0): number {
    const first = from < 0 ? from + this.#items.length : from;
    return this.#items.findIndex((each, at) => at >= first && isEqual(each, item));
  }

  /** Where an item is last, up to an index; -1 if nowhere. */
  lastIndexOf(item: T, from: number = -1): number {
    const last = from < 0 ? from + this.#items.length : from;
    return this.#items.findLastIndex((each, at) => at <= last && isEqual(each, item));
  }

  /**
   * Where an item is, as Python's `index`.
   *
   * @throws {RangeError} If it is nowhere.
   */
  index(item: T, from?: number): number {
    const at = this.indexOf(item, from);
    if (at < 0) throw new RangeError(`Cannot find ${textOf(item)}: it is not in the list`);
    return at;
  }

  /** Whether an item is in the list. */
  includes(item: T): boolean {
    return this.indexOf(item) >= 0;
  }

  /** A copy of a part. */
  slice(start?: number, end?: number): T[] {
    return this.#items.slice(start, end);
  }

  /** Replaces a part; what was there. */
  splice(start: number, count: number = this.#items.length, ...items: T[]): T[] {
    return this.#items.splice(start, count, ...items);
  }

  /** A copy with more items behind. */
  concat(...more: T[][]): T[] {
    return this.#items.concat(...more);
  }

  /** The items as a text. */
  join(separator?: string): string {
    return this.#items.join(separator);
  }

  /** Puts an item in the place of all, or of those from an index to before another. */
  fill(item: T, start?: number, end?: number): void {
    this.#items.fill(item, start, end);
  }

  /** Turns the order around. */
  reverse(): void {
    this.#items.reverse();
  }

  /** Brings the items into order, as Python's: numbers by their size, texts by their letters; or as a function says. */
  sort(compare: (one: T, other: T) => number = inOrder): void {
    this.#items.sort(compare);
  }

  /**
   * Has all items so many times, as Python's `l *= n`.
   *
   * @throws {TypeError} If that is no integer.
   */
  repeat(times: number): void {
    if (!Number.isInteger(times)) {
      throw new TypeError(`Cannot repeat a list: times must be an integer, received ${Deno.inspect(times)}`);
    }
    const items = this.#items;
    this.#items = Array.from({ length: Math.max(times, 0) }, () => items).flat();
  }

  /** A copy. */
  copy(): T[] {
    return this.#items.slice();
  }

  /** Where the items are. */
  keys(): number[] {
    return [...this.#items.keys()];
  }

  /** The items. */
  values(): T[] {
    return this.#items.slice();
  }

  /** The items with their places. */
  entries(): [number, T][] {
    return [...this.#items.entries()];
  }

  /** For counting. */
  [contents](): Iterable<unknown> {
    return this.#items;
  }

  /** As it is sent. */
  [plain](): T[] {
    return this.#items.slice();
  }

  /** As Python's. */
  toString(): string {
    return textOf(this.#items);
  }

  #place(index: number): number {
    const place = checkedIndex(index) < 0 ? index + this.#items.length : index;
    if (place >= 0 && place < this.#items.length) return place;
    throw new RangeError(
      `Cannot use list index ${index}: it is out of range, the list has ${this.#items.length} items`,
    );
  }
}

function checkedIndex(index: unknown): number {
  if (Number.isInteger(index)) return Number(index);
  throw new TypeError(`Cannot use a list index: it must be an integer, received ${Deno.inspect(index)}`);
}

function inOrder(one: unknown, other: unknown): number {
  const [a, b] = [one as number, other as number];
  return a < b ? -1 : a > b ? 1 : 0;
}
