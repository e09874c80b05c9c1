/**
 * {@linkcode BaseProxy}: an object in the process of a manager, as others have it.
 *
 * @module
 */

import { checkType } from "../base/check.ts";
import { checkWaitOptions, type WaitOptions } from "../base/deadline.ts";
import { InvalidStateError } from "../base/errors.ts";
import { registerSharedClass } from "../codec/reducer.ts";
import { type ProxyParcel, reduceProxy, reviveProxy } from "./proxy_reducer.ts";
import { giveUp, ProxyState, setState, stateOf } from "./proxy_state.ts";

/** What a proxy stands for; managers make it. */
export interface ProxyToken {
  /** Number of the object at its server. */
  readonly id: number;
  /** Name of its type. */
  readonly typeid: string;
  /** The methods that may be called. */
  readonly exposed: readonly string[];
}

/** A class of proxies. */
export interface ProxyClass {
  /** Makes a proxy of what a manager gives. */
  new (token: ProxyToken): BaseProxy;
  /** The methods that proxies of the class reach; all public ones of the object if absent. */
  readonly exposed?: readonly string[] | undefined;
  /** For methods whose result stays with the manager: the type of the proxy that they give. */
  readonly methodToTypeid?: Readonly<Record<string, string>> | undefined;
}

/**
 * Stands for an object in the process of a manager, as Python's `multiprocessing.managers.BaseProxy`.
 *
 * - The object lives until all its proxies are disposed of or collected, or their processes have ended.
 * - A proxy can be sent to any process, and put into other objects of managers; it stands for the same object there.
 * - Calls run at the same time, in any order; a call keeps its proxy alive until it is answered.
 * - `await proxy.toString()` is the object in words, as Python's `str`; `Deno.inspect(proxy)` is the proxy's own, as Python's `repr`.
 *
 * @example A list in another process
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * await using manager = await getContext("worker").Manager();
 * await using list = await manager.list([1, 2, 3]);
 * await list.append(4);
 * assertEquals(await list.getValue(), [1, 2, 3, 4]);
 * assertEquals(await list.toString(), "[1, 2, 3, 4]");
 * ```
 */
export class BaseProxy implements AsyncDisposable {
  /** The methods that proxies of the class reach, as Python's `_exposed_`; all public ones of the object if absent. */
  static readonly exposed: readonly string[] | undefined = undefined;
  /** For methods whose result stays with the manager: the type of the proxy that they give, as Python's `_method_to_typeid_`. */
  static readonly methodToTypeid: Readonly<Record<string, string>> | undefined = undefined;
  /** The methods whose abort waits for the manager's word, as what was taken must not be lost. */
  protected static readonly waits: readonly string[] = [];

  /** Proxies are made by managers. */
  constructor(token: ProxyToken) {
    const state = stateOf(token);
    if (state === undefined) {
      throw new TypeError(
        "Cannot make a proxy: its token is not a manager's; proxies are made by the methods of managers",
      );
    }
    setState(this, state);
  }

  /**
   * Calls a method of the object, as Python's `_callmethod`. An `AbortSignal` in the options that a method takes reaches the method.
   *
   * A call that is given up takes nothing: a lock, a queue and their kin end the wait, and their word is waited for.
   *
   * @param name Its name.
   * @param args Its arguments.
   * @param options How long to wait for the answer, in milliseconds, and what ends the wait.
   * @throws {RemoteError} If there is no such method, or what it gives or throws cannot be sent.
   * @throws {Deno.errors.ConnectionReset} If the manager has gone.
   * @throws {TimeoutError} If there was no answer in time.
   * @throws Whatever the method throws.
   */
  async callMethod(name: string, args: readonly unknown[] = [], options: WaitOptions = {}): Promise<unknown> {
    checkWaitOptions(options);
    if (typeof name !== "string") {
      throw new TypeError(`Cannot call a method: its name must be a string, received ${typeof name}`);
    }
    const state = openState(this, `call ${name}`);
    const isPatient = (this.constructor as typeof BaseProxy).waits.includes(name);
    const answer = await state.end.call(state.id, name, args, { ...options, pinned: this, isPatient });
    return answer instanceof ProxyState ? proxyOf(answer) : answer;
  }

