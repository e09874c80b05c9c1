/**
 * The pipes of other processes, whose other ends can be opened by way of the process (`/proc/<pid>/fd`). Linux only.
 *
 * @module
 */

import { libc } from "./libc.ts";
import { closeDescriptor, openFile } from "./mapping.ts";

const SYMBOLS = { lseek: { parameters: ["i32", "i64", "i32"], result: "i64" } } as const;

const SEEK_CUR = 1;

/** To read from a pipe without waiting: `O_RDONLY | O_NONBLOCK | O_CLOEXEC`. */
export const TO_READ = 0x80800;
/** To write to one without waiting: `O_WRONLY | O_NONBLOCK | O_CLOEXEC`. */
export const TO_WRITE = 0x80801;

/**
 * Opens a pipe of another process.
 *
 * @param descriptor Its number there.
 * @returns The descriptor here; `undefined` if that process is no more, or has no pipe by that number (any more).
 */
export function openPipe(pid: number, descriptor: number, way: typeof TO_READ | typeof TO_WRITE): number | undefined {
  try {
    const opened = openFile(`/proc/${pid}/fd/${descriptor}`, way, "open a pipe of another process");
    // What has a position is a file.
    if (libc(SYMBOLS).lseek(opened, 0n, SEEK_CUR) < 0n) return opened;
    closeDescriptor(opened);
  } catch {
    // That process is no more.
  }
  return undefined;
}
