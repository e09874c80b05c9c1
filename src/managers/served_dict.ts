/**
 * The dicts, namespaces and values of managers.
 *
 * @module
 */

import { contents, plain, textOf } from "./contents.ts";

/** What a dict can be made of. */
export type DictInit<K, V> = Iterable<readonly [K, V]> | Readonly<Record<string, V>>;

/** A Map with Map's words and Python's. */
export class ServedDict<K = unknown, V = unknown> {
  readonly #items: Map<K, V>;

  /**
   * Makes a dict.
   *
   * @param init A Map, pairs, or an object.
   */
  constructor(init?: DictInit<K, V>) {
    this.#items = new Map(entriesOf(init));
  }

  /** The value of a key; `fallback`, or `undefined`, if there is none. */
  get(key: K, fallback?: V): V | undefined {
    return this.#items.has(key) ? this.#items.get(key) : fallback;
  }

  /** Sets the value of a key. */
  set(key: K, value: V): void {
    this.#items.set(key, value);
  }

  /** Whether there is a key. */
  has(key: K): boolean {
    return this.#items.has(key);
  }

  /** Removes a key; whether it was there. */
  delete(key: K): boolean {
    return this.#items.delete(key);
  }

  /** Removes all keys. */
  clear(): void {
    this.#items.clear();
  }

  /** A copy. */
  copy(): Map<K, V> {
    return new Map(this.#items);
  }

  /** The keys. */
  keys(): K[] {
    return [...this.#items.keys()];
  }

  /** The values. */
  values(): V[] {
    return [...this.#items.values()];
  }

  /** The pairs. */
  entries(): [K, V][] {
    return [...this.#items.entries()];
  }

  /** The pairs, in Python's word. */
  items(): [K, V][] {
    return this.entries();
  }

  /**
   * Removes a key and gives its value.
   *
   * @throws {RangeError} If it is not there and there is no fallback.
   */
  pop(key: K, ...fallback: V[]): V {
    const value = this.#items.get(key);
    if (this.#items.delete(key)) return value as V;
    if (fallback.length > 0) return fallback[0] as V;
    throw new RangeError(`Cannot pop ${textOf(key)}: the dict has no such key`);
  }

  /**
   * Removes the pair that was added last.
   *
   * @throws {RangeError} If there is none.
   */
  popitem(): [K, V] {
    const last = [...this.#items].at(-1);
    if (last === undefined) throw new RangeError("Cannot pop an item: the dict is empty");
    this.#items.delete(last[0]);
    return last;
  }

  /** The value of a key, which is set first if it is not there. */
  setdefault(key: K, value: V): V {
    if (!this.#items.has(key)) this.#items.set(key, value);
    return this.#items.get(key) as V;
  }

  /** Sets many keys. */
  update(init: DictInit<K, V>): void {
    for (const [key, value] of entriesOf(init)) this.#items.set(key, value);
  }

  /** How many keys there are. */
  size(): number {
    return this.#items.size;
  }

  /** How many keys there are, in another word. */
  length(): number {
    return this.#items.size;
  }

  /** For counting. */
  [contents](): Iterable<unknown> {
    return [...this.#items].flat();
  }

  /** As it is sent. */
  [plain](): Map<K, V> {
    return new Map(this.#items);
  }

  /** As Python's. */
  toString(): string {
    return textOf(this.#items);
  }
}

/**
 * The pairs that a dict is made of.
 *
 * @throws {TypeError} If there are none.
 */
export function entriesOf<K, V>(init: DictInit<K, V> | undefined): (readonly [K, V])[] {
  if (init === undefined) return [];
  if (typeof init !== "object" || init === null) {
    throw new TypeError(`Cannot make a dict: it needs a Map, pairs or an object, received ${Deno.inspect(init)}`);
  }
  // The keys of an object are texts, whatever the type says.
  if (!(Symbol.iterator in init)) return Object.entries(init) as unknown as [K, V][];
  const pairs = [...init as Iterable<readonly [K, V]>];
  const odd = pairs.find((pair) => !Array.isArray(pair));
  if (odd === undefined) return pairs;
  throw new TypeError(`Cannot make a dict: it needs pairs such as ["a", 1], received ${Deno.inspect(odd)} for one`);
}

/** Attributes by name; those that begin with `_` are not for others. */
export class ServedNamespace {
  readonly #attributes: Map<string, unknown>;

  /** @param attributes Those to begin with. */
  constructor(attributes: Readonly<Record<string, unknown>> = {}) {
    this.#attributes = new Map(Object.entries(attributes));
  }

  /**
   * The value of an attribute.
   *
   * @throws {RangeError} If there is none.
   */
  get(name: string): unknown {
    this.#check("read", name);
    return this.#attributes.get(name);
  }

  /** Sets an attribute. */
  set(name: string, value: unknown): void {
    this.#attributes.set(String(name), value);
  }

  /** Whether there is an attribute. */
  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  /**
   * Removes an attribute.
   *
   * @throws {RangeError} If there is none.
   */
  delete(name: string): void {
    this.#check("delete", name);
    this.#attributes.delete(name);
  }

  /** For counting. */
  [contents](): Iterable<unknown> {
    return this.#attributes.values();
  }

  /** As it is sent. */
  [plain](): Record<string, unknown> {
    return Object.fromEntries(this.#attributes);
  }

  /** As Python's: by name. */
  toString(): string {
    const shown = [...this.#attributes].filter(([name]) => !name.startsWith("_")).sort(([one], [other]) =>
      one < other ? -1 : 1
    );
    return `Namespace(${shown.map(([name, value]) => `${name}=${textOf(value)}`).join(", ")})`;
  }

  #check(what: string, name: string): void {
    if (this.#attributes.has(name) && !name.startsWith("_")) return;
    throw new RangeError(`Cannot ${what} ${name}: the Namespace has no attribute of that name`);
  }
}

/** One value, of any kind. */
export class ServedValue<T = unknown> {
  readonly #typecode: string;
  #value: T;

  /**
   * Makes a value.
   *
   * @param typecode For people; the value is not held against it.
   */
  constructor(typecode: string, value: T) {
    this.#typecode = typecode;
    this.#value = value;
  }

  /** The value. */
  get(): T {
    return this.#value;
  }

  /** Sets it. */
  set(value: T): void {
    this.#value = value;
  }

  /** For counting. */
  [contents](): Iterable<unknown> {
    return [this.#value];
  }

  /** As it is sent. */
  [plain](): T {
    return this.#value;
  }

  /** As Python's. */
  toString(): string {
    return `Value(${textOf(this.#typecode)}, ${textOf(this.#value)})`;
  }
}
