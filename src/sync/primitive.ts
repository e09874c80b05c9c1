/**
 * What all primitives have in common: a block, whoever uses it, and the queue of those who wait. Each kind says how its state
 * decides who goes on (`settle`), and what the death of somebody means to it; both also run for blocks whose user died halfway.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import type { Arena } from "./arena.ts";
import type { Holder } from "./blocks.ts";
import { Block, Record, Status } from "./layout.ts";
import { answer, dequeue, enqueue, first, type Records } from "./records.ts";
import type { Waiting } from "./waits.ts";

/** A user of an arena: a thread of this OS process, or somebody for whom it acts. */
export interface Agent {
  readonly holder: Holder;
  readonly records: Records;
  readonly waits: Waiting;
}

/** A primitive in shared words, as one agent uses it. */
export abstract class Primitive {
  readonly agent: Agent;
  protected readonly arena: Arena;
  /** Word index of the block. */
  readonly block: number;
  /** Word index of the mutex under which the block changes. */
  protected readonly mutex: number;
  /** What the agent is called in words of shared memory; 0 is nobody. */
  protected readonly me: number;

  /** `guard` is the block whose mutex is used. */
  constructor(agent: Agent, block: number, guard: number = block) {
    this.agent = agent;
    this.arena = agent.holder.arena;
    this.block = block;
    this.mutex = guard + Block.MUTEX;
    this.me = agent.holder.slot + 1;
  }

  /** The words; see {@linkcode Arena.cells}. */
  protected get cells(): Int32Array<SharedArrayBuffer> {
    return this.arena.words.cells;
  }

  /** What it is, see {@linkcode Kind}. */
  get kind(): number {
    return this.load(Block.KIND);
  }

  /** Whether an agent holds it, so that it must not be forgotten. */
  heldBy(_agent: Agent): boolean {
    return false;
  }

  /** Lets go on whoever may, after a change; as part of a transaction on the block, a few at a time. Whether it must be called again. */
  protected abstract settle(): boolean;

  /** The holder of `slot` has died, and a record of its is in the queue, or was answered without being heard. */
  protected left(_record: number, _status: number): void {}

  /** A process has died that had a handle on the block. */
  protected died(_slot: number): void {}

  /** Changes the state, and lets go on whoever may. */
  protected change<T>(work: () => T): T {
    let more = false;
    const result = this.arena.atomically(this.mutex, () => {
      const result = work();
      more = this.settle();
      return result;
    });
    if (more) this.settleAll();
    return result;
  }

  /** Lets everyone go on who may. */
  settleAll(): void {
    // A transaction each, as an undo log is short.
    while (this.arena.atomically(this.mutex, () => this.settle()));
  }

  /** Cleans up after somebody who died while it used this block. */
  bury(slot: number, records: readonly number[]): void {
    const { arena, cells } = this;
    for (const record of records) {
      arena.atomically(this.mutex, () => {
        // Moved meanwhile by somebody else, to where it is buried next.
        if (cells[record + Record.BLOCK] !== this.block) return;
        const status = Atomics.load(cells, record + Record.STATUS);
        if (status === Status.WAITING) dequeue(arena, record, Status.FREE);
        else arena.set(record + Record.STATUS, Status.FREE);
        if (status !== Status.FREE) this.left(record, status);
      });
    }
    arena.atomically(this.mutex, () => this.died(slot));
    this.settleAll();
  }

  /** Itself, once what the dead held was given back. For whoever looks from outside; not as part of a transaction. */
  afterDeaths(): this {
    this.arena.finishBurials();
    return this;
  }

  /** Gives back what the block holds besides itself, when nobody holds it any more. */
  destroy(): void {}

  /** A word of the state. */
  protected load(word: number): number {
    return Atomics.load(this.cells, this.block + word);
  }

  /** Writes a word of the state, as part of a transaction. */
  protected store(word: number, value: number): void {
    this.arena.set(this.block + word, value);
  }

  /** The record that has waited longest; 0 for none. */
  protected first(): number {
    return first(this.arena, this.block);
  }

  /** A record of this agent's about the block; before the transaction in which it is used. */
  protected takeRecord(): number {
    return this.agent.records.take(this.block);
  }

  /** Puts a record at the end of the queue; as part of a transaction. */
  protected enqueue(record: number, info = 0): void {
    this.arena.set(record + Record.INFO, info);
    enqueue(this.arena, record, Status.WAITING);
  }

  /** Takes a record out of the queue without an answer, to be `after`. Its status before: `WAITING` if there was none. */
  protected withdraw(record: number, after: number = Status.FREE): number {
    return this.change(() => {
      const status = Atomics.load(this.cells, record + Record.STATUS);
      if (status === Status.WAITING) dequeue(this.arena, record, after);
      return status;
    });
  }

  /** Stops waiting by a record; whether the answer came at the last moment. */
  protected stopWaiting(record: number): boolean {
    const came = this.withdraw(record) !== Status.WAITING;
    this.agent.records.give(record);
    return came;
  }

  /** Takes a record back that was granted; true, as the outcome of its wait. */
  protected heard(record: number): true {
    this.agent.records.give(record);
    return true;
  }

  /** Answers a record; as part of a transaction. */
  protected answer(record: number, status: number): void {
    answer(this.arena, record, status);
  }

  /** Waits for the answer to a record. */
  protected wait<T>(
    record: number,
    options: WaitOptions,
    look: (status: number) => T,
    expire: () => T,
    abandon: () => void,
  ): Promise<T> {
    return this.agent.waits.wait(options, () => this.#look(record, look), expire, abandon);
  }

  /** {@linkcode Primitive.wait}, blocking the thread. */
  protected waitSync<T>(record: number, timeout: number, look: (status: number) => T, expire: () => T): T {
    return this.agent.waits.waitSync(timeout, () => this.#look(record, look), expire);
  }

  #look<T>(record: number, look: (status: number) => T): T | undefined {
    if (Atomics.load(this.cells, record + Record.STATUS) === Status.WAITING) return undefined;
    // It may be part of a change that is not finished, and may be undone yet.
    const status = this.arena.atomically(this.mutex, () => Atomics.load(this.cells, record + Record.STATUS));
    return status === Status.WAITING ? undefined : look(status);
  }
}
