/**
 * Where the primitives of a start method live, as far as they need to know. Who chooses is further right.
 *
 * @module
 */

import { checkWaitOptions, WAIT_OPTIONS, type WaitOptions } from "../base/deadline.ts";
import { NotSupportedError } from "../base/errors.ts";
import type { Agent } from "./primitive.ts";

/** How long to wait for a lock or an item, and whether at all. */
export interface AcquireOptions extends WaitOptions {
  /** Whether to wait; with `false` the timeout is ignored. Default true. */
  block?: boolean | undefined;
}

/** Where things are made. */
export interface Place {
  /** Who makes and uses them in this thread. */
  readonly agent: Agent;
  /** What a thread that wants to block is told, where it cannot. */
  readonly whyNotBlock: string | undefined;
}

/** A class of things that belong to a start method. */
export interface PlacedClass {
  /** Name of the start method; the default one if absent. */
  readonly startMethod?: string | undefined;
}

let choose: (cls: PlacedClass) => Place = () => {
  throw new Error("Cannot make a shared object: no place was chosen for it");
};

/** Says how the place of a class is found. */
export function setPlaces(chooser: (cls: PlacedClass) => Place): void {
  choose = chooser;
}

/** The place of a class. */
export function placeOf(cls: PlacedClass): Place {
  return choose(cls);
}

const ACQUIRE_OPTIONS = [...WAIT_OPTIONS, "block"];

/** Refuses options that are none; the time to wait is the answer. */
export function waitingTime(options: AcquireOptions): number {
  checkWaitOptions(options, ACQUIRE_OPTIONS);
  const { block = true, timeout = Infinity } = options;
  if (typeof block !== "boolean") {
    throw new TypeError(`Cannot wait: block must be true or false, received ${Deno.inspect(block)}`);
  }
  return block ? timeout : 0;
}

/** Why a thread cannot block on what another process hosts. */
export function cannotBlock(what: string, why: string): NotSupportedError {
  return new NotSupportedError(`Cannot block ${what}: ${why}`);
}
