/**
 * How this process finds the function or class that another one has named.
 *
 * @module
 */

import { within } from "../base/deadline.ts";
import { resolveBuiltin } from "./builtin_path.ts";
import { hashOf, isNative, isNested } from "./function_text.ts";
import type { FunctionReference } from "./handoff.ts";
import { compileInline } from "./inline_source.ts";
import { waysToSend } from "./ref.ts";
import { type KnownModule, knownModule, lookUp, placesIn, startImport } from "./module_registry.ts";

type ExportReference = Extract<FunctionReference, { kind: "export" }>;

/**
 * How long, in milliseconds, the import of a module is awaited that may never end: of one whose top level is running, should
 * Deno not give the namespace of a module that awaits, and of one that is needed only to rule it out.
 */
const IMPORT_MS = 1_000;

/** Functions found, by key: a pool's tasks name the same one again and again. */
const resolved = new Map<string, object>();
/** Functions that were sent as candidates, by key, for when they come back before their module has ended. */
const sent = new Map<string, WeakRef<object>>();

/** What tells one exported function from another. */
export function keyOf({ modules, name, hash }: ExportReference): string {
  return `${hash} ${name} ${modules.join(" ")}`;
}

/**
 * Keeps the way back from a candidate to the function it stands for, without keeping the function.
 *
 * @returns Whether it stands for no other function.
 */
export function rememberCallable(reference: ExportReference, callable: object): boolean {
  const key = keyOf(reference);
  const known = sent.get(key)?.deref() ?? callable;
  sent.set(key, new WeakRef(known));
  return known === callable;
}

/**
 * Reads a message once the modules that it needs are loaded; at once, if they are.
 *
 * @param message Its bytes, valid only during the call.
 */
export function readLoaded<T>(
  message: Uint8Array,
  needed: readonly FunctionReference[],
  read: (message: Uint8Array) => T,
): T | Promise<T> {
  if (!needed.some(isMissing)) return read(message);
  const copy = message.slice();
  return loadReferences(needed).then(() => read(copy));
}

function isMissing(reference: FunctionReference): boolean {
  if (reference.kind !== "export" || resolved.has(keyOf(reference))) return false;
  // One that was not looked through may have another of that name and text.
  const isUnread = reference.modules.length > 1 && reference.modules.some((url) => mayYetLoad(knownModule(url)));
  return isUnread || matches(reference).size === 0 && sent.get(keyOf(reference))?.deref() === undefined;
}

/** Whether it has not been imported, and can be. */
function mayYetLoad({ state, running }: KnownModule): boolean {
  return state === "new" || state === "pending" && !running;
}

/**
 * Imports the modules that {@linkcode resolveReference} will need. A module that cannot be imported is no failure here:
 * `resolveReference` tells, with the reason.
 */
export async function loadReferences(references: readonly FunctionReference[]): Promise<void> {
  for (const reference of references) {
    if (isMissing(reference)) await loadUntilFound(reference);
  }
}

/**
 * The function or class that `reference` names, from modules that are loaded already.
 *
 * @throws {TypeError} If it is not there, with where it was looked for and the ways to mend that.
 */
export function resolveReference(reference: FunctionReference): object {
  if (reference.kind === "inline") return compileInline(reference.source);
  if (reference.kind === "global") return resolveGlobal(reference.path);
  const callable = find(reference);
  if (callable === undefined) throw notFound(reference);
  return callable;
}

function resolveGlobal(path: string): object {
  const callable = resolveBuiltin(path);
  if (typeof callable !== "function") {
    throw new TypeError(`Cannot find built-in function "${path}": this process has no such global`);
  }
  return callable;
}

async function loadUntilFound(reference: FunctionReference): Promise<void> {
  if (reference.kind !== "export") return;
  for (const url of reference.modules) {
    const module = knownModule(url);
    startImport(module);
    const isFound = matches(reference).size > 0;
    if (module.running && isFound) continue;
    const limits = module.running || isFound ? { timeout: IMPORT_MS } : {};
    await within<void>(limits, () => module.settled, () => {});
  }
}

function find(reference: ExportReference): object | undefined {
  const key = keyOf(reference);
  const known = resolved.get(key);
  if (known !== undefined) return known;
  const [found, other] = matches(reference);
  if (found === undefined || other !== undefined) {
    const own = sent.get(key)?.deref();
    if (own === undefined && other !== undefined) throw ambiguous(reference);
    return own;
  }
  if (!reference.modules.some((url) => mayYetLoad(knownModule(url)))) resolved.set(key, found);
  return found;
}

/** What it may stand for in the modules named: more than one, where the sender could not tell which module it is from. */
function matches(reference: ExportReference): Set<object> {
  const found = reference.modules.map((url) => findIn(knownModule(url), reference));
  return new Set(found.filter((callable) => callable !== undefined));
}

/**
 * By name, if the text is the same; else by text alone, if only one function has it, and it was not made by another function:
 * those of one text that a function makes differ in what they hold.
 */
function findIn(module: KnownModule, { name, hash }: ExportReference): object | undefined {
  const named = lookUp(module, name);
  if (named !== undefined && (hash === "" || hashOf(named) === hash)) return named;
  if (hash === "") return undefined;
  const same = new Map<object, string>();
  for (const { name, callable } of placesIn(module)) {
    if (!isNative(callable) && hashOf(callable) === hash) same.set(callable, name);
  }
  const [[found, place] = []] = same;
  return same.size === 1 && found !== undefined && (place?.includes(".") || !isNested(found)) ? found : undefined;
}

function ambiguous({ name, modules }: ExportReference): TypeError {
  return new TypeError(
    `Cannot tell function "${name}": ${
      modules.join(" and ")
    } have one of this name and text each, and the sender may not ` +
      `see which it is; start the program with --allow-sys=inspector, or ${waysToSend(name)}`,
  );
}

function notFound(reference: ExportReference): TypeError {
  const { name, modules } = reference;
  const states = modules.map((url) => `${url} ${stateOf(knownModule(url), reference)}`);
  const cause = modules.map((url) => knownModule(url).reason).find((reason) => reason !== undefined);
  return new TypeError(
    `Cannot find function "${name}": ${states.join(", and ")}; ${waysToSend(name)}`,
    cause === undefined ? {} : { cause },
  );
}

function stateOf(module: KnownModule, { name, hash }: ExportReference): string {
  if (module.state === "new") return "has not been imported";
  if (module.state === "pending") return "is still being evaluated";
  if (module.state === "failed") return `cannot be imported (${messageOf(module.reason)})`;
  if (hash !== "" && lookUp(module, name) !== undefined) {
    return "has another text under that name: it is another function, or the module is not the same here as there";
  }
  return hash === "" ? "has no function of that name" : "exports no such function";
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
