/**
 * Proxies of locks and their kin.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { TimeoutError } from "../base/errors.ts";
import { asyncGuard } from "../sync/guard.ts";
import type { AcquireOptions } from "../sync/place.ts";
import { BaseProxy, useProxyClass } from "./proxy.ts";

/** Something to take and give back that a manager holds; who has it is the process that took it. */
export class HeldProxy extends BaseProxy {
  /** The methods that are reached. */
  static override readonly exposed: readonly string[] | undefined = ["acquire", "release"];
  /** The methods whose abort waits for the manager's word. */
  protected static override readonly waits: readonly string[] = ["acquire", "wait"];

  /** Takes the lock; whether it was taken. */
  async acquire(options: AcquireOptions = {}): Promise<boolean> {
    return await this.callMethod("acquire", [options]) === true;
  }

  /** Gives it back. */
  async release(): Promise<void> {
    await this.callMethod("release");
  }

  /**
   * Takes the lock until the end of a scope.
   *
   * @throws {TimeoutError} If it was not to be had in time.
   */
  async guard(options: WaitOptions = {}): Promise<AsyncDisposable> {
    if (await this.acquire(options)) return asyncGuard(this);
    throw new TimeoutError(`Cannot take the lock: it was not free within ${options.timeout} ms`);
  }
}

/** A lock that a manager holds. */
export class LockProxy extends HeldProxy {
  /** The methods that are reached. */
  static override readonly exposed: readonly string[] | undefined = ["acquire", "release", "locked", "wasAbandoned"];

  /** Whether somebody has it. */
  async locked(): Promise<boolean> {
    return await this.callMethod("locked") === true;
  }

  /** Whether whoever had it before has died, so that what it guards may be half-written. */
  get abandoned(): Promise<boolean> {
    return this.callMethod("wasAbandoned").then((answer) => answer === true);
  }
}

/** A lock that its holder can take again. */
export class RLockProxy extends LockProxy {}

/** A semaphore that a manager holds. */
export class SemaphoreProxy extends HeldProxy {
  /** The methods that are reached. */
  static override readonly exposed: readonly string[] | undefined = ["acquire", "release", "locked", "getValue"];

  /** Gives permits back. */
  override async release(n = 1): Promise<void> {
    await this.callMethod("release", [n]);
  }

  /** Whether somebody has it. */
  async locked(): Promise<boolean> {
    return await this.callMethod("locked") === true;
  }

  /** How many permits there are. */
  override async getValue(): Promise<number> {
    return Number(await this.callMethod("getValue"));
  }
}

/** A semaphore that takes no more permits back than it gave. */
export class BoundedSemaphoreProxy extends SemaphoreProxy {}

/** A condition that a manager holds, with its lock. */
export class ConditionProxy extends HeldProxy {
  /** The methods that are reached. */
  static override readonly exposed: readonly string[] | undefined = [
    "acquire",
    "release",
    "wait",
    "notify",
    "notifyAll",
  ];

  /** Gives the lock back, waits for a notification, and takes the lock again; whether there was one. */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    return await this.callMethod("wait", [options]) === true;
  }

  /** Waits until `predicate`, which runs here, holds; its last answer. */
  async waitFor(predicate: () => boolean | Promise<boolean>, options: WaitOptions = {}): Promise<boolean> {
    const { timeout = Infinity, signal } = options;
    const end = performance.now() + timeout;
    for (;;) {
      if (await predicate()) return true;
      const left = end - performance.now();
      if (left <= 0) return false;
      await this.wait({ ...timeout !== Infinity && { timeout: left }, ...signal && { signal } });
    }
  }

  /** Wakes so many who wait. */
  async notify(n = 1): Promise<void> {
    await this.callMethod("notify", [n]);
  }

  /** Wakes all who wait. */
  async notifyAll(): Promise<void> {
    await this.callMethod("notifyAll");
  }
}

/** An event that a manager holds. */
export class EventProxy extends BaseProxy {
  /** The methods that are reached. */
  static override readonly exposed: readonly string[] | undefined = ["isSet", "set", "clear", "wait"];
  /** The methods whose abort waits for the manager's word. */
  protected static override readonly waits: readonly string[] = ["acquire", "wait"];

  /** Whether it is set. */
  async isSet(): Promise<boolean> {
    return await this.callMethod("isSet") === true;
  }

  /** Sets it. */
  async set(): Promise<void> {
    await this.callMethod("set");
  }

  /** Clears it. */
  async clear(): Promise<void> {
    await this.callMethod("clear");
  }

  /** Waits until it is set; whether it is. */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    return await this.callMethod("wait", [options]) === true;
  }
}

/** A barrier that a manager holds. */
export class BarrierProxy extends BaseProxy {
  /** The methods that are reached. */
  static override readonly exposed: readonly string[] | undefined = [
    "wait",
    "abort",
    "reset",
    "nWaiting",
    "broken",
    "getParties",
  ];
  /** The methods whose abort waits for the manager's word. */
  protected static override readonly waits: readonly string[] = ["acquire", "wait"];

  /** Waits until all have arrived; the number of this one among them. */
  async wait(options: WaitOptions = {}): Promise<number> {
    return Number(await this.callMethod("wait", [options]));
  }

  /** Breaks it. */
  async abort(): Promise<void> {
    await this.callMethod("abort");
  }

  /** Mends it. */
  async reset(): Promise<void> {
    await this.callMethod("reset");
  }

  /** How many wait. */
  async nWaiting(): Promise<number> {
    return Number(await this.callMethod("nWaiting"));
  }

  /** Whether it is broken. */
  async broken(): Promise<boolean> {
    return await this.callMethod("broken") === true;
  }

  /** How many have to arrive. */
  get parties(): Promise<number> {
    return this.callMethod("getParties").then(Number);
  }
}

useProxyClass("Lock", LockProxy);
useProxyClass("RLock", RLockProxy);
useProxyClass("Semaphore", SemaphoreProxy);
useProxyClass("BoundedSemaphore", BoundedSemaphoreProxy);
useProxyClass("Condition", ConditionProxy);
useProxyClass("Event", EventProxy);
useProxyClass("Barrier", BarrierProxy);
