/**
 * The arenas of the program as this thread knows them. Each has a home: the process that acts for those who cannot reach the memory.
 *
 * @module
 */

import { type Address, identity } from "../base/identity.ts";
import { Arena } from "./arena.ts";
import { type FileReference, isMappable, needsMappable } from "../memory/memory_file.ts";
import { Holder } from "./blocks.ts";
import { FileWords, makeFile } from "./file_words.ts";
import type { Agent } from "./primitive.ts";
import { Records } from "./records.ts";
import { ThreadWords } from "./thread_words.ts";
import { caretakerFor } from "./undertaker.ts";
import { type Waiting, Waits } from "./waits.ts";
import type { SharedWords } from "./words.ts";

/** What others need to take part in an arena, in a form that can be posted to a thread or told to a process. */
export interface ArenaReference {
  readonly id: string;
  readonly home: Address;
  /** The memory itself. */
  readonly memory: unknown;
}

/** An arena that this thread takes part in. */
export interface Territory {
  readonly reference: ArenaReference;
  /** Whether another process can take part by the reference, not only a thread. */
  readonly forProcesses: boolean;
  readonly arena: Arena;
  /** This thread. */
  readonly agent: Agent;
  /** Its waits, which those for whom it acts share. */
  readonly waits: Waits;
}

const known = new Map<string, Territory>();
const byArena = new WeakMap<Arena, Territory>();
let threads: ArenaReference | undefined;
let file: ArenaReference | undefined;

function enter(reference: ArenaReference, words: SharedWords): Territory {
  const arena = new Arena(words, lineageOf(identity.address), caretakerFor(() => agent));
  const waits = new Waits(arena);
  const agent = agentOf(arena, arena.self, waits);
  const territory: Territory = { reference, forProcesses: words instanceof FileWords, arena, agent, waits };
  known.set(reference.id, territory);
  byArena.set(arena, territory);
  return territory;
}

/** Somebody who uses an arena. */
export function agentOf(arena: Arena, slot: number, waits: Waiting): Agent {
  const holder = new Holder(arena, slot);
  return { holder, records: new Records(holder), waits };
}

/** The arena of that name, if this thread can take part in it. */
export function territoryOf(id: string, reference?: ArenaReference): Territory | undefined {
  if (threads?.id === id) return threadTerritory();
  if (file?.id === id && isMappable()) return fileTerritory();
  const there = known.get(id);
  if (there !== undefined || reference === undefined || !isMappable()) return there;
  return enter(reference, new FileWords(reference.memory as FileReference));
}

/** What is known of an arena that this thread takes part in. */
export function territoryAround(arena: Arena): Territory {
  const territory = byArena.get(arena);
  if (territory === undefined) throw new Error("Cannot name an arena: this thread does not take part in it");
  return territory;
}

/** All arenas that this thread takes part in. */
export function territories(): Iterable<Territory> {
  return known.values();
}

/** What another thread of this OS process needs to share memory with this one. */
export function threadMemory(): ArenaReference {
  threads ??= { id: `threads:${crypto.randomUUID()}`, home: identity.address, memory: new ThreadWords().reference };
  return threads;
}

/** What another process of this program needs to share memory with this one; nothing where processes cannot share memory. */
export function fileMemory(): ArenaReference | undefined {
  if (file === undefined && isMappable()) {
    file = { id: `file:${crypto.randomUUID()}`, home: identity.address, memory: makeFile() };
  }
  return file;
}

/** In a thread: takes over what its creator shares. */
export function adoptThreadMemory(reference: ArenaReference): void {
  threads = reference;
}

/** In a process or a thread: takes over what the program shares. */
export function adoptFileMemory(reference: ArenaReference | undefined): void {
  file = reference;
}

/** The memory that the processes of this program share. */
export function fileTerritory(): Territory {
  const reference = fileMemory();
  if (reference === undefined) throw needsMappable("share memory between processes", 'use context "worker"');
  return known.get(reference.id) ?? enter(reference, new FileWords(reference.memory as FileReference));
}

/** In a thread: says that it ends by itself. */
export function retireThread(): void {
  for (const { arena } of known.values()) arena.retire();
}

/** The memory that the threads of this OS process share. */
export function threadTerritory(): Territory {
  const reference = threadMemory();
  return known.get(reference.id) ?? enter(reference, new ThreadWords(reference.memory as WebAssembly.Memory));
}

/** Numbers for an address: one for each level of it. */
export function lineageOf(address: Address): number[] {
  // FNV-1a over its numbers.
  let hash = 0x811c9dc5;
  return address.map((part) => hash = Math.imul(hash ^ part, 0x01000193));
}
