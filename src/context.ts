/**
 * Contexts: the whole surface of the module, bound to one start method.
 *
 * @module
 */

import { AuthenticationError, BufferTooShort, InvalidStateError, ProcessError, TimeoutError } from "./base/errors.ts";
import { getLogger, logToStderr } from "./base/logger.ts";
import { answerChallenge, deliverChallenge } from "./channel/challenge.ts";
import { Client } from "./channel/client.ts";
import { Connection } from "./channel/connection.ts";
import { Listener } from "./channel/listener.ts";
import { Pipe } from "./channel/pipe.ts";
import "./channel/shared_handoff.ts";
import { wait, waitSync } from "./channel/wait.ts";
import { registerReducer } from "./codec/reducer.ts";
import { ShareableList } from "./memory/shareable_list.ts";
import { SharedMemory } from "./memory/shared_memory.ts";
import { boundClass } from "./memory/start_method_class.ts";
import { setExecutable, setForkserverPreload } from "./process/configuration.ts";
import { activeChildren, cpuCount, currentProcess, parentProcess } from "./process/current_process.ts";
import "./process/memory_of.ts";
import { markOwnClass } from "./process/own_classes.ts";
import { Process } from "./process/process.ts";
import { checkStartMethod, fixStartMethod, getAllStartMethods, type StartMethod } from "./process/start_method.ts";
import "./channel/value_handoff.ts";
import { RawArray } from "./memory/raw_array.ts";
import { RawValue } from "./memory/raw_value.ts";
import { SharedArray } from "./sync/array.ts";
import { type copy, sharedCtypesOf, type synchronized } from "./sync/sharedctypes.ts";
import { Value } from "./sync/value.ts";
import { JoinableQueue, Queue, SimpleQueue } from "./queue/queue.ts";
import "./queue/queue_handoff.ts";
import { Pool } from "./pool/pool.ts";
import { ThreadPool } from "./pool/thread_pool.ts";
import { BaseManager } from "./managers/base_manager.ts";
import { SharedMemoryManager } from "./managers/shared_memory_manager.ts";
import { startedManager, SyncManager } from "./managers/sync_manager.ts";
import { Surface } from "./surface.ts";
import { Barrier } from "./sync/barrier.ts";
import { Condition } from "./sync/condition.ts";
import { SharedEvent } from "./sync/event.ts";
import { Lock, RLock } from "./sync/lock.ts";
import { BoundedSemaphore, Semaphore } from "./sync/semaphore.ts";

/** A {@linkcode Process} that is always started by `spawn`. */
export class SpawnProcess<A extends unknown[] = unknown[]> extends Process<A> {
  /** `"spawn"`. */
  static override readonly startMethod: StartMethod = "spawn";
}

/** A {@linkcode Process} that is always started by `forkserver`. */
export class ForkServerProcess<A extends unknown[] = unknown[]> extends Process<A> {
  /** `"forkserver"`. */
  static override readonly startMethod: StartMethod = "forkserver";
}

/** A {@linkcode Process} that is always a worker. */
export class WorkerProcess<A extends unknown[] = unknown[]> extends Process<A> {
  /** `"worker"`. */
  static override readonly startMethod: StartMethod = "worker";
}

const processClasses: Record<StartMethod, typeof Process> = {
  spawn: SpawnProcess,
  forkserver: ForkServerProcess,
  worker: WorkerProcess,
};
for (const processClass of Object.values(processClasses)) markOwnClass(processClass);

/**
 * The surface of the module, bound to one start method, as Python's context objects. Several contexts may be used in one program.
 *
 * @example Two start methods in one program
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * const context = getContext("worker");
 * const process = new context.Process({ name: "helper" });
 * await process.start();
 * await process.join();
 * assertEquals(process.exitCode, 0);
 * ```
 */
