/**
 * {@linkcode Value}: one value in shared memory, with a lock.
 *
 * @module
 */

import { compositionOf, type CType } from "../memory/ctype.ts";
import {
  type FieldsOfType,
  type InitArguments,
  type RawValue,
  RawValueObject,
  type RawValueOf,
} from "../memory/raw_value.ts";
import { span } from "../memory/span.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { resolveType, type TypeCode, type TypeLike, type ValueOf } from "../memory/typecode.ts";
import type { Lock } from "./lock.ts";
import { addLockMethods, chosenLock, isOptions, type SynchronizedOptions, type WithLock } from "./synchronized.ts";

/**
 * One value in shared memory with a lock, as Python's `multiprocessing.Value`.
 *
 * - To read `value` or to assign to it takes no lock: a value of a single type is never seen half written. A structure is read and
 *   written field by field.
 * - `value += 1` is a reading and a writing, so it needs the lock: `await using _ = await counter.guard()`.
 *
 * @typeParam T What the value is in the program; of a structure, an object that shows the memory itself.
 */
export interface Value<T> extends RawValue<T>, WithLock<RawValue<T>> {}

/** The object that a type makes, with a lock; one of a structure has its fields too. */
export type ValueOfType<C extends TypeLike> =
  & Value<ValueOf<C>>
  & Omit<FieldsOfType<C>, keyof Value<unknown>>;

/** The class {@linkcode Value}. */
export interface ValueConstructor {
  /** The start method whose processes share the memory; the default one if absent. */
  readonly startMethod?: string;
  /** For `instanceof`. */
  readonly prototype: Value<unknown>;
  /** Makes a value without a lock, a {@linkcode RawValue}. */
  new <C extends TypeLike>(
    type: C,
    ...init: [...InitArguments<C>, options: { lock: false }] | [options: { lock: false }]
  ): RawValueOf<C>;
  /**
   * Makes a value.
   *
   * @param type Its type: a code, a `c_` type, a class of structures, or the type of an array.
   * @param init The value, or the fields of the structure; zero without it. Then options.
   * @throws {TypeError} If the type is none, or the value or the lock is of the wrong kind.
   * @throws {RangeError} If the value is out of range, or there are too many.
   * @throws {NotSupportedError} If the processes of the start method cannot share memory; the message names the flag.
   */
  new <C extends TypeLike>(
    type: C,
    ...init:
      | InitArguments<C>
      | [...InitArguments<C>, options: SynchronizedOptions]
      | [options: SynchronizedOptions]
  ): ValueOfType<C>;
  /** Makes a value without a lock that is `T` in the program. */
  new <T = never>(
    type: TypeCode | CType<NoInfer<T>>,
    init: NoInfer<T> | undefined,
    options: { lock: false },
  ): NoInfer<RawValue<T>>;
  /** Makes a value that is `T` in the program, as it is said: `new Value<number>("i", 0)`. */
  new <T = never>(
    type: TypeCode | CType<NoInfer<T>>,
    init?: NoInfer<T>,
    options?: SynchronizedOptions,
  ): NoInfer<Value<T>>;
}

/** The objects of {@linkcode Value}. */
export class ValueObject extends RawValueObject {
  readonly #lock!: Lock;
  readonly #raw!: RawValueObject;

  /** A new value; or, of a raw one in place of a type, that one with the lock that follows. */
  constructor(type: unknown, ...args: unknown[]) {
    const last = args.at(-1);
    const options = isOptions(last) && !isField(type, args) ? last : undefined;
    const init = options === undefined ? args : args.slice(0, -1);
    const Raw = boundClass(RawValueObject, new.target.startMethod);
    const raw = type instanceof RawValueObject ? type : new Raw(type, ...init);
    const lock = chosenLock(options?.lock, new.target);
    // As in Python, a raw object is what one without a lock is; no class can say so.
    if (lock === undefined) return raw as never;
    super(raw[span]);
    this.#lock = lock;
    this.#raw = raw;
  }

  getLock(): Lock {
    return this.#lock;
  }

  getObj(): RawValueObject {
    return this.#raw;
  }

  override toString(): string {
    const name = compositionOf(this[span].type) === undefined ? "" : this[span].type.name;
    return `<Synchronized${name} wrapper for ${super.toString()}>`;
  }
}
Object.defineProperty(ValueObject, "name", { value: "Value" });
addLockMethods(ValueObject);

/**
 * One value in shared memory with a lock, as Python's `multiprocessing.Value`.
 *
 * - To read `value` or to assign to it takes no lock: a value of a single type is never seen half written. A structure is read and
 *   written field by field.
 * - `value += 1` is a reading and a writing, so it needs the lock: `await using _ = await counter.guard()`.
 * - Of the types of 64 bits, `l`, `L`, `q` and `Q` hold the numbers that are safe integers; `c_int64` and `c_uint64` hold all, as
 *   bigints.
 *
 * @example A counter, and a structure
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { getContext, Structure } from "@multiprocessing/deno";
 *
 * const { Value } = getContext("worker");
 * const counter = new Value("i", 7);
 * {
 *   await using _guard = await counter.guard();
 *   counter.value += 1;
 * }
 * assertEquals(counter.value, 8);
 * assertThrows(() => counter.value = 2 ** 31, RangeError);
 *
 * class Point extends Structure({ x: "d", y: "d" }) {}
 * const point = new Value(Point, 1, 2);
 * point.x = 3;
 * assertEquals(point.value.x, 3);
 * ```
 */
// The type of the value follows from the code, which the constructor of a class cannot say.
export const Value: ValueConstructor = ValueObject as unknown as ValueConstructor;

/** Whether the one argument is a structure by name, with a field that is called as the option is. */
function isField(type: unknown, args: readonly unknown[]): boolean {
  return args.length === 1 && !(type instanceof RawValueObject) &&
    compositionOf(resolveType(type))?.names.includes("lock") === true;
}
