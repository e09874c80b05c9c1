/**
 * The modules in which functions are looked for: the main module, those that called the library, those that `share`, and
 * those that a reference named. A namespace can only be had by `import()`. That of a module whose top level awaits settles
 * soon if it is begun while that awaits, but if it is begun while the top level runs, only when that has ended, for which
 * it may be needed: so imports are begun in a microtask, never awaited, and looked at once they have settled.
 *
 * @module
 */

/** A module and what is known of it. */
export interface KnownModule {
  readonly url: string;
  /** Its top level runs or ran in this program by itself, so an import of it may have to wait for what waits for us. */
  running: boolean;
  state: "new" | "pending" | "loaded" | "failed";
  namespace: object | undefined;
  /** Why it failed. */
  reason: unknown;
  /** Settles, never rejects, when the import has. */
  settled: Promise<void>;
  /** What it gave to `share`. */
  readonly shared: Map<string, object>;
}

/** A callable and the name under which a module has it; dotted for static methods and members of exported objects. */
export interface Place {
  readonly name: string;
  readonly callable: object;
}

const modules = new Map<string, KnownModule>();

/** Counts what may change the outcome of a search. */
let changes = 0;

/** The module `url`, made known if it was not. */
export function knownModule(url: string): KnownModule {
  const known = modules.get(url);
  if (known !== undefined) return known;
  const module: KnownModule = {
    url,
    running: false,
    state: "new",
    namespace: undefined,
    reason: undefined,
    settled: Promise.resolve(),
    shared: new Map(),
  };
  modules.set(url, module);
  changes++;
  return module;
}

/** All known modules, in the order in which they became known. */
export function knownModules(): Iterable<KnownModule> {
  return modules.values();
}

/** Gives a module its namespace without importing it. */
export function setNamespace(module: KnownModule, namespace: object): void {
  module.namespace = namespace;
  module.state = "loaded";
  changes++;
}

/** Notes that the top level of a module runs or ran without our importing it. */
export function setRunning(module: KnownModule): void {
  if (!module.running) changes++;
  module.running = true;
}

/** Makes a callable of a module known under a name, exported or not. */
export function shareFrom(module: KnownModule, name: string, callable: object): void {
  module.shared.set(name, callable);
  changes++;
}

/** While this number stays the same, so does the outcome of a search. */
export function registryVersion(): number {
  return changes;
}

/** Starts the import of a module, once; whoever may wait awaits `settled`. */
export function startImport(module: KnownModule): void {
  if (module.state !== "new") return;
  if (isVirtual(module.url)) {
    module.reason = new Error(
      "Code of the REPL, deno eval, standard input or a doc test has no module to import",
    );
    module.state = "failed";
    return;
  }
  module.state = "pending";
  const { promise, resolve } = Promise.withResolvers<void>();
  module.settled = promise;
  queueMicrotask(() =>
    import(module.url).then((namespace: object) => setNamespace(module, namespace), (reason) => {
      module.reason = reason;
      module.state = "failed";
      changes++;
    }).then(resolve)
  );
}

/** Whether the top level of a module, which awaits, has not come to all of its exports. */
export function hasUnreachedExports({ namespace }: KnownModule): boolean {
  return namesOf(namespace).some((name) => {
    try {
      Reflect.get(namespace ?? {}, name);
      return false;
    } catch {
      return true;
    }
  });
}

/** Where `module` has `callable` now: by its own name if it can be, else by any. */
export function placeOf(module: KnownModule, callable: object, ownName: string): string | undefined {
  if (lookUp(module, ownName) === callable) return ownName;
  for (const place of placesIn(module)) if (place.callable === callable) return place.name;
  return undefined;
}

/** The callable that `module` has under `name`, or `undefined`. */
export function lookUp(module: KnownModule, name: string): object | undefined {
  const direct = module.shared.get(name) ?? memberOf(module.namespace, name);
  if (direct !== undefined || !name.includes(".")) return asCallable(direct);
  const dot = name.indexOf(".");
  return asCallable(memberOf(memberOf(module.namespace, name.slice(0, dot)), name.slice(dot + 1)));
}

/** Every callable of a module: shared ones, exports, then the members of exported classes and plain objects. */
export function* placesIn(module: KnownModule): Generator<Place> {
  for (const [name, callable] of module.shared) yield { name, callable };
  yield* membersOf(module.namespace, "");
  for (const name of namesOf(module.namespace)) yield* membersOf(memberOf(module.namespace, name), `${name}.`);
}

function* membersOf(holder: unknown, prefix: string): Generator<Place> {
  for (const name of namesOf(holder)) {
    const callable = asCallable(memberOf(holder, name));
    if (callable !== undefined) yield { name: prefix + name, callable };
  }
}

function namesOf(holder: unknown): string[] {
  return isHolder(holder) ? Object.getOwnPropertyNames(holder) : [];
}

/** Own data properties only: looking for a function must not run anybody's getter. */
function memberOf(holder: unknown, name: string): unknown {
  if (!isHolder(holder)) return undefined;
  try {
    return Object.getOwnPropertyDescriptor(holder, name)?.value;
  } catch {
    // An export that the top level, which awaits, has not come to yet.
    return undefined;
  }
}

function isHolder(value: unknown): value is object {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function asCallable(value: unknown): object | undefined {
  return typeof value === "function" ? value : undefined;
}

function isVirtual(url: string): boolean {
  return /\/\$deno\$\w+\.m[jt]s$|[#$]\d+-\d+\.[cm]?[jt]sx?$/.test(url);
}
