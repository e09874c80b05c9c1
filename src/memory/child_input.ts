/**
 * Writing to the standard input of a child by the system's own call, so that it is told before this thread does anything else: what
 * the runtime writes, it may put off to its event loop, to which a thread that is about to block does not come. Linux only.
 *
 * @module
 */

import { libc } from "./libc.ts";
import { closeDescriptor, openFile } from "./mapping.ts";

const SYMBOLS = { write: { parameters: ["i32", "buffer", "usize"], result: "isize" } } as const;

const WRITE_NONBLOCK_CLOEXEC = 0x80801; // O_WRONLY | O_NONBLOCK | O_CLOEXEC

/**
 * Writes what there is room for.
 *
 * @returns How many bytes; none if the child is no more.
 */
export function writeToInput(pid: number, bytes: Uint8Array<ArrayBuffer>): number {
  let input: number;
  try {
    input = openFile(`/proc/${pid}/fd/0`, WRITE_NONBLOCK_CLOEXEC, "write to a child");
  } catch {
    return 0;
  }
  const written = libc(SYMBOLS).write(input, bytes, BigInt(bytes.length));
  closeDescriptor(input);
  return Math.max(0, Number(written));
}
