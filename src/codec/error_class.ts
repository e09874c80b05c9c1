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
add("SuppressedError", Reflect.get(globalThis, "SuppressedError"));
for (const [name, cls] of Object.entries(Deno.errors)) add(`Deno.errors.${name}`, cls);
for (const [name, cls] of Object.entries(own)) add(`@${name}`, cls);

/** Name of the error's own class, if every process has it. */
export function errorClassName(error: Error): string | undefined {
  return names.get(Object.getPrototypeOf(error));
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

/** The class of a name. */
export function errorClassFor(name: string): ErrorClass {
  return classes.get(name) ?? Error;
}
