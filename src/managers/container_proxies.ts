/**
 * Proxies of containers: lists, dicts, sets, values and arrays.
 *
 * @module
 */

import { type BaseProxy, MakeProxyType, notAssigned, useProxyClass } from "./proxy.ts";
import type { ProxiedMethods } from "./proxied.ts";
import { ServedArray } from "./served_array.ts";
import { type DictInit, ServedDict, ServedValue } from "./served_dict.ts";
import { ServedList } from "./served_list.ts";
import { ServedSet } from "./served_set.ts";

/** A plain copy of what a manager holds. */
export interface Copied<T> {
  /** A copy of the object. */
  getValue(): Promise<T>;
}

/** How many items there are: `await list.length`, as of an array, or `await list.length()`, as of all that a proxy asks. */
export interface CountProxy extends PromiseLike<number> {
  (): Promise<number>;
}

/**
 * A list that a manager holds, in Array's words and Python's. `for await` sees changes that are made meanwhile; a function that is given
 * to a method is called in this process, with a copy of the list.
 */
export interface ListProxy<T = unknown>
  extends Omit<BaseProxy, "getValue">, Copied<T[]>, ProxiedMethods<Omit<ServedList<T>, "length">>, AsyncIterable<T> {
  /** How many items there are. */
  readonly length: CountProxy;
  /** Calls a function with each item. */
  forEach(call: (item: T, index: number, copy: T[]) => void): Promise<void>;
  /** What a function gives for each item. */
  map<U>(call: (item: T, index: number, copy: T[]) => U): Promise<U[]>;
  /** The items of which a function says so. */
  filter(call: (item: T, index: number, copy: T[]) => unknown): Promise<T[]>;
  /** The first item of which a function says so; `undefined` if there is none. */
  find(call: (item: T, index: number, copy: T[]) => unknown): Promise<T | undefined>;
  /** Where the first item is of which a function says so; -1 if nowhere. */
  findIndex(call: (item: T, index: number, copy: T[]) => unknown): Promise<number>;
  /** Whether a function says so of every item. */
  every(call: (item: T, index: number, copy: T[]) => unknown): Promise<boolean>;
  /** Whether a function says so of some item. */
  some(call: (item: T, index: number, copy: T[]) => unknown): Promise<boolean>;
  /** What a function makes of all items, one after another, beginning with the first. */
  reduce(call: (result: T, item: T, index: number, copy: T[]) => T): Promise<T>;
  /** What a function makes of all items, one after another. */
  reduce<U>(call: (result: U, item: T, index: number, copy: T[]) => U, initial: U): Promise<U>;
}

/**
 * A dict that a manager holds, in Map's words and Python's. `for await` gives its pairs; a function that is given to a method is called in
 * this process, with a copy of the dict.
 */
export interface DictProxy<K = unknown, V = unknown>
  extends
    Omit<BaseProxy, "getValue">,
    Copied<Map<K, V>>,
    ProxiedMethods<Omit<ServedDict<K, V>, "length" | "size">>,
    AsyncIterable<[K, V]> {
  /** How many keys there are. */
  readonly size: CountProxy;
  /** How many keys there are, as Python's `len`. */
  readonly length: CountProxy;
  /** Calls a function with each value and its key. */
  forEach(call: (value: V, key: K, copy: Map<K, V>) => void): Promise<void>;
}

/**
 * A set that a manager holds, in Set's words and Python's. `for await` gives its items; a function that is given to a method is called in
 * this process, with a copy of the set.
 */
export interface SetProxy<T = unknown>
  extends
    Omit<BaseProxy, "getValue">,
    Copied<Set<T>>,
    ProxiedMethods<Omit<ServedSet<T>, "length" | "size">>,
    AsyncIterable<T> {
  /** How many items there are. */
  readonly size: CountProxy;
  /** How many items there are, as Python's `len`. */
  readonly length: CountProxy;
  /** Calls a function with each item. */
  forEach(call: (item: T, same: T, copy: Set<T>) => void): Promise<void>;
}

/** A value that a manager holds; `await proxy.value` reads it, and `set` writes it. */
export interface ValueProxy<T = unknown>
  extends Omit<BaseProxy, "getValue">, Copied<T>, ProxiedMethods<ServedValue<T>> {
  /** The value. */
  readonly value: Promise<T>;
}

/** An array of typed numbers that a manager holds. */
export interface ArrayProxy<T = number> extends Omit<BaseProxy, "getValue">, Copied<T[]>, AsyncIterable<T> {
  /** How many items there are. */
  readonly length: CountProxy;
  /** The item at an index, counted from the end if negative; rejects with RangeError if there is none. */
  get(index: number): Promise<T>;
  /** Replaces the item at an index; rejects with RangeError if there is none, or the value does not fit. */
  set(index: number, value: T): Promise<void>;
  /** A copy of a part. */
  slice(start?: number, end?: number): Promise<T[]>;
}

