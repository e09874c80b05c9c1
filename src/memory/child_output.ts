/**
 * What a child writes to its standard error, read by the system's own calls while the thread is blocked, in which the runtime reads
 * nothing: else a child that has filled the pipe would wait for ever. Linux only.
 *
 * @module
 */

import { libc } from "./libc.ts";
import { openPipe, TO_READ } from "./process_pipe.ts";

const SYMBOLS = { read: { parameters: ["i32", "buffer", "usize"], result: "isize" } } as const;

const PIPE_BYTES = 1 << 16;

/** The other end of the pipe that is a child's standard error; `undefined` if the child is no more, or has put something else there. */
export function openErrorPipe(pid: number): number | undefined {
  return openPipe(pid, 2, TO_READ);
}

/** What is there now: no bytes if that is nothing, `undefined` if nothing will come any more. */
export function readAvailable(descriptor: number): Uint8Array | undefined {
  const buffer = new Uint8Array(PIPE_BYTES);
  const size = Number(libc(SYMBOLS).read(descriptor, buffer, BigInt(buffer.length)));
  return size === 0 ? undefined : buffer.subarray(0, Math.max(0, size));
}
