/**
 * What a program writes to make a function or class reachable from other processes where exporting it is not enough.
 *
 * @module
 */

import type { FunctionReference } from "./handoff.ts";
import { inlineSource } from "./inline_source.ts";
import { knownModule, shareFrom } from "./module_registry.ts";

/** What only this file may do with a {@linkcode Ref}; set below, by the class itself. */
let makeRef: <F>(reference: FunctionReference) => Ref<F>;
let referenceOf: (ref: Ref<unknown>) => FunctionReference;

/**
 * A function or class named instead of held: what {@linkcode ref} and {@linkcode inline} give. It is accepted wherever a
 * target is, and it arrives in the other process as the function itself.
 *
 * @typeParam F Type of the function or class.
 */
export class Ref<F> {
  /** Type of the function, for the type checker; it never has a value. */
  declare readonly functionType?: F;
  readonly #reference: FunctionReference;

  static {
    makeRef = <F>(reference: FunctionReference) => new Ref<F>(reference);
    referenceOf = (ref) => ref.#reference;
  }

  // TypeScript has no other word for a constructor that only the class may call.
  private constructor(reference: FunctionReference) {
    this.#reference = reference;
  }

  /** The function in words, for messages and logs. */
  toString(): string {
    return `Ref(${describeReference(this.#reference)})`;
  }
}

Object.defineProperty(Ref.prototype, Symbol.for("Deno.customInspect"), { value: Ref.prototype.toString });

/** The reference that `value` stands for, or `undefined` when it is no {@linkcode Ref}. */
export function referenceInRef(value: object): FunctionReference | undefined {
  return value instanceof Ref ? referenceOf(value) : undefined;
}

/**
 * A function that runs in another process, returning its result or a promise of it.
 *
 * @typeParam A Types of its arguments.
 * @typeParam R Type of its result.
 */
export type Target<A extends unknown[], R> = ((...args: A) => R | Promise<R>) | Ref<(...args: A) => R | Promise<R>>;

/**
 * Names a function or class by its module and export, without importing the module here.
 *
 * @typeParam F Type of the function, as in `ref<typeof import("./tasks.ts").work>(…)`.
 * @param module Absolute URL of the module: `new URL("./tasks.ts", import.meta.url)`, or `import.meta.resolve("tasks")`.
 * @param name Name of the export; a static method or a member of an exported object is `"Class.method"`.
 * @returns What stands for the function wherever a target is expected.
 * @throws {TypeError} If `module` is not an absolute URL or `name` is empty.
 *
 * @example Usage
 * ```ts
 * import { ref } from "@multiprocessing/deno";
 * import { assertEquals } from "@std/assert";
 *
 * const work = ref<(n: number) => number>("https://example.com/tasks.ts", "work");
 * assertEquals(String(work), "Ref(work of https://example.com/tasks.ts)");
 * ```
 */
export function ref<F>(module: string | URL, name = "default"): Ref<F> {
  const url = URL.parse(String(module));
  // One letter before the colon is a Windows drive, not a scheme.
  if (url === null || /^.:$/.test(url.protocol)) {
    throw new TypeError(
      `Cannot refer to a function of module "${module}": it is not an absolute URL, ` +
        'write new URL("./file.ts", import.meta.url) or import.meta.resolve("name")',
    );
  }
  if (typeof name !== "string" || name === "") {
    throw new TypeError(`Cannot refer to a function of module "${module}": its name must be a text that is not empty`);
  }
  return makeRef({ kind: "export", modules: [url.href], name, hash: "" });
}

/**
 * Sends a function as its source text. What it closes over is not sent: it may use its arguments, globals and dynamic
 * `import()` of absolute URLs. Python has no counterpart; its pickles name functions only.
 *
 * @typeParam F Type of the function.
 * @param f Function, arrow function or class.
 * @returns What stands for the function wherever a target is expected.
 * @throws {TypeError} If the text does not stand alone: a method, a getter, a built-in, a bound function.
 *
 * @example Usage
 * ```ts
 * import { inline } from "@multiprocessing/deno";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(String(inline((x: number) => x * x)), "Ref(inline (x)=>x * x)");
 * ```
 */
// deno-lint-ignore ban-types -- any function or class, with its own type kept
export function inline<F extends Function>(f: F): Ref<F> {
  return makeRef({ kind: "inline", source: inlineSource(f) });
}

/**
 * Makes functions and classes of a module known to every process that has it, exported or not. Call it at the top level
 * of the module that holds them, so that it runs wherever the module is loaded.
 *
 * @param meta The module's own `import.meta`.
 * @param exports The functions and classes, each under its name.
 * @throws {TypeError} If `meta` has no URL or a value is not a function.
 *
 * @example Usage
 * ```ts
 * import { share } from "@multiprocessing/deno";
 *
 * function work(n: number) {
 *   return n * n;
 * }
 * share(import.meta, { work });
 * ```
 */
// deno-lint-ignore ban-types -- functions and classes of any shape
export function share(meta: ImportMeta, exports: Record<string, Function>): void {
  if (typeof meta?.url !== "string") {
    throw new TypeError("Cannot share functions: the first argument must be the module's import.meta");
  }
  const module = knownModule(meta.url);
  for (const [name, callable] of Object.entries(exports)) {
    if (typeof callable !== "function") {
      throw new TypeError(
        `Cannot share "${name}" of ${meta.url}: it is not a function or class but ${typeof callable}`,
      );
    }
    shareFrom(module, name, callable);
  }
}

/** A reference in words. */
export function describeReference(reference: FunctionReference): string {
  if (reference.kind === "global") return reference.path;
  if (reference.kind === "inline") return `inline ${reference.source}`;
  return `${reference.name} of ${reference.modules.join(" or ")}`;
}

/** What a program can do to have a function found, for the end of an error message. */
export function waysToSend(name: string): string {
  const word = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) && name !== "default" ? name : "work";
  return `export it there under a name, or write share(import.meta, { ${word} }) in its own module, or pass ` +
    `ref(new URL("./its_module.ts", import.meta.url), "${word}"), or inline(${word}) if it needs nothing but its arguments`;
}
