/**
 * {@linkcode PoolIterator}: results one by one, while the input is read only as far ahead as keeps the workers busy.
 *
 * @module
 */

import { checkWaitOptions, suspend, type WaitOptions } from "../base/deadline.ts";
import { TimeoutError } from "../base/errors.ts";
import { Fifo } from "../base/fifo.ts";
import { keepProgram } from "../base/keep_program.ts";
import type { PoolEngine } from "./pool_engine.ts";
import type { Supply } from "./pool_queue.ts";
import type { Callee, PoolTask, TaskOptions } from "./pool_task.ts";

/** What a stream of results is made of. */
export interface StreamInit {
  readonly engine: PoolEngine;
  readonly mode: number;
  readonly callee: Callee;
  readonly chunkSize: number;
  readonly ordered: boolean;
  /** Whether the items come as promises. */
  readonly async: boolean;
  readonly options: TaskOptions;
}

/** The outcome of a chunk, or the end. */
interface Outcome {
  readonly ok: boolean;
  readonly value: unknown;
}

type Input = Iterator<unknown> | AsyncIterator<unknown>;

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
  #inputEnded = false;
  #made = 0;
  #taken = 0;
  #arrived = 0;

  constructor(init: StreamInit, input: Iterable<unknown> | AsyncIterable<unknown>) {
    this.#init = init;
    this.#input = Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]();
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
    const { chunkSize } = this.#init;
    try {
      while (this.#chunk.length < chunkSize) {
        const next = this.#input.next();
        if (this.#init.async) {
          this.#read(next);
          return undefined;
        }
        // The input may have ended the pool.
        if (this.exhausted) return undefined;
        if (this.#isEnd(next as IteratorResult<unknown>)) return this.#last();
      }
    } catch (error) {
      this.#inputFailed(error);
      return undefined;
    }
    return this.#task();
  }

  fail(error: unknown): void {
    this.exhausted = true;
    this.#closeQuietly();
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
    this.exhausted = this.#cancelled = true;
    this.#made = this.#taken;
    this.#outcomes.clear();
    this.#results = [];
    const reason = new DOMException("Nobody takes the results any more", "AbortError");
    for (const task of [...this.#tasks]) task.discard(reason);
    this.#serve();
    this.#init.engine.pump();
    await this.#closeInput();
  }

  /** Tells the input that no more is read of it, once. */
  async #closeInput(): Promise<void> {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    const closed = this.#input.return?.();
    // An input that is at work tells only when it has something, which may be never.
    if (!this.#reading) await closed;
    else if (closed instanceof Promise) {
      closed.catch(() => {
        // Nobody listens any more.
      });
    }
  }

  /** Reads one chunk of an asynchronous input. */
  async #read(first: ReturnType<Input["next"]>): Promise<void> {
    this.#reading = true;
    let task: PoolTask | undefined;
    try {
      let ended = this.#isEnd(await first);
      while (!ended && !this.exhausted && this.#chunk.length < this.#init.chunkSize) {
        ended = this.#isEnd(await this.#input.next());
      }
      if (!this.exhausted) task = ended ? this.#last() : this.#task();
    } catch (error) {
      if (!this.exhausted) this.#inputFailed(error);
    }
    this.#reading = false;
    if (task !== undefined) this.#init.engine.queue.single.push(task);
    this.#init.engine.pump();
  }

  #isEnd(next: IteratorResult<unknown>): boolean {
    if (next.done === true) this.#inputEnded = true;
    else this.#chunk.push(next.value);
    return this.#inputEnded;
  }

  /** What is left when the input is at its end. */
  #last(): PoolTask | undefined {
    this.exhausted = true;
    const task = this.#chunk.length > 0 ? this.#task() : undefined;
    this.#serve();
    return task;
  }

  /** As Python's, what was read of a chunk is dropped. */
  #inputFailed(error: unknown): void {
    this.#inputEnded = this.exhausted = true;
    this.#chunk = [];
    this.#arrive(this.#made++, { ok: false, value: error });
  }

  #task(): PoolTask | undefined {
    const { engine, mode, callee, chunkSize, options } = this.#init;
    const chunk = this.#chunk;
    this.#chunk = [];
    const index = this.#made++;
    let task: PoolTask | undefined;
    const settle = (ok: boolean, value: unknown) => {
      if (task !== undefined) this.#tasks.delete(task);
      this.#late.delete(index);
      // As Python's, a stream of chunks ends with the first that fails; one of single items goes on.
      if (!ok && chunkSize > 1) this.#closeQuietly();
      this.#arrive(index, { ok, value });
    };
    const outcome = {
      resolve: (value: unknown) => settle(true, value),
      reject: (error: unknown) => settle(false, error),
      late: (isLate: boolean) => void (isLate ? this.#late.add(index) : this.#late.delete(index)),
    };
    try {
      task = engine.make(mode, callee, chunk, options, outcome);
      if (task.over) return undefined;
      this.#tasks.add(task);
      return task;
    } catch (error) {
      settle(false, error);
      return undefined;
    }
  }

  #closeQuietly(): void {
    this.exhausted = true;
    this.#closeInput().catch(() => {
      // Something else has failed, which is what is told.
    });
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

