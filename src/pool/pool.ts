/**
 * {@linkcode Pool}.
 *
 * @module
 */

import { InvalidStateError, NotSupportedError } from "../base/errors.ts";
import { identity } from "../base/identity.ts";
import { NodeHandoff } from "../channel/node_handoff.ts";
import { noteCaller } from "../codec/function_ref.ts";
import { reduce } from "../codec/reducer.ts";
import { Ref, type Target } from "../codec/ref.ts";
import { leave } from "../codec/transfer.ts";
import { cpuCount } from "../process/current_process.ts";
import { checkMayHaveChildren } from "../process/family.ts";
import { fixStartMethod, type StartMethod } from "../process/start_method.ts";
import { AsyncResult, type Callbacks, makeResult, type ResultOwner } from "./async_result.ts";
import { beginMap } from "./map_job.ts";
import { PoolEngine } from "./pool_engine.ts";
import {
  checkAlone,
  checkChunkSize,
  checkedInit,
  checkItems,
  checkSendable,
  type ChunkOptions,
  type Items,
  type PoolInit,
  wrong,
} from "./pool_init.ts";
import { makeIterator, type PoolIterator } from "./pool_iterator.ts";
import type { PoolStats } from "./pool_stats.ts";
import { type Callee, encoded, type Job, readTaskOptions, type Resolvers, type TaskOptions } from "./pool_task.ts";
import { Mode } from "./pool_wire.ts";
import { StreamJob } from "./stream_job.ts";
import { noteClosed, noteEnded, noteOpen, warn } from "./unclosed.ts";

/**
 * A pool of worker processes, as Python's `multiprocessing.Pool`.
 *
 * - Functions are named as everywhere: exported by the main or the calling module, shared, or by {@linkcode ref}.
 * - A worker that dies fails the task it was at with {@linkcode WorkerDiedError} and is replaced; no other task is lost.
 * - A pool in use keeps the program alive, an idle one does not. `await using` terminates it at the end of the scope.
 *
 * @example Squares
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext, ref } from "@multiprocessing/deno";
 *
 * const sqrt = ref<(x: number) => number>("data:text/javascript,export default Math.sqrt");
 * const { Pool } = getContext("worker");
 * await using pool = new Pool(2);
 * assertEquals(await pool.map(sqrt, [1, 4, 9]), [1, 2, 3]);
 * ```
 */
export class Pool implements AsyncDisposable {
  /** The start method of the workers; the default one if absent. */
  static readonly startMethod: StartMethod | undefined = undefined;

  readonly #engine: PoolEngine;
  readonly #creator = identity.address;
  readonly #callees = new WeakMap<object, Callee>();
  readonly #taskTimeout: number | undefined;
  /** Results that nobody has asked for. */
  readonly #unasked = new Set<object>();
  readonly #owner: ResultOwner;
  #lastCallee = 0;

