/**
 * What a child writes to its standard error, read by the system's own calls while the thread is blocked, in which the runtime reads
 * nothing: else a child that has filled the pipe would wait for ever. Linux only.
 *
 * @module
 */

import { libc } from "./libc.ts";
import { closeDescriptor, openFile } from "./mapping.ts";

const SYMBOLS = {
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
} as const;

const READ_NONBLOCK_CLOEXEC = 0x80800; // O_RDONLY | O_NONBLOCK | O_CLOEXEC
const SEEK_CUR = 1;
const PIPE_BYTES = 1 << 16;

/** The other end of the pipe that is a child's standard error; `undefined` if the child is no more, or has put something else there. */
export function openErrorPipe(pid: number): number | undefined {
  try {
    const descriptor = openFile(`/proc/${pid}/fd/2`, READ_NONBLOCK_CLOEXEC, "read from a child");
    // What has a position is a file.
    if (libc(SYMBOLS).lseek(descriptor, 0n, SEEK_CUR) < 0n) return descriptor;
    closeDescriptor(descriptor);
    return undefined;
  } catch {
    return undefined;
  }
}

/** What is there now: no bytes if that is nothing, `undefined` if nothing will come any more. */
export function readAvailable(descriptor: number): Uint8Array | undefined {
  const buffer = new Uint8Array(PIPE_BYTES);
  const size = Number(libc(SYMBOLS).read(descriptor, buffer, BigInt(buffer.length)));
  return size === 0 ? undefined : buffer.subarray(0, Math.max(0, size));
}
