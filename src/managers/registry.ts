/**
 * The types that the managers of a class make.
 *
 * @module
 */

import { checkOptions, namesOf } from "../base/check.ts";
import { noteCaller } from "../codec/function_ref.ts";
import { Ref, type Target } from "../codec/ref.ts";
import { checkExposed, isProxyClass, type ProxyClass, registerProxyClass } from "./proxy.ts";
import type { CreatedType } from "./server_core.ts";

/** A class, whatever it is made of. */
export type AnyClass = abstract new (...args: never[]) => unknown;

/** How objects of a type are made and reached. */
export interface RegisterOptions {
  /**
   * Makes an object, here or in the process of the manager: a class, or a function. If absent, a manager that serves takes the object as its
   * argument, and one that connects leaves it to the server.
   */
  callable?: Target<never[], unknown> | AnyClass | Ref<AnyClass> | undefined;
  /** The class of the proxies; if absent one with the methods of the object. */
  proxyType?: ProxyClass | undefined;
  /** The methods that can be reached; if absent those of the proxies' class, else all that do not begin with `_`. */
  exposed?: string[] | undefined;
  /** For methods whose result stays with the manager: the type of the proxy that they give. */
  methodToTypeid?: Record<string, string> | undefined;
  /**
   * Whether managers get a method of the type's name.
   *
   * @default {true}
   */
  createMethod?: boolean | undefined;
}

const REGISTER_OPTIONS = namesOf<RegisterOptions>({
  callable: true,
  proxyType: true,
  exposed: true,
  methodToTypeid: true,
  createMethod: true,
});

/** A registered type. */
export interface RegisteredType {
  readonly callable: RegisterOptions["callable"];
  readonly proxyType: ProxyClass | undefined;
  readonly exposed: readonly string[] | undefined;
  readonly methodToTypeid: Readonly<Record<string, string>> | undefined;
}

/** What crosses of it to the process of the manager. */
export interface TypeParcel {
  readonly typeid: string;
  readonly callable: unknown;
  readonly exposed: readonly string[] | undefined;
  readonly methodToTypeid: Readonly<Record<string, string>> | undefined;
}

const registries = new WeakMap<object, Map<string, RegisteredType>>();
const builtin = new Map<string, Map<string, CreatedType>>();

/** Has a type made by every process that serves it, without anything that crosses. */
export function registerBuiltin(set: string, type: CreatedType): void {
  builtin.set(set, builtinTypes(set).set(type.typeid, type));
}

/** The types of a built-in set. */
export function builtinTypes(set: string): Map<string, CreatedType> {
  return builtin.get(set) ?? new Map();
}

/**
 * Registers a type with a class of managers.
 *
 * @throws {TypeError} If something is of the wrong kind.
 */
export function registerType(cls: object, typeid: string, options: RegisterOptions): void {
  if (typeof typeid !== "string" || typeid === "") {
    throw new TypeError(`Cannot register a type: typeid must be a name, received ${Deno.inspect(typeid)}`);
  }
  checkOptions(`register ${typeid}`, options, "{ callable: Maths }", REGISTER_OPTIONS);
  const { callable, proxyType, methodToTypeid } = options;
  if (callable !== undefined && callable !== null && typeof callable !== "function" && !(callable instanceof Ref)) {
    throw new TypeError(
      `Cannot register ${typeid}: callable must be a function or a class, received ${typeof callable}`,
    );
  }
  if (proxyType !== undefined && proxyType !== null && !isProxyClass(proxyType)) {
    throw new TypeError(
      `Cannot register ${typeid}: proxyType must be a class that extends BaseProxy, received ${
        Deno.inspect(proxyType)
      }`,
    );
  }
  if (methodToTypeid !== undefined && methodToTypeid !== null && !isOfNames(methodToTypeid)) {
    throw new TypeError(
      `Cannot register ${typeid}: methodToTypeid must be an object such as { part: "Part" }, received ${
        Deno.inspect(methodToTypeid)
      }`,
    );
  }
  const exposed = options.exposed ?? proxyType?.exposed;
  if (exposed !== undefined) checkExposed(exposed);
  if (typeof callable === "function") noteCaller(callable);
  if (proxyType) registerProxyClass(proxyType);
  const own = registries.get(cls) ?? new Map<string, RegisteredType>();
  registries.set(cls, own);
  own.set(typeid, {
    callable: callable ?? undefined,
    proxyType: proxyType ?? undefined,
    exposed,
    methodToTypeid: methodToTypeid ?? proxyType?.methodToTypeid,
  });
}

function isOfNames(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((each) => typeof each === "string");
}

/** The types of a class of managers, those of the classes it extends included. */
export function typesOf(cls: object): Map<string, RegisteredType> {
  const chain: object[] = [];
  for (let each: object | null = cls; each !== null; each = Object.getPrototypeOf(each)) chain.unshift(each);
  return new Map(chain.flatMap((each) => [...registries.get(each) ?? []]));
}

/** A type as it crosses. */
export function parcelOf(typeid: string, { callable, exposed, methodToTypeid }: RegisteredType): TypeParcel {
  return { typeid, callable, exposed, methodToTypeid };
}

/** A type that can be served. */
export function createdType({ typeid, callable, exposed, methodToTypeid }: TypeParcel): CreatedType {
  return { typeid, callable: callable === undefined ? undefined : makerOf(callable), exposed, methodToTypeid };
}

/** Calls a function, and makes an object of a class. */
function makerOf(callable: unknown): (...args: readonly unknown[]) => unknown {
  if (typeof callable !== "function") throw new TypeError(`Cannot serve a type: its callable is a ${typeof callable}`);
  const isClass = /^class\b/.test(Function.prototype.toString.call(callable));
  return (...args) => isClass ? Reflect.construct(callable, args) : Reflect.apply(callable, undefined, args);
}
