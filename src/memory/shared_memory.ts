/**
 * {@linkcode SharedMemory}: memory that any process finds by a name.
 *
 * @module
 */

import { checkOptions } from "../base/check.ts";
import { InvalidStateError } from "../base/errors.ts";
import { registerSharedClass } from "../codec/reducer.ts";
import { posixShm } from "./posix_shm.ts";
import { type Segment, segmentStore } from "./shareable_segment.ts";
import { boundClass } from "./start_method_class.ts";

/** How {@linkcode SharedMemory} is made or found. */
export interface SharedMemoryOptions {
  /** Name of the block. Without one, a new block gets a name that no other has. */
  readonly name?: string | undefined;
  /** Whether a new block is made, instead of finding one; `false` by default. */
  readonly create?: boolean | undefined;
  /** Size of a new block in bytes, at most 4 GiB; not used for one that is found. */
  readonly size?: number | undefined;
  /** Whether the block is removed when this process ends, in whatever way; by default as `create`. */
  readonly track?: boolean | undefined;
}

/**
 * A block of memory that any process on the machine finds by its name, as Python's `multiprocessing.shared_memory.SharedMemory`; and
 * it is the same one, so that Python programs and this one can share a block.
 *
 * - It needs `--allow-ffi`, or `--allow-ffi=` with the path of the C library. Without that, a block of context `worker` is found by
 *   the threads of this process only, and begins somewhere in its buffer, at `buf.byteOffset`.
 * - A block has one owner: the process that created it. When that ends in any way, SIGKILL included, the block is removed, unless it
 *   was unlinked before; that of a thread which is killed, when the program ends. Those who only found it never remove it by ending, as
 *   they do in Python before 3.13.
 * - Ownership is handed over by {@linkcode SharedMemory.track}: the new owner sets it, then the old one clears it.
 * - Sent to another process, it arrives as the same block, found by its name.
 * - {@linkcode SharedMemory.buf} is an ordinary `Uint8Array`: numbers over 255 are cut to 8 bits instead of refused.
 *
 * @example A block, found a second time by its name
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { SharedMemory } from "@multiprocessing/deno";
 *
 * using block = new SharedMemory({ create: true, size: 10 });
 * block.buf.set([22, 33, 44]);
 * {
 *   using same = new SharedMemory({ name: block.name });
 *   assertEquals([...same.buf.subarray(0, 3)], [22, 33, 44]);
 *   same.buf[0] = 7;
 * }
 * assertEquals(block.buf[0], 7);
 * block.unlink();
 * ```
 */
export class SharedMemory implements Disposable {
  /** The start method whose processes find the block; the default one if absent. */
  static readonly startMethod: string | undefined = undefined;

  readonly #segment: Segment;
  readonly #startMethod: string | undefined;
  #buf: Uint8Array<SharedArrayBuffer> | undefined;

  /**
   * Makes a block of zeros, or finds one.
   *
   * @param options Its name, and whether and how large it is to be made.
   * @throws {TypeError} If an option is of the wrong kind, or there is neither a name nor `create`.
   * @throws {RangeError} If `size` is no positive integer, if the name cannot be one, or if there is no room.
   * @throws {Deno.errors.AlreadyExists} If a block is to be made and there is one of that name.
   * @throws {Deno.errors.NotFound} If there is no block of that name.
   * @throws {NotSupportedError} If the permissions do not allow it; the message names the flag.
   */
  constructor(options: SharedMemoryOptions = {}) {
    checkOptions("use shared memory", options, '{ name: "psm_1" }', ["name", "create", "size", "track"]);
    const { name, create = false, size = 0, track = create } = options;
    checkParts(name, create, size, track);
    this.#startMethod = new.target.startMethod;
    const store = segmentStore(this.#startMethod, posixShm);
    this.#segment = create ? store.create(name, size, track) : store.open(name ?? "", track);
    const { buffer, byteOffset, size: bytes } = this.#segment;
    this.#buf = new Uint8Array(buffer, byteOffset, bytes);
  }

  /**
   * The memory itself.
   *
   * @throws {InvalidStateError} If it is closed.
   */
  get buf(): Uint8Array<SharedArrayBuffer> {
    if (this.#buf !== undefined) return this.#buf;
    throw new InvalidStateError(
      `Cannot use shared memory ${JSON.stringify(this.name)}: it is closed; make another SharedMemory of its name`,
    );
  }

  /** Name by which other processes find the block. */
  get name(): string {
    return this.#segment.name;
  }

  /** Size in bytes. A block that Python made on macOS may be larger than asked for. */
  get size(): number {
    return this.#segment.size;
  }

  /** Whether the block is removed when this process ends, if it is still there; as Python's option `track`. */
  get track(): boolean {
    return this.#segment.tracked;
  }

  set track(track: boolean) {
    checkTrack(track);
    this.#segment.tracked = track;
  }

  /**
   * Gives this process's share of the memory back, at once; the block remains. Views that are still about find zeros (among threads
   * without `--allow-ffi`: perhaps another block), where Python refuses to close. May be repeated.
   */
  close(): void {
    this.#buf = undefined;
    this.#segment.close();
  }

  /**
   * Removes the name: nobody finds the block any more, and those who have it keep it until they close it.
   *
   * @throws {Deno.errors.NotFound} If there is no block of that name any more.
   */
  unlink(): void {
    segmentStore(this.#startMethod, posixShm).unlink(this.name);
  }

  /** Closes it; it does not unlink. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** As Python's `repr`. */
  toString(): string {
    return `SharedMemory('${this.name}', size=${this.size})`;
  }

  /** For `console.log`. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}

function checkParts(name: unknown, create: unknown, size: unknown, track: unknown): void {
  if (typeof create !== "boolean") {
    throw new TypeError(`Cannot use shared memory: create must be a boolean, received ${typeof create}`);
  }
  const what = create ? "create shared memory" : "attach shared memory";
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(`Cannot ${what}: name must be a string, received ${name === null ? "null" : typeof name}`);
  }
  if (typeof size !== "number") throw new TypeError(`Cannot ${what}: size must be a number, received ${typeof size}`);
  if (size < 0 || !Number.isInteger(size) || (create && size === 0)) {
    throw new RangeError(`Cannot ${what}: size is ${size}; give a positive integer, in bytes`);
  }
  if (!create && name === undefined) {
    throw new TypeError(`Cannot ${what}: it has no name; give one, or create: true and a size to make a new one`);
  }
  checkTrack(track);
}

function checkTrack(track: unknown): void {
  if (typeof track !== "boolean") {
    throw new TypeError(`Cannot track shared memory: track must be a boolean, received ${typeof track}`);
  }
}

/** What crosses for a class whose objects are found by name. */
interface NamedState {
  readonly name: string;
  readonly startMethod: string | undefined;
}

/** Has the objects of a class, and of those bound to a start method, cross by the name of their block. */
export function crossByName<T extends object>(
  tag: string,
  cls: { readonly startMethod: string | undefined; readonly prototype: T } & (abstract new (...args: never[]) => T),
  nameOf: (object: T) => string,
  attach: (name: string, startMethod: string | undefined) => T,
): void {
  for (const startMethod of [undefined, "spawn", "forkserver", "worker"]) {
    registerSharedClass<T, NamedState>(tag, boundClass(cls, startMethod), {
      reduce: (object) => ({ name: nameOf(object), startMethod }),
      revive: (state) => attach(state.name, state.startMethod),
    });
  }
}

crossByName("SharedMemory", SharedMemory, ({ name }) => name, (name, startMethod) => {
  const Bound = boundClass(SharedMemory, startMethod);
  return new Bound({ name });
});
