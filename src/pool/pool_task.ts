/**
 * A task of a pool as its caller knows it: what is to be done, what ends it early, and where its outcome goes.
 *
 * @module
 */

import { checkWaitOptions, suspend } from "../base/deadline.ts";
import { TimeoutError } from "../base/errors.ts";
import { identity } from "../base/identity.ts";
import { NodeHandoff } from "../channel/node_handoff.ts";
import { encode } from "../codec/encode.ts";
import { Writer } from "../codec/writer.ts";

/** What may end a task early, and who hears of its progress. */
export interface TaskOptions {
  /** Ends the task: its {@linkcode taskSignal} aborts with the reason, and after `grace` its worker is replaced. */
  signal?: AbortSignal;
  /** How long it may run, in milliseconds, counted from its start. */
  timeout?: number;
  /**
   * How long it may go on once its signal is aborted, in milliseconds.
   *
   * @default {0}
   */
  grace?: number;
  /** Objects that leave this process instead of being copied: array buffers, which are empty here afterwards. */
  transfer?: Transferable[];
  /** Called with what the task reports by {@linkcode reportProgress}, in order and before its result. */
  onProgress?: (value: unknown) => void;
}

const PASSED_OVER_MS = 100;

/** A function as workers are told of it. */
export interface Callee {
  readonly number: number;
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Who runs a task. */
export interface Runner {
  /** Tells a task that it is not wanted any more. */
  abort(task: PoolTask): void;
  /** Ends the process that runs the task. */
  dismiss(task: PoolTask): void;
}

/** A task from submission to outcome. */
export class PoolTask {
  readonly mode: number;
  readonly callee: Callee;
  readonly args: Uint8Array;
  readonly #handoff: NodeHandoff;
  readonly #options: TaskOptions;
  readonly #settle: (ok: boolean, value: unknown) => void;
  readonly submitted: number = performance.now();
  /** Who has it; nobody while it is queued. */
  runner: Runner | undefined;
  /** Whether it is the one that its worker is at. */
  first = false;
  over = false;
  /** Whether it is to be ended, for whatever reason. */
  aborted = false;
  reason: unknown;
  #gentle = false;
  #cancelTimer = () => {};
  #abort: (() => void) | undefined;

  /**
   * Encodes what is to be done.
   *
   * @param settle Called once with the outcome.
   * @throws {TypeError} If an argument cannot be sent.
   */
  constructor(
    mode: number,
    callee: Callee,
    args: readonly unknown[],
    options: TaskOptions,
    settle: (ok: boolean, value: unknown) => void,
  ) {
    this.mode = mode;
    this.callee = callee;
    this.#options = options;
    this.#settle = settle;
    // Answered for by this process, as nobody knows yet who will run it.
    this.#handoff = new NodeHandoff(`a task of the pool`, identity.address);
    this.args = encoded(args, this.#handoff);
    for (const item of options.transfer ?? []) if (item instanceof ArrayBuffer) item.transfer(0);
    const { signal } = options;
    if (signal === undefined) return;
    this.#abort = () => this.end(signal.reason);
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  /** Its worker is at it from now on. */
  begin(): void {
    this.first = true;
    if (this.aborted) return this.#allowGrace();
    const { timeout } = this.#options;
    if (timeout === undefined || timeout === Infinity) return;
    this.#cancelTimer = after(timeout, () => {
      this.end(new TimeoutError(`Cannot finish the task ${this.callee.name}(): it ran longer than ${timeout} ms`));
    });
  }

  /** It goes back to the queue. */
  requeue(): void {
    this.runner = undefined;
    this.first = false;
  }

  /** Ends the task early. */
  end(reason: unknown): void {
    if (this.over || this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    // One that has not begun will not: its worker is told before it comes to it.
    if (!this.first) {
      this.runner?.abort(this);
      return this.settle(false, reason);
    }
    this.#cancelTimer();
    this.#allowGrace();
  }

  /** Nobody wants its result: it is told so, and may go on. */
  discard(reason: unknown): void {
    this.#gentle = true;
    if (this.over) return;
    this.aborted = true;
    this.reason = reason;
    this.runner?.abort(this);
    this.settle(false, reason);
  }

  /** What it reports. */
  progress(value: unknown): void {
    if (this.over) return;
    try {
      this.#options.onProgress?.(value);
    } catch (error) {
      this.settle(false, error);
    }
  }

  /** It has come to an end. */
  settle(ok: boolean, value: unknown): void {
    this.#cancelTimer();
    if (this.over) return;
    this.over = true;
    if (this.#abort !== undefined) this.#options.signal?.removeEventListener("abort", this.#abort);
    // What travelled in it and did not arrive.
    this.#handoff.abandon();
    this.#settle(ok, !ok && this.aborted ? this.reason : value);
  }

  #allowGrace(): void {
    if (this.#gentle) return;
    const { grace = 0 } = this.#options;
    if (grace > 0 && !this.over) this.runner?.abort(this);
    // One that was told of before its turn is most likely passed over, which takes no longer than a message.
    this.#cancelTimer = after(this.over ? Math.max(grace, PASSED_OVER_MS) : grace, () => this.runner?.dismiss(this));
  }
}

/**
 * Refuses options that are none.
 *
 * @throws {TypeError} If something is of the wrong kind.
 * @throws {RangeError} If the grace is negative.
 */
export function checkTaskOptions(options: TaskOptions): void {
  checkWaitOptions(options);
  const { grace, onProgress, transfer } = options;
  if (grace !== undefined && typeof grace !== "number") {
    throw new TypeError(`Cannot submit a task: grace must be a number of milliseconds, received ${String(grace)}`);
  }
  if (grace !== undefined && !(grace >= 0)) {
    throw new RangeError(`Cannot submit a task: grace must not be negative, received ${grace}`);
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(`Cannot submit a task: onProgress must be a function, received ${typeof onProgress}`);
  }
  if (transfer !== undefined && !Array.isArray(transfer)) {
    throw new TypeError(`Cannot submit a task: transfer must be an array, received ${typeof transfer}`);
  }
}

/** A value in bytes of its own. */
export function encoded(value: unknown, handoff: NodeHandoff): Uint8Array {
  scratch.reset();
  try {
    encode(value, scratch, handoff);
    return scratch.finish().slice();
  } catch (error) {
    handoff.abandon();
    throw error;
  }
}

const scratch = new Writer();

/** Acts after so many milliseconds; what it returns calls it off. */
function after(ms: number, act: () => void): () => void {
  let callOff = () => {};
  suspend<void>({ timeout: ms }, (resolve) => {
    callOff = resolve;
    return () => {};
  }, act);
  return callOff;
}
