/**
 * Names of POSIX shared memory: how they are given, found and removed on each system.
 *
 * @module
 */

import { forgetFile, watchFile } from "./janitor.ts";
import { cString, failureOf, libc } from "./libc.ts";

/** A segment that has no name yet. */
export interface Draft {
  readonly descriptor: number;
  /**
   * Gives it its name.
   *
   * @throws {Deno.errors.AlreadyExists} If another has the name.
   */
  publish(): void;
  /** Removes what only the draft needed. */
  discard(): void;
}

/** What a system can do with names. All throw Deno's own error classes, worded `Cannot ${what}: …`. */
export interface PosixNames {
  draft(name: string, what: string): Draft;
  open(name: string, what: string): number;
  unlink(name: string, what: string): void;
  /** The size in bytes, and a number that no other segment has at the time. */
  stat(descriptor: number, what: string): { readonly size: number; readonly inode: bigint };
}

const OWNER_ONLY = 0o600;

/** Those of this system. */
export function posixNames(): PosixNames {
  return Deno.build.os === "darwin" ? macos : linux;
}

// Linux: files in the folder of a file system in memory. Its `shm_open` does no more than this, and is not in every libc.so.
const LINUX = {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  link: { parameters: ["buffer", "buffer"], result: "i32" },
  unlink: { parameters: ["buffer"], result: "i32" },
  // Its own name is missing from older libraries.
  fstat: { name: "syscall", parameters: ["i64", "i32", "buffer"], result: "i64" },
} as const;
const FOLDER = "/dev/shm/";
const MOST_NAME_BYTES = 255;
const LINUX_OPEN = 0o2 | 0o2000000 | (Deno.build.arch === "aarch64" ? 0o100000 : 0o400000); // O_RDWR, O_CLOEXEC, O_NOFOLLOW
const LINUX_CREATE = LINUX_OPEN | 0o300; // O_CREAT, O_EXCL
const SYS_FSTAT = Deno.build.arch === "aarch64" ? 80n : 5n;
const STAT_WORDS = 32;
const STAT_INODE = 1;
const LINUX_STAT_SIZE = 6;

const linux: PosixNames = {
  draft(name, what) {
    const { open, link, unlink } = libc(LINUX);
    const path = cString(linuxPath(name, what));
    const own = `.mp-${crypto.randomUUID()}`;
    const ownPath = cString(FOLDER + own);
    watchFile(`any/${own}`);
    const discard = () => {
      unlink(ownPath);
      forgetFile(`any/${own}`);
    };
    const descriptor = open(ownPath, LINUX_CREATE, OWNER_ONLY);
    if (descriptor < 0) {
      const failure = failureOf(what, "open");
      discard();
      throw failure;
    }
    const publish = () => {
      if (link(ownPath, path) !== 0) throw failureOf(what, "link");
    };
    return { descriptor, publish, discard };
  },
  open(name, what) {
    const descriptor = libc(LINUX).open(cString(linuxPath(name, what)), LINUX_OPEN, 0);
    if (descriptor < 0) throw failureOf(what, "open");
    return descriptor;
  },
  unlink(name, what) {
    if (libc(LINUX).unlink(cString(linuxPath(name, what))) !== 0) throw failureOf(what, "unlink");
  },
  stat(descriptor, what) {
    const words = new BigInt64Array(STAT_WORDS);
    if (libc(LINUX).fstat(SYS_FSTAT, descriptor, words) !== 0n) throw failureOf(what, "fstat");
    return { size: Number(words[LINUX_STAT_SIZE]), inode: words[STAT_INODE] ?? 0n };
  },
};

function linuxPath(name: string, what: string): string {
  const file = name.replace(/^\/+/, "");
  if (/[\0/]/.test(file) || ["", ".", ".."].includes(file) || cString(file).length > MOST_NAME_BYTES + 1) {
    throw new RangeError(
      `Cannot ${what}: the name must have 1 to ${MOST_NAME_BYTES} bytes, without "/" and NUL, and not be "." or ".."`,
    );
  }
  return FOLDER + file;
}

// macOS, untested. What is variadic takes its arguments on the stack on arm64, which begins after eight in registers.
const MACOS = {
  shm_unlink: { parameters: ["buffer"], result: "i32" },
  fstat: {
    name: Deno.build.arch === "x86_64" ? "fstat$INODE64" : "fstat",
    parameters: ["i32", "buffer"],
    result: "i32",
  },
} as const;
const MACOS_X64 = { shm_open: { parameters: ["buffer", "i32", "u32"], result: "i32" } } as const;
const MACOS_ARM64 = {
  shm_open: { parameters: ["buffer", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "u32"], result: "i32" },
} as const;
const MACOS_MOST_NAME_BYTES = 30; // PSHMNAMLEN, less the slash
const MACOS_OPEN = 0x2; // O_RDWR
const MACOS_CREATE = MACOS_OPEN | 0xa00; // O_CREAT, O_EXCL
const MACOS_STAT_SIZE = 12;

const macos: PosixNames = {
  draft(name, what) {
    const descriptor = macosOpen(name, MACOS_CREATE, what);
    return { descriptor, publish: () => {}, discard: () => {} };
  },
  open: (name, what) => macosOpen(name, MACOS_OPEN, what),
  unlink(name, what) {
    if (libc(MACOS).shm_unlink(macosName(name, what)) !== 0) throw failureOf(what, "shm_unlink");
  },
  stat(descriptor, what) {
    const words = new BigInt64Array(STAT_WORDS);
    if (libc(MACOS).fstat(descriptor, words) !== 0) throw failureOf(what, "fstat");
    return { size: Number(words[MACOS_STAT_SIZE]), inode: words[STAT_INODE] ?? 0n };
  },
};

function macosOpen(name: string, flags: number, what: string): number {
  const path = macosName(name, what);
  const descriptor = Deno.build.arch === "aarch64"
    ? libc(MACOS_ARM64).shm_open(path, flags, 0, 0, 0, 0, 0, 0, OWNER_ONLY)
    : libc(MACOS_X64).shm_open(path, flags, OWNER_ONLY);
  if (descriptor < 0) throw failureOf(what, "shm_open");
  return descriptor;
}

function macosName(name: string, what: string): Uint8Array<ArrayBuffer> {
  const path = cString(`/${name}`);
  if (name === "" || name.includes("\0") || path.length > MACOS_MOST_NAME_BYTES + 2) {
    throw new RangeError(`Cannot ${what}: the name must have 1 to ${MACOS_MOST_NAME_BYTES} bytes, without NUL`);
  }
  return path;
}
