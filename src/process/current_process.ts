/**
 * The running process and its parent, as objects.
 *
 * @module
 */

import { identity } from "../base/identity.ts";
import { AdoptedInit } from "./adopted_init.ts";
import { relatives } from "./family.ts";
import { Process } from "./process.ts";

let current: Process | undefined;
let parent: Process | undefined;

/**
 * The process object of the running process, as Python's `multiprocessing.current_process`.
 *
 * @example The main process
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { currentProcess } from "@multiprocessing/deno";
 *
 * assertEquals(currentProcess().name, "MainProcess");
 * ```
 */
export function currentProcess(): Process {
  current ??= new Process(new AdoptedInit("current", identity.address, identity.name, Deno.pid));
  return current;
}

/** The process object of the parent, as Python's `multiprocessing.parent_process`; `null` in the main process. */
export function parentProcess(): Process | null {
  if (identity.parent === undefined) return null;
  const { address, name, pid } = identity.parent;
  parent ??= new Process(new AdoptedInit("parent", address, name, pid));
  return parent;
}

/** The processes that this one has started and that have not ended, as Python's `multiprocessing.active_children`. */
export function activeChildren(): Process[] {
  return relatives().flatMap(({ subject }) => subject instanceof Process ? subject : []);
}

/** How many processors the machine has, as Python's `multiprocessing.cpu_count`. */
export function cpuCount(): number {
  return navigator.hardwareConcurrency;
}

/** In a child: the process that the parent described is the running one. */
export function become(process: Process): void {
  current = process;
}
