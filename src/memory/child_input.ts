/**
 * Writing to the standard input of a child by the system's own call, so that it is told before this thread does anything else: what
 * the runtime writes, it may put off to its event loop, to which a thread that is about to block does not come. Linux only.
 *
 * @module
 */

import { libc } from "./libc.ts";
import { closeDescriptor } from "./mapping.ts";
import { openPipe, TO_WRITE } from "./process_pipe.ts";

const SYMBOLS = { write: { parameters: ["i32", "buffer", "usize"], result: "isize" } } as const;

/**
 * Writes what there is room for.
 *
 * @returns How many bytes; none if the child is no more.
 */
export function writeToInput(pid: number, bytes: Uint8Array<ArrayBuffer>): number {
  const input = openPipe(pid, 0, TO_WRITE);
  if (input === undefined) return 0;
  const written = libc(SYMBOLS).write(input, bytes, BigInt(bytes.length));
  closeDescriptor(input);
  return Math.max(0, Number(written));
}
