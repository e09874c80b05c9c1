/**
 * A worker of a pool: runs one task after the other and reports each before it starts the next, so that of a worker that dies it is
 * known which task it was at.
 *
 * @module
 */

import { RemoteError } from "../base/errors.ts";
import { Fifo } from "../base/fifo.ts";
import { type Address, identity } from "../base/identity.ts";
import { node } from "../channel/node.ts";
import { NodeHandoff } from "../channel/node_handoff.ts";
import { writeMessage } from "../channel/pipe_wire.ts";
import { decode } from "../codec/decode.ts";
import { neededReferences } from "../codec/head.ts";
import { encode } from "../codec/encode.ts";
import { loadReferences, resolveReference, share } from "../codec/function_ref.ts";
import { Reader } from "../codec/reader.ts";
import { claim, isPermitted, Mode, Order, ORDER_SERVICE, REPORT_SERVICE, What } from "./pool_wire.ts";
import { type RunningTask, setRunningTask } from "./task_context.ts";

type AnyFunction = (...args: unknown[]) => unknown;

interface Task {
  readonly sequence: number;
  readonly mode: number;
  readonly callee: number;
  readonly args: Uint8Array;
}

const source = { resolveFunction: resolveReference };

/** What a worker is made with. */
export interface WorkerInit {
  /** What the pool knows it by. */
  readonly worker: number;
  /** See `pool_wire.ts`; none where memory is not shared. */
  readonly claims: { readonly buffer: ArrayBufferView } | undefined;
  readonly initializer: AnyFunction | undefined;
  readonly initargs: readonly unknown[];
}

/** Serves a pool until that has no more tasks. */
export async function servePool(init: WorkerInit): Promise<void> {
  const worker = new PoolWorker(init);
  node.serve(ORDER_SERVICE, (_from, body, owned) => worker.hear(body, owned));
  await worker.begin();
  await worker.ended;
}

share(import.meta, { servePool });

class PoolWorker implements RunningTask {
  /** Resolves when there will be no more tasks and all are done. */
  readonly ended: Promise<void>;
  readonly #init: WorkerInit;
  readonly #claims: Int32Array | undefined;
  readonly #pool: Address = identity.address.slice(0, -1);
  readonly #functions = new Map<number, AnyFunction | Uint8Array>();
  readonly #tasks = new Fifo<Task>();
  readonly #end: () => void;
  #over = false;
  #working = false;
  /** Number of the task that was begun last. */
  #sequence = -1;
  #controller: AbortController | undefined;
  /** The task that is not wanted any more, which may not have begun. */
  #revoked: { readonly sequence: number; readonly reason: unknown } | undefined;

  constructor(init: WorkerInit) {
    this.#init = init;
    this.#claims = init.claims?.buffer as Int32Array | undefined;
    ({ promise: this.ended, resolve: this.#end } = Promise.withResolvers<void>());
  }

  /** Runs the initializer. */
  async begin(): Promise<void> {
    const { initializer, initargs } = this.#init;
    try {
      await initializer?.(...initargs);
    } catch (error) {
      await this.#answer(What.FAILED, error);
      throw error;
    }
    this.#report(What.READY, undefined);
  }

  /** Takes a message of the pool. */
  hear(body: Reader, owned: boolean): void {
    const reader = owned ? body : new Reader(body.bytes(body.remaining).slice());
    while (reader.remaining > 0) this.#take(reader);
    if (!this.#working) this.#work();
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#revoked?.sequence === this.#sequence) this.#controller.abort(this.#revoked.reason);
    }
    return this.#controller.signal;
  }

  report(progress: unknown): void {
    this.#report(What.PROGRESS, progress);
  }

  #take(reader: Reader): void {
    const order = reader.u8();
    if (order === Order.FUNCTION) this.#functions.set(reader.varuint(), reader.bytes(reader.u32()));
    else if (order === Order.TASK) {
      const [sequence, mode, callee] = [reader.u32(), reader.u8(), reader.varuint()];
      this.#tasks.push({ sequence, mode, callee, args: reader.bytes(reader.u32()) });
    } else if (order === Order.ABORT) this.#abort(reader.u32(), reader.bytes(reader.u32()));
    else if (order === Order.RECALL) this.#drain();
    else if (order === Order.LEAVE) this.#leave();
    else this.#over = true;
  }

  /** Drops what was taken back. All that was sent before has arrived. */
  #drain(): void {
    const claims = this.#claims;
    for (const task of this.#tasks.drain()) {
      if (claims !== undefined && isPermitted(claims, task.sequence)) this.#tasks.push(task);
    }
    this.#report(What.DRAINED, undefined);
  }

