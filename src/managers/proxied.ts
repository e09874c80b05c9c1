/**
 * The types of proxies: those of the classes they stand for, with each method turned into one that promises.
 *
 * @module
 */

import type { BaseProxy } from "./proxy.ts";

/** Names of the methods of a type that are public, but for those of arrays, Maps and Sets whose results cannot be sent. */
export type MethodNames<T> = {
  // Not each of keyof T itself: of an array that would be made an array again.
  [K in keyof T & string]: K extends
    | `_${string}`
    | keyof BaseProxy
    | "then"
    | ([T] extends [readonly unknown[] | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>]
      ? "entries" | "keys" | "values" | "toLocaleString"
      : never) ? never
    : T[K] extends (...args: never[]) => unknown ? K
    : never;
}[keyof T & string];

/** The methods of a type as its proxies have them. */
export type ProxiedMethods<T> = {
  [K in MethodNames<T>]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/** A proxy of an object of a type. */
export type Proxied<T> = BaseProxy & ProxiedGenerics<T> & ProxiedMethods<T>;

/** The methods of an array that have type parameters or more than one form, of which {@linkcode ProxiedMethods} knows the last only. */
export type ProxiedGenerics<T> = [T] extends [(infer I)[]] ? {
    /** Removes items and puts others in their place; gives those removed. */
    splice: (start: number, deleteCount?: number, ...items: I[]) => Promise<I[]>;
    /** What a function makes of each item; the function is one that can be sent. */
    map: <R>(f: (item: I, index: number, array: I[]) => R) => Promise<R[]>;
    /** What a function makes of all items, which begins with `initial`, or the first. */
    reduce: {
      (f: (result: I, item: I, index: number, array: I[]) => I): Promise<I>;
      <R>(f: (result: R, item: I, index: number, array: I[]) => R, initial: R): Promise<R>;
    };
  }
  : unknown;

/** The method of a manager that makes an object of a class, or calls a function for one. */
export type Creator<C> = C extends abstract new (...args: infer A) => infer T ? (...args: A) => Promise<Proxied<T>>
  : C extends (...args: infer A) => infer T ? (...args: A) => Promise<Proxied<Awaited<T>>>
  : never;
