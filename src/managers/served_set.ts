/**
 * The sets of managers.
 *
 * @module
 */

import { contents, plain, textOf } from "./contents.ts";

/** A Set with Set's words and Python's. What it is combined with is any iterable that can be sent: a Set, an Array. */
export class ServedSet<T = unknown> {
  readonly #items: Set<T>;

  /**
   * Makes a set.
   *
   * @param items What is in it.
   */
  constructor(items?: Iterable<T>) {
    this.#items = setOf(items ?? []);
  }

  /** Adds an item. */
  add(item: T): void {
    this.#items.add(item);
  }

  /** Whether an item is in it. */
  has(item: T): boolean {
    return this.#items.has(item);
  }

  /** Removes an item; whether it was there. */
  delete(item: T): boolean {
    return this.#items.delete(item);
  }

  /** Removes an item, if it is there. */
  discard(item: T): void {
    this.#items.delete(item);
  }

  /**
   * Removes an item.
   *
   * @throws {RangeError} If it is not there.
   */
  remove(item: T): void {
    if (!this.#items.delete(item)) throw new RangeError(`Cannot remove ${textOf(item)}: it is not in the set`);
  }

  /**
   * Removes an item, whichever, and gives it.
   *
   * @throws {RangeError} If there is none.
   */
  pop(): T {
    for (const item of this.#items) {
      this.#items.delete(item);
      return item;
    }
    throw new RangeError("Cannot pop an item: the set is empty");
  }

  /** Removes all items. */
  clear(): void {
    this.#items.clear();
  }

  /** A copy. */
  copy(): Set<T> {
    return new Set(this.#items);
  }

  /** The items. */
  values(): T[] {
    return [...this.#items];
  }

  /** How many items there are. */
  size(): number {
    return this.#items.size;
  }

  /** How many items there are, in another word. */
  length(): number {
    return this.#items.size;
  }

  /** The items that are in this one or in one of the others. */
  union(...others: Iterable<T>[]): Set<T> {
    return others.reduce<Set<T>>((set, other) => set.union(setOf(other)), this.copy());
  }

  /** The items that are in this one and in all of the others. */
  intersection(...others: Iterable<T>[]): Set<T> {
    return others.reduce<Set<T>>((set, other) => set.intersection(setOf(other)), this.copy());
  }

  /** The items that are in this one and in none of the others. */
  difference(...others: Iterable<T>[]): Set<T> {
    return others.reduce<Set<T>>((set, other) => set.difference(setOf(other)), this.copy());
  }

  /** The items that are in one of the two only. */
  symmetricDifference(other: Iterable<T>): Set<T> {
    return this.#items.symmetricDifference(setOf(other));
  }

  /** Adds all items of the others. */
  update(...others: Iterable<T>[]): void {
    this.#become(this.union(...others));
  }

  /** Keeps what is in all of the others. */
  intersectionUpdate(...others: Iterable<T>[]): void {
    this.#become(this.intersection(...others));
  }

  /** Removes what is in one of the others. */
  differenceUpdate(...others: Iterable<T>[]): void {
    this.#become(this.difference(...others));
  }

  /** Keeps and adds what is in one of the two only. */
  symmetricDifferenceUpdate(other: Iterable<T>): void {
    this.#become(this.symmetricDifference(other));
  }

  /** Whether all items are in the other. */
  isSubsetOf(other: Iterable<T>): boolean {
    return this.#items.isSubsetOf(setOf(other));
  }

  /** Whether all items of the other are in this one. */
  isSupersetOf(other: Iterable<T>): boolean {
    return this.#items.isSupersetOf(setOf(other));
  }

  /** Whether no item is in both. */
  isDisjointFrom(other: Iterable<T>): boolean {
    return this.#items.isDisjointFrom(setOf(other));
  }

  /** For counting. */
  [contents](): Iterable<unknown> {
    return this.#items;
  }

  /** As it is sent. */
  [plain](): Set<T> {
    return new Set(this.#items);
  }

  /** As Python's. */
  toString(): string {
    return textOf(this.#items);
  }

  #become(items: Set<T>): void {
    this.#items.clear();
    for (const item of items) this.#items.add(item);
  }
}

function setOf<T>(items: Iterable<T>): Set<T> {
  if (typeof items === "object" && items !== null && Symbol.iterator in items) return new Set(items);
  throw new TypeError(`Cannot make a set: received ${items === null ? "null" : typeof items}, no Set or Array`);
}
