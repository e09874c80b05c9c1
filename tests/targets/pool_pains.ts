/** What workers do in the tests of what went wrong in other pools: hostile results, errors of all shapes, no end. */
import { currentProcess, EOFError, reduce, revive, share, WorkerDiedError } from "../../mod.ts";

/** Which worker it is: its name, and its OS process. */
export function whoIsIt(): { name: string; pid: number } {
  return { name: currentProcess().name, pid: Deno.pid };
}

/** What it gets, and who it is. */
export function sameByWhom(x: number): [number, string] {
  return [x, currentProcess().name];
}

/** Never returns to its event loop. */
export function loopForever(): never {
  for (;;);
}

/** Allocates until it dies. */
export function exhaustMemory(): never {
  for (const kept: unknown[] = [];;) kept.push(new Array(1000).fill(kept.length));
}

/** As an initializer: fails after a while. */
export async function failToStartLater(): Promise<never> {
  await Promise.resolve();
  throw new Grievance("cannot begin later", { code: 8 });
}

/** An error of a class of its own, with a field. */
export class Grievance extends Error {
  override name = "Grievance";
  readonly code: number;

  constructor(message: string, { code, ...options }: ErrorOptions & { code: number }) {
    super(message, options);
    this.code = code;
  }
}

/** One that has its name by its prototype alone, and another class above it. */
export class DeepGrievance extends Grievance {
  static {
    Object.defineProperty(this.prototype, "kind", { value: "deep" });
  }
}

// Neither can be found from outside.
class HiddenRangeError extends RangeError {
  override name = "HiddenRangeError";
  readonly limit = 7;
}
class HiddenGrievance extends Grievance {}

function hiddenHandler(): void {}

/** What a task may throw, of which something cannot be found from outside. */
export const HIDDEN: Readonly<Record<string, () => unknown>> = {
  "an error of a class that is not exported": () => new HiddenRangeError("hidden"),
  "an error of such a class of another": () => new HiddenGrievance("hidden as well", { code: 44 }),
  "an error with a function that is not exported": () =>
    Object.assign(new TypeError("with a handler"), { handler: hiddenHandler, code: 45 }),
};

/** A function without a name. */
function nameless(): () => number {
  return () => 1;
}

function selfCaused(): Error {
  const error = new Error("caused by itself");
  error.cause = error;
  return error;
}

function causingEachOther(): Error {
  const first = new RangeError("first");
  first.cause = new TypeError("second", { cause: first });
  return first;
}

function chained(length: number): Error {
  let error = new Error("0");
  for (let depth = 1; depth < length; depth++) error = new Error(`${depth}`, { cause: error });
  return error;
}

function aggregateOfItself(): AggregateError {
  const error = new AggregateError([new Grievance("inner", { code: 1 }), null, "text"], "of itself");
  error.errors.push(error);
  return error;
}

function withFields(): Error {
  return Object.assign(new Error("with fields"), {
    number: -0,
    nothing: undefined,
    nil: null,
    big: 1n << 70n,
    date: new Date(5),
    pattern: /a/g,
    map: new Map([["k", new Set([1])]]),
    bytes: new Uint8Array([1, 2]),
    nested: { list: [1, { a: 1 }], registered: Symbol.for("registered") },
    holes: [1, , 3],
    callable: whoIsIt,
    error: new Grievance("in a field", { code: 2 }),
  });
}

function withBadFields(): Error {
  const error = Object.assign(new Error("with bad fields"), {
    before: 1,
    handler: nameless(),
    mark: Symbol("own"),
    promise: Promise.resolve(),
    revoked: revokedProxy(),
    deep: [{ weak: new WeakMap() }],
    after: 2,
  });
  return withGetter(error, "getter", () => {
    throw new Error("hostile");
  });
}

function withGetter<T extends object>(object: T, key: PropertyKey, get: () => unknown): T {
  return Object.defineProperty(object, key, { enumerable: true, configurable: true, get });
}

function altered(change: (error: Error) => unknown): Error {
  const error = new TypeError("altered");
  change(error);
  return error;
}

