/**
 * What values and arrays with a lock have in common.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { describe } from "../memory/ctype.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { type Lock, RLock } from "./lock.ts";
import type { AcquireOptions } from "./place.ts";

/** How {@linkcode Value} and {@linkcode Array} are locked. */
export interface SynchronizedOptions {
  /** The lock; `true` makes an {@linkcode RLock}, `false` a raw object without a lock. Default `true`. */
  lock?: boolean | Lock | null | undefined;
}

/**
 * A shared object with a lock.
 *
 * @typeParam O The raw object.
 */
export interface WithLock<O> {
  /** The lock, a recursive one if none was given. */
  getLock(): Lock;
  /** The raw object, which is used without the lock. */
  getObj(): O;
  /** Takes the lock; see {@linkcode Lock.acquire}. */
  acquire(options?: AcquireOptions): Promise<boolean>;
  /** Gives the lock back; see {@linkcode Lock.release}. */
  release(): Promise<void>;
  /** Takes the lock for a scope: `await using _ = await value.guard()`. */
  guard(options?: WaitOptions): Promise<AsyncDisposable>;
  /** {@linkcode WithLock.acquire}, blocking the thread. */
  acquireSync(options?: Omit<AcquireOptions, "signal">): boolean;
  /** {@linkcode WithLock.release}, without a promise. */
  releaseSync(): void;
  /** {@linkcode WithLock.guard}, blocking the thread: `using _ = value.guardSync()`. */
  guardSync(options?: Omit<WaitOptions, "signal">): Disposable;
}

/** The lock of an object, as its methods find it. */
interface Locked {
  getLock(): Lock;
}

const lockMethods: Omit<WithLock<unknown>, "getLock" | "getObj"> & ThisType<Locked> = {
  acquire(options) {
    return this.getLock().acquire(options);
  },
  release() {
    return this.getLock().release();
  },
  guard(options) {
    return this.getLock().guard(options);
  },
  acquireSync(options) {
    return this.getLock().acquireSync(options);
  },
  releaseSync() {
    this.getLock().releaseSync();
  },
  guardSync(options) {
    return this.getLock().guardSync(options);
  },
};

/** Gives the objects of a class the methods of their lock. */
export function addLockMethods(cls: { readonly prototype: Locked }): void {
  for (const [name, value] of Object.entries(lockMethods)) {
    Object.defineProperty(cls.prototype, name, { value, configurable: true, writable: true });
  }
}

/**
 * The lock that options ask for; `undefined` for none.
 *
 * @throws {TypeError} If it is no lock.
 */
export function chosenLock(lock: unknown, cls: { readonly startMethod?: string | undefined }): Lock | undefined {
  if (lock === false) return undefined;
  if (lock === true || lock === undefined || lock === null) return new (boundClass(RLock, cls.startMethod))();
  if (isLock(lock)) return lock;
  throw new TypeError(
    `Cannot use ${describe(lock)} as the lock: it cannot be acquired; give true, false, a Lock or an RLock`,
  );
}

function isLock(lock: unknown): lock is Lock {
  if (typeof lock !== "object" || lock === null) return false;
  return "acquire" in lock && typeof lock.acquire === "function" && "release" in lock;
}

/** Whether arguments end with options, as no value of a type looks like. */
export function isOptions(options: unknown): options is SynchronizedOptions {
  if (typeof options !== "object" || options === null || Object.getPrototypeOf(options) !== Object.prototype) {
    return false;
  }
  return Object.keys(options).every((name) => name === "lock");
}