/** Makes an iterator over the results of a job; it keeps its pool. */
export let makeIterator: <T>(job: StreamJob, pool: object) => PoolIterator<T>;

/**
 * The results of `imap` and `imapUnordered`, as Python's `multiprocessing.pool.IMapIterator`.
 *
 * @example As they come
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ref, ThreadPool } from "@multiprocessing/deno";
 *
 * const parse = ref<(text: string) => number>("data:text/javascript,export default JSON.parse");
 * await using pool = new ThreadPool(2);
 * const results: number[] = [];
 * for await (const result of pool.imap(parse, ["1", "2", "3"])) results.push(result);
 * assertEquals(results, [1, 2, 3]);
 * ```
 *
 * @typeParam T What a task results in.
 */
export class PoolIterator<T> implements AsyncIterableIterator<T>, AsyncDisposable {
  #job!: StreamJob;
  /** A pool that nobody has any more is ended, but not while it is iterated over. */
  #pool: object | undefined;
  #over = false;

  static {
    makeIterator = <T>(job: StreamJob, pool: object) => {
      const iterator = new PoolIterator<T>();
      iterator.#job = job;
      iterator.#pool = pool;
      return iterator;
    };
  }

  /**
   * The next result.
   *
   * @param options How long to wait, in milliseconds; a result that comes later is not lost.
   * @throws {TimeoutError} If it was not there in time.
   * @throws What the task threw; those after it still come.
   */
  next(options: WaitOptions = {}): Promise<IteratorResult<T>> {
    checkWaitOptions(options);
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    return suspend<IteratorResult<T>>(options, (resolve, reject) =>
      this.#job.next((outcome) => {
        try {
          resolve(this.#take(outcome));
        } catch (error) {
          reject(error);
        }
      }), () => {
      throw notReady(options.timeout);
    });
  }

  /** {@linkcode PoolIterator.next}, blocking the thread; throws as {@linkcode AsyncResult.getSync} besides. */
  nextSync({ timeout = Infinity }: { timeout?: number } = {}): IteratorResult<T> {
    checkWaitOptions({ timeout });
    if (this.#over) return { done: true, value: undefined };
    const answer = this.#job.nextSync(timeout);
    if (answer === undefined) throw notReady(timeout);
    return this.#take(answer.outcome);
  }

  /** Gives the rest up: tasks that wait are dropped, those that run are aborted, and the input is told. */
  async return(): Promise<IteratorResult<T>> {
    this.#over = true;
    this.#pool = undefined;
    await this.#job.cancel();
    return { done: true, value: undefined };
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** {@linkcode PoolIterator.return} */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #take(outcome: Outcome | undefined): IteratorResult<T> {
    if (outcome === undefined) {
      this.#over = true;
      this.#pool = undefined;
      return { done: true, value: undefined };
    }
    if (!outcome.ok) {
      this.#over = this.#job.chunked;
      throw outcome.value;
    }
    return { done: false, value: outcome.value as T };
  }
}

function notReady(timeout: number | undefined): TimeoutError {
  return new TimeoutError(`Cannot get the next result: it was not ready within ${timeout} ms; ask again`);
}
