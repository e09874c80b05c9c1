/**
 * {@linkcode Structure}: records with the layout of C.
 *
 * @module
 */

import { reduce, revive } from "../codec/reducer.ts";
import type { Block } from "./block.ts";
import { type Composition, composition, type CType, describe } from "./ctype.ts";
import { Span, span, spanOf } from "./span.ts";
import { literal } from "./raw_array.ts";
import { type RawValue, rawValueOver } from "./raw_value.ts";
import { type FieldTypes, resolveType, type StructureInit, type StructureOf } from "./typecode.ts";

/**
 * A class of structures, to be extended by one of yours. It is a C type too.
 *
 * @typeParam F Types of the fields.
 */
export interface StructureClass<F extends FieldTypes> extends CType<unknown> {
  /** Types of the fields, in the order of their places. */
  readonly fields: F;
  /** For `instanceof`. */
  readonly prototype: StructureOf<F>;
  /**
   * Makes a structure in memory of its own, which no other process sees.
   *
   * @param values Values of the fields in their order, or one object with them by name. The missing ones are zero.
   * @throws {TypeError} If a value is of the wrong kind, or a name is not that of a field.
   * @throws {RangeError} If a value is out of range, or there are too many.
   */
  new (...values: StructureInit<F>): StructureOf<F>;
}

interface Field {
  readonly name: string;
  readonly type: CType<unknown>;
  readonly offset: number;
}

/** Fields one after another, each at a multiple of its alignment; the whole is a multiple of the greatest one. */
class Layout implements Composition {
  readonly fields: readonly Field[];
  readonly names: readonly string[];
  readonly size: number;
  readonly alignment: number;

  constructor(types: FieldTypes) {
    const fields: Field[] = [];
    let end = 0;
    let alignment = 1;
    for (const [name, like] of Object.entries(types)) {
      const type = resolveType(like);
      const offset = roundUp(end, type.alignment);
      fields.push({ name: checkName(name), type, offset });
      end = offset + type.size;
      alignment = Math.max(alignment, type.alignment);
    }
    if (fields.length === 0) throw new RangeError("Cannot make a structure: it has no fields; give one at least");
    this.fields = fields;
    this.names = fields.map(({ name }) => name);
    this.size = roundUp(end, alignment);
    this.alignment = alignment;
  }

  fromArguments(args: readonly unknown[]): unknown {
    const [first] = args;
    return args.length === 1 && this.#isWhole(first) ? first : args;
  }

  /**
   * The values for the fields.
   *
   * @param source Fields in their order or by name.
   */
  valuesOf(source: unknown, className: string): ReadonlyMap<Field, unknown> {
    if (typeof source !== "object" || source === null) {
      throw new TypeError(`Cannot store ${describe(source)} in ${className}: it is of the wrong kind; give its fields`);
    }
    const values = Array.isArray(source) ? this.#byOrder(source, className) : this.#byName(source, className);
    for (const [field, value] of values) field.type.check(value);
    return values;
  }

  #byOrder(values: readonly unknown[], className: string): Map<Field, unknown> {
    if (values.length > this.fields.length) {
      throw new RangeError(
        `Cannot store ${values.length} values in ${className}: too many initializers, it has ${this.fields.length} fields`,
      );
    }
    return new Map(this.fields.slice(0, values.length).map((field, number) => [field, values[number]]));
  }

  #byName(source: object, className: string): Map<Field, unknown> {
    const unknown = Object.keys(source).find((name) => !this.names.includes(name));
    if (unknown !== undefined && spanOf(source) === undefined) {
      throw new TypeError(
        `Cannot store a value in field "${unknown}" of ${className}: its fields are ${this.names.join(", ")}`,
      );
    }
    return new Map(
      this.fields.filter(({ name }) => name in source).map((field) => [field, Reflect.get(source, field.name)]),
    );
  }

  #isWhole(value: unknown): boolean {
    if (typeof value !== "object" || value === null || "length" in value) return false;
    if (spanOf(value) !== undefined) return this.names.every((name) => name in value);
    return Object.keys(value).every((name) => this.names.includes(name));
  }
}

/** Where a structure lies, in place of the arguments of the constructor. */
class Overlay {
  constructor(readonly span: Span, readonly isShared: boolean) {}
}

/** How a structure is sent: the one in shared memory as such, the other as its bytes. */
type State = RawValue<unknown> | Uint8Array;

abstract class StructureObject {
  readonly #span: Span;
  readonly #isShared: boolean;

