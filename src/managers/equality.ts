/**
 * When two values are equal, as Python's `==` says: what crossed is a copy, so identity says nothing.
 *
 * @module
 */

/** Whether two values are of the same class and have the same in them; what shows nothing of itself is equal to itself only. */
export function isEqual(one: unknown, other: unknown): boolean {
  return new Comparison().areEqual(one, other);
}

class Comparison {
  /** What is equal, unless something else is found not to be: a pair that is met again need not be looked into again. */
  readonly #met = new Map<object, Set<object>>();
  readonly #order: { readonly one: object; readonly other: object }[] = [];

  areEqual(one: unknown, other: unknown): boolean {
    if (Object.is(one, other)) return true;
    if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
    if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
    const met = this.#met.get(one) ?? new Set();
    if (met.has(other)) return true;
    this.#met.set(one, met.add(other));
    this.#order.push({ one, other });
    return this.#haveEqual(one, other);
  }

  #haveEqual(one: object, other: object): boolean {
    if (one instanceof Map && other instanceof Map) return this.#haveEqualItems(one, other);
    if (one instanceof Set && other instanceof Set) {
      return this.#haveEqualItems(new Map(one.entries()), new Map(other.entries()));
    }
    const [bytes, others] = [bytesOf(one), bytesOf(other)];
    if (bytes !== undefined && others !== undefined) {
      return bytes.length === others.length && bytes.every((byte, at) => byte === others[at]);
    }
    if (one instanceof Date && other instanceof Date) return Object.is(one.getTime(), other.getTime());
    if (one instanceof RegExp) return String(one) === String(other);
    if (one instanceof Error && other instanceof Error && one.message !== other.message) return false;
    return this.#haveEqualProperties(one, other);
  }

  /** In any order; a Set is as a Map of its items to themselves. */
  #haveEqualItems(items: Map<unknown, unknown>, others: Map<unknown, unknown>): boolean {
    if (items.size !== others.size) return false;
    const left = [...others].filter(([key]) => isObject(key));
    return items.entries().every(([key, item]) => {
      if (!isObject(key)) return others.has(key) && this.areEqual(item, others.get(key));
      const at = left.findIndex((other) => this.#mayBeEqual([key, item], other));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
  }

  /** If they are not, what was taken for equal on the way need not be. */
  #mayBeEqual(one: unknown, other: unknown): boolean {
    const before = this.#order.length;
    if (this.areEqual(one, other)) return true;
    for (const { one, other } of this.#order.splice(before)) this.#met.get(one)?.delete(other);
    return false;
  }

  #haveEqualProperties(one: object, other: object): boolean {
    if (Array.isArray(one) && Array.isArray(other) && one.length !== other.length) return false;
    const keys = Object.keys(one);
    if (keys.length !== Object.keys(other).length) return false;
    if (keys.length === 0) return isOpen(one);
    return keys.every((key) =>
      Object.hasOwn(other, key) && this.areEqual(Reflect.get(one, key), Reflect.get(other, key))
    );
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function bytesOf(value: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer ? new Uint8Array(value) : undefined;
}

/** Whether what has no properties has nothing in it that could differ. */
function isOpen(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || value instanceof Error || prototype === Object.prototype || prototype === null;
}
