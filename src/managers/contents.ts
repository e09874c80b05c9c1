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

/** An object in Python's words: `[1, 'a']`, `{'b': 2}`. */
export function textOf(value: unknown, depth = 0): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object" || value === null || stateOf(value) !== undefined) return inspected(value);
  const more = depth < DEEPEST ? (item: unknown) => textOf(item, depth + 1) : () => "...";
  const pairs = (entries: Iterable<[unknown, unknown]>) =>
    `{${Array.from(entries, ([key, item]) => `${more(key)}: ${more(item)}`).join(", ")}}`;
  if (Array.isArray(value)) return `[${value.map(more).join(", ")}]`;
  if (value instanceof Map) return pairs(value);
  if (value instanceof Set) return value.size === 0 ? "set()" : `{${Array.from(value, more).join(", ")}}`;
  if (Object.getPrototypeOf(value) === Object.prototype) return pairs(Object.entries(value));
  if (Object.hasOwn(Object.getPrototypeOf(value) ?? {}, "toString")) return String(value);
  return inspected(value);
}

function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return text.includes("'") && !text.includes('"') ? `"${inner}"` : `'${inner.replaceAll("'", "\\'")}'`;
}

function inspected(value: unknown): string {
  return Deno.inspect(value, { breakLength: Infinity });
}
