/**
 * POSIX shared memory, `shm_overview(7)`: segments that unrelated programs find by name, of whatever language. On Linux they are files
 * in memory; on macOS, which is untested, they are reached by `shm_open`, and nothing watches over them but the end of the program.
 *
 * What is mapped are the segment's own pages; in the buffer behind them lie zeros of this process alone, so no touch is fatal.
 *
 * @module
 */

import { forgetFile, watchFile } from "./janitor.ts";
import { Errno, failureOf, ffiGranted, libc, needsFfi } from "./libc.ts";
import { closeDescriptor, mapFile, unmap } from "./mapping.ts";
import { type Segment, type SegmentStore, withName } from "./shareable_segment.ts";
import { posixNames } from "./posix_names.ts";

const SYMBOLS = {
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
} as const;
const RESERVE = { posix_fallocate: { parameters: ["i32", "i64", "i64"], result: "i32" } } as const;

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
  return mapFile(descriptor, 0, size, what).buffer;
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
    unmap(this.buffer, `close shared memory ${JSON.stringify(this.name)}`);
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
    closeDescriptor(descriptor);
  }
}

function checkSupport(what: string): void {
  if (!ffiGranted()) throw needsFfi(what, "use the context worker for threads of one program");
}