/** Calls something that throws. */
function caught(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

function overflow(): number {
  return 1 + overflow();
}

/** What a task may throw, and is to arrive as it is told in tests/pool/hostile_results_test.ts. */
export const SHAPES: Readonly<Record<string, () => unknown>> = {
  "an error": () => new Error("plain"),
  "an error without a message": () => new Error(),
  "an error with a huge message": () => new RangeError("long ".repeat(1 << 20)),
  "an error with half a character": () => new SyntaxError("😀\n\ud800\0"),
  "an error of a class": () => new Grievance("own class", { code: 42, cause: "text" }),
  "an error of a class of a class": () => new DeepGrievance("own class again", { code: 43 }),
  "an error of a class of the library": () => new WorkerDiedError("told", { exitCode: -9, signal: "SIGKILL" }),
  "another error of the library": () => new EOFError("over"),
  "an error of Deno": () => new Deno.errors.NotFound("no such file"),
  "an error of a system call": () => caught(() => Deno.readTextFileSync("/nowhere/to/be/found")),
  "a DOMException": () => new DOMException("not wanted", "AbortError"),
  "a DOMException of the runtime": () => caught(() => structuredClone(() => 1)),
  "an error of the engine": () => caught(() => JSON.parse("{")),
  "an exhausted stack": () => caught(overflow),
  "several errors": () => new AggregateError([new Error("one"), new TypeError("two")], "both", { cause: 3 }),
  "several errors, itself among them": aggregateOfItself,
  "a suppressed error": () => new SuppressedError(new Error("new"), new Grievance("old", { code: 3 }), "two"),
  "a chain of causes": () => chained(40),
  "an error that caused itself": selfCaused,
  "errors that caused each other": causingEachOther,
  "a cause that is no error": () => new Error("x", { cause: { code: 1, list: [1, null] } }),
  "a cause that is undefined": () => new Error("x", { cause: undefined }),
  "a cause that cannot be sent": () => new Error("x", { cause: nameless() }),
  "an error with fields of every kind": withFields,
  "an error with fields that cannot be sent": withBadFields,
  "a frozen error": () => Object.freeze(Object.assign(new Error("frozen"), { code: 5 })),
  "an error behind a proxy": () => new Proxy(new RangeError("behind"), {}),
  "an error with another name": () => altered((error) => error.name = "Renamed"),
  "an error without a stack": () => altered((error) => Reflect.deleteProperty(error, "stack")),
  "an error with a stack that throws": () => altered((error) => withGetter(error, "stack", raise)),
  "an error with a cause that throws": () => altered((error) => withGetter(error, "cause", raise)),
  "an error with a field that is computed": () => altered((error) => withGetter(error, "twice", () => 2 * 21)),
  "an error with a field under a symbol": () => altered((error) => Reflect.set(error, Symbol.for("field"), 1)),
  "null": () => null,
  "undefined": () => undefined,
  "text": () => "thrown text",
  "a number": () => NaN,
  "a bigint": () => -(1n << 65n),
  "a registered symbol": () => Symbol.for("registered"),
  "an object": () => ({ code: "E", list: [1, new Map([[1, new Date(0)]])] }),
  "a function that is exported": () => whoIsIt,
  "a class that is exported": () => Grievance,
};

/** Throws something of that shape. */
export function throwShape(shape: string): never {
  throw (SHAPES[shape] ?? HIDDEN[shape])?.();
}

/** Rejects with something of that shape. */
export async function rejectShape(shape: string): Promise<never> {
  await Promise.resolve();
  throw (SHAPES[shape] ?? HIDDEN[shape])?.();
}

function raise(): never {
  throw new RangeError("hostile");
}

function revokedProxy<T extends object>(target: T = {} as T): T {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function detached<T extends ArrayBufferView>(view: T): T {
  (view.buffer as ArrayBuffer).transfer();
  return view;
}

/** Cannot be made a text of, in no way. */
function unspeakable(): object {
  return { toString: raise, [Symbol.toPrimitive]: raise, [Symbol.for("Deno.customInspect")]: raise };
}

function throwing(make: () => unknown): () => never {
  return () => {
    throw make();
  };
}

class Plain {
  [Symbol.for("Deno.customInspect")](): never {
    raise();
  }
}

/** Can be sent, and not be read by whoever receives it. */
export class Unreadable {
  [reduce](): number {
    return 1;
  }

  static [revive](): never {
    throw Object.create(null);
  }
}

class Unreducible {
  [reduce](): never {
    throw Object.create(null);
  }

  static [revive](): Unreducible {
    return new Unreducible();
  }
}

/** What a worker cannot give back, wherever in a result it is. */
export const HOSTILE: Readonly<Record<string, () => unknown>> = {
  "a function": () => () => 1,
  "a bound function": () => whoIsIt.bind(null),
  "a class": () => class {},
  "a symbol": () => Symbol("nobody's"),
  "a promise": () => [Promise.resolve(1)],
  "a WeakMap": () => new WeakMap(),
  "a generator": () => (function* () {})(),
  "an object of a class": () => new Plain(),
  "what cannot be made a text": () => Object.assign(unspeakable(), { f: () => 1 }),
  "a revoked proxy": () => [revokedProxy()],
  "a revoked proxy of a function": () => revokedProxy(() => 1),
  "a revoked proxy of an array": () => [revokedProxy([1])],
  "a proxy without a prototype": () => new Proxy({}, { getPrototypeOf: throwing(unspeakable) }),
  "a proxy without keys": () => new Proxy({}, { ownKeys: throwing(unspeakable) }),
  "a getter that throws": () => withGetter({}, "x", raise),
  "a getter that throws null": () => withGetter({}, "x", throwing(() => null)),
  "a getter that throws a revoked proxy": () => withGetter({}, "x", throwing(revokedProxy)),
  "a getter that throws what has no text": () => withGetter({}, "x", throwing(unspeakable)),
  "a getter that throws a symbol": () => withGetter({}, "x", throwing(() => Symbol("thrown"))),
  "a getter that throws an error without a message": () =>
    withGetter({}, "x", throwing(() => withGetter(new Error(), "message", raise))),
  "a detached buffer": () => detached(new Uint8Array(8)).buffer,
  "a view of a detached buffer": () => detached(new Float64Array(8)),
  "a DataView of a detached buffer": () => detached(new DataView(new ArrayBuffer(8))),
  "what cannot be read again": () => new Unreadable(),
};

/** The same, of kinds of which not even the reason can be made a text. */
export const UNSPEAKABLE: Readonly<Record<string, () => unknown>> = {
  "a tag that throws": () => withGetter(new Plain(), Symbol.toStringTag, throwing(unspeakable)),
  "a class whose name throws": () => withGetter(new Plain(), "constructor", throwing(unspeakable)),
  "a proxy that has nothing": () => new Proxy(new Plain(), { has: throwing(unspeakable) }),
  "a proxy of an array that gives nothing": () => new Proxy([1, 2], { get: throwing(unspeakable) }),
  "an error without a class": () => withGetter(new Error("x"), "constructor", throwing(unspeakable)),
  "an error without keys": () => new Proxy(new Error("x"), { ownKeys: throwing(unspeakable) }),
  "what reduces to nothing": () => new Unreducible(),
};

/** Containers in which something can be hidden, each as deep as the next. */
const WRAPS: readonly ((value: unknown) => unknown)[] = [
  (value) => [value],
  (value) => [1, "two", { three: 3 }, value, , 5],
  (value) => ({ before: 1, value, after: [2] }),
  (value) => new Map([["key", value]]),
  (value) => new Map([[value, "value"]]),
  (value) => new Set([0, value]),
  (value) => Object.assign(Object.create(null), { value }),
];

/** Something that cannot be sent, in containers that are told by their numbers. */
export function hostile(kind: string, wraps: readonly number[]): unknown {
  const make = HOSTILE[kind] ?? UNSPEAKABLE[kind];
  return wraps.reduce<unknown>((value, wrap) => WRAPS[wrap % WRAPS.length]?.(value), make?.());
}

/** Throws what cannot be sent. */
export function throwHostile(kind: string, wraps: readonly number[]): never {
  throw hostile(kind, wraps);
}

/** The same, after a while. */
export async function rejectHostile(kind: string, wraps: readonly number[]): Promise<never> {
  await Promise.resolve();
  throw hostile(kind, wraps);
}

share(import.meta, {
  whoIsIt,
  sameByWhom,
  loopForever,
  exhaustMemory,
  failToStartLater,
  Grievance,
  DeepGrievance,
  throwShape,
  rejectShape,
  Unreadable,
  hostile,
  throwHostile,
  rejectHostile,
});
