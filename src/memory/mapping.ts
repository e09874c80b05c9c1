/**
 * Memory of the system laid over that of WebAssembly, which begins at a page and is a real SharedArrayBuffer; nothing else is both.
 *
 * @module
 */

import { cString, failureOf, libc } from "./libc.ts";

const SYMBOLS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  mmap: { parameters: ["buffer", "usize", "i32", "i32", "i32", "i64"], result: "usize" },
} as const;

// By itself, as each function takes a part of a millisecond, and most children need only those above.
const CLOSE = { close: { parameters: ["i32"], result: "i32" } } as const;

const PROT_READ_WRITE = 3;
const MAP_SHARED = 0x1;
const MAP_SHARED_FIXED = 0x11;
const MAP_PRIVATE_FIXED_ANONYMOUS = Deno.build.os === "darwin" ? 0x1012 : 0x32;
const MAP_FAILED = 2n ** 64n - 1n;
const NOBODY = -1;
const PAGE_BYTES = 65536; // WebAssembly's, a multiple of the system's

/**
 * Opens a file.
 *
 * @param flags As `open(2)` takes them.
 * @param what What is done, as in `Cannot ${what}: …`.
 */
export function openFile(path: string, flags: number, what: string): number {
  const descriptor = libc(SYMBOLS).open(cString(path), flags);
  if (descriptor < 0) throw failureOf(what, "open");
  return descriptor;
}

/** Gives a descriptor back. */
export function closeDescriptor(descriptor: number): void {
  libc(CLOSE).close(descriptor);
}

/** Part of a file, mapped. */
export interface Mapping {
  readonly buffer: SharedArrayBuffer;
  /** Where it lies in this process. */
  readonly address: number;
}

/**
 * Maps a part of a file. Behind its end, up to that of the buffer, lie zeros of this process alone.
 *
 * @param byteOffset Of a page of 64 KiB.
 * @param what What is done, as in `Cannot ${what}: …`.
 */
export function mapFile(descriptor: number, byteOffset: number, byteLength: number, what: string): Mapping {
  const pages = Math.ceil(byteLength / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  // TypeScript does not know that `shared` makes it a SharedArrayBuffer.
  const buffer = memory.buffer as unknown as SharedArrayBuffer;
  return { buffer, address: mmap(new Uint8Array(buffer), byteLength, MAP_SHARED_FIXED, descriptor, byteOffset, what) };
}

/** Address of a byte of a file whose page stays mapped for good, whichever buffers are collected. */
export function pinFile(descriptor: number, byteOffset: number, what: string): number {
  const page = Math.floor(byteOffset / PAGE_BYTES) * PAGE_BYTES;
  return mmap(null, PAGE_BYTES, MAP_SHARED, descriptor, page, what) + byteOffset - page;
}

/** Gives back what a buffer shows: not taken away, which would be fatal to whoever still has a view, but replaced by zeros. */
export function unmap(buffer: SharedArrayBuffer, what: string): void {
  mmap(new Uint8Array(buffer), buffer.byteLength, MAP_PRIVATE_FIXED_ANONYMOUS, NOBODY, 0, what);
}

function mmap(
  place: Uint8Array<SharedArrayBuffer> | null,
  byteLength: number,
  flags: number,
  descriptor: number,
  byteOffset: number,
  what: string,
): number {
  const address = libc(SYMBOLS).mmap(place, BigInt(byteLength), PROT_READ_WRITE, flags, descriptor, BigInt(byteOffset));
  if (address === MAP_FAILED) throw failureOf(what, "mmap");
  return Number(address);
}
