/**
 * A segment in shared words: memory that the threads of a process find by a name. As a name holds its segment, one that nobody uses
 * stays until it is unlinked, or until the thread ends that is to take it along.
 *
 * The space of a segment is a head of one unit, the segment itself, and its name. The head is apart, as views of a segment may be
 * about when its space is free, and must not reach the list of free space that goes through it.
 *
 * @module
 */

import { classOf, giveSpace, release, takeSpace } from "./blocks.ts";
import { registerKind } from "./kinds.ts";
import { Block, Header, Kind, UNIT_BYTES, UNIT_WORDS } from "./layout.ts";
import { Primitive } from "./primitive.ts";

/** Whether it has its name. */
const LINKED = Block.STATE;
/** The next that has a name. */
const NEXT = Block.EXTRA;
/** Whose end takes the name along; one more than the slot. */
const OWNER = Block.EXTRA + 1;
const SPACE = Block.EXTRA + 2;
const SPACE_CLASS = Block.EXTRA + 3;
const NAME_BYTES = Block.EXTRA + 4;

/** A segment in shared words. */
export class SegmentWords extends Primitive {
  /** Bytes of the segment. */
  get size(): number {
    return this.load(Block.SIZE) >>> 0;
  }

  /** Whether it has its name still. */
  get linked(): boolean {
    return this.load(LINKED) === 1;
  }

  /** Where the segment begins, in bytes. */
  get byteOffset(): number {
    const unit = this.load(SPACE);
    this.arena.wordOf(unit, 2 ** this.load(SPACE_CLASS) * UNIT_BYTES);
    return (unit + 1) * UNIT_BYTES;
  }

  /** Whether the end of this thread takes the name along. */
  get owned(): boolean {
    return this.load(OWNER) === this.me;
  }

  /** Says whether the end of this thread takes the name along; it must have a handle as long as that. */
  set owned(owned: boolean) {
    this.change(() => this.store(OWNER, owned ? this.me : 0));
  }

  /** Gives it zeros, and the name, if nobody has that. Whether it was so. */
  publish(name: Uint8Array, size: number): boolean {
    const { arena } = this;
    const kind = classOf(UNIT_BYTES + size + name.length);
    arena.atomically(Header.MUTEX, () => {
      this.store(SPACE, takeSpace(arena, kind, Header.FREE_SEGMENTS));
      this.store(SPACE_CLASS, kind);
    });
    const bytes = this.#bytesAt(this.byteOffset, size + name.length);
    arena.sheltered(() => {
      bytes.fill(0);
      bytes.set(name, size);
      this.cells[this.block + Block.SIZE] = size;
      this.cells[this.block + NAME_BYTES] = name.length;
    });
    return arena.atomically(Header.MUTEX, () => {
      if (findIn(this, name) !== undefined) return false;
      this.store(NEXT, Atomics.load(this.cells, Header.SEGMENTS));
      arena.set(Header.SEGMENTS, this.block / UNIT_WORDS);
      arena.set(this.block + Block.REFS, this.load(Block.REFS) + 1);
      this.store(LINKED, 1);
      return true;
    });
  }

  /** The block of that name and its serial. */
  find(name: Uint8Array): { readonly block: number; readonly serial: number } | undefined {
    return this.arena.atomically(Header.MUTEX, () => findIn(this, name));
  }

  /** Takes its name away; whether it had it. */
  unlink(): boolean {
    const { arena } = this;
    return arena.atomically(Header.MUTEX, () => {
      if (!this.linked) return false;
      let link: number = Header.SEGMENTS;
      let unit = Atomics.load(this.cells, link);
      while (unit !== this.block / UNIT_WORDS) {
        link = arena.wordOf(unit) + NEXT;
        unit = Atomics.load(this.cells, link);
      }
      arena.set(link, this.load(NEXT));
      this.store(LINKED, 0);
      release(arena, unit);
      return true;
    });
  }

  /** Whether it has that name. */
  isNamed(name: Uint8Array): boolean {
    if (this.load(NAME_BYTES) !== name.length) return false;
    const own = this.#bytesAt(this.byteOffset + this.size, name.length);
    return own.every((byte, index) => byte === name[index]);
  }

  override destroy(): void {
    const { arena } = this;
    arena.atomically(Header.MUTEX, () => {
      const unit = this.load(SPACE);
      if (unit === 0) return;
      this.store(SPACE, 0);
      giveSpace(arena, unit, this.load(SPACE_CLASS), Header.FREE_SEGMENTS);
    });
  }

  protected override settle(): boolean {
    return false;
  }

  /** Bytes of the memory; to know where they begin may have had it grow. */
  #bytesAt(begin: number, length: number): Uint8Array {
    return new Uint8Array(this.cells.buffer, begin, length);
  }

  protected override died(slot: number): void {
    if (this.load(OWNER) === slot + 1) this.arena.afterwards(() => this.unlink());
  }
}

/** Looks through all that have a name, as part of a transaction on the heap. */
function findIn(
  { agent }: SegmentWords,
  name: Uint8Array,
): { readonly block: number; readonly serial: number } | undefined {
  const { arena } = agent.holder;
  let unit = Atomics.load(arena.cells, Header.SEGMENTS);
  while (unit !== 0) {
    const block = arena.wordOf(unit);
    if (new SegmentWords(agent, block).isNamed(name)) {
      return { block, serial: Atomics.load(arena.cells, block + Block.SERIAL) };
    }
    unit = Atomics.load(arena.cells, block + NEXT);
  }
  return undefined;
}

registerKind(Kind.SEGMENT, { words: SegmentWords, operations: {} });