  /**
   * Makes a pool and starts its workers.
   *
   * @param init How many workers, or what the pool is made of.
   * @throws {RangeError} If there were no worker, `maxTasksPerChild` is not positive, or a permission is not well-formed.
   * @throws {TypeError} If something is of the wrong kind or has a wrong name, or the initializer or its arguments cannot be sent.
   * @throws {InvalidStateError} If this process may not have children.
   */
  constructor(init: number | null | PoolInit = {}) {
    checkAlone("Pool", arguments);
    const options: PoolInit = typeof init === "object" ? init ?? {} : { processes: init };
    const { processes = cpuCount(), initializer, initargs = [], maxTasksPerChild, permissions = "inherit" } =
      checkedInit(options);
    checkMayHaveChildren("PoolWorker");
    checkSendable(initializer);
    checkSendable(initargs);
    const bound = (this.constructor as typeof Pool).startMethod;
    const startMethod = options.context?.getStartMethod() ?? bound ?? fixStartMethod();
    this.#taskTimeout = options.taskTimeout;
    this.#engine = new PoolEngine({
      processes,
      startMethod,
      initializer,
      initargs,
      permissions,
      maxTasksPerChild: maxTasksPerChild ?? Infinity,
      onWorkerExit: options.onWorkerExit,
      pool: new WeakRef(this),
    });
    this.#owner = ownerOf(this.#engine, this.#unasked);
    noteOpen(this, this.#engine);
  }

  /**
   * Calls a function in a worker.
   *
   * @param f The function.
   * @param args Its arguments.
   * @param options What ends the task early, and who hears of its progress.
   * @returns What it returns.
   * @throws {WorkerDiedError} If the worker ended while it ran.
   * @throws What the function throws.
   */
  apply<A extends unknown[], R>(f: Target<A, R>, args?: A, options: TaskOptions = {}): Promise<R> {
    // Not an async function, which would cost a promise and two closures more for each task.
    const outcome = Promise.withResolvers<R>();
    try {
      this.#call(f, args, options, outcome);
    } catch (error) {
      outcome.reject(error);
    }
    return outcome.promise;
  }

  /**
   * {@linkcode Pool.apply} without waiting.
   *
   * @returns The result to come. Errors of the call itself are thrown at once, those of its arguments are the result.
   */
  applyAsync<A extends unknown[], R>(
    f: Target<A, R>,
    args?: A,
    options: TaskOptions & Callbacks<R> = {},
  ): AsyncResult<R> {
    const settler = makeResult<R>(options, this.#owner, this);
    this.#call(f, args, options, settler);
    return this.#noted(settler.result);
  }

  /** {@linkcode Pool.apply}, blocking the thread; throws as {@linkcode AsyncResult.getSync} besides. */
  applySync<A extends unknown[], R>(f: Target<A, R>, args?: A, options: Omit<TaskOptions, "signal"> = {}): R {
    const settler = makeResult<R>({}, this.#owner, this);
    this.#call(f, args, options, settler, true);
    return settler.result.getSync();
  }

  /**
   * Calls a function with each item, in chunks.
   *
   * @param f The function.
   * @param items Its arguments; an iterable is listed first.
   * @param options How many items make a task; as many as give each worker four of them if absent.
   * @returns The results, in the order of the items.
   * @throws What the first task that failed threw, once all have ended.
   * @throws The reason of the signal, at once if it aborts while an asynchronous input is still read, which is told.
   */
  async map<T, R>(f: Target<[T], R>, items: Items<T>, options: ChunkOptions = {}): Promise<R[]> {
    return await this.#map<R>(Mode.MAP, f, items, options).get();
  }

  /** {@linkcode Pool.map} without waiting. */
  mapAsync<T, R>(f: Target<[T], R>, items: Items<T>, options: ChunkOptions & Callbacks<R[]> = {}): AsyncResult<R[]> {
    return this.#noted(this.#map<R>(Mode.MAP, f, items, options));
  }

  /** {@linkcode Pool.map}, blocking the thread; throws as {@linkcode AsyncResult.getSync} besides. */
  mapSync<T, R>(f: Target<[T], R>, items: Iterable<T>, options: Omit<ChunkOptions, "signal"> = {}): R[] {
    return this.#map<R>(Mode.MAP, f, items, options, true).getSync();
  }

  /** {@linkcode Pool.map} of a function of several arguments: each item is a list of them. */
  async starmap<A extends unknown[], R>(f: Target<A, R>, items: Items<A>, options: ChunkOptions = {}): Promise<R[]> {
    return await this.#map<R>(Mode.STARMAP, f, items, options).get();
  }

  /** {@linkcode Pool.starmap} without waiting. */
  starmapAsync<A extends unknown[], R>(
    f: Target<A, R>,
    items: Items<A>,
    options: ChunkOptions & Callbacks<R[]> = {},
  ): AsyncResult<R[]> {
    return this.#noted(this.#map<R>(Mode.STARMAP, f, items, options));
  }

  /** {@linkcode Pool.starmap}, blocking the thread; throws as {@linkcode AsyncResult.getSync} besides. */
  starmapSync<A extends unknown[], R>(
    f: Target<A, R>,
    items: Iterable<A>,
    options: Omit<ChunkOptions, "signal"> = {},
  ): R[] {
    return this.#map<R>(Mode.STARMAP, f, items, options, true).getSync();
  }

  /**
   * {@linkcode Pool.map}, with the results one by one, in order. The input is read only as far ahead as keeps the workers busy.
   *
   * If the signal aborts, the job is over at once: what runs is aborted, the input is told, and the next result is the reason. What is in
   * `transfer` leaves once all of the input has been read, if all of it could be sent.
   *
   * @param options How many items make a task; 1 if absent.
   */
  imap<T, R>(f: Target<[T], R>, items: Items<T>, options: ChunkOptions = {}): PoolIterator<R> {
    return this.#stream<R>(f, items, options, true);
  }

  /** {@linkcode Pool.imap}, with the results as they come. */
  imapUnordered<T, R>(f: Target<[T], R>, items: Items<T>, options: ChunkOptions = {}): PoolIterator<R> {
    return this.#stream<R>(f, items, options, false);
  }

  /** No more tasks: the workers end when those that were submitted are done. */
  close(): void {
    this.#assertOwn("close");
    noteClosed(this.#engine);
    this.#engine.close();
  }

  /** Ends the workers at once. Tasks that are not done reject. Resolves when the workers have ended. */
  async terminate(): Promise<void> {
    this.#assertOwn("terminate");
    this.#terminate();
    await this.#engine.allEnded();
  }

  /** {@linkcode Pool.terminate}, blocking the thread until the workers have ended; throws as {@linkcode AsyncResult.getSync}. */
  terminateSync(): void {
    this.#assertOwn("terminate");
    this.#engine.checkMayBlock();
    this.#terminate();
    this.#engine.blockUntilOver();
  }

  /**
   * Waits until the workers have ended.
   *
   * @throws {InvalidStateError} If the pool is neither closed nor terminated.
   */
  async join(): Promise<void> {
    this.#assertJoinable();
    this.#engine.hurry();
    await this.#engine.allEnded();
    noteEnded(this.#engine);
  }

  /** {@linkcode Pool.join}, blocking the thread; throws as {@linkcode AsyncResult.getSync} besides. */
  joinSync(): void {
    this.#assertJoinable();
    this.#engine.checkMayBlock();
    this.#engine.hurry();
    this.#engine.blockUntilOver();
    noteEnded(this.#engine);
  }

  /** What the pool tells about its work. */
  stats(): PoolStats {
    return this.#engine.stats();
  }

  /** Terminates the pool, as Python's `with` does. If that drops tasks nobody has asked for, a warning says how many. */
  async [Symbol.asyncDispose](): Promise<void> {
    const lost = [...this.#unasked].filter(AsyncResult.isForgotten).length;
    await this.terminate();
    if (lost > 0) {
      warn(
        `${lost} task${
          lost > 1 ? "s" : ""
        } of ${this} dropped: nobody had awaited them; await their results, or close() and join() the pool first`,
      );
    }
  }

  /** Refused, before its class is looked for. */
  get [reduce](): never {
    throw new NotSupportedError("Cannot send a pool: pool objects cannot be passed between processes; make one there");
  }

  /** As Python prints it. */
  toString(): string {
    return `<multiprocessing.pool.${this.constructor.name} state=${this.#engine.state} pool_size=${this.#engine.size}>`;
  }

  /** As Python prints it. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  #terminate(): void {
    noteEnded(this.#engine);
    this.#engine.terminate();
  }

  #assertJoinable(): void {
    this.#assertOwn("join");
    if (this.#engine.state === "RUN") {
      throw new InvalidStateError("Cannot join the pool: Pool is still running; close() or terminate() it first");
    }
  }

  #call(f: unknown, args: unknown, options: TaskOptions, outcome: Resolvers, blocks: boolean = false): void {
    const job = this.#job(Mode.CALL, f, options, blocks);
    if (args !== undefined && !Array.isArray(args)) throw wrong("args", "an array", args);
    const engine = this.#engine;
    if (engine.submit(engine.queue.single, job, (args ?? []) as unknown[], outcome)) leave(job.buffers);
    engine.pump();
  }

  #map<R>(
    mode: number,
    f: unknown,
    items: unknown,
    options: ChunkOptions & Callbacks<R[]>,
    blocks: boolean = false,
  ): AsyncResult<R[]> {
    const job = this.#job(mode, f, options, blocks);
    const { chunkSize } = options;
    checkChunkSize(chunkSize);
    checkItems(items);
    const settler = makeResult<R[]>(options, this.#owner, this);
    beginMap({ engine: this.#engine, job, chunkSize, settler }, items);
    return settler.result;
  }

  #stream<R>(f: unknown, items: unknown, options: ChunkOptions, ordered: boolean): PoolIterator<R> {
    const job = this.#job(Mode.MAP, f, options);
    const { chunkSize = 1 } = options;
    checkChunkSize(chunkSize);
    checkItems(items);
    const stream = new StreamJob({ engine: this.#engine, job, chunkSize, ordered }, items);
    this.#engine.supply(stream);
    this.#engine.pump();
    return makeIterator<R>(stream, this);
  }

  /** What every submission begins with: what is refused, as to block for it may be, is not done. */
  #job(mode: number, f: unknown, options: TaskOptions, blocks: boolean = false): Job {
    this.#assertOwn("submit to");
    this.#engine.assertRunning();
    if (blocks) this.#engine.checkMayBlock();
    const read = readTaskOptions(options, this.#taskTimeout);
    if (typeof f !== "function" && !(f instanceof Ref)) throw wrong("f", "a function", f);
    return { mode, callee: this.#callees.get(f) ?? this.#newCallee(f), ...read };
  }

  #newCallee(f: object): Callee {
    noteCaller(f);
    const bytes = encoded(f, new NodeHandoff("a worker of the pool", identity.address));
    const callee = { number: ++this.#lastCallee, name: typeof f === "function" ? f.name : String(f), bytes };
    this.#callees.set(f, callee);
    return callee;
  }

  #noted<R>(result: AsyncResult<R>): AsyncResult<R> {
    if (!result.ready()) this.#unasked.add(result);
    return result;
  }

  #assertOwn(what: string): void {
    if (this.#creator === identity.address) return;
    throw new InvalidStateError(`Cannot ${what} the pool: only the process that made it may; make another one here`);
  }
}

/** Who answers for results; not the pool, which may be dropped before them. */
function ownerOf(engine: PoolEngine, unasked: Set<object>): ResultOwner {
  return {
    blockUntil: (...wait) => engine.blockUntil(...wait),
    settled: (result) => unasked.delete(result),
  };
}
