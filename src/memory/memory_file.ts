/**
 * A file in memory that has no name (`memfd_create(2)`). Linux only: other systems have nothing of the kind that vanishes by itself
 * with the last of those who use it.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";
import { hasFutexWaitv } from "./futex.ts";
import { cString, failureOf, ffiGranted, libc, needsFfi } from "./libc.ts";
import { mapFile, type Mapping, openFile, pinFile } from "./mapping.ts";

const MAKE = {
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
} as const;

const CLOSE_ON_EXEC = 1; // MFD_CLOEXEC
const READ_WRITE_CLOEXEC = 0x80002; // O_RDWR | O_CLOEXEC
// Sparse: only what is written to takes room.
const FILE_BYTES = 2n ** 37n;

/** Where another process finds such a file, as long as the one that made it lives. */
export interface FileReference {
  readonly pid: number;
  readonly descriptor: number;
}

/** A file in memory. */
export interface MappedFile {
  readonly descriptor: number;
  /** Maps a part; the offset must be that of a page of 64 KiB. */
  map(byteOffset: number, byteLength: number): Mapping;
  /** Address of a page that stays mapped when the memory of `map` is collected. */
  pin(byteOffset: number): number;
}

/** Whether processes can share such files here, and wait for each other by what is in them. */
export function isMappable(): boolean {
  return Deno.build.os === "linux" && ffiGranted() && hasFutexWaitv();
}

/** The error for what needs such a file, where there can be none; `instead` says what else would do. */
export function needsMappable(what: string, instead: string): NotSupportedError {
  if (Deno.build.os === "linux" && !ffiGranted()) return needsFfi(what, instead);
  return new NotSupportedError(
    `Cannot ${what}: processes share memory on Linux 5.16 or later only, where futex_waitv(2) is allowed; ${instead}`,
  );
}

/**
 * Makes a file, or opens one that a process of the program has made.
 *
 * @throws {NotSupportedError} If native code may not be called.
 * @throws The error of the system, if it refuses; another process's file is there only as long as that process.
 */
export function openMemoryFile(other?: FileReference): MappedFile {
  const descriptor = other === undefined ? makeFile() : find(other);
  return {
    descriptor,
    map: (byteOffset, byteLength) => mapFile(descriptor, byteOffset, byteLength, "map shared memory"),
    pin: (byteOffset) => pinFile(descriptor, byteOffset, "map shared memory"),
  };
}

function find({ pid, descriptor }: FileReference): number {
  // Threads have it in common.
  if (pid === Deno.pid) return descriptor;
  return openFile(`/proc/${pid}/fd/${descriptor}`, READ_WRITE_CLOEXEC, "open the shared memory of the program");
}

function makeFile(): number {
  const system = libc(MAKE);
  const descriptor = system.memfd_create(cString("multiprocessing"), CLOSE_ON_EXEC);
  if (descriptor < 0) throw failureOf("make shared memory", "memfd_create");
  if (system.ftruncate(descriptor, FILE_BYTES) !== 0) throw failureOf("make shared memory", "ftruncate");
  return descriptor;
}
