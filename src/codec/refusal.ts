/**
 * Why a value cannot be sent, and where in it that lies.
 *
 * @module
 */

import { heldBy, isPlatformObject } from "./kinds.ts";

/** Something in a value that cannot be sent. */
export class Refusal extends Error {
  /** What is in the way; looked for to tell the path. */
  readonly culprit: unknown;
  /** The property of the culprit, if reading that failed. */
  readonly key: string | undefined;
  /** Objects whose reducers gave what the culprit is in, the innermost first: there is no other path to it. */
  readonly holders: object[] = [];

  constructor(reason: string, culprit: unknown, options: ErrorOptions & { key?: string } = {}) {
    super(reason, options);
    this.culprit = culprit;
    this.key = options.key;
  }
}

/** For objects whose class does not say how they cross. */
export function foreign(object: object): Refusal {
  const name = classNameOf(object);
  if (isPlatformObject(object)) {
    const instead = object instanceof SharedArrayBuffer
      ? "memory that processes share is made by RawArray or SharedMemory"
      : "send what it holds, as bytes or text";
    return new Refusal(`a ${name} cannot be sent to another process; ${instead}`, object);
  }
  const instead = insteadOf(object);
  if (instead !== undefined) return new Refusal(instead, object);
  if (object instanceof Symbol) return new Refusal("a Symbol object cannot be sent; send the symbol in it", object);
  return new Refusal(
    `it is of class ${name}, which does not say how it crosses; call registerReducer(${name}, …), ` +
      "or give the class [reduce]() and static [revive](), or send a plain object",
    object,
  );
}

/** For what a program has in place of a value. */
function insteadOf(object: object): string | undefined {
  try {
    if (object instanceof Promise) return "it is a Promise, which cannot be sent to another process; await it first";
    const isGenerator = Object.prototype.toString.call(object) === "[object AsyncGenerator]";
    if (!isGenerator && !(object instanceof Iterator)) return undefined;
    return "it is an iterator, which cannot be sent to another process; send an array of what it gives";
  } catch {
    // A proxy that refuses to be looked at.
    return undefined;
  }
}

function classNameOf(object: object): string {
  try {
    return object.constructor?.name || "object";
  } catch {
    // A proxy that refuses to be looked at.
    return "object";
  }
}

/** Does what is done for an object on whose behalf something else is sent. */
export function within(object: object, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) error.holders.push(object);
    throw error;
  }
}

/** For what is nested so deep that it could only be sent in parts. */
export function tooDeep(object: object): Refusal {
  return new Refusal("it is nested too deep within an error or an object with a reducer", object);
}

interface Step {
  readonly value: unknown;
  readonly before: Step | undefined;
  readonly name: string;
}

/** The error for the caller: with the path to what is in the way, found only now so that sending need not keep track. */
export function withPath(refusal: Refusal, root: unknown, destination: string): TypeError {
  const path = pathOf(refusal, root);
  const limit = Error.stackTraceLimit;
  // Far enough to tell whose call it was.
  Error.stackTraceLimit = 100;
  try {
    const { cause, message } = refusal;
    return new TypeError(`Cannot send ${path} to ${destination}: ${message}`, cause === undefined ? {} : { cause });
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function pathOf({ culprit, key, holders }: Refusal, root: unknown): string {
  const path = pathTo(root, culprit);
  if (path !== undefined) return path + (key === undefined ? "" : stepName(key));
  for (const holder of holders) {
    const path = pathTo(root, holder);
    if (path !== undefined) return path;
  }
  return "$…";
}

function pathTo(root: unknown, culprit: unknown): string | undefined {
  const seen = new Set<unknown>();
  const steps: Step[] = [{ value: root, before: undefined, name: "$" }];
  for (let next = 0; next < steps.length; next++) {
    const step = steps[next] as Step;
    if (Object.is(step.value, culprit)) return textOf(step);
    if (typeof step.value !== "object" || step.value === null || seen.has(step.value)) continue;
    seen.add(step.value);
    for (const [name, value] of partsOf(step.value)) steps.push({ value, before: step, name });
  }
  return undefined;
}

function textOf(last: Step): string {
  const names: string[] = [];
  for (let step: Step | undefined = last; step !== undefined; step = step.before) names.push(step.name);
  return names.reverse().join("");
}

function* partsOf(value: object): Generator<[string, unknown]> {
  if (value instanceof Map) {
    for (const [key, item] of itemsOf(() => heldBy(value))) {
      yield [`.get(${label(key)})`, item];
      yield [`.key(${label(key)})`, key];
    }
  } else if (value instanceof Set) {
    for (const item of itemsOf(() => heldBy(value))) yield [`.has(${label(item)})`, item];
  } else if (!ArrayBuffer.isView(value)) {
    yield* propertiesOf(value);
  }
}

function itemsOf<T>(give: () => Iterable<T>): Iterable<T> {
  try {
    return give();
  } catch {
    // It has but the prototype, and is the culprit itself if it was reached.
    return [];
  }
}

function* propertiesOf(value: object): Generator<[string, unknown]> {
  let keys: (string | symbol)[] = [];
  try {
    keys = value instanceof Error ? Reflect.ownKeys(value) : Object.keys(value);
  } catch {
    // A revoked proxy has no parts; it is the culprit itself.
  }
  for (const key of keys) {
    if (typeof key !== "string") continue;
    try {
      yield [Array.isArray(value) ? `[${key}]` : stepName(key), Reflect.get(value, key)];
    } catch {
      // A getter that throws hides what is behind it, and was the culprit if it was reached.
    }
  }
}

function stepName(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : /^\d+$/.test(key) ? `[${key}]` : `[${JSON.stringify(key)}]`;
}

function label(key: unknown): string {
  return typeof key === "string"
    ? JSON.stringify(key)
    : typeof key === "object"
    ? "{…}"
    : typeof key === "function"
    ? key.name
    : String(key);
}

/** What went wrong, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : Deno.inspect(error);
}
