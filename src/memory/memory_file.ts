/**
 * A file in memory that has no name (`memfd_create(2)`), and its mapping. Linux only: other systems have nothing of the kind that
 * vanishes by itself with the last of those who use it.
 *
 * @module
 */

import { failureOf, ffiGranted, libc } from "./libc.ts";

const SYMBOLS = {
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  mmap: { parameters: ["buffer", "usize", "i32", "i32", "i32", "i64"], result: "usize" },
} as const;

const CLOSE_ON_EXEC = 1; // MFD_CLOEXEC
const READ_WRITE_CLOEXEC = 0x80002; // O_RDWR | O_CLOEXEC
const PROT_READ_WRITE = 3;
const MAP_SHARED_FIXED = 0x11;
const PAGE_BYTES = 65536; // WebAssembly's, a multiple of the system's
// Sparse: only what is written to takes room.
const FILE_BYTES = 2n ** 37n;

/** Part of a file, mapped. */
export interface Mapping {
  readonly buffer: SharedArrayBuffer;
  /** Where it lies in this process. */
  readonly address: number;
}

/** A file in memory. */
export interface MappedFile {
  readonly descriptor: number;
  /** Maps a part; the offset must be that of a page of 64 KiB. */
  map(byteOffset: number, byteLength: number): Mapping;
  /** Address of a page that stays mapped when the memory of `map` is collected. */
  pin(byteOffset: number): number;
}

/** Whether there can be such files here. */
export function isMappable(): boolean {
  return Deno.build.os === "linux" && ffiGranted();
}

/**
 * Makes a file, or opens one of another process.
 *
 * @throws {NotSupportedError} If native code may not be called.
 * @throws The error of the system, if it refuses; another process's file is there only as long as that process.
 */
export function openMemoryFile(other?: { readonly pid: number; readonly descriptor: number }): MappedFile {
  const system = libc(SYMBOLS);
  const descriptor = other === undefined
    ? system.memfd_create(text("multiprocessing"), CLOSE_ON_EXEC)
    : system.open(text(`/proc/${other.pid}/fd/${other.descriptor}`), READ_WRITE_CLOEXEC);
  if (descriptor < 0) {
    if (other === undefined) throw failureOf("make shared memory", "memfd_create");
    throw failureOf("open the shared memory of the program", "open");
  }
  if (other === undefined && system.ftruncate(descriptor, FILE_BYTES) !== 0) {
    throw failureOf("make shared memory", "ftruncate");
  }
  return {
    descriptor,
    pin: (byteOffset) => pin(descriptor, byteOffset),
    map: (byteOffset, byteLength) => map(descriptor, byteOffset, byteLength),
  };
}

function map(descriptor: number, byteOffset: number, byteLength: number): Mapping {
  const pages = Math.ceil(byteLength / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  // Deno's types know of unshared memory only.
  const buffer = memory.buffer as unknown as SharedArrayBuffer;
  const address = Number(
    libc(SYMBOLS).mmap(
      new Uint8Array(buffer) as unknown as Uint8Array<ArrayBuffer>,
      BigInt(buffer.byteLength),
      PROT_READ_WRITE,
      MAP_SHARED_FIXED,
      descriptor,
      BigInt(byteOffset),
    ),
  );
  if (address < 0 || address >= 2 ** 53) throw failureOf("map shared memory", "mmap");
  return { buffer, address };
}

function pin(descriptor: number, byteOffset: number): number {
  const page = Math.floor(byteOffset / PAGE_BYTES) * PAGE_BYTES;
  const address = Number(libc(SYMBOLS).mmap(null, BigInt(PAGE_BYTES), PROT_READ_WRITE, 1, descriptor, BigInt(page)));
  if (address < 0 || address >= 2 ** 53) throw failureOf("map shared memory", "mmap");
  return address + byteOffset - page;
}

function text(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${value}\0`);
}