  /** A copy of the object, as Python's `_getvalue`. */
  getValue(options: WaitOptions = {}): Promise<unknown> {
    return this.callMethod("#value", [], options);
  }

  /** The object in words, as Python's `str` of a proxy; of one that cannot be reached, the proxy's own. */
  async toString(): Promise<string> {
    try {
      return String(await this.callMethod("#text"));
    } catch {
      // As Python says it.
      return `${describe(this).slice(0, -1)}; '__str__()' failed>`;
    }
  }

  /** Gives the proxy up, and waits until the manager knows; the object goes with its last proxy. May be repeated. */
  async [Symbol.asyncDispose](): Promise<void> {
    const state = stateOf(this);
    if (state !== undefined) await giveUp(state, true);
  }

  /** For template strings, which cannot wait: as `Deno.inspect`. */
  [Symbol.toPrimitive](): string {
    return describe(this);
  }

  /** As Python's `repr` of a proxy. */
  [Symbol.for("Deno.customInspect")](): string {
    return describe(this);
  }
}

function describe(proxy: BaseProxy): string {
  const state = stateOf(proxy);
  return `<${proxy.constructor.name} object, typeid '${state?.typeid}' at 0x${(state?.id ?? 0).toString(16)}>`;
}

function openState(proxy: BaseProxy | ProxyState, what: string): ProxyState {
  const state = stateOf(proxy);
  if (state !== undefined && !state.isReleased) return state;
  throw new InvalidStateError(`Cannot ${what}: the proxy was disposed of; keep it as long as it is used`);
}

/** A proxy's class that needs no name on the way, by the type it stands for. */
const classes = new Map<string, ProxyClass>();
const ownClasses = new Set<object>();
const made = new Map<string, ProxyClass>();

/** Registers a class of this module for a type. */
export function useProxyClass(typeid: string, cls: ProxyClass): void {
  classes.set(typeid, cls);
  ownClasses.add(cls);
  registerProxyClass(cls);
}

/** Has the proxies of a class cross. */
export function registerProxyClass(cls: ProxyClass): void {
  registerSharedClass<BaseProxy, ProxyParcel>("Proxy", cls, {
    reduce: (proxy, handoff) =>
      reduceProxy(openState(proxy, "send the proxy"), ownClasses.has(cls) ? undefined : cls, handoff),
    revive: (parcel, source) => {
      const { state, cls } = reviveProxy(parcel, source);
      return isProxyClass(cls) ? newProxy(cls, state) : proxyOf(state);
    },
  });
}

/** The proxy of what arrived without a class. */
function proxyOf(state: ProxyState): BaseProxy {
  const chosen = state.end.classFor(state.typeid);
  if (isProxyClass(chosen)) return newProxy(chosen, state);
  const own = classes.get(state.typeid);
  if (own?.exposed !== undefined && haveSame(own.exposed, state.exposed)) return newProxy(own, state);
  const key = JSON.stringify([state.typeid, state.exposed]);
  const cls = made.get(key) ?? MakeProxyType(`AutoProxy[${state.typeid}]`, [...state.exposed]);
  if (!made.has(key)) ownClasses.add(cls);
  made.set(key, cls);
  return newProxy(cls, state);
}

/** A type of the program's own may have the name of one of ours, but other methods. */
function haveSame(names: readonly string[], others: readonly string[]): boolean {
  return names.length === others.length && names.every((name) => others.includes(name));
}

function newProxy(cls: ProxyClass, state: ProxyState): BaseProxy {
  registerProxyClass(cls);
  return new cls(state);
}