/** An iterator that a manager holds, as a generator. */
export interface IteratorProxy<T = unknown> extends BaseProxy, AsyncIterableIterator<T> {
  /** What comes next. */
  next(value?: unknown): Promise<IteratorResult<T>>;
}

function methodsOf(cls: { readonly prototype: object }): string[] {
  return Object.getOwnPropertyNames(cls.prototype).filter((name) => name !== "constructor" && name !== "toString");
}

/** Of whatever has `slice`: item by item, as changes are to be seen. */
async function* byIndex(this: BaseProxy): AsyncIterableIterator<unknown> {
  for (let at = 0;; at++) {
    const next = await this.callMethod("slice", [at, at + 1]);
    if (!Array.isArray(next) || next.length === 0) return;
    yield next[0];
  }
}

/** Of what gives all at once. */
function allOf(method: string): PropertyDescriptor {
  return {
    async *value(this: BaseProxy): AsyncIterableIterator<unknown> {
      const items = await this.callMethod(method);
      if (Array.isArray(items)) yield* items;
    },
  };
}

/** Methods that call a function, which stays here: those of what `getValue` gives. */
function onCopy(...methods: string[]): PropertyDescriptorMap {
  const method = (name: string) => ({
    async value(this: BaseProxy, call: unknown, ...rest: unknown[]): Promise<unknown> {
      if (typeof call !== "function") {
        throw new TypeError(`Cannot call ${name} of a proxy: it needs a function, received ${Deno.inspect(call)}`);
      }
      const copy = Object(await this.getValue());
      return Reflect.apply(copy[name], copy, [call, ...rest]);
    },
  });
  return Object.fromEntries(methods.map((name) => [name, method(name)]));
}

/** What is a property of arrays, maps and sets, and a method in Python; it is not asked before somebody waits for it. */
function counts(...methods: string[]): PropertyDescriptorMap {
  const count = (name: string): PropertyDescriptor => ({
    get(this: BaseProxy): CountProxy {
      const ask = async () => Number(await this.callMethod(name));
      const then: CountProxy["then"] = (resolve, reject) => ask().then(resolve, reject);
      return Object.assign(ask, { then });
    },
  });
  return Object.fromEntries(methods.map((name) => [name, count(name)]));
}

function define(cls: typeof BaseProxy, members: PropertyDescriptorMap): void {
  Object.defineProperties(cls.prototype, members);
}

/** The class of {@linkcode ListProxy}. */
export const List: typeof BaseProxy = MakeProxyType("ListProxy", methodsOf(ServedList));
define(List, {
  ...counts("length"),
  [Symbol.asyncIterator]: { value: byIndex },
  ...onCopy("forEach", "map", "filter", "find", "findIndex", "every", "some", "reduce"),
});
useProxyClass("list", List);

/** The class of {@linkcode DictProxy}. */
export const Dict: typeof BaseProxy = MakeProxyType("DictProxy", methodsOf(ServedDict));
define(Dict, { ...counts("size", "length"), [Symbol.asyncIterator]: allOf("entries"), ...onCopy("forEach") });
useProxyClass("dict", Dict);

/** The class of {@linkcode SetProxy}. */
export const SetOf: typeof BaseProxy = MakeProxyType("SetProxy", methodsOf(ServedSet));
define(SetOf, { ...counts("size", "length"), [Symbol.asyncIterator]: allOf("values"), ...onCopy("forEach") });
useProxyClass("set", SetOf);

/** The class of {@linkcode ValueProxy}. */
export const ValueOf: typeof BaseProxy = MakeProxyType("ValueProxy", methodsOf(ServedValue));
define(ValueOf, {
  value: {
    get(this: BaseProxy) {
      return this.callMethod("get");
    },
    set(this: BaseProxy) {
      throw notAssigned(this, "value");
    },
  },
});
useProxyClass("Value", ValueOf);

/** The class of {@linkcode ArrayProxy}. */
export const ArrayOf: typeof BaseProxy = MakeProxyType("ArrayProxy", methodsOf(ServedArray));
define(ArrayOf, { ...counts("length"), [Symbol.asyncIterator]: { value: byIndex } });
useProxyClass("Array", ArrayOf);

/** The class of {@linkcode IteratorProxy}. */
export const IteratorOf: typeof BaseProxy = MakeProxyType("IteratorProxy", ["next", "return", "throw"]);
define(IteratorOf, {
  [Symbol.asyncIterator]: {
    value(this: BaseProxy) {
      return this;
    },
  },
});
useProxyClass("Iterator", IteratorOf);

/** The class of proxies for iterators, to be given to `register` as `proxyType`. */
export const GeneratorProxy: typeof BaseProxy = IteratorOf;

export type { DictInit };
