/**
 * Looks into objects that may not like it: proxies, and getters that throw.
 *
 * @module
 */

import { heldBy } from "./kinds.ts";
import { messageOf, Refusal } from "./refusal.ts";

// Made once, as arrays are mostly short.
const INDICES = Array.from({ length: 64 }, (_, index) => `${index}`);

const { getTime } = Date.prototype;

/** Its prototype. */
export function prototypeOf(object: object): object | null {
  try {
    return Object.getPrototypeOf(object);
  } catch (error) {
    throw unwilling(object, error);
  }
}

/** Whether it has something under a key, or its prototypes have. */
export function has(object: object, key: symbol): boolean {
  try {
    return key in object;
  } catch (error) {
    throw unwilling(object, error);
  }
}

/** What an object has by being one of a built-in class, not by its prototype alone. */
export function builtIn<T>(
  object: object,
  read: () => T,
  reason = "it has the prototype of a built-in class without being an object of it",
): T {
  try {
    return read();
  } catch (error) {
    throw new Refusal(reason, object, { cause: error });
  }
}

/** What a Map holds, whatever it gives as its iterator: a copy, as getters of what is in it may change it. */
export function entriesOf(map: Map<unknown, unknown>): [unknown, unknown][] {
  return builtIn(map, () => [...heldBy(map)]);
}

/** What a Set holds, in the same way. */
export function itemsOf(set: Set<unknown>): unknown[] {
  return builtIn(set, () => [...heldBy(set)]);
}

/** What a Date says. */
export function timeOf(date: Date): number {
  return builtIn(date, () => getTime.call(date));
}

/** Its own enumerable keys. */
export function keysOf(object: object): string[] {
  try {
    return Object.keys(object);
  } catch (error) {
    throw unwilling(object, error);
  }
}

/** Whether enumerating it gives just these keys, and none of them by its prototype, where somebody may have added some. */
export function hasKeys(object: object, keys: readonly string[]): boolean {
  let index = 0;
  try {
    for (const key in object) if (key !== keys[index++]) return false;
    // A prototype's come last.
    return index === keys.length && (index === 0 || Object.hasOwn(object, keys[index - 1] as string));
  } catch (error) {
    throw unwilling(object, error);
  }
}

/** Whether an array of this length has these keys because it has nothing else, and no hole. */
export function areAllIndices(keys: readonly string[], length: number): boolean {
  // Indices come first and in order, so it is enough that the last one is in its place.
  return keys.length === length && (length === 0 || keys[length - 1] === (INDICES[length - 1] ?? `${length - 1}`));
}

/** What is under a key. */
export function propertyOf(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key];
  } catch (error) {
    throw unreadable(object, key, error);
  }
}

/** The error for a property whose getter threw. */
export function unreadable(object: object, key: string, error: unknown): Refusal {
  return new Refusal(`reading it failed with ${messageOf(error)}`, object, { cause: error, key });
}

function unwilling(object: object, error: unknown): Refusal {
  return new Refusal("it is a proxy that was revoked or refuses to be looked at", object, { cause: error });
}
