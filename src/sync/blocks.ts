/**
 * The heap of an arena: blocks, each with a head that says what it is and who is to be asked before it changes, and the handles by
 * which processes hold them. A block is freed with its last handle; the handles of a dead process are dropped by whoever buries it.
 * Sizes are powers of two (segregated free lists).
 *
 * A head stays a head when its block is free, and keeps its data: views of those may be about still, and must reach neither a list nor
 * the words of others; and its mutex may be taken by one who does not know yet that the block is no more.
 *
 * @module
 */

import type { Arena } from "./arena.ts";
import { Block, Handle, Header, HEAP_UNIT, MOST_BYTES, Slot, TRANSIT_SLOT, UNIT_BYTES, UNIT_WORDS } from "./layout.ts";
import { slotAt } from "./slots.ts";

const HEAD_CLASS = 1; // 64 bytes
const LINK_CLASS = 0;
/** The size class of the data of a block that is all head. */
const NO_DATA = -1;
const MOST_CLASS = Math.log2(MOST_BYTES / UNIT_BYTES);

/** Data of a block. */
export interface Data {
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** What one process (or one for whom it acts) holds in an arena. */
export class Holder {
  readonly arena: Arena;
  /** Whose holds these are. */
  readonly slot: number;
  readonly #freeHandles: number[] = [];

  constructor(arena: Arena, slot: number = arena.self) {
    this.arena = arena;
    this.slot = slot;
  }

  /**
   * Makes a block with zeroed data, and a handle on it.
   *
   * @param bytes Of data; none for a block that is all head.
   * @returns Word index of the handle.
   */
  make(kind: number, bytes = 0): number {
    const { arena } = this;
    const size = bytes === 0 ? NO_DATA : classOf(bytes);
    let used = false;
    const handle = this.#useHandle((handle) => {
      used = Atomics.load(arena.cells, listOf(size)) !== 0;
      const block = takeBlock(arena, size);
      const serial = (Atomics.load(arena.cells, Header.SERIAL) + 1) | 0 || 1;
      arena.set(Header.SERIAL, serial);
      arena.set(block + Block.SERIAL, serial);
      arena.set(block + Block.REFS, 0);
      grasp(arena, handle, block);
      return true;
    });
    const block = this.blockOf(handle);
    arena.sheltered(() => {
      for (const word of [Block.HEAD, Block.TAIL, Block.STATE]) arena.cells[block + word] = 0;
      arena.cells.fill(0, block + Block.EXTRA, block + Block.DATA);
      arena.cells[block + Block.SIZE] = bytes;
      // What nobody had before is zero.
      if (used && bytes > 0) bytesOf(dataOf(arena, block)).fill(0);
      Atomics.store(arena.cells, block + Block.KIND, kind);
    });
    return handle;
  }

  /** Word index of the block of a handle. */
  blockOf(handle: number): number {
    return this.arena.wordOf(this.arena.cells[handle + Handle.BLOCK] ?? 0);
  }

  /** One more handle on a block that somebody else holds. */
  hold(block: number): number {
    return this.#useHandle((handle) => {
      grasp(this.arena, handle, block);
      return true;
    });
  }

  /** One more handle on a block, if it is still the one of that serial. */
  holdIf(block: number, serial: number): number | undefined {
    const { arena } = this;
    arena.wordOf(block / UNIT_WORDS);
    const handle = this.#useHandle((handle) => {
      if (Atomics.load(arena.cells, block + Block.SERIAL) !== serial) return false;
      grasp(arena, handle, block);
      return true;
    });
    return handle === 0 ? undefined : handle;
  }

  /** Gives a handle back, and the block with it if it was the last. */
  drop(handle: number): void {
    // Whoever cleans up after this thread drops them all.
    if (this.arena.isRetired) return;
    releaseHandle(this.arena, handle);
    this.#freeHandles.push(handle);
  }

  /** Runs a change of the heap with a handle that holds nothing; whether it does then is the answer. The handle, or 0. */
  #useHandle(change: (handle: number) => boolean): number {
    const handle = this.#takeHandle();
    let holds = false;
    try {
      holds = this.arena.atomically(Header.MUTEX, () => change(handle));
    } finally {
      if (!holds) this.#freeHandles.push(handle);
    }
    return holds ? handle : 0;
  }

  #takeHandle(): number {
    const free = this.#freeHandles.pop();
    if (free !== undefined) return free;
    const { arena } = this;
    const first = slotAt(this.slot) + Slot.HANDLES;
    return arena.atomically(Header.MUTEX, () => {
      const spare = this.slot === TRANSIT_SLOT ? Atomics.load(arena.cells, Header.SPARE) : 0;
      if (spare !== 0) {
        const handle = arena.wordOf(spare);
        arena.set(Header.SPARE, Atomics.load(arena.cells, handle + Handle.SPARE));
        return handle;
      }
      const handle = takeLink(arena, first, Handle.NEXT);
      arena.set(handle + Handle.BLOCK, 0);
      return handle;
    });
  }
}