/** Whether something is a class of proxies. */
export function isProxyClass(cls: unknown): cls is ProxyClass {
  return typeof cls === "function" && (cls === BaseProxy || cls.prototype instanceof BaseProxy);
}

/**
 * Makes a class of proxies, as Python's `multiprocessing.managers.MakeProxyType`.
 *
 * @param name Name of the class.
 * @param exposed The methods that its proxies have. One named `then` would make a promise of the proxy, so it is reached by
 * {@linkcode BaseProxy.callMethod} only.
 * @throws {TypeError} If a name is no string.
 * @throws {RangeError} If a name is one that every object has.
 *
 * @example A class of proxies
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { MakeProxyType } from "@multiprocessing/deno";
 *
 * const CounterProxy = MakeProxyType("CounterProxy", ["increment"]);
 * assertEquals(CounterProxy.exposed, ["increment"]);
 * ```
 */
export function MakeProxyType(name: string, exposed: string[]): typeof BaseProxy {
  checkType("make a class of proxies: its name", "string", name);
  checkExposed(exposed);
  const Made = class extends BaseProxy {
    static override readonly exposed: readonly string[] = [...exposed];
  };
  Object.defineProperty(Made, "name", { value: name });
  for (const method of exposed) {
    if (method === "then" || method in BaseProxy.prototype) continue;
    const call = function (this: BaseProxy, ...args: unknown[]): Promise<unknown> {
      return this.callMethod(method, args);
    };
    Object.defineProperty(Made.prototype, method, { value: call, configurable: true, writable: true });
  }
  return Made;
}

/**
 * Refuses methods that must not be reached.
 *
 * @throws {TypeError} If a name is no string.
 * @throws {RangeError} If a name is one that every object has.
 */
export function checkExposed(exposed: readonly unknown[]): void {
  if (!Array.isArray(exposed)) {
    throw new TypeError(`Cannot expose methods: received ${typeof exposed}, no array of names`);
  }
  for (const name of exposed) {
    if (typeof name !== "string") {
      throw new TypeError(`Cannot expose a method: its name is a ${typeof name}, no string`);
    }
    if (name === "constructor" || name === "prototype" || name.startsWith("#") || /^__.*__$/.test(name)) {
      throw new RangeError(`Cannot expose ${JSON.stringify(name)}: every object has it, and it is not for others`);
    }
  }
}

registerProxyClass(BaseProxy);
ownClasses.add(BaseProxy);

// What is assigned to a proxy would stay in this process, unseen. Behind all classes, as nothing else is slower for it.
const unassignable = new Proxy({}, {
  set(_, name, value, proxy: BaseProxy) {
    if (ownClasses.has(proxy.constructor)) throw notAssigned(proxy, name);
    return Reflect.defineProperty(proxy, name, { value, writable: true, enumerable: true, configurable: true });
  },
});
Object.setPrototypeOf(BaseProxy.prototype, unassignable);

/** Why a property of a proxy is not assigned to. */
export function notAssigned(proxy: BaseProxy, name: string | symbol): TypeError {
  const instead = "set" in proxy ? "await its method set" : "call one of its methods";
  return new TypeError(
    `Cannot assign to ${
      String(name)
    } of a ${proxy.constructor.name}: what it stands for is with the manager; ${instead}`,
  );
}

registerSharedClass<ProxyState | BaseProxy, ProxyParcel>("Proxy", ProxyState, {
  reduce: (state, handoff) => reduceProxy(openState(state, "send the proxy"), undefined, handoff),
  revive: (parcel, source) => proxyOf(reviveProxy(parcel, source).state),
});

/** The object that a proxy in the server's own process stands for, or the value itself. */
export function ownObjectOf(value: unknown): unknown {
  const keep: unknown = stateOf(value)?.keep;
  return typeof keep === "object" && keep !== null && "object" in keep ? keep.object : value;
}
