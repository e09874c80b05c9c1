/**
 * {@linkcode SharedArray}, which is `Array` to users: an array in shared memory, with a lock.
 *
 * @module
 */

import { checkOptions } from "../base/check.ts";
import type { ArrayElements, TextElements, ViewOf } from "../memory/array_surface.ts";
import type { CType, ScalarType, SharedView } from "../memory/ctype.ts";
import { type RawArray, RawArrayObject, type RawArrayOf } from "../memory/raw_array.ts";
import { span } from "../memory/span.ts";
import { boundClass } from "../memory/start_method_class.ts";
import type { c_char, CTypeOf, ElementsInit, TypeCode, TypeLike, ValueOf } from "../memory/typecode.ts";
import type { Lock } from "./lock.ts";
import { addLockMethods, chosenLock, type SynchronizedOptions, type WithLock } from "./synchronized.ts";

/**
 * An array in shared memory with a lock, as Python's `multiprocessing.Array`.
 *
 * To read an element or to assign to it takes no lock, and an element of a single type is never seen half written; whatever concerns
 * more, as `a[i] += 1` or a slice, needs the lock to be seen as one.
 *
 * @typeParam T What the elements are in the program.
 * @typeParam V Typed array of its `buffer`.
 */
export interface SharedArray<T, V extends SharedView = ViewOf<T>>
  extends ArrayElements<T, V>, WithLock<RawArray<T, V>> {}

/** The array that a type of elements makes, with a lock. */
export type SharedArrayOf<C extends TypeLike> = CTypeOf<C> extends ScalarType<infer T, infer V>
  ? (CTypeOf<C> extends typeof c_char ? SharedArray<T, V> & TextElements : SharedArray<T, V>)
  : SharedArray<ValueOf<C>, Uint8Array<SharedArrayBuffer>>;

/** The class {@linkcode SharedArray}. */
export interface SharedArrayConstructor {
  /** The start method whose processes share the memory; the default one if absent. */
  readonly startMethod?: string;
  /** For `instanceof`. */
  readonly prototype: SharedArray<unknown, SharedView>;
  /** Makes an array without a lock, a {@linkcode RawArray}. */
  new <C extends TypeLike>(
    type: C,
    sizeOrInitializer: number | ElementsInit<C>,
    options: { lock: false },
  ): RawArrayOf<C>;
  /**
   * Makes an array.
   *
   * @param type Type of the elements: a code, a `c_` type, a class of structures, or the type of an array.
   * @param sizeOrInitializer How many zeros, or the elements.
   * @param options The lock.
   * @throws {TypeError} If the type is none, or an element or the lock is of the wrong kind.
   * @throws {RangeError} If the size is negative, or an element is out of range.
   * @throws {NotSupportedError} If the processes of the start method cannot share memory; the message names the flag.
   */
  new <C extends TypeLike>(
    type: C,
    sizeOrInitializer: number | ElementsInit<C>,
    options?: SynchronizedOptions,
  ): SharedArrayOf<C>;
  /** Makes an array without a lock whose elements are `T` in the program. */
  new <T = never>(
    type: TypeCode | CType<NoInfer<T>>,
    sizeOrInitializer: number | (Iterable<NoInfer<T>> & { readonly length: number }),
    options: { lock: false },
  ): NoInfer<RawArray<T>>;
  /** Makes an array whose elements are `T` in the program, as it is said: `new Array<number>("i", 3)`. */
  new <T = never>(
    type: TypeCode | CType<NoInfer<T>>,
    sizeOrInitializer: number | (Iterable<NoInfer<T>> & { readonly length: number }),
    options?: SynchronizedOptions,
  ): NoInfer<SharedArray<T>>;
}

/** The objects of {@linkcode SharedArray}. */
export class SharedArrayObject extends RawArrayObject {
  readonly #lock!: Lock;
  readonly #raw!: RawArrayObject;

  /** A new array; or, of a raw one in place of a type, that one. */
  constructor(type: unknown, init?: unknown, options: SynchronizedOptions = {}) {
    checkOptions("make an Array", options, "{ lock: false }", ["lock"]);
    const Raw = boundClass(RawArrayObject, new.target.startMethod);
    const raw = type instanceof RawArrayObject ? type : new Raw(type, init);
    const lock = chosenLock(options.lock, new.target);
    // As in Python, a raw object is what one without a lock is; no class can say so.
    if (lock === undefined) return raw as never;
    super(raw[span]);
    this.#lock = lock;
    this.#raw = raw;
  }

  getLock(): Lock {
    return this.#lock;
  }

  getObj(): RawArrayObject {
    return this.#raw;
  }

  protected override render(most: number): string {
    const wrapper = this.isText ? "SynchronizedString" : "SynchronizedArray";
    return `<${wrapper} wrapper for ${super.render(most)}>`;
  }
}
Object.defineProperty(SharedArrayObject, "name", { value: "Array" });
addLockMethods(SharedArrayObject);

/**
 * An array in shared memory with a lock, as Python's `multiprocessing.Array`.
 *
 * - To read an element or to assign to it takes no lock, and an element of a single type is never seen half written; whatever concerns
 *   more, as `a[i] += 1` or a slice, needs the lock to be seen as one.
 * - `a[i]` takes about 0.2 µs, `a.at(i)` a tenth of it, and `a.buffer[i]` a hundredth: it is a typed array over the same memory.
 *
 * @example Elements, slices, text
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * const { Array } = getContext("worker");
 * const numbers = new Array("i", [1, 2, 3, 4]);
 * {
 *   await using _guard = await numbers.guard();
 *   for (let index = 0; index < numbers.length; index++) numbers[index] = -numbers.at(index);
 * }
 * assertEquals([...numbers], [-1, -2, -3, -4]);
 * assertEquals(numbers.slice(undefined, undefined, 2), [-1, -3]);
 *
 * const text = new Array("c", "hello world");
 * text.value = text.value.toUpperCase();
 * assertEquals(text.value, "HELLO WORLD");
 * ```
 */
// The types of the elements follow from the code, which the constructor of a class cannot say.
export const SharedArray: SharedArrayConstructor = SharedArrayObject as unknown as SharedArrayConstructor;
