/** What is true of an arena whenever nobody is in the middle of a change, whoever died before. */
import { slotAt } from "../../src/sync/slots.ts";
import {
  Block,
  Handle,
  Header,
  HEAP_UNIT,
  Kind,
  Record,
  Slot,
  SlotState,
  Status,
  TRANSIT_SLOT,
  UNIT_WORDS,
} from "../../src/sync/layout.ts";
import { WORLD_UNIT } from "./mortal.ts";

type Cells = Int32Array<SharedArrayBuffer>;

const CLASSES = 28;
const LOCK_HOLDER = 0xffff;
const LOCK_QUEUED = 1 << 30;
const LOCK_UNIT = Block.EXTRA + 1;
const QueueBlock = {
  PUTS: Block.STATE,
  FIRST: Block.EXTRA,
  LAST: Block.EXTRA + 1,
  GETS: Block.EXTRA + 2,
  SPARE: Block.SIZE,
} as const;
const ITEM_CLASS = 2;
const SEMAPHORE_HOLDERS = Block.EXTRA + 1;

/** An arena as it was found. */
export interface Inventory {
  /** Blocks that somebody holds, by word index, with how many handles. */
  readonly blocks: ReadonlyMap<number, number>;
  /** Records of all slots. */
  readonly records: readonly number[];
  /** What is against the laws. */
  readonly faults: readonly string[];
}

/** Looks through an arena. */
export function inspect(cells: Cells): Inventory {
  return new Inspection(cells).run();
}

class Inspection {
  readonly #cells: Cells;
  readonly #faults: string[] = [];
  readonly #blocks = new Map<number, number>();
  readonly #records: number[] = [];
  /** What each unit is used for. */
  readonly #units = new Map<number, string>();

  constructor(cells: Cells) {
    this.#cells = cells;
  }

