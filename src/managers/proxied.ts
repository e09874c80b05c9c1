/**
 * The types of proxies: those of the classes they stand for, with each method turned into one that promises.
 *
 * @module
 */

import type { BaseProxy } from "./proxy.ts";

/** Names of the methods of a type that are public. */
export type MethodNames<T> = {
  [K in keyof T]: K extends string
    ? K extends `_${string}` | keyof BaseProxy | "then" ? never : T[K] extends (...args: never[]) => unknown ? K : never
    : never;
}[keyof T];

/** The methods of a type as its proxies have them. */
export type ProxiedMethods<T> = {
  [K in MethodNames<T>]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/** A proxy of an object of a type. */
export type Proxied<T> = BaseProxy & ProxiedMethods<T>;

/** The method of a manager that makes an object of a class, or calls a function for one. */
export type Creator<C> = C extends abstract new (...args: infer A) => infer T ? (...args: A) => Promise<Proxied<T>>
  : C extends (...args: infer A) => infer T ? (...args: A) => Promise<Proxied<Awaited<T>>>
  : never;
