/**
 * {@linkcode PoolIterator}: results one by one.
 *
 * @module
 */

import { checkWaitOptions, suspend, type WaitOptions } from "../base/deadline.ts";
import { TimeoutError } from "../base/errors.ts";
import type { Outcome, StreamJob } from "./stream_job.ts";

// `for await` does not tell an iterator that has thrown that it takes no more: who leaves it then is known by nobody having it any more.
const abandoned = new FinalizationRegistry<StreamJob>((job) => void job.cancel().catch(() => {}));

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
   * @throws The reason of the job's signal, if that has aborted; then nothing comes any more.
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
  nextSync(options: { timeout?: number | undefined } = {}): IteratorResult<T> {
    checkWaitOptions(options);
    const { timeout = Infinity } = options;
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
      abandoned.register(this, this.#job, this);
      throw outcome.value;
    }
    abandoned.unregister(this);
    return { done: false, value: outcome.value as T };
  }
}

function notReady(timeout: number | undefined): TimeoutError {
  return new TimeoutError(`Cannot get the next result: it was not ready within ${timeout} ms; ask again`);
}