  run(): Inventory {
    this.#expect(this.#word(Header.MUTEX) === 0, "the heap is locked");
    // Of the others, nobody has ever written to any.
    for (let slot = 0; slot < this.#word(Header.SLOTS); slot++) this.#lookAtSlot(slot);
    // A condition holds its lock as well.
    for (const block of [...this.#blocks.keys()]) {
      const lock = this.#word(block + Block.KIND) === Kind.CONDITION ? wordOf(this.#word(block + LOCK_UNIT)) : 0;
      if (lock !== 0) this.#blocks.set(lock, (this.#blocks.get(lock) ?? 0) + 1);
    }
    for (const [block, handles] of this.#blocks) this.#lookAtBlock(block, handles);
    for (let size = 0; size < CLASSES; size++) this.#lookAtFree(size);
    for (let size = -1; size < CLASSES; size++) this.#lookAtFreeBlocks(size);
    // A world is smaller than all slots of an arena.
    const bottom = this.#cells.length < HEAP_UNIT * UNIT_WORDS ? WORLD_UNIT : HEAP_UNIT;
    const used = (this.#word(Header.HEAP_TOP) || bottom) - bottom;
    const known = [...this.#units.keys()];
    const outside = known.filter((unit) => unit < bottom || unit >= bottom + used);
    for (const unit of outside) this.#faults.push(`unit ${unit}, ${this.#units.get(unit)}, was never handed out`);
    this.#expect(used <= known.length, `${used - known.length} of ${used} units are lost`);
    return { blocks: this.#blocks, records: this.#records, faults: this.#faults };
  }

  #lookAtSlot(slot: number): void {
    const base = slotAt(slot);
    const state = this.#word(base + Slot.STATE);
    for (const word of ["REAPER", "HOLDS", "LOGGED"] as const) {
      this.#expect(this.#word(base + Slot[word]) === 0, `slot ${slot}: ${word} is ${this.#word(base + Slot[word])}`);
    }
    this.#expect(state !== SlotState.TAKEN, `slot ${slot}: is in state ${state}`);
    // A terminated thread may touch its handles and records once more, so they stay its own.
    if (state === SlotState.FREE && slot !== TRANSIT_SLOT) {
      const left = [Slot.HANDLES, Slot.RECORDS].some((chain) => this.#word(base + chain) !== 0);
      this.#expect(!left, `slot ${slot}: is free, and has handles or records`);
    }
    for (const handle of this.#chain(base + Slot.HANDLES, Handle.NEXT)) {
      this.#use(handle / UNIT_WORDS, 1, `handle of ${slot}`);
      const block = wordOf(this.#word(handle + Handle.BLOCK));
      if (block === 0) continue;
      this.#blocks.set(block, (this.#blocks.get(block) ?? 0) + 1);
      const serial = this.#word(block + Block.SERIAL);
      this.#expect(this.#word(handle + Handle.SERIAL) === serial, `a handle of ${slot} is on a block that is no more`);
    }
    for (const record of this.#chain(base + Slot.RECORDS, Record.CHAIN)) {
      this.#use(record / UNIT_WORDS, 1, `record of ${slot}`);
      this.#records.push(record);
    }
  }

  #lookAtBlock(block: number, handles: number): void {
    const what = `block ${block} of kind ${this.#word(block + Block.KIND)}`;
    this.#use(block / UNIT_WORDS, 2, what);
    const size = this.#word(block + Block.CLASS);
    if (size >= 0) this.#use(this.#word(block + Block.DATA), 2 ** size, what);
    this.#expect(this.#word(block + Block.REFS) === handles, `${what}: ${handles} handles, not REFS`);
    const kind = this.#word(block + Block.KIND);
    if (kind === 0 || kind === Kind.MEMORY) return;
    if (kind === Kind.QUEUE) this.#lookAtItems(block, what);
    this.#expect(this.#word(block + Block.MUTEX) === 0, `${what}: is locked`);
    const queue = this.#lookAtQueue(block, what);
    if (kind === Kind.LOCK || kind === Kind.RLOCK) this.#lookAtLock(block, queue, what);
    if (kind === Kind.SEMAPHORE) this.#lookAtSemaphore(block, queue, what);
  }

  #lookAtItems(block: number, what: string): void {
    let [count, last] = [0, 0];
    for (const item of this.#chain(block + QueueBlock.FIRST, 0)) {
      this.#use(item / UNIT_WORDS, 2 ** this.#word(item + ITEM_CLASS), `item of ${what}`);
      [count, last] = [count + 1, item];
    }
    this.#expect(wordOf(this.#word(block + QueueBlock.LAST)) === last, `${what}: LAST is not the last`);
    const size = this.#word(block + QueueBlock.PUTS) - this.#word(block + QueueBlock.GETS);
    this.#expect(count === size, `${what}: has ${count} items, not ${size}`);
    for (const spare of this.#chain(block + QueueBlock.SPARE, 0)) {
      this.#use(spare / UNIT_WORDS, 2 ** this.#word(spare + ITEM_CLASS), `spare of ${what}`);
    }
    for (const record of this.#records) {
      const info = this.#word(record + Record.INFO);
      const busy = this.#word(record + Record.STATUS) !== Status.FREE && this.#word(record + Record.BLOCK) === block;
      // Before it is in the queue, and after it was taken off, an item is a record's.
      if (busy && info > 0) this.#use(info, 2 ** this.#word(wordOf(info) + ITEM_CLASS), `held item of ${what}`);
    }
  }

  #lookAtQueue(block: number, what: string): number[] {
    const queue: number[] = [];
    let previous = 0;
    for (const record of this.#chain(block + Block.HEAD, Record.NEXT)) {
      this.#expect(this.#records.includes(record), `${what}: a stranger's record is in the queue`);
      this.#expect(this.#word(record + Record.STATUS) === Status.WAITING, `${what}: one in the queue does not wait`);
      this.#expect(this.#word(record + Record.BLOCK) === block, `${what}: one in the queue waits for something else`);
      this.#expect(
        wordOf(this.#word(record + Record.PREVIOUS)) === previous,
        `${what}: the queue leads elsewhere back`,
      );
      const owner = this.#word(record + Record.OWNER);
      this.#expect(this.#lives(owner), `${what}: the dead ${owner} is in the queue`);
      queue.push(record);
      previous = record;
    }
    this.#expect(wordOf(this.#word(block + Block.TAIL)) === previous, `${what}: TAIL is not the last`);
    for (const record of this.#records) {
      const waits = this.#word(record + Record.STATUS) === Status.WAITING;
      const lost = waits && this.#word(record + Record.BLOCK) === block && !queue.includes(record);
      this.#expect(!lost, `${what}: one waits who is not in the queue`);
    }
    return queue;
  }

  #lookAtLock(block: number, queue: readonly number[], what: string): void {
    const state = this.#word(block + Block.STATE);
    const holder = state & LOCK_HOLDER;
    this.#expect(holder === 0 || this.#lives(holder - 1), `${what}: the dead ${holder - 1} holds it`);
    this.#expect(queue.length === 0 || holder !== 0, `${what}: somebody waits, and it is free`);
    this.#expect(queue.length === 0 || (state & LOCK_QUEUED) !== 0, `${what}: somebody waits, and it does not say so`);
    const recursive = this.#word(block + Block.KIND) === Kind.RLOCK;
    if (recursive && holder !== 0) {
      this.#expect(this.#word(block + Block.EXTRA) > 0, `${what}: is held 0 times`);
    }
  }

  #lookAtSemaphore(block: number, queue: readonly number[], what: string): void {
    this.#expect(
      queue.length === 0 || this.#word(block + Block.STATE) === 0,
      `${what}: somebody waits for a free permit`,
    );
    const holders: number[] = [];
    for (const record of this.#chain(block + SEMAPHORE_HOLDERS, Record.NEXT)) {
      const owner = this.#word(record + Record.OWNER);
      this.#expect(this.#lives(owner), `${what}: the dead ${owner} holds a permit`);
      this.#expect(this.#word(record + Record.STATUS) === Status.HOLDING, `${what}: a holder does not hold`);
      this.#expect(this.#word(record + Record.INFO) > 0, `${what}: a holder holds none`);
      const previous = wordOf(this.#word(record + Record.PREVIOUS));
      this.#expect(previous === (holders.at(-1) ?? 0), `${what}: its holders lead elsewhere back`);
      holders.push(record);
    }
    const lost = this.#records.filter((record) =>
      this.#word(record + Record.STATUS) === Status.HOLDING && this.#word(record + Record.BLOCK) === block &&
      !holders.includes(record)
    );
    this.#expect(lost.length === 0, `${what}: somebody holds a permit and is not known to`);
  }

  #lookAtFree(size: number): void {
    for (const free of this.#chain(Header.FREE + size, 0)) {
      this.#use(free / UNIT_WORDS, 2 ** size, `free of class ${size}`);
    }
  }

