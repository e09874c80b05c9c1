/**
 * What is in an object of a server, as far as it is a container, and how it is put in words.
 *
 * @module
 */

import { stateOf } from "./proxy_state.ts";

/** Name of the method by which a container gives what it contains. */
export const contents: unique symbol = Symbol("contents");
/** Name of the method by which an object gives what is sent in its place. */
export const plain: unique symbol = Symbol("plain");

/** All values in an object, at any depth, itself excepted; proxies are not looked into. */
export function* contentsOf(object: object): Iterable<unknown> {
  const seen = new Set<unknown>();
  const left: unknown[] = [...itemsOf(object)];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    yield value;
    if (stateOf(value) === undefined) left.push(...itemsOf(value));
  }
}

function itemsOf(object: object): Iterable<unknown> {
  const give: unknown = Reflect.get(object, contents);
  if (typeof give === "function") return give.call(object);
  if (object instanceof Map) return [...object.keys(), ...object.values()];
  if (object instanceof Set || Array.isArray(object)) return object;
  return ArrayBuffer.isView(object) ? [] : Object.values(object);
}

/** What is sent when the object itself is asked for. */
export function plainOf(object: object): unknown {
  const give: unknown = Reflect.get(object, plain);
  return typeof give === "function" ? give.call(object) : object;
}

const DEEPEST = 8;
// What contains the same thing many times over at each depth would have no end.
const MOST_REPEATED = 100_000;

/** An object in Python's words: `[1, 'a']`, `{'b': 2}`; where it contains itself, or the same too often, `[...]`. */
export function textOf(value: unknown): string {
  const words = new Words();
  words.add(value);
  return words.parts.join("");
}

/** What is within brackets: items, or keys with their values. */
interface Enclosed {
  readonly open: string;
  readonly close: string;
  readonly items: Iterable<readonly unknown[]>;
}

class Words {
  readonly parts: string[] = [];
  /** What the value is in. */
  readonly #around = new Set<unknown>();
  /** What was told already, and how many letters were told again. */
  readonly #told = new Set<unknown>();
  #repeated = 0;
  #isRepeating = false;

  add(value: unknown): void {
    const enclosed = enclosedIn(value);
    if (enclosed === undefined) return this.#put(wordOf(value));
    const { open, close, items } = enclosed;
    if (this.#around.has(value) || this.#repeated > MOST_REPEATED && this.#told.has(value)) {
      return this.#put(`${open}...${close}`);
    }
    const wasRepeating = this.#isRepeating;
    this.#isRepeating ||= this.#told.has(value);
    this.#around.add(value);
    this.#told.add(value);
    this.#put(open);
    this.#addAll(items);
    this.#put(close);
    this.#around.delete(value);
    this.#isRepeating = wasRepeating;
  }

  #addAll(items: Iterable<readonly unknown[]>): void {
    let between = "";
    for (const item of items) {
      for (const part of item) {
        this.#put(between);
        if (this.#around.size > DEEPEST) this.#put("...");
        else this.add(part);
        between = ": ";
      }
      between = ", ";
    }
  }

  #put(text: string): void {
    this.parts.push(text);
    if (this.#isRepeating) this.#repeated += text.length;
  }
}

function enclosedIn(value: unknown): Enclosed | undefined {
  if (typeof value !== "object" || value === null || stateOf(value) !== undefined) return undefined;
  if (Array.isArray(value)) return { open: "[", close: "]", items: value.values().map((item) => [item]) };
  if (value instanceof Map) return { open: "{", close: "}", items: value };
  if (value instanceof Set && value.size > 0) {
    return { open: "{", close: "}", items: value.values().map((item) => [item]) };
  }
  const isPlain = Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? { open: "{", close: "}", items: Object.entries(value) } : undefined;
}

function wordOf(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object" || value === null || stateOf(value) !== undefined) return inspected(value);
  if (value instanceof Set) return "set()";
  return Object.hasOwn(Object.getPrototypeOf(value) ?? {}, "toString") ? String(value) : inspected(value);
}

function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return text.includes("'") && !text.includes('"') ? `"${inner}"` : `'${inner.replaceAll("'", "\\'")}'`;
}

function inspected(value: unknown): string {
  return Deno.inspect(value, { breakLength: Infinity });
}