  constructor(layout: Layout, cls: CType<unknown>, args: readonly unknown[]) {
    const [overlay] = args;
    if (overlay instanceof Overlay) {
      this.#span = overlay.span;
      this.#isShared = overlay.isShared;
      return;
    }
    const values = layout.valuesOf(layout.fromArguments(args), cls.name);
    this.#span = ownSpan(cls, layout.size);
    this.#isShared = false;
    for (const [{ type, offset }, value] of values) type.write(this.#span.block, offset, value);
  }

  get [span](): Span {
    return this.#span;
  }

  /** Whether others may see it. */
  static isShared(structure: object): boolean {
    return #isShared in structure && structure.#isShared;
  }

  /** How it is sent. */
  [reduce](): State {
    return this.#isShared ? rawValueOver(this.#span) : this.#span.bytes.slice();
  }

  /** Lets a class read what `[reduce]` gave. */
  static [revive](this: CType<unknown>, state: State): unknown {
    if (!(state instanceof Uint8Array)) return state.value;
    const own = ownSpan(this, this.size);
    own.bytes.set(state);
    return Reflect.construct(StructureObject, [undefined, this, [new Overlay(own, false)]], Object(this));
  }
}

/**
 * A class of structures, records with the layout of C, as Python's `ctypes.Structure`.
 *
 * Extend it by an exported class of yours, so that other processes find it. A structure of a value, an array or a structure shows the
 * memory itself: `points[0].x = 3` changes the array.
 *
 * @param fields Types of the fields, in the order of their places.
 * @throws {TypeError} If a type is none.
 * @throws {RangeError} If a name cannot be one, or there is no field.
 *
 * @example Points
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { RawArray, Structure } from "@multiprocessing/deno";
 *
 * class Point extends Structure({ x: "d", y: "d" }) {}
 *
 * const points = new RawArray(Point, [[1, 2], { x: 3 }, new Point(5, 6)]);
 * for (const point of points) point.y **= 2;
 * assertEquals([points.at(0).y, points.at(1).y, points.at(2).y], [4, 0, 36]);
 * assertEquals(Point.size, 16);
 * ```
 */
export function Structure<const F extends FieldTypes>(fields: F): StructureClass<F> {
  if (typeof fields !== "object" || fields === null) {
    throw new TypeError(`Cannot make a structure of ${describe(fields)}: it is of the wrong kind; give types by name`);
  }
  const layout = new Layout(fields);
  const cls = classOf(layout, Object.freeze({ ...fields }));
  for (const field of layout.fields) Object.defineProperty(cls.prototype, field.name, accessorsOf(field));
  // Its fields were defined just now.
  return cls as unknown as StructureClass<F>;
}

function classOf(layout: Layout, fields: FieldTypes): CType<unknown> & { readonly prototype: object } {
  return class Structure extends StructureObject {
    static readonly fields = fields;
    static readonly size = layout.size;
    static readonly alignment = layout.alignment;
    static readonly [composition]: Composition = layout;

    constructor(...args: unknown[]) {
      super(layout, new.target, args);
    }

    static check(value: unknown): void {
      layout.valuesOf(value, this.name);
    }

    static read(block: Block, offset: number): unknown {
      const overlay = new Overlay(new Span(this, block, offset), true);
      // Without the constructor of the class that extends it, which is for new ones.
      return Reflect.construct(StructureObject, [layout, this, [overlay]], this);
    }

    static write(block: Block, offset: number, value: unknown): void {
      const values = layout.valuesOf(value, this.name);
      for (const field of layout.fields) {
        if (values.has(field)) field.type.write(block, offset + field.offset, values.get(field));
        else new Span(field.type, block, offset + field.offset).bytes.fill(0);
      }
    }

    override toString(): string {
      const shown = layout.names.map((name) => `${name}=${literal(Reflect.get(this, name))}`);
      return `${this.constructor.name}(${shown.join(", ")})`;
    }

    [Symbol.for("Deno.customInspect")](): string {
      return this.toString();
    }
  };
}

function accessorsOf({ type, offset }: Field): PropertyDescriptor & ThisType<StructureObject> {
  return {
    enumerable: true,
    configurable: true,
    get() {
      const { block, offset: start } = this[span];
      return type.read(block, start + offset);
    },
    set(value: unknown) {
      const { block, offset: start } = this[span];
      type.write(block, start + offset, value);
    },
  };
}

/** Where a structure lies, if in memory that others may see. */
export function sharedStructureSpan(object: unknown): Span | undefined {
  return object instanceof StructureObject && StructureObject.isShared(object) ? object[span] : undefined;
}

/** Whether an object is a structure. */
export function isStructure(object: unknown): boolean {
  return object instanceof StructureObject;
}

/** Whether a type is a class of structures. */
export function isStructureClass(type: unknown): type is CType<unknown> {
  return typeof type === "function" && type.prototype instanceof StructureObject;
}

function ownSpan(cls: CType<unknown>, byteLength: number): Span {
  return new Span(cls, { buffer: new SharedArrayBuffer(byteLength), byteOffset: 0, byteLength });
}

function roundUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function checkName(name: string): string {
  // What every object has would be taken for the value of the field, and is called by whoever shows one.
  const isTaken = name in Object.prototype;
  // The order of such properties is not that in which they are written.
  const isNumber = /^\d+$/.test(name);
  if (!isTaken && !isNumber) return name;
  throw new RangeError(`Cannot make a structure with a field "${name}": no field can have this name; choose another`);
}
