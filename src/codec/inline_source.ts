/**
 * Functions that cross as their source text, because their author asked for it with `inline`.
 *
 * @module
 */

import { isNative, textOf } from "./function_text.ts";

/** Compiled texts kept, so that a pool's tasks do not compile the same text again and again. */
const MAX_COMPILED = 256;

const compiled = new Map<string, object>();

/**
 * The text of `callable` as an expression that stands alone and gives it its name.
 *
 * @throws {TypeError} If the text does not stand alone.
 */
export function inlineSource(callable: { readonly name: string }): string {
  if (typeof callable !== "function") {
    throw new TypeError(`Cannot inline ${describe(callable)}: only functions and classes have source text`);
  }
  const { name } = callable;
  if (isNative(callable)) {
    throw new TypeError(
      `Cannot inline function "${name}": it is built in or made by bind(), so it has no source text; ` +
        "write a function that calls it, such as inline((x) => Math.sqrt(x))",
    );
  }
  const text = textOf(callable);
  try {
    parse(text);
  } catch (cause) {
    throw new TypeError(
      `Cannot inline function "${name}": its text does not stand alone (${
        messageOf(cause)
      }), as with methods, getters ` +
        "and import.meta; write it as a function or arrow function of its own",
      { cause },
    );
  }
  return namesItself(text) || name === "" ? text : named(text, JSON.stringify(name));
}

/**
 * Compiles what {@linkcode inlineSource} gave; the same text gives the same function.
 *
 * @throws {TypeError} If the text is not a function's.
 */
export function compileInline(source: string): object {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const callable = compile(source);
  if (typeof callable !== "function") {
    throw new TypeError(`Cannot compile an inline function: its text gives ${describe(callable)}`);
  }
  const oldest = compiled.size < MAX_COMPILED ? undefined : compiled.keys().next().value;
  if (oldest !== undefined) compiled.delete(oldest);
  compiled.set(source, callable);
  return callable;
}

function compile(source: string): unknown {
  try {
    return parse(source)();
  } catch (cause) {
    throw new TypeError(
      `Cannot compile an inline function: ${
        messageOf(cause)
      }; what it closes over is not sent, so it may only use its ` +
        "arguments and globals",
      { cause },
    );
  }
}

/** Whether the text of a function is one that can be written anywhere, unlike that of a method. */
export function standsAlone(callable: object): boolean {
  try {
    parse(textOf(callable));
    return true;
  } catch {
    return false;
  }
}

/** Module code is strict, so its text must stay so elsewhere. */
function parse(source: string): () => unknown {
  return new Function(`"use strict"; return (${source}\n)`) as () => unknown;
}

/** A nameless function takes the name of the property it is written into. */
function named(text: string, key: string): string {
  return `({ [${key}]: ${text} })[${key}]`;
}

function namesItself(text: string): boolean {
  return /^(?:async\s+function|function|class)\b\s*\*?\s*(?!extends\b)[\p{ID_Start}$_]/u.test(text);
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
