/**
 * How this process names a function or class that it holds.
 *
 * What is found by identity in a module's namespace is certain. Until the import of a module has settled, for which its top
 * level has to await something, there is no namespace to look into; then the reference is a candidate, which the other
 * process checks by name and text. Whoever needs certainty awaits its answer and notes it with {@linkcode markVerified}.
 *
 * @module
 */

import { builtinPath } from "./builtin_path.ts";
import { callingModule } from "./calling_module.ts";
import { locationOf, mayInspect } from "./function_location.ts";
import { hashOf, isNative } from "./function_text.ts";
import type { FunctionReference } from "./handoff.ts";
import { standsAlone } from "./inline_source.ts";
import {
  hasUnreachedExports,
  type KnownModule,
  knownModule,
  knownModules,
  placeOf,
  registryVersion,
  setNamespace,
  setRunning,
  startImport,
} from "./module_registry.ts";
import { referenceInRef, waysToSend } from "./ref.ts";
import { keyOf, rememberCallable } from "./resolve_reference.ts";
import { guessExporters } from "./source_scan.ts";

type ExportReference = Extract<FunctionReference, { kind: "export" }>;

/** References that are certain, by their callable: each is looked for once. */
const references = new WeakMap<object, FunctionReference>();
/** Candidates, each good as long as nothing changes in the modules known. */
const candidates = new WeakMap<object, { readonly version: number; readonly reference: ExportReference }>();
/** Keys of candidates that another process has accepted. */
const verified = new Set<string>();
/** The main module, then the modules that called, in order of their first call. */
const running = new Set<KnownModule>();

let mainModule: KnownModule | undefined;
let lastCaller: KnownModule | undefined;

setMainModule(Deno.mainModule);

/**
 * Tells which module is the program's main one. Until it is called, that is what Deno says, which in a worker is nothing.
 *
 * @param url URL of the module, if there is one.
 * @param namespace Its namespace, if it has been imported already.
 */
export function setMainModule(url: string | undefined, namespace?: object): void {
  if (mainModule !== undefined && mainModule !== lastCaller) running.delete(mainModule);
  mainModule = url === undefined ? undefined : noteRunning(url);
  if (mainModule !== undefined && namespace !== undefined) setNamespace(mainModule, namespace);
}

/**
 * Notes which module of the user's is calling the library, so that its exports are looked through; to be called by every
 * public function that takes functions, before it awaits anything. Takes about 15 µs, and next to nothing if `target` is
 * given and has been found before.
 *
 * @param target The function that is about to be sent, if it is known.
 * @returns URL of that module, if the stack tells.
 */
export function noteCaller(target?: object): string | undefined {
  if (target !== undefined && (references.has(target) || referenceInRef(target))) return lastCaller?.url;
  const url = callingModule();
  if (url === undefined || url === lastCaller?.url) return url;
  lastCaller = noteRunning(url);
  startImport(lastCaller);
  return url;
}

/**
 * Names `callable` for another process.
 *
 * @throws {TypeError} If another process could not find it, with the ways to mend that.
 */
export function referenceTo(callable: object): FunctionReference {
  const certain = referenceInRef(callable) ?? references.get(callable);
  if (certain !== undefined) return certain;
  if (mainModule !== undefined) startImport(mainModule);
  const candidate = candidates.get(callable);
  if (candidate?.version === registryVersion()) return candidate.reference;
  const found = findExport(callable) ?? findBuiltin(callable);
  if (found === undefined) return candidateFor(callable);
  references.set(callable, found);
  return found;
}

/** Whether the function is known to be where `reference` says. */
export function isVerified(reference: FunctionReference): boolean {
  return reference.kind !== "export" || verified.has(keyOf(reference));
}

/**
 * Refuses what another process might not find.
 *
 * @throws {TypeError} If the function is not known to be where `reference` says.
 */
export function assertVerified(reference: FunctionReference): void {
  if (!isVerified(reference)) throw new TypeError("Cannot send a function that is not known to be exported");
}

/** Notes that another process has found the function of `reference`. */
export function markVerified(reference: FunctionReference): void {
  if (reference.kind === "export") verified.add(keyOf(reference));
}

function noteRunning(url: string): KnownModule {
  const module = knownModule(url);
  setRunning(module);
  running.add(module);
  return module;
}