export class Context extends Surface {
  readonly #method: StartMethod;
  /** {@linkcode Process}, started by this context's method. */
  readonly Process: typeof Process;
  /** {@linkcode RawValue} */
  readonly RawValue: typeof RawValue;
  /** {@linkcode RawArray} */
  readonly RawArray: typeof RawArray;
  /** {@linkcode Value} */
  readonly Value: typeof Value;
  /** {@linkcode SharedArray} */
  readonly Array: typeof SharedArray;
  /** {@linkcode synchronized} */
  readonly synchronized: typeof synchronized;
  /** {@linkcode copy} */
  readonly copy: typeof copy;
  /** {@linkcode Lock}, shared by this context's processes. */
  readonly Lock: typeof Lock;
  /** {@linkcode RLock}, shared by this context's processes. */
  readonly RLock: typeof RLock;
  /** {@linkcode Semaphore}, shared by this context's processes. */
  readonly Semaphore: typeof Semaphore;
  /** {@linkcode BoundedSemaphore}, shared by this context's processes. */
  readonly BoundedSemaphore: typeof BoundedSemaphore;
  /** {@linkcode Condition}, shared by this context's processes. */
  readonly Condition: typeof Condition;
  /** {@linkcode SharedEvent}, shared by this context's processes. */
  readonly Event: typeof SharedEvent;
  /** {@linkcode Barrier}, shared by this context's processes. */
  readonly Barrier: typeof Barrier;
  /** {@linkcode SharedMemory}, shared by this context's processes. */
  readonly SharedMemory: typeof SharedMemory;
  /** {@linkcode ShareableList}, shared by this context's processes. */
  readonly ShareableList: typeof ShareableList;
  /** {@linkcode Queue}, shared by this context's processes. */
  readonly Queue: typeof Queue;
  /** {@linkcode JoinableQueue}, shared by this context's processes. */
  readonly JoinableQueue: typeof JoinableQueue;
  /** {@linkcode SimpleQueue}, shared by this context's processes. */
  readonly SimpleQueue: typeof SimpleQueue;
  /** {@linkcode BaseManager}, whose process this context starts. */
  readonly BaseManager: typeof BaseManager;
  /** {@linkcode SyncManager}, whose process this context starts. */
  readonly SyncManager: typeof SyncManager;
  /** {@linkcode SharedMemoryManager}, whose process this context starts. */
  readonly SharedMemoryManager: typeof SharedMemoryManager;
  /** Starts a {@linkcode SyncManager} of this context, as Python's `Manager`. */
  readonly Manager: () => Promise<SyncManager>;
  /** {@linkcode Pool} of this context's processes. */
  readonly Pool: typeof Pool;
  /** {@linkcode ThreadPool}. */
  readonly ThreadPool: typeof ThreadPool = ThreadPool;
  /** {@linkcode Connection}. */
  readonly Connection: typeof Connection = Connection;
  /** {@linkcode Listener}. */
  readonly Listener: typeof Listener = Listener;
  /** {@linkcode Client}. */
  readonly Client: typeof Client = Client;
  /** {@linkcode deliverChallenge}. */
  readonly deliverChallenge: typeof deliverChallenge = deliverChallenge;
  /** {@linkcode answerChallenge}. */
  readonly answerChallenge: typeof answerChallenge = answerChallenge;
  /** {@linkcode Pipe}. */
  readonly Pipe: typeof Pipe = Pipe;
  /** {@linkcode wait}. */
  readonly wait: typeof wait = wait;
  /** {@linkcode waitSync}. */
  readonly waitSync: typeof waitSync = waitSync;
  /** {@linkcode activeChildren}. */
  readonly activeChildren: typeof activeChildren = activeChildren;
  /** {@linkcode cpuCount}. */
  readonly cpuCount: typeof cpuCount = cpuCount;
  /** {@linkcode currentProcess}. */
  readonly currentProcess: typeof currentProcess = currentProcess;
  /** {@linkcode parentProcess}. */
  readonly parentProcess: typeof parentProcess = parentProcess;
  /** {@linkcode getAllStartMethods}. */
  readonly getAllStartMethods: typeof getAllStartMethods = getAllStartMethods;
  /** {@linkcode setExecutable}. */
  readonly setExecutable: typeof setExecutable = setExecutable;
  /** {@linkcode setForkserverPreload}. */
  readonly setForkserverPreload: typeof setForkserverPreload = setForkserverPreload;
  /** {@linkcode getLogger}. */
  readonly getLogger: typeof getLogger = getLogger;
  /** {@linkcode logToStderr}. */
  readonly logToStderr: typeof logToStderr = logToStderr;
  /** {@linkcode registerReducer}. */
  readonly registerReducer: typeof registerReducer = registerReducer;
  /** {@linkcode ProcessError}. */
  readonly ProcessError: typeof ProcessError = ProcessError;
  /** {@linkcode BufferTooShort}. */
  readonly BufferTooShort: typeof BufferTooShort = BufferTooShort;
  /** {@linkcode AuthenticationError}. */
  readonly AuthenticationError: typeof AuthenticationError = AuthenticationError;
  /** {@linkcode TimeoutError}. */
  readonly TimeoutError: typeof TimeoutError = TimeoutError;
  /** {@linkcode freezeSupport}. */
  readonly freezeSupport: typeof freezeSupport = freezeSupport;

