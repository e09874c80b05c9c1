/**
 * {@linkcode StreamJob}: a job whose results are taken one by one, while its input is read only as far ahead as keeps the workers busy.
 *
 * @module
 */

import { Fifo } from "../base/fifo.ts";
import { keepProgram } from "../base/keep_program.ts";
import { leave } from "../codec/transfer.ts";
import { Input } from "./input.ts";
import type { PoolEngine } from "./pool_engine.ts";
import type { Items } from "./pool_init.ts";
import type { Supply } from "./pool_queue.ts";
import type { Job, PoolTask } from "./pool_task.ts";

/** What a stream of results is made of. */
export interface StreamInit {
  readonly engine: PoolEngine;
  readonly job: Job;
  readonly chunkSize: number;
  readonly ordered: boolean;
}

/** The outcome of a chunk, or the end. */
export interface Outcome {
  readonly ok: boolean;
  readonly value: unknown;
}

/** The job behind a {@linkcode PoolIterator}. */
export class StreamJob implements Supply {
  exhausted = false;
  readonly #init: StreamInit;
  readonly #input: Input;
  /** Those that have not come to an end. */
  readonly #tasks = new Set<PoolTask>();
  /** Chunks of which it takes a turn of the event loop to read the outcome. */
  readonly #late = new Set<number>();
  /** Outcomes of chunks that nobody has taken; in order, or as they come. */
  readonly #outcomes = new Map<number, Outcome>();
  /** Results of the chunk that is being taken, the last first. */
  #results: unknown[] = [];
  readonly #takers = new Fifo<(outcome: Outcome | undefined) => void>();
  #awaited = false;
  #cancelled = false;
  /** Items of the next chunk. */
  #chunk: unknown[] = [];
  #reading = false;
  /** Whether a chunk could not be sent. */
  #refused = false;
  #made = 0;
  #taken = 0;
  #arrived = 0;