/** The data of a block. */
export function dataOf(arena: Arena, block: number): Data {
  const unit = arena.cells[block + Block.DATA] ?? 0;
  // Words have a sign, sizes have none.
  const byteLength = (arena.cells[block + Block.SIZE] ?? 0) >>> 0;
  arena.wordOf(unit, byteLength);
  return { buffer: arena.cells.buffer, byteOffset: unit * UNIT_BYTES, byteLength };
}

/** Drops what a handle of {@linkcode TRANSIT_SLOT} holds. Another process may have taken it, so whoever needs one finds it in the arena. */
export function releaseTransit(arena: Arena, handle: number): void {
  releaseHandle(arena, handle, () => {
    arena.set(handle + Handle.SPARE, Atomics.load(arena.cells, Header.SPARE));
    arena.set(Header.SPARE, handle / UNIT_WORDS);
  });
}

/** Drops what a handle holds; `more` is part of the transaction. */
export function releaseHandle(arena: Arena, handle: number, more: () => void = () => {}): void {
  // One that another process has made may lie further than this one has looked.
  arena.wordOf(handle / UNIT_WORDS);
  arena.atomically(Header.MUTEX, () => {
    const unit = Atomics.load(arena.cells, handle + Handle.BLOCK);
    if (unit === 0) return;
    arena.set(handle + Handle.BLOCK, 0);
    more();
    release(arena, unit);
  });
}

/** Has a word name a block, which stays as long as that; without effect if it names one already. */
export function tie(arena: Arena, word: number, block: number): void {
  arena.atomically(Header.MUTEX, () => {
    if (Atomics.load(arena.cells, word) !== 0) return;
    arena.set(block + Block.REFS, Atomics.load(arena.cells, block + Block.REFS) + 1);
    arena.set(word, block / UNIT_WORDS);
  });
}

/** Has a word name no block any more. */
export function untie(arena: Arena, word: number): void {
  arena.atomically(Header.MUTEX, () => {
    const unit = Atomics.load(arena.cells, word);
    if (unit === 0) return;
    arena.set(word, 0);
    release(arena, unit);
  });
}

/** One hold less on a block, as part of a transaction on the heap. */
export function release(arena: Arena, unit: number): void {
  const block = arena.wordOf(unit);
  const refs = Atomics.load(arena.cells, block + Block.REFS) - 1;
  arena.set(block + Block.REFS, refs);
  if (refs > 0) return;
  // Nobody can find it any more.
  arena.set(block + Block.SERIAL, 0);
  // So that it is found if this process dies before it is freed.
  const doomed = slotAt(arena.self) + Slot.DOOMED;
  arena.set(block + Block.NEXT_FREE, Atomics.load(arena.cells, doomed));
  arena.set(doomed, unit);
  arena.afterwards(() => arena.destroy(block));
}

/** Gives back a block that is empty; `slot` is whose last handle it was. */
export function freeBlock(arena: Arena, block: number, slot: number): void {
  arena.atomically(Header.MUTEX, () => {
    arena.set(slotAt(slot) + Slot.DOOMED, Atomics.load(arena.cells, block + Block.NEXT_FREE));
    free(arena, block);
  });
}

/** The block that a slot was about to free; 0 for none. */
export function doomedBy(arena: Arena, slot: number): number {
  return arena.wordOf(Atomics.load(arena.cells, slotAt(slot) + Slot.DOOMED));
}

