/**
 * {@linkcode Namespace}: attributes that a manager holds.
 *
 * @module
 */

import { BaseProxy, type ProxyToken, useProxyClass } from "./proxy.ts";
import { setState, stateOf } from "./proxy_state.ts";

/** What a namespace can do, whatever is in it. */
const WORDS: readonly string[] = ["get", "set", "has", "delete"];

/**
 * Attributes that a manager holds, as Python's `multiprocessing.managers.Namespace`.
 *
 * - `await namespace.x` reads an attribute, and `await namespace.set("x", 10)` writes one; `namespace.x = 10` is refused, as nobody could
 *   wait for it. Names that are words of proxies, as `get`, and `then` are read by `get`.
 * - A name that begins with `_` stays in this process, and may be assigned to.
 *
 * @example Attributes
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * await using manager = await getContext("worker").Manager();
 * await using global = await manager.Namespace<{ x: number; y: string }>();
 * await global.set("x", 10);
 * await global.set("y", "hello");
 * assertEquals(await global.x, 10);
 * assertEquals(await global.toString(), "Namespace(x=10, y='hello')");
 * ```
 */
export class NamespaceProxy extends BaseProxy {
  /** The methods that are reached. */
  static override readonly exposed: readonly string[] | undefined = WORDS;

  readonly #own = new Map<string, unknown>();

  /** Namespaces are made by managers. */
  constructor(token: ProxyToken) {
    super(token);
    const attributes: NamespaceProxy = new Proxy<NamespaceProxy>(this, {
      get: (_, name) => this.#member(name),
      set: (_, name, value) => {
        this.#own.set(ownName("assign to", name, `set(${JSON.stringify(name)}, value)`), value);
        return true;
      },
      deleteProperty: (_, name) => {
        this.#own.delete(ownName("delete", name, `delete(${JSON.stringify(name)})`));
        return true;
      },
    });
    const state = stateOf(this);
    if (state !== undefined) setState(attributes, state);
    return attributes;
  }

  #member(name: string | symbol): unknown {
    if (typeof name === "symbol" || name in this) {
      const member: unknown = Reflect.get(this, name, this);
      return typeof member === "function" && name !== "constructor" ? member.bind(this) : member;
    }
    // Else whoever awaits the proxy itself would wait for the attribute.
    return name === "then" ? undefined : this.get(name);
  }

  /** The value of an attribute; rejects with RangeError if there is none. */
  async get(name: string): Promise<unknown> {
    if (!name.startsWith("_")) return await this.callMethod("get", [name]);
    if (this.#own.has(name)) return this.#own.get(name);
    throw new RangeError(`Cannot read ${name}: it is not set, and names that begin with _ stay in their process`);
  }

  /** Sets an attribute. */
  async set(name: string, value: unknown): Promise<void> {
    if (typeof name !== "string") {
      throw new TypeError(`Cannot set an attribute: its name must be a string, received ${typeof name}`);
    }
    if (name.startsWith("_")) this.#own.set(name, value);
    else await this.callMethod("set", [name, value]);
  }

  /** Whether there is an attribute. */
  async has(name: string): Promise<boolean> {
    return name.startsWith("_") ? this.#own.has(name) : await this.callMethod("has", [name]) === true;
  }

  /** Removes an attribute; rejects with RangeError if there is none. */
  async delete(name: string): Promise<void> {
    if (!name.startsWith("_") || !this.#own.delete(name)) await this.callMethod("delete", [name]);
  }
}

/**
 * The name of an attribute that stays in this process.
 *
 * @throws {TypeError} If it is with the manager, where only a method reaches.
 */
function ownName(what: string, name: string | symbol, instead: string): string {
  if (typeof name === "string" && name.startsWith("_")) return name;
  throw new TypeError(
    `Cannot ${what} ${
      String(name)
    } of a Namespace: its attributes are with the manager; use await namespace.${instead}`,
  );
}

/** The words of a namespace. */
export interface NamespaceWords<T> extends Omit<BaseProxy, "getValue"> {
  /** The value of an attribute; rejects with RangeError if there is none. */
  get<K extends string>(name: K): Promise<K extends keyof T ? T[K] : unknown>;
  /** Sets an attribute, one of those that are known or another. */
  set<K extends string>(name: K, value: K extends keyof T ? T[K] : unknown): Promise<void>;
  /** Whether there is an attribute. */
  has(name: string): Promise<boolean>;
  /** Removes an attribute; rejects with RangeError if there is none. */
  delete(name: string): Promise<void>;
  /** All attributes. */
  getValue(): Promise<T>;
}

/** Attributes that a manager holds: `await namespace.x` reads, `await namespace.set("x", 1)` writes. */
export type Namespace<T extends object = Record<string, unknown>> =
  & NamespaceWords<T>
  & { readonly [K in Exclude<keyof T, keyof NamespaceWords<T> | "then">]: Promise<T[K]> };

useProxyClass("Namespace", NamespaceProxy);
