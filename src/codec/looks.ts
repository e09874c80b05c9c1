/**
 * Looks into objects that may not like it: proxies, and getters that throw.
 *
 * @module
 */

import { messageOf, Refusal } from "./refusal.ts";

/** Its prototype. */
export function prototypeOf(object: object): object | null {
  try {
    return Object.getPrototypeOf(object);
  } catch (error) {
    throw unwilling(object, error);
  }
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
