/**
 * Objects with elements by index: `a[0]`, without a property for each.
 *
 * @module
 */

/** Method that writes an element; the index is checked by it. */
export const put: unique symbol = Symbol("put");

/** What objects with elements have. */
interface Elements {
  /** How many elements there are. */
  readonly length: number;
  /** The element at an index; what it does with one that is out of range is its own. */
  at(index: number): unknown;
  /** Writes the element at an index, which was checked. */
  [put](index: number, value: never): void;
}

/**
 * Base of classes with elements. What no object of them has as a property, as `"0"`, is looked for along the prototypes, where a proxy
 * is the last; so it costs nothing but where an index is used. `this` is never the proxy, so private fields work.
 */
export abstract class Indexed<T> implements Elements {
  [index: number]: T;
  abstract readonly length: number;
  abstract at(index: number): T;
  abstract [put](index: number, value: unknown): void;
}

const lastPrototype: object = Object.create(Object.prototype);
Object.setPrototypeOf(
  Indexed.prototype,
  new Proxy(lastPrototype, {
    get(target, key, receiver) {
      const index = indexIn(key);
      if (index === undefined || !hasElements(receiver)) return Reflect.get(target, key, receiver);
      return receiver.at(checkedIndex(index, receiver.length));
    },
    set(target, key, value, receiver) {
      const index = indexIn(key);
      if (index === undefined || !hasElements(receiver)) return Reflect.set(target, key, value, receiver);
      receiver[put](checkedIndex(index, receiver.length), value as never);
      return true;
    },
  }),
);

/** Gives a class elements by index that extends no other, as what a public class extends would have to be public. */
export function giveIndices(cls: { readonly prototype: Elements }): void {
  Object.setPrototypeOf(cls.prototype, Indexed.prototype);
}

/** Whether it is an object with elements; the prototype of a class has none, though it has the methods. */
function hasElements(object: object): object is Elements {
  return put in object && !Object.hasOwn(object, "constructor");
}

/**
 * The index itself.
 *
 * @throws {RangeError} If there is no such element.
 */
export function checkedIndex(index: number, length: number): number {
  if (index >= 0 && index < length && Number.isInteger(index)) return index;
  const hint = index < 0 ? "; count from the first" : "";
  throw new RangeError(`Cannot use index ${index}: there are ${length} elements${hint}`);
}

/** The number in a property's name. */
function indexIn(key: string | symbol): number | undefined {
  if (typeof key !== "string") return undefined;
  const first = key.charCodeAt(0);
  const isNumeric = first === 45 || (first >= 48 && first <= 57); // "-", "0" to "9"
  if (!isNumeric) return undefined;
  const index = Number(key);
  return Number.isNaN(index) ? undefined : index;
}

/** Indices from `start` to before `end` by `step`, with the meaning and the defaults of Python's slices. */
export function sliceIndices(length: number, start?: number, end?: number, step: number = 1): number[] {
  if (!Number.isInteger(step) || step === 0) {
    throw new RangeError(`Cannot take a slice: step is ${step}; give another integer`);
  }
  const last = step > 0 ? length : length - 1;
  const first = step > 0 ? 0 : -1;
  const bound = (index: number) => Math.min(Math.max(index < 0 ? index + length : index, first), last);
  const from = start === undefined ? (step > 0 ? first : last) : bound(Math.trunc(start));
  const to = end === undefined ? (step > 0 ? last : first) : bound(Math.trunc(end));
  const count = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length: count }, (_, number) => from + number * step);
}
