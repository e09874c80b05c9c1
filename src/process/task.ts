/**
 * What a child is to run, as it crosses.
 *
 * @module
 */

import type { NodeHandoff } from "../channel/node_handoff.ts";
import { encode } from "../codec/encode.ts";
import { bytesOf } from "../codec/writer.ts";

/** What the child is told to do; `Process.fromTask` makes a process of it. */
export interface Task {
  /** The class that extends Process, if one does. */
  readonly subclass: unknown;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly target: unknown;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>> | undefined;
}

/** The task in bytes, for just this child. */
export function encodeTask(task: Task, handoff: NodeHandoff): Uint8Array {
  return bytesOf((writer) => encode(task, writer, handoff));
}
