/**
 * How objects of classes cross: by a name and a plain state, as Python's `copyreg` and `__reduce__`.
 *
 * @module
 */

import { hashOf } from "./function_text.ts";
import type { Handoff, Source } from "./handoff.ts";

/** Name of the method by which an object gives the state that is sent in its place, as Python's `__reduce__`. */
export const reduce: unique symbol = Symbol.for("@multiprocessing/deno.reduce");
/** Name of the static method of its class that makes an object of such a state. */
export const revive: unique symbol = Symbol.for("@multiprocessing/deno.revive");

/** A class, abstract or not. */
type AnyClass<T> = abstract new (...args: never[]) => T;

/** Both directions of a class; those of this module's own may depend on where its objects go. */
export interface SharedReducer<T, S> {
  reduce(value: T, handoff: Handoff): S;
  revive(state: S, source: Source): T;
}

/** A registered class. */
export interface Registration {
  readonly tag: string;
  readonly reduce: (value: object, handoff: Handoff) => unknown;
  readonly revive: (state: unknown, source: Source) => unknown;
}

// Told apart are only classes of one name, and what a tag adds to is every object.
const HASH_DIGITS = 8;
const TEXT_OF_TAG = / [0-9a-f]{8}( \d+)?$/;

const byPrototype = new Map<object, Registration>();
const byTag = new Map<string, Registration>();

/**
 * Has the objects of a class sent by a state of theirs, as Python's `copyreg.pickle`. It must be called in every process that sends or
 * receives them, so in a module that all of them import.
 *
 * @param cls The class; objects of classes that extend it need a registration of their own.
 * @param reducer `reduce` gives a state that can be sent, `revive` makes an object of it.
 * @throws {TypeError} If the class or the functions are none.
 *
 * @example A class with private fields
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pipe, registerReducer } from "@multiprocessing/deno";
 *
 * class Celsius {
 *   #degrees: number;
 *   constructor(degrees: number) {
 *     this.#degrees = degrees;
 *   }
 *   get degrees() {
 *     return this.#degrees;
 *   }
 * }
 * registerReducer(Celsius, { reduce: (value) => value.degrees, revive: (degrees: number) => new Celsius(degrees) });
 *
 * const [a, b] = Pipe<Celsius>();
 * await a.send(new Celsius(36.6));
 * assertEquals((await b.recv()).degrees, 36.6);
 * a.close();
 * b.close();
 * ```
 */
export function registerReducer<T, S>(
  cls: abstract new (...args: never[]) => T,
  reducer: { reduce(value: T): S; revive(state: S): T },
): void {
  if (typeof cls !== "function" || typeof cls.prototype !== "object") {
    throw new TypeError(`Cannot register a reducer: cls must be a class, received ${typeof cls}`);
  }
  if (typeof reducer?.reduce !== "function" || typeof reducer.revive !== "function") {
    throw new TypeError(`Cannot register a reducer for ${cls.name}: it needs the functions reduce and revive`);
  }
  register(tagFor(cls), cls, reducer);
}

/** Registers a class of this module, under a tag that no user's class can have. */
export function registerSharedClass<T, S>(tag: string, cls: AnyClass<T>, reducer: SharedReducer<T, S>): void {
  register(`@${tag}`, cls, reducer);
}

/** The registration of an object's class. */
export function registrationOf(prototype: object): Registration | undefined {
  return byPrototype.get(prototype);
}

/**
 * The registration of a tag.
 *
 * @param ofAnother Whether another program wrote it, which may have another version of the class: then the name will do, if it is one's.
 * @throws {TypeError} If there is none in this process.
 */
export function registrationFor(tag: string, ofAnother: boolean = false): Registration {
  const registration = byTag.get(tag) ?? (ofAnother ? onlyOneOf(nameIn(tag)) : undefined);
  if (registration !== undefined) return registration;
  throw new TypeError(
    `Cannot decode an object of class ${nameIn(tag)}: it is not registered here; ` +
      "call registerReducer in a module that this process imports too",
  );
}

/**
 * The static method `[revive]` of a class.
 *
 * @throws {TypeError} If it has none in this process.
 */
export function reviverOf(cls: object): (state: unknown) => unknown {
  const make: unknown = Reflect.get(cls, revive);
  if (typeof make === "function") return (state) => make.call(cls, state);
  throw new TypeError("Cannot decode an object: its class has no static method [revive]() here");
}

function onlyOneOf(name: string): Registration | undefined {
  const known = [...byTag.values()].filter(({ tag }) => nameIn(tag) === name);
  return known.length === 1 ? known[0] : undefined;
}

function nameIn(tag: string): string {
  return tag.replace(TEXT_OF_TAG, "");
}

function tagFor(cls: AnyClass<unknown>): string {
  const known = byPrototype.get(cls.prototype);
  if (known !== undefined) return known.tag;
  // With its text, as not all processes import every module that registers a class of that name, nor in one order.
  const own = `${cls.name} ${hashOf(cls).slice(0, HASH_DIGITS)}`;
  let tag = own;
  for (let number = 2; byTag.has(tag); number++) tag = `${own} ${number}`;
  return tag;
}

function register<T, S>(tag: string, cls: AnyClass<T>, reducer: SharedReducer<T, S>): void {
  const registration: Registration = {
    tag,
    // Only objects of this class come here, and only states that its own `reduce` gave.
    reduce: (value, handoff) => reducer.reduce(value as T, handoff),
    revive: (state, source) => reducer.revive(state as S, source),
  };
  byPrototype.set(cls.prototype, registration);
  byTag.set(tag, registration);
}
