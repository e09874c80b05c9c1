/**
 * Processes that share an arena and die between any two writes, all in one thread: a process that is to die gets no further than to
 * the write of a given number, and from then on changes nothing. What it had written stays, as after SIGKILL.
 */
import { Arena } from "../../src/sync/arena.ts";
import { Header, heapUnit, OWNER_DIED, Slot, UNIT_BYTES } from "../../src/sync/layout.ts";
import type { Agent } from "../../src/sync/primitive.ts";
import { agentOf } from "../../src/sync/program_memory.ts";
import { slotAt } from "../../src/sync/slots.ts";
import { caretakerFor } from "../../src/sync/undertaker.ts";
import { Waits } from "../../src/sync/waits.ts";
import type { SharedWords } from "../../src/sync/words.ts";

/** Processes and guests of a world. */
const SLOTS = 400;
/** First unit of a world's heap. */
export const WORLD_UNIT: number = heapUnit(SLOTS);
const HEAP_BYTES = 1 << 16;

/** What a write of the dead comes to. */
export class Death extends Error {
  override readonly name = "Death";
}

/** A process of a world. */
export interface Mortal {
  readonly name: string;
  readonly arena: Arena;
  readonly agent: Agent;
  readonly slot: number;
}

/** How others learn of a death: from whoever ended a thread, or from the kernel. */
export type Tidings = "told" | "signed";

type Cells = Int32Array<SharedArrayBuffer>;
type Writer = "store" | "compareExchange" | "exchange" | "add" | "sub" | "or" | "and";
const WRITERS: readonly Writer[] = ["store", "compareExchange", "exchange", "add", "sub", "or", "and"];
const { load: plainLoad } = Atomics;
const plain = Object.fromEntries(WRITERS.map((name) => [name, Atomics[name] as (...args: unknown[]) => number]));

/** The words of a world; every write to them is a step of the process that runs. */
class MortalWords implements SharedWords {
  readonly cells: Cells;
  readonly plain: Cells;
  readonly obituaries: boolean;
  readonly reference: undefined;
  readonly #world: World;

  constructor(world: World, obituaries: boolean) {
    this.#world = world;
    this.obituaries = obituaries;
    this.plain = new Int32Array(new SharedArrayBuffer(WORLD_UNIT * UNIT_BYTES + HEAP_BYTES));
    // There are many worlds, and few slots in each.
    this.plain[Header.HEAP_TOP] = WORLD_UNIT;
    this.cells = new Proxy(this.plain, {
      set: (cells, index, value) => {
        world.step();
        return Reflect.set(cells, index, value, cells);
      },
      get: (cells, index) => {
        if (index === "fill") {
          return (value: number, from: number, to: number) => {
            for (let word = from; word < to; word++) this.cells[word] = value;
          };
        }
        if (index === "set") {
          return (values: readonly number[], at: number) => {
            values.forEach((value, offset) => this.cells[at + offset] = value);
          };
        }
        return Reflect.get(cells, index, cells);
      },
    });
  }

  wake(index: number): void {
    this.#world.step();
    this.#world.rung.add(index);
  }

  block(index: number, value: number, watched: Iterable<number>, timeout: number): void {
    this.#world.step();
    if (this.plain[index] !== value) return;
    for (const word of watched) if ((this.plain[word] ?? 0) & OWNER_DIED) return;
    this.#world.sleep(timeout);
  }

  listen(index: number, answer: () => void): () => void {
    return this.#world.listen(index, answer);
  }

  turn(): undefined {}

  reserve(words: number): void {
    throw new Error(`Cannot reach ${words} words: a world is small`);
  }

  sign(): void {
    this.#world.step();
  }
}

/** Processes that share an arena. Only one world can be at a time. */
export class World implements Disposable {
  readonly words: MortalWords;
  readonly tidings: Tidings;
  readonly processes: Mortal[] = [];
  /** Words that were waked. */
  readonly rung = new Set<number>();
  /** What others do while the process that runs sleeps, one for each time. */
  readonly meanwhile: (() => void)[] = [];
  /** Steps of the process that is to die. */
  steps = 0;
  readonly #listeners = new Map<number, Set<() => void>>();
  #running: Mortal | undefined;
  #dying: Mortal | undefined;
  #deathAt = Infinity;

