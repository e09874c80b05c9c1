/**
 * Classes of errors by name, for both directions.
 *
 * @module
 */

import * as own from "../base/errors.ts";

/** A class of errors; some take other arguments, so objects of it are made without its constructor. */
export type ErrorClass = abstract new (...args: never[]) => Error;

const classes = new Map<string, ErrorClass>();
const names = new Map<object, string>();

function add(name: string, cls: unknown): void {
  if (typeof cls !== "function" || !(cls === Error || cls.prototype instanceof Error)) return;
  // Checked just now.
  classes.set(name, cls as unknown as ErrorClass);
  names.set(cls.prototype, name);
}

for (const cls of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError]) {
  add(cls.name, cls);
}
add("DOMException", DOMException);
add("SuppressedError", Reflect.get(globalThis, "SuppressedError"));
for (const [name, cls] of Object.entries(Deno.errors)) add(`Deno.errors.${name}`, cls);
for (const [name, cls] of Object.entries(own)) add(`@${name}`, cls);

/** Whether every process has the error's own class, or the only one by which it can be made. */
export function hasCommonClass(error: Error): boolean {
  return names.has(Object.getPrototypeOf(error)) || error instanceof DOMException;
}

/** Name of the nearest class that every process has. */
export function nearestErrorClassName(error: Error): string {
  for (
    let prototype: object | null = Object.getPrototypeOf(error);
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const name = names.get(prototype);
    if (name !== undefined) return name;
  }
  return "Error";
}

/** The class of its own if errors can be made of it, else that of a name that every process has. */
export function errorClassFor(own: unknown, nearest: string): ErrorClass {
  return isErrorClass(own) ? own : classes.get(nearest) ?? Error;
}

function isErrorClass(cls: unknown): cls is ErrorClass {
  return typeof cls === "function" && cls.prototype instanceof Error;
}

/** Those that a DOMException takes only when it is made; they come first. */
const FIELDS_OF_MAKING = new Set(["message", "name"]);
const ERROR_FIELDS = new Set(["message", "stack", "cause", "errors", "error", "suppressed", "name"]);

/** Names of the fields that cross, and whether they are enumerable. */
export function errorFields(error: Error): Map<string, boolean> {
  const fields = new Map<string, boolean>();
  // By these it is made, to which the others may lead back.
  if (error instanceof DOMException) fields.set("message", false).set("name", false);
  for (const key of Reflect.ownKeys(error)) {
    const descriptor = typeof key === "string" ? Reflect.getOwnPropertyDescriptor(error, key) : undefined;
    if (typeof key !== "string" || descriptor === undefined) continue;
    if (descriptor.enumerable || ERROR_FIELDS.has(key)) fields.set(key, descriptor.enumerable === true);
  }
  // Some classes have it on the prototype alone, by which the receiver would not know it.
  if (!fields.has("name") && !hasCommonClass(error)) fields.set("name", false);
  return fields;
}

/** An error whose fields are being read. */
export class UnfinishedError {
  /** Name, whether it is enumerable, and value of what was read. */
  readonly fields: [string, boolean, unknown][] = [];
  readonly #cls: ErrorClass;
  #object: unknown;

  constructor(cls: ErrorClass) {
    this.#cls = cls;
    // Without the class's own constructor, which may want other arguments or none at all.
    if (cls !== DOMException) this.#object = Reflect.construct(Error, [], cls as new () => Error);
  }

  /** The error, if it can be made before that field is there. */
  madeBefore(key: string): unknown {
    if (!FIELDS_OF_MAKING.has(key)) this.#object ??= this.#domException();
    return this.#object;
  }

  /** The error, with its fields. */
  finish(): Error {
    const error = (this.#object ?? this.#domException()) as Error;
    // The one it was born with tells of this place.
    Reflect.deleteProperty(error, "stack");
    for (const [key, enumerable, value] of this.fields) {
      if (this.#cls === DOMException && FIELDS_OF_MAKING.has(key)) continue;
      Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
    }
    return error;
  }

  #domException(): Error {
    const field = (name: string) => String(this.fields.find(([key]) => key === name)?.[2] ?? "");
    return new DOMException(field("message"), field("name"));
  }
}
