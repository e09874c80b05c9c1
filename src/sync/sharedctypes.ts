/**
 * What Python's `multiprocessing.sharedctypes` does with shared objects that there are: a lock for them, a copy of them.
 *
 * @module
 */

import type { TextElements } from "../memory/array_surface.ts";
import { blockFor } from "../memory/block.ts";
import { describe, type SharedView } from "../memory/ctype.ts";
import { type RawArray, RawArrayObject } from "../memory/raw_array.ts";
import { type RawValue, RawValueObject } from "../memory/raw_value.ts";
import { Span, spanOf } from "../memory/span.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { isStructure, sharedStructureSpan } from "../memory/structure.ts";
import { type SharedArray, SharedArrayObject } from "./array.ts";
import type { Lock } from "./lock.ts";
import { type Value, ValueObject } from "./value.ts";

/**
 * A shared object with a lock: a {@linkcode Value} of a raw value or a structure, an {@linkcode Array} of a raw array.
 *
 * @typeParam O The raw object.
 */
export type Synchronized<O> = O extends RawArray<infer T, infer V extends SharedView>
  ? (O extends TextElements ? SharedArray<T, V> & TextElements : SharedArray<T, V>)
  : O extends RawValue<infer T> ? Value<T> & Omit<O, keyof Value<unknown>>
  : Value<O> & Omit<O, keyof Value<unknown>>;

/** {@linkcode synchronized} and {@linkcode copy}, for what a start method's processes share. */
export interface SharedCtypes {
  /** {@linkcode synchronized} */
  readonly synchronized: typeof synchronized;
  /** {@linkcode copy} */
  readonly copy: typeof copy;
}

/**
 * Gives a raw object a lock, as Python's `multiprocessing.sharedctypes.synchronized`. Both show the same memory.
 *
 * @param object A raw value, a raw array, or a structure in shared memory.
 * @param lock The lock; a new recursive one if absent.
 * @throws {TypeError} If the object is none of them or has a lock already, or the lock is none.
 *
 * @example A lock for a raw value
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext, synchronized } from "@multiprocessing/deno";
 *
 * const context = getContext("worker");
 * const raw = new context.RawValue("i", 7);
 * const value = synchronized(raw, new context.RLock());
 * await using _guard = await value.guard();
 * value.value += 1;
 * assertEquals(raw.value, 8);
 * ```
 */
export function synchronized<O extends object>(object: O, lock?: Lock | null): Synchronized<O> {
  return withLock(object, lock, undefined) as Synchronized<O>;
}

/**
 * Makes a new shared object of the same type and contents, as Python's `multiprocessing.sharedctypes.copy`.
 *
 * @param object A value, an array or a structure. What has a lock is copied with a lock of its own; a copy of a structure lies in
 * shared memory.
 * @throws {TypeError} If it is none of them.
 *
 * @example Two values
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { copy, getContext } from "@multiprocessing/deno";
 *
 * const { RawArray } = getContext("worker");
 * const squares = new RawArray("i", [0, 1, 4]);
 * const others = copy(squares);
 * squares[2] = 5;
 * assertEquals([...others], [0, 1, 4]);
 * ```
 */
export function copy<O extends object>(object: O): O {
  return duplicate(object, undefined) as O;
}

/** {@linkcode synchronized} and {@linkcode copy} for a context. */
export function sharedCtypesOf(startMethod: string): SharedCtypes {
  return {
    synchronized: <O extends object>(object: O, lock?: Lock | null) =>
      withLock(object, lock, startMethod) as Synchronized<O>,
    copy: <O extends object>(object: O) => duplicate(object, startMethod) as O,
  };
}

function withLock(object: object, lock: unknown, startMethod: string | undefined): object {
  if (object instanceof ValueObject || object instanceof SharedArrayObject) {
    throw new TypeError(`Cannot synchronize ${describe(object)}: object already synchronized`);
  }
  // A lock is made where the object was, whatever the context.
  const method = startMethodOf(object) ?? startMethod;
  const options = { lock: lock ?? true };
  if (object instanceof RawArrayObject) return wrap(SharedArrayObject, method, [object, undefined, options]);
  if (object instanceof RawValueObject) return wrap(ValueObject, method, [object, options]);
  const structure = sharedStructureSpan(object);
  if (structure !== undefined) return wrap(ValueObject, method, [new RawValueObject(structure), options]);
  const state = isStructure(object) ? "it is not in shared memory; make it by RawValue" : "it is not a shared object";
  throw new TypeError(`Cannot synchronize ${describe(object)}: ${state}`);
}

function wrap(
  cls: abstract new (...args: never[]) => object,
  startMethod: string | undefined,
  args: unknown[],
): object {
  return Reflect.construct(boundClass(cls, startMethod), args);
}

function duplicate(object: object, startMethod: string | undefined): unknown {
  const source = spanOf(object);
  if (source === undefined) throw new TypeError(`Cannot copy ${describe(object)}: it is not a shared object`);
  const method = startMethodOf(object) ?? startMethod;
  const target = new Span(source.type, blockFor(source.type, { startMethod: method }));
  target.bytes.set(source.bytes);
  if (isStructure(object)) return source.type.read(target.block, 0);
  const isArray = object instanceof RawArrayObject;
  const raw = Reflect.construct(boundClass(isArray ? RawArrayObject : RawValueObject, method), [target]);
  if (object instanceof ValueObject) return wrap(ValueObject, method, [raw]);
  return object instanceof SharedArrayObject ? wrap(SharedArrayObject, method, [raw]) : raw;
}

/** The start method of the context whose class made an object. */
function startMethodOf(object: object): string | undefined {
  const method: unknown = Reflect.get(object.constructor, "startMethod");
  return typeof method === "string" ? method : undefined;
}
