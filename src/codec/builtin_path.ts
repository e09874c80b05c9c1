/**
 * Built-in functions and classes, which every process has under the same path from `globalThis`.
 *
 * @module
 */

/** Globals whose own functions are looked through besides `globalThis` itself. */
const HOLDERS = [
  "Array",
  "ArrayBuffer",
  "Atomics",
  "BigInt",
  "Date",
  "Deno",
  "Error",
  "Intl",
  "JSON",
  "Math",
  "Number",
  "Object",
  "Promise",
  "Reflect",
  "String",
  "Symbol",
  "URL",
  "WebAssembly",
  "console",
];

/** Globals that are no functions and that cost time, or ask for permission, when they are looked at. */
const OBJECTS = ["caches", "crypto", "localStorage", "navigator", "process", "sessionStorage"];

/** The dotted path of a built-in (`Number`, `Math.max`), or `undefined`. */
export function builtinPath(callable: object): string | undefined {
  const name = ownName(callable);
  if (name === "" || OBJECTS.includes(name)) return undefined;
  if (ownValue(globalThis, name) === callable) return name;
  const holder = HOLDERS.find((each) => ownValue(ownValue(globalThis, each), name) === callable);
  return holder === undefined ? undefined : `${holder}.${name}`;
}

/** What `path` leads to through own properties only; prototypes are not followed, so nobody can reach beside. */
export function resolveBuiltin(path: string): unknown {
  return path.split(".").reduce<unknown>(ownValue, globalThis);
}

function ownName(callable: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(callable, "name")?.value;
  return typeof name === "string" ? name : "";
}

function ownValue(holder: unknown, key: string): unknown {
  if (holder === null || (typeof holder !== "object" && typeof holder !== "function")) return undefined;
  return Object.hasOwn(holder, key) ? Reflect.get(holder, key) : undefined;
}
