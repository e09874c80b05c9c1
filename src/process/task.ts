/**
 * What a child is to run, as it crosses.
 *
 * @module
 */

import type { NodeHandoff } from "../channel/node_handoff.ts";
import { encode } from "../codec/encode.ts";
import { bytesOf } from "../codec/writer.ts";
import type { AnyInit } from "./adopted_init.ts";
import { isOwnClass } from "./own_classes.ts";

/** What the child is told to do; `Process.fromTask` makes a process of it. */
export interface Task {
  /** The class that extends Process, if one does. */
  readonly subclass: unknown;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly target: unknown;
  readonly args: readonly unknown[];
  readonly kwargs: object | undefined;
}

/** The task in bytes, for just this child. */
export function encodeTask(task: Task, handoff: NodeHandoff): Uint8Array {
  return bytesOf((writer) => encode(task, writer, handoff));
}

/** What a child is told to do in place of a process object. */
export function taskOf(process: object, { target, args = [], kwargs }: AnyInit): Task {
  const { constructor } = process;
  return {
    subclass: isOwnClass(constructor) ? undefined : constructor,
    fields: Object.fromEntries(Object.entries(process)),
    target,
    args,
    kwargs,
  };
}

/** Gives an object the fields that another had; one may be named as an accessor of its class is. */
export function giveFields<T extends object>(object: T, fields: Task["fields"]): T {
  for (const [key, value] of Object.entries(fields)) {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return object;
}