  #lookAtFreeBlocks(size: number): void {
    for (const block of this.#chain(Header.FREE_BLOCKS + 1 + size, Block.NEXT_FREE)) {
      this.#use(block / UNIT_WORDS, 2, `free block of class ${size}`);
      if (size >= 0) this.#use(this.#word(block + Block.DATA), 2 ** size, `data of a free block of class ${size}`);
      this.#expect(this.#word(block + Block.CLASS) === size, `free block ${block}: is in the list of class ${size}`);
      this.#expect(this.#word(block + Block.MUTEX) === 0, `free block ${block}: is locked`);
    }
  }

  *#chain(first: number, next: number): Iterable<number> {
    const seen = new Set<number>();
    for (let link = wordOf(this.#word(first)); link !== 0; link = wordOf(this.#word(link + next))) {
      if (seen.has(link)) return void this.#faults.push(`the chain from word ${first} has no end`);
      seen.add(link);
      yield link;
    }
  }

  #use(unit: number, units: number, what: string): void {
    for (let used = unit; used < unit + units; used++) {
      const former = this.#units.get(used);
      this.#expect(former === undefined, `unit ${used} is both ${former} and ${what}`);
      this.#units.set(used, what);
    }
  }

  #lives(slot: number): boolean {
    return this.#word(slotAt(slot) + Slot.STATE) === SlotState.ALIVE;
  }

  #word(index: number): number {
    return this.#cells[index] ?? 0;
  }

  #expect(holds: boolean, fault: string): void {
    if (!holds) this.#faults.push(fault);
  }
}

function wordOf(unit: number): number {
  return unit * UNIT_WORDS;
}

/** Permits of a semaphore: those that are left and those that are held. */
export function permitsOf(cells: Cells, block: number): number {
  let permits = cells[block + Block.STATE] ?? 0;
  let record = wordOf(cells[block + SEMAPHORE_HOLDERS] ?? 0);
  while (record !== 0) {
    permits += cells[record + Record.INFO] ?? 0;
    record = wordOf(cells[record + Record.NEXT] ?? 0);
  }
  return permits;
}
