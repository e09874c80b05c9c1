/**
 * {@linkcode RawValue}: one value in shared memory.
 *
 * @module
 */

import { blockFor } from "./block.ts";
import { compositionOf, type CType, type ScalarType, type SharedView } from "./ctype.ts";
import { Span, span } from "./span.ts";
import { literal } from "./raw_array.ts";
import {
  type FieldTypes,
  type InitOf,
  isScalarType,
  resolveType,
  type StructureInit,
  type StructureOf,
  type TypeCode,
  type TypeLike,
  type ValueOf,
} from "./typecode.ts";

/**
 * One value in shared memory without a lock, as Python's `multiprocessing.RawValue`.
 *
 * A value of a single type is read and written as a whole, whoever else is at it; `value += 1` is a reading and a writing.
 *
 * @typeParam T What the value is in the program; of a structure, an object that shows the memory itself.
 */
export interface RawValue<T> {
  /** The value. Assigning to it copies a structure, field by field. */
  value: T;
}

/** The fields of a type that is the class of a structure. */
export type FieldsOfType<C extends TypeLike> = C extends { readonly fields: infer F extends FieldTypes }
  ? StructureOf<F>
  : unknown;
/** The arguments by which a value of a type is made: those for the fields of a structure, or the value. */
export type InitArguments<C extends TypeLike> = C extends { readonly fields: infer F extends FieldTypes }
  ? StructureInit<F>
  : [init?: InitOf<C>];
/** The value that a type makes; one of a structure has its fields too. */
export type RawValueOf<C extends TypeLike> =
  & RawValue<ValueOf<C>>
  & Omit<FieldsOfType<C>, keyof RawValue<unknown>>;

/** The class {@linkcode RawValue}. */
export interface RawValueConstructor {
  /** The start method whose processes share the memory; the default one if absent. */
  readonly startMethod?: string;
  /** For `instanceof`. */
  readonly prototype: RawValue<unknown>;
  /**
   * Makes a value.
   *
   * @param type Its type: a code, a `c_` type, a class of structures, or the type of an array.
   * @param init The value, or what the constructor of the structure takes; zero without it.
   * @throws {TypeError} If the type is none, or the value is of the wrong kind.
   * @throws {RangeError} If the value is out of range, or there are too many.
   * @throws {NotSupportedError} If the processes of the start method cannot share memory; the message names the flag.
   */
  new <C extends TypeLike>(type: C, ...init: InitArguments<C>): RawValueOf<C>;
  /** Makes a value that is `T` in the program, as it is said: `new RawValue<number>("i", 0)`. */
  new <T = never>(type: TypeCode | CType<NoInfer<T>>, init?: NoInfer<T>): NoInfer<RawValue<T>>;
}

/** The objects of {@linkcode RawValue}. */
export class RawValueObject {
  static readonly startMethod: string | undefined = undefined;

  readonly #span: Span;
  readonly #scalar: ScalarType<unknown> | undefined;
  readonly #view: SharedView;
  #live: unknown;

  /** A new value; or, of a span in place of a type, the one that lies there. */
  constructor(type: unknown, ...init: unknown[]) {
    this.#span = type instanceof Span ? type : allocated(resolveType(type), init, new.target);
    const { type: ctype, block, offset } = this.#span;
    this.#scalar = isScalarType(ctype) ? ctype : undefined;
    this.#view = this.#scalar?.view(block, offset, 1) ?? this.#span.bytes;
    forwardFields(this, ctype);
  }

  get value(): unknown {
    if (this.#scalar !== undefined) return this.#scalar.load(this.#view, 0);
    const { type, block, offset } = this.#span;
    return this.#live ??= type.read(block, offset);
  }

  set value(value: unknown) {
    const { type, block, offset } = this.#span;
    if (this.#scalar !== undefined) this.#scalar.store(this.#view, 0, value);
    else type.write(block, offset, value);
  }

  toString(): string {
    return this.#scalar === undefined ? String(this.value) : `${this.#scalar.name}(${literal(this.value)})`;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  get [span](): Span {
    return this.#span;
  }
}
Object.defineProperty(RawValueObject, "name", { value: "RawValue" });

/**
 * One value in shared memory without a lock, as Python's `multiprocessing.RawValue`. See {@linkcode Value} for one with a lock.
 *
 * @example A number, and a structure
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { RawValue, Structure } from "@multiprocessing/deno";
 *
 * const ratio = new RawValue("d", 2.4);
 * ratio.value *= 2;
 * assertEquals(ratio.value, 4.8);
 *
 * class Point extends Structure({ x: "i", y: "i" }) {}
 * const point = new RawValue(Point, 4, 6);
 * point.x = 5;
 * assertEquals([point.value.x, point.value.y], [5, 6]);
 * ```
 */
// The type of the value follows from the code, which the constructor of a class cannot say.
export const RawValue: RawValueConstructor = RawValueObject as unknown as RawValueConstructor;

/** The value that lies in a span. */
export function rawValueOver(span: Span): RawValue<unknown> {
  return new RawValueObject(span);
}

/** Gives an object the fields of the structure that is its `value`, but for those whose names it has itself. */
function forwardFields(object: { readonly value: unknown }, type: CType<unknown>): void {
  for (const name of compositionOf(type)?.names ?? []) {
    if (name in object) continue;
    Object.defineProperty(object, name, {
      enumerable: true,
      get: () => Reflect.get(Object(object.value), name),
      set: (value: unknown) => Reflect.set(Object(object.value), name, value),
    });
  }
}

/**
 * What can be written where a type is, from the arguments by which it is made.
 *
 * @throws {TypeError} If it is of the wrong kind.
 * @throws {RangeError} If it is out of range, or there are too many.
 */
function checkedInit(type: CType<unknown>, args: readonly unknown[]): unknown {
  const composition = compositionOf(type);
  if (composition === undefined && args.length > 1) {
    throw new RangeError(
      `Cannot make a value of ${type.name}: received ${args.length} initial values; give one, and options as { lock: false }`,
    );
  }
  const init = composition === undefined ? args[0] : composition.fromArguments(args);
  if (init !== undefined) type.check(init);
  return init;
}

function allocated(
  type: CType<unknown>,
  args: readonly unknown[],
  cls: { readonly startMethod?: string | undefined },
): Span {
  const init = checkedInit(type, args);
  const block = blockFor(type, cls);
  if (init !== undefined) type.write(block, 0, init);
  return new Span(type, block);
}
