/** The part of `@std/testing/mock` that a checkout needs: spies, stubs and what asserts over them. */
import { assertEquals, AssertionError } from "@std/assert";

/** One call of a spy. */
export interface SpyCall {
  readonly args: unknown[];
  readonly self?: unknown;
  readonly returned?: unknown;
  readonly error?: unknown;
}

/** A function that records its calls. */
export interface Spy<A extends unknown[] = unknown[], R = unknown> extends Disposable {
  (...args: A): R;
  readonly calls: SpyCall[];
  restore(): void;
}

/** Records the calls of a function, or of nothing. */
export function spy<A extends unknown[] = unknown[], R = unknown>(fn?: (...args: A) => R): Spy<A, R> {
  return recorder(fn ?? (() => undefined as R), () => {});
}

/** Replaces a method by a recording one, until `restore()`. */
export function stub<T extends object, K extends keyof T>(
  object: T,
  name: K,
  fn?: (this: T, ...args: unknown[]) => unknown,
): Spy {
  const own = Object.getOwnPropertyDescriptor(object, name);
  const result = recorder(fn ?? (() => undefined), () => {
    if (own) Object.defineProperty(object, name, own);
    else delete object[name];
  });
  Object.defineProperty(object, name, { value: result, configurable: true, writable: true });
  return result;
}

/** Asserts how often a spy was called. */
export function assertSpyCalls(spied: { readonly calls: readonly SpyCall[] }, expected: number): void {
  if (spied.calls.length === expected) return;
  throw new AssertionError(`Expected ${expected} calls, received ${spied.calls.length}`);
}

/** Asserts what one call of a spy was. */
export function assertSpyCall(
  spied: { readonly calls: readonly SpyCall[] },
  index: number,
  expected: { readonly args?: unknown[]; readonly self?: unknown; readonly returned?: unknown } = {},
): void {
  const call = spied.calls[index];
  if (!call) throw new AssertionError(`Expected a call number ${index}, received ${spied.calls.length} calls`);
  if ("args" in expected) assertEquals(call.args, expected.args);
  if ("self" in expected) assertEquals(call.self, expected.self);
  if ("returned" in expected) assertEquals(call.returned, expected.returned);
}

function recorder<A extends unknown[], R>(fn: (...args: A) => R, restore: () => void): Spy<A, R> {
  const calls: SpyCall[] = [];
  const spied = function (this: unknown, ...args: A): R {
    try {
      const returned = fn.apply(this, args);
      calls.push({ args, self: this, returned });
      return returned;
    } catch (error) {
      calls.push({ args, self: this, error });
      throw error;
    }
  };
  return Object.assign(spied, { calls, restore, [Symbol.dispose]: restore });
}
