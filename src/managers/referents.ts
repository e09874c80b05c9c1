/**
 * The objects of a server, each kept as long as somebody has a proxy of it.
 *
 * Proxies that clients have, or that are on their way, are counted. Those in the server's own process, as in a list that it serves, are
 * ordinary references instead: the collector finds out when they are gone, also when objects contain each other.
 *
 * @module
 */

import { contentsOf } from "./contents.ts";
import type { View } from "./holdings.ts";
import { stateOf } from "./proxy_state.ts";

/** How an object is served. */
export interface ServedType {
  readonly typeid: string;
  /** The methods that may be called; all public ones if absent. */
  readonly exposed?: readonly string[] | undefined;
  /** For methods whose result is served in turn: the type of that. */
  readonly methodToTypeid?: Readonly<Record<string, string>> | undefined;
  /** The methods that take something or wait, and give it back when the signal in their options aborts: at which place those are. */
  readonly waits?: Readonly<Record<string, number>> | undefined;
  /** The object as one client has it, who holds what it takes. */
  readonly view?: View | undefined;
}

/** An object that is served. */
export class Referent {
  readonly id: number;
  readonly object: object;
  readonly type: ServedType;
  readonly exposed: ReadonlySet<string>;
  /** Proxies of clients, and on their way. */
  count = 0;
  /** Whether anybody has ever had a proxy. */
  wasKept = false;
  /** Whether there may be proxies in this process. */
  isUsedHere = false;

  constructor(id: number, object: object, type: ServedType) {
    this.id = id;
    this.object = object;
    this.type = type;
    this.exposed = new Set(type.exposed ?? publicMethods(object));
  }
}

/** At which place a method takes the options whose signal ends its wait, if it is one that gives back what it took. */
export function placeOfLimits({ waits }: ServedType, method: string): number | undefined {
  return waits !== undefined && Object.hasOwn(waits, method) ? waits[method] : undefined;
}

/** The objects of a server by their numbers. */
export class Referents {
  readonly #counted = new Map<number, Referent>();
  readonly #others = new Map<number, WeakRef<Referent>>();
  /** What the collector finds, and is to be told of then: kept by itself, so that one that holds its own proxy stays until the end. */
  readonly #disposable = new Map<number, object>();
  readonly #collected = new FinalizationRegistry<number>((id) => this.#forget(id));
  readonly #dropped: (object: object) => void;
  #last = 0;

  /** @param dropped Called with each object that nobody has any more, once. */
  constructor(dropped: (object: object) => void) {
    this.#dropped = dropped;
  }

  /** Serves an object; nobody has a proxy of it yet. */
  add(object: object, type: ServedType): Referent {
    return new Referent(++this.#last, object, type);
  }

  /** The object of a number. */
  find(id: number): Referent | undefined {
    return this.#counted.get(id) ?? this.#others.get(id)?.deref();
  }

  /** One proxy more. */
  keep(referent: Referent): void {
    referent.wasKept = true;
    if (++referent.count > 1) return;
    this.#counted.set(referent.id, referent);
    this.#others.delete(referent.id);
  }

  /** So many proxies less. */
  drop(referent: Referent, proxies: number): void {
    referent.count -= proxies;
    if (referent.count > 0 || !this.#counted.delete(referent.id)) return;
    if (!referent.isUsedHere) return this.#dropped(referent.object);
    this.#others.set(referent.id, new WeakRef(referent));
  }

  /** There may be proxies in this process from now on, which the collector follows. */
  useHere(referent: Referent): void {
    if (referent.isUsedHere) return;
    referent.isUsedHere = true;
    if (referent.count === 0) this.#others.set(referent.id, new WeakRef(referent));
    if (Symbol.asyncDispose in referent.object) this.#disposable.set(referent.id, referent.object);
    this.#collected.register(referent, referent.id);
  }

  /** What was to be received was not; if nobody has had it yet, nobody will. */
  forgo(referent: Referent): void {
    if (!referent.wasKept && !referent.isUsedHere) this.#dropped(referent.object);
  }

  /** Lets go of all, whoever has it. */
  clear(): void {
    for (const { object, isUsedHere } of this.#counted.values()) if (!isUsedHere) this.#dropped(object);
    this.#counted.clear();
    for (const id of [...this.#disposable.keys()]) this.#forget(id);
  }

  /** All that clients have, and what that holds in turn. */
  reached(): ReadonlySet<Referent> {
    const reached = new Set(this.#counted.values());
    for (const referent of reached) {
      for (const value of contentsOf(referent.object)) {
        const keep = stateOf(value)?.keep;
        if (keep instanceof Referent && this.find(keep.id) === keep) reached.add(keep);
      }
    }
    return reached;
  }

  #forget(id: number): void {
    this.#others.delete(id);
    const object = this.#disposable.get(id);
    this.#disposable.delete(id);
    if (object !== undefined) this.#dropped(object);
  }
}

/** The methods of an object that are meant for others: those whose names do not begin with `_`, inherited ones included. */
function publicMethods(object: object): string[] {
  const names = new Set<string>();
  for (let holder: object | null = object; isOwnKind(holder); holder = Object.getPrototypeOf(holder)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      if (typeof value === "function" && name !== "constructor" && !name.startsWith("_")) names.add(name);
    }
  }
  return [...names];
}

/** Not what every object and every function has. */
function isOwnKind(holder: object | null): holder is object {
  return holder !== null && holder !== Object.prototype && holder !== Function.prototype;
}