  /** Without what its tasks have left to timers and the system; what is on its way to other processes arrives. */
  async #leave(): Promise<void> {
    this.#report(What.LEAVING, undefined);
    await node.waitsFinished();
    Deno.exit();
  }

  async #abort(sequence: number, reason: Uint8Array): Promise<void> {
    const decoded = await this.#decode(reason).catch((error) => error);
    this.#revoked = { sequence, reason: decoded };
    if (sequence === this.#sequence && this.#working) this.#controller?.abort(decoded);
  }

  /** Without a promise as long as no task gives one and each report is taken at once. */
  async #work(): Promise<void> {
    this.#working = true;
    for (let task = this.#next(); task !== undefined; task = this.#next()) {
      this.#sequence = task.sequence;
      this.#controller = undefined;
      if (this.#claims === undefined) await this.#report(What.BEGUN, undefined);
      setRunningTask(this);
      let [what, outcome]: [number, unknown] = [What.RESULT, undefined];
      try {
        outcome = this.#perform(task);
        if (isThenable(outcome)) outcome = await outcome;
      } catch (error) {
        [what, outcome] = [What.ERROR, error];
      }
      setRunningTask(undefined);
      const sent = this.#answer(what, outcome);
      // What was done is known before anything else can go wrong.
      if (sent !== undefined) await sent;
    }
    this.#working = false;
    if (this.#over) this.#end();
  }

  #next(): Task | undefined {
    for (;;) {
      const task = this.#tasks.shift();
      if (task === undefined || this.#claims === undefined || claim(this.#claims, task.sequence)) return task;
    }
  }

  #perform({ mode, callee, args }: Task): unknown {
    const f = this.#functions.get(callee);
    if (typeof f === "function" && neededReferences(args).length === 0) {
      return call(mode, f, decode(args, source) as unknown[]);
    }
    return this.#performLater(mode, callee, args);
  }

  /** With a function or an argument whose module may have to be imported first. */
  async #performLater(mode: number, callee: number, args: Uint8Array): Promise<unknown> {
    let f = this.#functions.get(callee);
    if (f instanceof Uint8Array) {
      f = await this.#decode(f) as AnyFunction;
      this.#functions.set(callee, f);
    }
    if (f === undefined) throw new Error(`Cannot run a task: function ${callee} was not told`);
    return await call(mode, f, await this.#decode(args) as unknown[]);
  }

  async #decode(bytes: Uint8Array): Promise<unknown> {
    const needed = neededReferences(bytes);
    if (needed.length > 0) await loadReferences(needed);
    return decode(bytes, source);
  }

  #answer(what: number, value: unknown): Promise<void> | undefined {
    try {
      return this.#report(what, value);
    } catch (error) {
      const unsent = new RemoteError(`Error sending result: '${describe(value)}'. Reason: '${reasonOf(error)}'`);
      return this.#report(what === What.RESULT ? What.ERROR : what, unsent);
    }
  }

  #report(what: number, value: unknown): Promise<void> | undefined {
    const handoff = new NodeHandoff("the pool", this.#pool);
    try {
      const sent = node.send(this.#pool, REPORT_SERVICE, (writer) => {
        writer.varuint(this.#init.worker);
        writer.u8(what);
        writeMessage(writer, (into) => encode(value, into, handoff), handoff.leases);
      });
      return sent?.catch(() => {
        // The pool is gone, and this process with it.
      });
    } catch (error) {
      handoff.abandon();
      throw error;
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function call(mode: number, f: AnyFunction, args: readonly unknown[]): unknown {
  if (mode === Mode.CALL) return f(...args);
  return callEach(mode === Mode.MAP ? f : (x) => f(...x as unknown[]), args);
}

/** Without a promise as long as none of the calls gives one. */
function callEach(f: AnyFunction, args: readonly unknown[]): unknown {
  const results: unknown[] = [];
  for (const x of args) {
    const result = f(x);
    if (isThenable(result)) return callRest(f, args, results, result);
    results.push(result);
  }
  return results;
}

async function callRest(
  f: AnyFunction,
  args: readonly unknown[],
  results: unknown[],
  pending: PromiseLike<unknown>,
): Promise<unknown[]> {
  results.push(await pending);
  for (let index = results.length; index < args.length; index++) results.push(await f(args[index]));
  return results;
}

/** Whatever was thrown while something was looked at, which may be made not to have a text. */
function reasonOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : String(error);
  } catch {
    return "it does not let itself be looked at";
  }
}

function describe(value: unknown): string {
  try {
    return Deno.inspect(value, { depth: 1 });
  } catch {
    return typeof value;
  }
}
