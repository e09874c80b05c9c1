/**
 * Where what lies in an arena: the memory in which the processes of a program keep their primitives. All of it is in words of
 * 32 bits, named here by their index. A place in the arena is a *unit* of 32 bytes.
 *
 * ```text
 * header | slots, one for each process or thread | heap: units handed out by blocks.ts ...
 * ```
 *
 * @module
 */

/** Words of a unit. */
export const UNIT_WORDS = 8;
/** Bytes of a unit. */
export const UNIT_BYTES = 32;

/** What WebAssembly calls a page; a multiple of the system's. */
export const PAGE_BYTES = 65536;
/** How far an arena reaches at first: address space, of which memory is taken only as it is written to. */
export const FIRST_BYTES: number = 2 ** 26;
/** How far it can grow: what WebAssembly can address. */
export const MOST_BYTES: number = 2 ** 32;

/** The header. */
export const Header = {
  /** Guards the heap. */
  MUTEX: 0,
  /** First unit that was never handed out; 0 if none was. */
  HEAP_TOP: 1,
  /** Counts blocks, so that a name of a block that is no more is noticed. */
  SERIAL: 3,
  /** Slots that were ever in use. */
  SLOTS: 4,
  /** Always free: what a thread names in place of a mutex while it touches memory of its own. */
  SHELTER: 6,
  /** First of the handles of what travelled and has arrived. */
  SPARE: 5,
  /** Heads of the lists of free space, one for each size class. */
  FREE: 16,
  /** First of the segments that have a name. */
  SEGMENTS: 47,
  /** Heads of the lists of free space that was a segment's: as views of it may be about still, it is used for segments only. */
  FREE_SEGMENTS: 48,
  /** Heads of the lists of free blocks: those without data, and one for each size class of data. */
  FREE_BLOCKS: 80,
} as const;

/** A slot: what is known of one process (in a program with several threads, of one thread). */
export const Slot = {
  /** A robust mutex that its process holds for life: the kernel marks it when the process dies. */
  OBITUARY: 0,
  STATE: 12,
  /** The doorbell: counts what was left for this process. */
  BELL: 13,
  /** First of the blocks that it dropped last of all, and has not freed yet. */
  DOOMED: 14,
  /** First of its block handles. */
  HANDLES: 16,
  /** First of its records. */
  RECORDS: 17,
  /** The slot that acts for it, where it cannot reach the memory itself; one more than its index. */
  HOST: 18,
  /** The slot that cleans up after it; one more than its index. */
  REAPER: 19,
  /** The mutex that it holds or is about to take; 0 for none. */
  HOLDS: 20,
  /** Entries in its undo log. */
  LOGGED: 21,
  /** Whether its thread said itself that it ends. */
  RETIRED: 15,
  /** Who is to be waked by the doorbell, see {@linkcode Hears}. */
  HEARS: 28,
  /** Counts the rings while its event loop listens: what that, or a thread in its place, sleeps on. */
  EAR: 29,
  /** Of a thread that was terminated: a slot behind it, with none but such in between. */
  PAST: 30,
  /** The undo log: pairs of index and former value. */
  LOG: 32,
  /** Fingerprints of its address in the tree of processes: of the first number, the first two, and so on. */
  LINEAGE: 96,
} as const;

/** The slot of what travels; no process has it. */
export const TRANSIT_SLOT = 0;

/** Words of a slot. */
export const SLOT_WORDS = 128;
/** Levels of the tree of processes that a slot has room for: more than there can be threads in one another. */
export const LINEAGE_LEVELS: number = SLOT_WORDS - Slot.LINEAGE;
/** Entries that fit an undo log. */
export const LOG_ENTRIES = (Slot.LINEAGE - Slot.LOG) >> 1;
/** First word of the slots. */
export const SLOTS_AT = 128;
/** How many processes and threads may take part, with those threads that were ever terminated: words name them by 16 bits. */
export const MAX_SLOTS = 0xffff;
/** First unit of the heap. */
export const HEAP_UNIT: number = heapUnit(MAX_SLOTS);

/** First unit behind so many slots. */
export function heapUnit(slots: number): number {
  return (SLOTS_AT + slots * SLOT_WORDS) / UNIT_WORDS;
}

/** Who hears a doorbell; nobody, if its process looks by itself. */
export const Hears = { BLOCKED: 1, LISTENING: 2 } as const;

/** States of a slot. */
export const SlotState = { FREE: 0, ALIVE: 1, DEAD: 2, TAKEN: 3 } as const;

/** What the kernel adds to a robust mutex whose holder died; see `get_robust_list(2)`. */
export const OWNER_DIED = 0x4000_0000;

/** The head of every block. */
export const Block = {
  /** Guards what follows, where it takes more than one word. */
  MUTEX: 0,
  KIND: 1,
  /** Handles on it, in all processes. */
  REFS: 2,
  /** Its number among all blocks; 0 when it is free. */
  SERIAL: 3,
  /** First and last of those who wait. */
  HEAD: 4,
  TAIL: 5,
  /** What the fast path of its kind looks at. */
  STATE: 6,
  /** Whatever else its kind knows. */
  EXTRA: 7,
  /** Unit of its data, and their size class; for free blocks too. */
  DATA: 12,
  CLASS: 13,
  /** Bytes of its data. */
  SIZE: 14,
  /** The next free block. */
  NEXT_FREE: 15,
} as const;

/** One process's hold on a block. */
export const Handle = {
  /** Unit of the block; 0 when unused. */
  BLOCK: 0,
  /** Serial of the block. */
  SERIAL: 1,
  /** The next spare handle. */
  SPARE: 2,
  /** The next handle of the slot. */
  NEXT: 3,
  /** Fingerprint of the process that answers for it while it travels. */
  CUSTODIAN: 4,
} as const;

/** One wait of one process, or what it holds of a semaphore. */
export const Record = {
  STATUS: 0,
  /** Whose it is, by slot. */
  OWNER: 1,
  /** Whose doorbell is rung, by slot. */
  BELL: 2,
  /** Word index of the block it is about. */
  BLOCK: 3,
  NEXT: 4,
  PREVIOUS: 5,
  /** What its kind adds. */
  INFO: 6,
  /** The next record of the slot. */
  CHAIN: 7,
} as const;

/** States of a record. */
export const Status = {
  FREE: 0,
  WAITING: 1,
  /** What was waited for has come. */
  GRANTED: 2,
  /** It will not come. */
  REFUSED: 3,
  /** It is a hold on a permit. */
  HOLDING: 4,
} as const;

/** Kinds of blocks. */
export const Kind = {
  LOCK: 1,
  RLOCK: 2,
  SEMAPHORE: 3,
  CONDITION: 4,
  EVENT: 5,
  BARRIER: 6,
  MEMORY: 7,
  QUEUE: 8,
  SEGMENT: 9,
} as const;
