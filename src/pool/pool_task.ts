/**
 * A task of a pool as its caller knows it: what is to be done, what ends it early, and where its outcome goes.
 *
 * @module
 */

import { checkOptions } from "../base/check.ts";
import { checkWaitOptions, WAIT_OPTIONS } from "../base/deadline.ts";
import { TimeoutError } from "../base/errors.ts";
import { identity } from "../base/identity.ts";
import { checkFrame } from "../channel/frame.ts";
import { NodeHandoff } from "../channel/node_handoff.ts";
import { encode } from "../codec/encode.ts";
import { buffersIn } from "../codec/transfer.ts";
import { bytesOf } from "../codec/writer.ts";
import { after } from "./alarms.ts";
import type { Linked } from "./open_tasks.ts";
import { What } from "./pool_wire.ts";
import { Unreadable } from "./unreadable.ts";

// At most so many bytes of a message are the pool's own.
const HEADER_BYTES = 1 << 10;
// A worker that has begun nothing for so long after it was given a task with a timeout is stuck…
const STUCK_MS = 1000;
// …unless it still receives the arguments, of which it gets more than so many bytes in a millisecond.
const LEAST_BYTES = 10_000;

/** What may end a task early, and who hears of its progress. */
export interface TaskOptions {
  /** Ends the task: its {@linkcode taskSignal} aborts with the reason, and after `grace` its worker is replaced. */
  signal?: AbortSignal | undefined;
  /** How long it may run, in milliseconds, counted from its start. */
  timeout?: number | undefined;
  /**
   * How long it may go on once its signal is aborted, in milliseconds.
   *
   * @default {0}
   */
  grace?: number | undefined;
  /**
   * Objects that leave this process instead of being copied: array buffers, which are empty here afterwards. They stay if something of
   * the job cannot be sent.
   */
  transfer?: Transferable[] | undefined;
  /** Called with what the task reports by {@linkcode reportProgress}, in order and before its result. */
  onProgress?: ((value: unknown) => void) | undefined;
}

/** The names of all options of a job, whatever the method. */
export const SUBMIT_OPTIONS: readonly string[] = [
  ...WAIT_OPTIONS,
  "grace",
  "transfer",
  "onProgress",
  "chunkSize",
  "callback",
  "errorCallback",
];

/** A function as workers are told of it. */
export interface Callee {
  readonly number: number;
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the tasks of a job have in common. */
export interface Job {
  /** How the arguments are used; see `Mode`. */
  readonly mode: number;
  readonly callee: Callee;
  readonly options: TaskOptions;
  /** What leaves this process when all tasks are made. */
  readonly buffers: readonly ArrayBuffer[];
}

/** Who runs a task. */
export interface Runner {
  /** Whether it has begun the task, and no other since. */
  isAt(task: PoolTask): boolean;
  /** Takes the task back if it has not begun; whether that is so. */
  withdraw(task: PoolTask): boolean;
  /** Tells a task that it is not wanted any more. */
  abort(task: PoolTask): void;
  /** Ends the process that runs the task, or that does not begin it; one that has not been begun goes back to the queue. */
  dismiss(task: PoolTask): void;
}

/** Where the outcome of a task goes, once; what `Promise.withResolvers` gives will do. */
export interface Resolvers {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** To read what has come takes a turn of the event loop; or does not any more. */
  readonly late?: (isLate: boolean) => void;
}

/** Who answers for tasks. */
export interface TaskOwner {
  /** A task has come to an end, and its outcome is to be told. */
  ended(task: PoolTask, ok: boolean, value: unknown): void;
  /** To read what was told of a task takes a turn of the event loop; or does not any more. */
  late(isLate: boolean): void;
}

/** Where tasks wait. */
export interface Waiting {
  /** A task that waits there has come to an end. */
  dropped(): void;
}

/** A task from submission to outcome. */
export class PoolTask implements Linked<PoolTask> {
  readonly job: Job;
  readonly args: Uint8Array;
  readonly outcome: Resolvers;
  #handoff: NodeHandoff | undefined;
  readonly #owner: TaskOwner;
  readonly submitted: number = performance.now();
  previous: PoolTask | undefined;
  next: PoolTask | undefined;
  /** Who has it; nobody while it is queued. */
  runner: Runner | undefined;
  /** Where it waits. */
  waiting: Waiting | undefined;
  /** Its number among the tasks of its worker. */
  sequence = 0;
  over = false;
  /** Whether it is to be ended, for whatever reason. */
  aborted = false;
  reason: unknown;
  /** Whether a worker was ended because it did not begin it: another that does not is no accident. */
  #wasStuck = false;
  /** What is still to be read of what its worker told. */
  #reading: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #abort: (() => void) | undefined;

