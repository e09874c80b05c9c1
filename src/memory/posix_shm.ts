/**
 * POSIX shared memory, `shm_overview(7)`: segments that unrelated programs find by name, of whatever language. On Linux they are files
 * in memory; on macOS, which is untested, they are reached by `shm_open`, and nothing watches over them but the end of the program.
 *
 * A segment is mapped over the memory of WebAssembly, which begins at a page and is a SharedArrayBuffer. Only the segment's own pages
 * are; beyond its end lie zeros of this process alone, so no touch is fatal.
 *
 * @module
 */

import { forgetFile, watchFile } from "./janitor.ts";
import { Errno, failureOf, ffiGranted, libc, needsFfi } from "./libc.ts";
import { type Segment, type SegmentStore, withName } from "./shareable_segment.ts";
import { posixNames } from "./posix_names.ts";

const SYMBOLS = {
  close: { parameters: ["i32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  mmap: { parameters: ["buffer", "usize", "i32", "i32", "i32", "i64"], result: "usize" },
} as const;
const RESERVE = { posix_fallocate: { parameters: ["i32", "i64", "i64"], result: "i32" } } as const;

const PROT_READ_WRITE = 3;
const MAP_SHARED_FIXED = 0x11;
const MAP_PRIVATE_FIXED_ANONYMOUS = Deno.build.os === "darwin" ? 0x1012 : 0x32;
const MAP_FAILED = 2n ** 64n - 1n;
const NOBODY = -1;
const WASM_PAGE_BYTES = 65536;
/** More than a SharedArrayBuffer over the memory of WebAssembly can have. */
const MOST_BYTES = 2 ** 32;
/** Keys of the names that go when this process ends; the value is how many segments say so. */
const tracked = new Map<string, { readonly name: string; count: number }>();

/** POSIX shared memory. */
export const posixShm: SegmentStore = {
  create(name, size, isTracked) {
    checkSupport("create shared memory");
    if (size > MOST_BYTES) {
      throw new RangeError(`Cannot create shared memory: size is ${size} bytes; at most ${MOST_BYTES} can be mapped`);
    }
    return withName(name, (name) => create(name, size, isTracked));
  },
  open(name, isTracked) {
    const what = `attach shared memory ${JSON.stringify(name)}`;
    checkSupport(what);
    const descriptor = posixNames().open(name, what);
    const segment = withDescriptor(descriptor, () => {
      const { size, inode } = posixNames().stat(descriptor, what);
      return new PosixSegment(name, map(descriptor, size, what), size, inode);
    });
    segment.tracked = isTracked;
    return segment;
  },
  unlink(name) {
    const what = `unlink shared memory ${JSON.stringify(name)}`;
    checkSupport(what);
    posixNames().unlink(name, what);
    for (const [key, entry] of tracked) if (entry.name === name) forget(key);
  },
};

/**
 * The segment gets its name when it is whole, so whoever opens it never finds it empty. It is watched over before it has the name,
 * by the number of its file: another's of that name is never taken for it.
 */
function create(name: string, size: number, isTracked: boolean): Segment {
  const what = `create shared memory ${JSON.stringify(name)}`;
  const draft = posixNames().draft(name, what);
  try {
    return withDescriptor(draft.descriptor, () => {
      reserve(draft.descriptor, size, what);
      const { inode } = posixNames().stat(draft.descriptor, what);
      const segment = new PosixSegment(name, map(draft.descriptor, size, what), size, inode);
      segment.tracked = isTracked;
      try {
        draft.publish();
      } catch (error) {
        segment.tracked = false;
        segment.close();
        throw error;
      }
      return segment;
    });
  } finally {
    draft.discard();
  }
}

/** With its memory: where there is not enough, this fails, while to touch what is not there would end the process. */
function reserve(descriptor: number, size: number, what: string): void {
  if (libc(SYMBOLS).ftruncate(descriptor, BigInt(size)) !== 0) throw failureOf(what, "ftruncate");
  if (Deno.build.os !== "linux") return;
  let code: number;
  do code = libc(RESERVE).posix_fallocate(descriptor, 0n, BigInt(size)); while (code === Errno.EINTR);
  if (code === Errno.ENOSPC) {
    throw new RangeError(
      `Cannot ${what}: the system has no room for ${size} bytes in /dev/shm`,
    );
  }
  // Any other failure is that of a file system which cannot reserve.
}

function map(descriptor: number, size: number, what: string): SharedArrayBuffer {
  if (size === 0) {
    throw new RangeError(`Cannot ${what}: it has 0 bytes, perhaps because it is still being created; try again`);
  }
  if (size > MOST_BYTES) {
    throw new RangeError(`Cannot ${what}: its size is ${size} bytes; at most ${MOST_BYTES} can be mapped`);
  }
  const pages = Math.ceil(size / WASM_PAGE_BYTES);
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  // TypeScript does not know that `shared` makes it a SharedArrayBuffer.
  const shared = buffer as unknown as SharedArrayBuffer;
  const bytes = new Uint8Array(shared);
  const at = libc(SYMBOLS).mmap(bytes, BigInt(size), PROT_READ_WRITE, MAP_SHARED_FIXED, descriptor, 0n);
  if (at === MAP_FAILED) throw failureOf(what, "mmap");
  return shared;
}

class PosixSegment implements Segment {
  readonly name: string;
  readonly size: number;
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset = 0;
  readonly #key: string;
  #tracked = false;
  #mapped = true;

  constructor(name: string, buffer: SharedArrayBuffer, size: number, inode: bigint) {
    this.name = name;
    this.size = size;
    this.buffer = buffer;
    this.#key = `${inode}/${name}`;
  }

  get tracked(): boolean {
    return this.#tracked;
  }

  set tracked(value: boolean) {
    if (value === this.#tracked) return;
    this.#tracked = value;
    if (value) track(this.#key, this.name);
    else untrack(this.#key);
  }

  close(): void {
    if (!this.#mapped) return;
    this.#mapped = false;
    const bytes = new Uint8Array(this.buffer);
    const length = BigInt(bytes.byteLength);
    // Not taken away, which would be fatal to whoever still has a view, but replaced by other memory.
    const at = libc(SYMBOLS).mmap(bytes, length, PROT_READ_WRITE, MAP_PRIVATE_FIXED_ANONYMOUS, NOBODY, 0n);
    if (at === MAP_FAILED) throw failureOf(`close shared memory ${JSON.stringify(this.name)}`, "mmap");
  }
}

function track(key: string, name: string): void {
  const entry = tracked.get(key);
  if (entry !== undefined) {
    entry.count++;
    return;
  }
  // The janitor sees to all ends; by then the process is gone, and a program that ends by itself should leave nothing at all.
  if (tracked.size === 0) addEventListener("unload", removeTracked);
  tracked.set(key, { name, count: 1 });
  if (Deno.build.os === "linux") watchFile(key);
}

function untrack(key: string): void {
  const entry = tracked.get(key);
  if (entry !== undefined && --entry.count === 0) forget(key);
}

function forget(key: string): void {
  if (!tracked.delete(key)) return;
  if (tracked.size === 0) removeEventListener("unload", removeTracked);
  if (Deno.build.os === "linux") forgetFile(key);
}

function removeTracked(): void {
  for (const [key, { name }] of tracked) {
    try {
      const what = "look after shared memory";
      const descriptor = posixNames().open(name, what);
      const inode = withDescriptor(descriptor, () => posixNames().stat(descriptor, what).inode);
      if (`${inode}/${name}` === key) posixNames().unlink(name, what);
    } catch {
      // It is gone already.
    }
  }
}

function withDescriptor<T>(descriptor: number, use: () => T): T {
  try {
    return use();
  } finally {
    libc(SYMBOLS).close(descriptor);
  }
}

function checkSupport(what: string): void {
  if (!ffiGranted()) throw needsFfi(what, "use the context worker for threads of one program");
}