  constructor(init: StreamInit, items: Items<unknown>) {
    this.#init = init;
    this.#input = new Input(items);
    const { signal } = init.job.options;
    if (signal?.aborted) this.#abort();
    else signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** Whether a task has several items. */
  get chunked(): boolean {
    return this.#init.chunkSize > 1;
  }

  get awaited(): boolean {
    return this.#reading && !this.exhausted;
  }

  take(): PoolTask | undefined {
    if (this.exhausted || this.#reading || this.#made - this.#taken >= this.#init.engine.readAhead) return undefined;
    if (this.#input.isAsync) {
      this.#read();
      return undefined;
    }
    try {
      while (this.#chunk.length < this.#init.chunkSize) {
        const next = this.#input.next();
        // The input may have ended the job.
        if (this.exhausted) return undefined;
        if (this.#isEnd(next)) return this.#last();
      }
    } catch (error) {
      this.#inputFailed(error);
      return undefined;
    }
    return this.#task();
  }

  fail(error: unknown): void {
    if (this.#cancelled) return;
    this.#close();
    this.#arrive(this.#made++, { ok: false, value: error });
  }

  /** Gives the next result to somebody, as soon as there is one; `undefined` when all were taken. */
  next(taker: (outcome: Outcome | undefined) => void): () => void {
    this.#takers.push(taker);
    this.#serve();
    this.#keepProgram();
    return () => {
      this.#takers.remove(taker);
      this.#keepProgram();
    };
  }

  /**
   * Blocks the thread until there is a result, or all were taken.
   *
   * @returns What {@linkcode StreamJob.next} gives; nothing if the time was up first.
   */
  nextSync(timeout: number): { readonly outcome: Outcome | undefined } | undefined {
    const { engine } = this.#init;
    let answer: { readonly outcome: Outcome | undefined } | undefined;
    const remove = this.next((outcome) => answer = { outcome });
    try {
      // Else that is done in the next turn.
      engine.pump();
      engine.blockUntil(() => answer !== undefined, timeout, () => this.#needsTurn, "until the next result is there");
      return answer;
    } finally {
      remove();
    }
  }

  /** Whether the next result cannot come before the next turn of the event loop. */
  get #needsTurn(): boolean {
    if (this.#tasks.size === 0) return this.#reading;
    return this.#init.ordered ? this.#late.has(this.#taken) : this.#late.size === this.#tasks.size;
  }

  /** Nobody wants the rest. */
  async cancel(): Promise<void> {
    this.#drop();
    const reason = new DOMException("Nobody takes the results any more", "AbortError");
    for (const task of [...this.#tasks]) task.discard(reason);
    this.#serve();
    this.#init.engine.pump();
    await this.#input.close();
  }

  /** The signal has aborted, which its tasks hear for themselves. */
  readonly #abort = (): void => {
    const { engine, job: { options: { signal } } } = this.#init;
    this.#drop();
    this.#outcomes.set(this.#made++, { ok: false, value: signal?.reason });
    this.#serve();
    this.#input.closeQuietly();
    engine.pump();
  };

  /** Whatever comes from now on is nobody's. */
  #drop(): void {
    this.exhausted = this.#cancelled = true;
    this.#made = this.#taken;
    this.#outcomes.clear();
    this.#results = [];
  }

  /** Reads one chunk of an asynchronous input. */
  async #read(): Promise<void> {
    this.#reading = true;
    let task: PoolTask | undefined;
    try {
      let ended = false;
      while (!ended && !this.exhausted && this.#chunk.length < this.#init.chunkSize) {
        ended = this.#isEnd(await this.#input.nextLater());
      }
      if (!this.exhausted) task = ended ? this.#last() : this.#task();
    } catch (error) {
      this.#inputFailed(error);
    }
    this.#reading = false;
    if (task !== undefined) this.#init.engine.queue.single.push(task);
    this.#init.engine.pump();
  }

  #isEnd({ done, value }: IteratorResult<unknown>): boolean {
    if (done !== true) this.#chunk.push(value);
    return done === true;
  }

  /** What is left when the input is at its end. */
  #last(): PoolTask | undefined {
    this.exhausted = true;
    const task = this.#chunk.length > 0 ? this.#task() : undefined;
    if (!this.#refused) leave(this.#init.job.buffers);
    this.#serve();
    return task;
  }

  /** As Python's, what was read of a chunk is dropped. */
  #inputFailed(error: unknown): void {
    if (this.exhausted) return;
    this.exhausted = true;
    this.#chunk = [];
    this.#arrive(this.#made++, { ok: false, value: error });
  }

  #task(): PoolTask | undefined {
    const { engine, job } = this.#init;
    const chunk = this.#chunk;
    this.#chunk = [];
    const index = this.#made++;
    let task: PoolTask | undefined;
    const settle = (ok: boolean, value: unknown) => {
      if (task !== undefined) this.#tasks.delete(task);
      this.#late.delete(index);
      // As Python's, a stream of chunks ends with the first that fails; one of single items goes on.
      if (!ok && this.chunked) this.#close();
      this.#arrive(index, { ok, value });
    };
    const outcome = {
      resolve: (value: unknown) => settle(true, value),
      reject: (error: unknown) => settle(false, error),
      late: (isLate: boolean) => void (isLate ? this.#late.add(index) : this.#late.delete(index)),
    };
    try {
      task = engine.make(job, chunk, outcome);
      if (!task.over) {
        this.#tasks.add(task);
        return task;
      }
    } catch (error) {
      settle(false, error);
    }
    this.#refused = true;
    return undefined;
  }

  /** No more is read. */
  #close(): void {
    this.exhausted = true;
    this.#input.closeQuietly();
  }

  #arrive(index: number, outcome: Outcome): void {
    if (this.#cancelled) return;
    this.#outcomes.set(this.#init.ordered ? index : this.#arrived++, outcome);
    this.#serve();
  }

  /** As long as somebody waits: there need not be a task yet. */
  #keepProgram(): void {
    const awaited = this.#takers.length > 0;
    if (awaited === this.#awaited) return;
    this.#awaited = awaited;
    if (awaited) keepProgram.begin();
    else keepProgram.end();
  }

  #serve(): void {
    // An abort would come too late, and the signal may outlive the job by far.
    if (this.exhausted && this.#tasks.size === 0) {
      this.#init.job.options.signal?.removeEventListener("abort", this.#abort);
    }
    while (this.#takers.length > 0) {
      if (this.#results.length === 0) {
        const outcome = this.#outcomes.get(this.#taken);
        if (outcome === undefined && !(this.exhausted && this.#taken >= this.#made)) return;
        if (outcome !== undefined) this.#open(outcome);
        if (outcome?.ok !== true) this.#takers.shift()?.(outcome);
      } else this.#takers.shift()?.({ ok: true, value: this.#results.pop() });
    }
  }

  #open(outcome: Outcome): void {
    this.#outcomes.delete(this.#taken++);
    // A worker answers a chunk with as many results.
    if (outcome.ok) this.#results = (outcome.value as unknown[]).reverse();
    // There is room for another.
    queueMicrotask(() => this.#init.engine.pump());
  }
}