function findExport(callable: object): FunctionReference | undefined {
  for (const module of new Set([...running, ...knownModules()])) {
    const name = placeOf(module, callable, nameOf(callable));
    if (name === undefined) continue;
    const reference: FunctionReference = { kind: "export", modules: [module.url], name, hash: hashOf(callable) };
    markVerified(reference);
    return reference;
  }
  return undefined;
}

function findBuiltin(callable: object): FunctionReference | undefined {
  const path = builtinPath(callable);
  return path === undefined ? undefined : { kind: "global", path };
}

/** A reference that the other side has to check, since modules that may export the function are still running. */
function candidateFor(callable: object): FunctionReference {
  const name = nameOf(callable);
  const version = registryVersion();
  // Without a name or a text of its own the other side could not tell this function from another.
  const modules = name === "" || isNative(callable) ? [] : candidateModules(callable, name);
  // While the debugger is asked, imports go on.
  if (registryVersion() !== version) return referenceTo(callable);
  if (modules.length === 0) throw new TypeError(refusal(callable));
  const reference: ExportReference = { kind: "export", modules, name, hash: hashOf(callable) };
  if (!rememberCallable(reference, callable)) throw new TypeError(ambiguity(name));
  candidates.set(callable, { version, reference });
  return reference;
}

function candidateModules(callable: object, name: string): string[] {
  const likely = new Set([lastCaller, mainModule, ...running].filter((module) => module !== undefined));
  const pending = [...likely].map(({ url }) => url).filter(mayHold);
  const guessed = new Set([...likely].flatMap(({ url }) => guessExporters(url, name)).filter(mayHold));
  // Without the debugger, the receiver finds out which of them it is, or that it cannot be told.
  if (!mayInspect()) return [...new Set([...pending, ...guessed])];
  const located = guessed.size === 1 ? undefined : locationOf(callable);
  const modules = located === undefined
    ? guessed
    : new Set([located, ...guessed.has(located) ? [] : pending].filter(mayHold));
  // These are loaded already, so their namespaces are at hand next time.
  for (const url of modules) startImport(knownModule(url));
  return modules.size > 0 ? [...modules] : pending;
}

/** A module whose namespace is at hand has been looked through in vain, unless there is more to come. */
function mayHold(url: string): boolean {
  const module = knownModule(url);
  return module.state === "new" || module.state === "pending" || hasUnreachedExports(module);
}

function nameOf(callable: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(callable, "name")?.value;
  return typeof name === "string" ? name : "";
}

function refusal(callable: object): string {
  const name = nameOf(callable);
  return `Cannot send function "${name}": ${stateOf(name)}; ${waysFor(callable, name)}`;
}

function waysFor(callable: object, name: string): string {
  const rest = "as an argument of an exported function, which calls it";
  if (isNative(callable) && name.startsWith("bound ")) {
    return `what it is bound to does not cross with it; send that ${rest}`;
  }
  if (!isNative(callable) && !standsAlone(callable)) return `a method needs its object; send that ${rest}`;
  return waysToSend(name);
}

function ambiguity(name: string): string {
  return `Cannot send function "${name}": another of the same name and text was sent, from which it cannot be told while ` +
    `the main module is being evaluated; ${waysToSend(name)}`;
}

function stateOf(name: string): string {
  const searched = [...new Set([mainModule, lastCaller])].filter((module) => module !== undefined);
  if (searched.length === 0) return "there is no main module in which it could be exported";
  const pending = searched.find(({ state }) => state === "pending");
  if (pending !== undefined && name === "") return `it has no name, and ${pending.url} is still being evaluated`;
  if (pending !== undefined) return `it is bound or a proxy, and ${pending.url} is still being evaluated`;
  return `it is not exported by ${searched.map(describeSearched).join(" nor by ")}`;
}

function describeSearched(module: KnownModule): string {
  const role = module === mainModule ? "the main module" : "the module that made the call";
  const failure = module.state === "failed" ? `, which cannot be imported: ${reasonOf(module)}` : "";
  return `${role} (${module.url}${failure})`;
}

function reasonOf({ reason }: KnownModule): string {
  return reason instanceof Error ? reason.message : String(reason);
}