/** Gives back a chain of handles or records, whose owner is no more. */
export function freeChain(arena: Arena, first: number, next: number): void {
  const more = () =>
    arena.atomically(Header.MUTEX, () => {
      const unit = Atomics.load(arena.cells, first);
      if (unit === 0) return false;
      const link = arena.wordOf(unit);
      arena.set(first, Atomics.load(arena.cells, link + next));
      giveSpace(arena, unit, LINK_CLASS);
      return true;
    });
  while (more());
}

/** Takes a unit for a handle or a record, and puts it at the head of a chain; as part of a transaction on the heap. */
export function takeLink(arena: Arena, first: number, next: number): number {
  const link = arena.wordOf(takeSpace(arena, LINK_CLASS));
  arena.set(link + next, Atomics.load(arena.cells, first));
  arena.set(first, link / UNIT_WORDS);
  return link;
}

/** One more hold on a block, by a handle; as part of a transaction on the heap. */
function grasp(arena: Arena, handle: number, block: number): void {
  arena.set(block + Block.REFS, Atomics.load(arena.cells, block + Block.REFS) + 1);
  arena.set(handle + Handle.SERIAL, Atomics.load(arena.cells, block + Block.SERIAL));
  arena.set(handle + Handle.BLOCK, block / UNIT_WORDS);
}

/** The list of free blocks with data of a size class. */
function listOf(size: number): number {
  return Header.FREE_BLOCKS + size - NO_DATA;
}

function free(arena: Arena, block: number): void {
  const list = listOf(Atomics.load(arena.cells, block + Block.CLASS));
  arena.set(block + Block.KIND, 0);
  arena.set(block + Block.NEXT_FREE, Atomics.load(arena.cells, list));
  arena.set(list, block / UNIT_WORDS);
}

function takeBlock(arena: Arena, size: number): number {
  const list = listOf(size);
  const unit = Atomics.load(arena.cells, list);
  if (unit !== 0) {
    const block = arena.wordOf(unit);
    arena.set(list, Atomics.load(arena.cells, block + Block.NEXT_FREE));
    return block;
  }
  const block = arena.wordOf(takeFresh(arena, HEAD_CLASS));
  arena.set(block + Block.CLASS, size);
  if (size !== NO_DATA) arena.set(block + Block.DATA, takeFresh(arena, size));
  return block;
}

/** Takes space of a size class, of those in `lists` or fresh; as part of a transaction on the heap. */
export function takeSpace(arena: Arena, size: number, lists: number = Header.FREE): number {
  const free = Atomics.load(arena.cells, lists + size);
  if (free === 0) return takeFresh(arena, size);
  const word = arena.wordOf(free);
  // The words are asked for afterwards: they may have grown.
  arena.set(lists + size, Atomics.load(arena.cells, word));
  return free;
}

/** Takes space that nobody had before, which is zero; as part of a transaction on the heap. */
function takeFresh(arena: Arena, size: number): number {
  const unit = Atomics.load(arena.cells, Header.HEAP_TOP) || HEAP_UNIT;
  const end = unit + 2 ** size;
  // Before it is written down: memory may not grow that far.
  arena.wordOf(unit, (end - unit) * UNIT_BYTES);
  arena.set(Header.HEAP_TOP, end);
  return unit;
}

/** Gives space back; as part of a transaction on the heap. */
export function giveSpace(arena: Arena, unit: number, size: number, lists: number = Header.FREE): void {
  arena.set(arena.wordOf(unit), Atomics.load(arena.cells, lists + size));
  arena.set(lists + size, unit);
}

/**
 * The size class of so many bytes.
 *
 * @throws {RangeError} If they are too many.
 */
export function classOf(bytes: number): number {
  const size = Math.max(0, Math.ceil(Math.log2(bytes / UNIT_BYTES)));
  if (size > MOST_CLASS) {
    throw new RangeError(`Cannot share ${bytes} bytes: at most ${2 ** MOST_CLASS * UNIT_BYTES} fit`);
  }
  return size;
}

function bytesOf({ buffer, byteOffset, byteLength }: Data): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