  /**
   * Encodes what is to be done.
   *
   * @throws {TypeError} If an argument cannot be sent.
   * @throws {RangeError} If they are too long.
   */
  constructor(owner: TaskOwner, job: Job, args: readonly unknown[], outcome: Resolvers) {
    this.#owner = owner;
    this.job = job;
    this.outcome = outcome;
    // Answered for by this process, as nobody knows yet who will run it.
    const handoff = spare ?? new NodeHandoff("a task of the pool", identity.address);
    spare = undefined;
    this.args = encoded(args, handoff);
    if (handoff.leases.length === 0 && handoff.references.length === 0) spare = handoff;
    else this.#handoff = handoff;
    const { signal } = job.options;
    if (signal === undefined) return;
    this.#abort = () => this.end(signal.reason);
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  /** Its worker is at it from now on, also if nobody waits for it any more. */
  begin(): void {
    const { timeout = Infinity } = this.job.options;
    if (timeout !== Infinity) this.#limit(timeout, performance.now());
  }

  #limit(timeout: number, given: number): void {
    const { runner } = this;
    const callOff = after(timeout, () => this.#expire(timeout, given));
    // A timeout of 0 has ended it already.
    if (!this.aborted && this.runner === runner) this.#cancelTimer = callOff;
  }

  /** No worker is at it any more. */
  release(): void {
    this.runner = undefined;
    this.#cancelTimer?.();
  }

  #expire(timeout: number, given: number): void {
    const { runner } = this;
    if (this.over) return runner?.dismiss(this);
    if (timeout > 0 && !this.#wasStuck && runner?.isAt(this) === false) {
      // Its time has not begun. What an earlier task left behind may keep the worker busy, but not for ever.
      if (performance.now() - given < STUCK_MS + this.args.length / LEAST_BYTES) return this.#limit(timeout, given);
      this.#wasStuck = true;
      return runner.dismiss(this);
    }
    this.end(new TimeoutError(`Cannot finish the task ${this.job.callee.name}(): it ran longer than ${timeout} ms`));
  }

  /** Ends the task early. */
  end(reason: unknown): void {
    if (this.over || this.aborted) return;
    this.#cancelTimer?.();
    this.aborted = true;
    this.reason = reason;
    const { runner } = this;
    if (runner === undefined || runner.withdraw(this)) return this.settle(false, reason);
    const { grace = 0 } = this.job.options;
    if (grace > 0) runner.abort(this);
    this.#cancelTimer = after(grace, () => runner.dismiss(this));
  }

  /** Nobody wants its result: it is told so if it runs, and may go on until its time is up. */
  discard(reason: unknown): void {
    // One that is to be ended is not spared that.
    if (this.over || this.aborted) return;
    this.reason = reason;
    if (this.runner?.withdraw(this) === false) this.runner.abort(this);
    this.settle(false, reason);
  }

  /** What its worker tells of it, in order; the value may take a while to be read, or be unreadable. */
  tell(what: number, value: unknown): void {
    if (this.over) return;
    if (this.#reading === undefined && !(value instanceof Promise)) return this.#hear(what, value);
    const reading = (this.#reading ?? Promise.resolve()).then(() => value).then((value) => {
      // What comes from here on need not wait for it.
      if (this.#reading === reading) this.#setReading(undefined);
      if (!this.over) this.#hear(what, value);
    });
    this.#setReading(reading);
  }

  /** It has come to an end. */
  settle(ok: boolean, value: unknown): void {
    if (this.runner === undefined) this.#cancelTimer?.();
    if (this.over) return;
    this.over = true;
    this.#setReading(undefined);
    if (this.#abort !== undefined) this.job.options.signal?.removeEventListener("abort", this.#abort);
    this.waiting?.dropped();
    // What travelled in it and did not arrive.
    this.#handoff?.abandon();
    this.#owner.ended(this, ok, !ok && this.aborted ? this.reason : value);
  }

  #setReading(reading: Promise<void> | undefined): void {
    const isLate = reading !== undefined;
    const wasLate = this.#reading !== undefined;
    this.#reading = reading;
    if (isLate === wasLate) return;
    this.#owner.late(isLate);
    this.outcome.late?.(isLate);
  }

  #hear(what: number, value: unknown): void {
    if (what === What.PROGRESS) this.#progress(value);
    else if (value instanceof Unreadable) this.settle(false, value.error);
    else this.settle(what === What.RESULT, value);
  }

  #progress(value: unknown): void {
    try {
      if (value instanceof Unreadable) throw value.error;
      this.job.options.onProgress?.(value);
    } catch (error) {
      this.discard(error);
    }
  }
}

/**
 * Takes options as they are now, or refuses what is none.
 *
 * @param taskTimeout The timeout of a task that says nothing of it, in milliseconds.
 * @returns The options without what they transfer, and the buffers that are to leave this process.
 * @throws {TypeError} If something is of the wrong kind.
 * @throws {RangeError} If the grace is negative, or a buffer cannot leave.
 */
export function readTaskOptions(
  options: TaskOptions,
  taskTimeout?: number,
): { readonly options: TaskOptions; readonly buffers: readonly ArrayBuffer[] } {
  checkOptions("submit to the pool", options, "{ timeout: 1000 }", SUBMIT_OPTIONS);
  const { signal, timeout = taskTimeout, grace, onProgress, transfer } = options;
  const read = { signal, timeout, grace, onProgress };
  checkWaitOptions({ timeout, signal });
  if (grace !== undefined && typeof grace !== "number") {
    throw new TypeError(`Cannot submit a task: grace must be a number of milliseconds, received ${String(grace)}`);
  }
  if (grace !== undefined && !(grace >= 0)) {
    throw new RangeError(`Cannot submit a task: grace must not be negative, received ${grace}`);
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(`Cannot submit a task: onProgress must be a function, received ${typeof onProgress}`);
  }
  return { options: read, buffers: buffersIn(transfer) };
}

/**
 * A value in bytes of its own.
 *
 * @throws {TypeError} If it cannot be sent.
 * @throws {RangeError} If it is too long.
 */
export function encoded(value: unknown, handoff: NodeHandoff): Uint8Array {
  try {
    const bytes = bytesOf((writer) => encode(value, writer, handoff));
    // Now, as nobody could be told when it is sent.
    checkFrame(bytes.length + HEADER_BYTES);
    return bytes;
  } catch (error) {
    handoff.abandon();
    throw error;
  }
}

// One that nothing travelled in serves the next task.
let spare: NodeHandoff | undefined;