  /** Contexts are given by {@linkcode getContext}. */
  constructor(method: StartMethod) {
    super();
    this.#method = method;
    this.Process = processClasses[method];
    this.RawValue = boundClass(RawValue, method);
    this.RawArray = boundClass(RawArray, method);
    this.Value = boundClass(Value, method);
    this.Array = boundClass(SharedArray, method);
    ({ synchronized: this.synchronized, copy: this.copy } = sharedCtypesOf(method));
    this.SharedMemory = boundClass(SharedMemory, method);
    this.ShareableList = boundClass(ShareableList, method);
    this.Queue = boundClass(Queue, method);
    this.JoinableQueue = boundClass(JoinableQueue, method);
    this.SimpleQueue = boundClass(SimpleQueue, method);
    this.BaseManager = boundClass(BaseManager, method);
    this.SyncManager = boundClass(SyncManager, method);
    this.SharedMemoryManager = boundClass(SharedMemoryManager, method);
    this.Manager = () => startedManager(this.SyncManager);
    this.Pool = boundClass(Pool, method);
    this.Lock = boundClass(Lock, method);
    this.RLock = boundClass(RLock, method);
    this.Semaphore = boundClass(Semaphore, method);
    this.BoundedSemaphore = boundClass(BoundedSemaphore, method);
    this.Condition = boundClass(Condition, method);
    this.Event = boundClass(SharedEvent, method);
    this.Barrier = boundClass(Barrier, method);
  }

  /** The start method of this context. */
  getStartMethod(_options?: { allowNone?: boolean }): StartMethod {
    return this.#method;
  }

  /** Refused: a context has one start method. */
  setStartMethod(method: StartMethod | null, _options?: { force?: boolean }): never {
    throw new InvalidStateError(
      `Cannot set start method of concrete context "${this.#method}" to ${JSON.stringify(method)}`,
    );
  }

  /** Another context; without a name, this one. */
  getContext(method?: StartMethod | null): Context {
    return method === undefined || method === null ? this : getContext(method);
  }
}

/** The context of start method `spawn`. */
export class SpawnContext extends Context {}
/** The context of start method `forkserver`. */
export class ForkServerContext extends Context {}
/** The context of start method `worker`. */
export class WorkerContext extends Context {}

const CLASSES = { spawn: SpawnContext, forkserver: ForkServerContext, worker: WorkerContext };

/** Those that somebody asked for: each has twenty classes of its own, and most programs need one context. */
const contexts: Partial<Record<StartMethod, Context>> = {};

/**
 * The context of a start method, as Python's `multiprocessing.get_context`. Asking for one by name does not touch the default.
 *
 * @param method The start method; without one the default, which is fixed by it.
 * @throws {RangeError} If there is no such method, `"fork"` among them.
 * @throws {Deno.errors.NotCapable} If a permission for it is missing; the message names the flag.
 */
export function getContext(method?: StartMethod | null): Context {
  const known = method === undefined || method === null ? fixStartMethod() : checkStartMethod(method);
  return contexts[known] ??= new CLASSES[known](known);
}

/**
 * For programs made by `deno compile`, as Python's `multiprocessing.freeze_support`. Without effect in others.
 *
 * A compiled program cannot run as a child of itself, so its default context is `worker`; {@linkcode setExecutable} gives it a `deno`
 * for the others.
 */
export function freezeSupport(): void {
  // Children never enter the main program, so there is nothing to tell apart here.
}