  constructor(tidings: Tidings = "told") {
    this.tidings = tidings;
    this.words = new MortalWords(this, tidings === "signed");
    this.#install();
  }

  /** The words, to be looked at. */
  get cells(): Cells {
    return this.words.plain;
  }

  /** One more process. */
  process(name: string): Mortal {
    const arena = new Arena(this.words, [this.processes.length], caretakerFor(() => agent));
    const agent = agentOf(arena, arena.self, new Waits(arena));
    const process = { name, arena, agent, slot: arena.self };
    this.processes.push(process);
    return process;
  }

  /** Somebody for whom a process acts. */
  guestOf({ arena, agent: { waits } }: Mortal, name: string): Mortal {
    const slot = arena.takeSlot([99], arena.self);
    return { name, arena, slot, agent: agentOf(arena, slot, waits) };
  }

  /**
   * Lets a process do something, and die before its step of that number; whether it came so far. Whoever is left is not told yet.
   */
  dieAt(process: Mortal, step: number, act: () => void): boolean {
    this.steps = 0;
    this.#dying = process;
    this.#running = process;
    this.#deathAt = step;
    try {
      act();
      return false;
    } catch (error) {
      if (!(error instanceof Death)) throw error;
      return true;
    } finally {
      this.#dying = undefined;
      this.#running = undefined;
      this.meanwhile.length = 0;
      this.#forget(process);
    }
  }

  /** What others do while the one who is to die sleeps. */
  whileAsleep(act: () => void): void {
    this.meanwhile.push(() => this.byOthers(act));
  }

  /** What others do in between, as no step of the one who is to die. */
  byOthers(act: () => void): void {
    const running = this.#running;
    this.#running = undefined;
    try {
      act();
    } finally {
      this.#running = running;
    }
  }

  /** Has a survivor learn of a death. */
  mourn(survivor: Mortal, dead: Mortal): void {
    if (this.tidings === "told") survivor.arena.declareDead(dead.slot);
    else {
      this.sign(dead);
      survivor.arena.buryDead();
    }
  }

  /** What the kernel does at a death. */
  sign(dead: Mortal): void {
    const obituary = slotAt(dead.slot) + Slot.OBITUARY;
    this.cells[obituary] = (this.cells[obituary] ?? 0) | OWNER_DIED;
  }

  /** Lets everyone hear its bell and go on, until all are quiet. */
  async settle(): Promise<void> {
    do {
      const rung = [...this.rung];
      this.rung.clear();
      for (const index of rung) for (const answer of [...this.#listeners.get(index) ?? []]) answer();
      // As many turns as the longest chain of promises in the primitives.
      for (let turn = 0; turn < 16; turn++) await undefined;
    } while (this.rung.size > 0);
  }

  /** Called at each write. */
  step(): void {
    if (this.#running === undefined || this.#running !== this.#dying) return;
    if (this.steps === this.#deathAt) throw new Death(`at step ${this.steps}`);
    this.steps++;
  }

  /** Called when the process that runs would sleep. */
  sleep(timeout: number): void {
    const act = this.meanwhile.shift();
    if (act === undefined && timeout === Infinity) throw new Error("Cannot go on: everyone sleeps");
    act?.();
  }

  /** Called when a process wants to hear a bell. */
  listen(index: number, answer: () => void): () => void {
    const answers = this.#listeners.get(index) ?? new Set();
    this.#listeners.set(index, answers.add(answer));
    return () => answers.delete(answer);
  }

  [Symbol.dispose](): void {
    Object.assign(Atomics, plain, { load: plainLoad });
  }

  #forget(dead: Mortal): void {
    this.#listeners.delete(slotAt(dead.slot) + Slot.EAR);
  }

  #install(): void {
    const { cells, plain: raw } = this.words;
    const behind = (array: unknown) => array === cells ? raw : array as Cells;
    const patched = WRITERS.map((name) => [name, (array: unknown, ...args: unknown[]) => {
      if (array === cells) this.step();
      return plain[name]?.(behind(array), ...args);
    }]);
    Object.assign(Atomics, Object.fromEntries(patched), {
      load: (array: unknown, index: number) => plainLoad(behind(array), index),
    });
  }
}
