/**
 * Contexts: the whole surface of the module, bound to one start method.
 *
 * @module
 */

import { InvalidStateError } from "./base/errors.ts";
import { Connection } from "./channel/connection.ts";
import { Pipe } from "./channel/pipe.ts";
import { wait } from "./channel/wait.ts";
import { setExecutable, setForkserverPreload } from "./process/configuration.ts";
import { activeChildren, cpuCount, currentProcess, parentProcess } from "./process/current_process.ts";
import { markOwnClass } from "./process/own_classes.ts";
import { Process } from "./process/process.ts";
import { checkStartMethod, fixStartMethod, getAllStartMethods, type StartMethod } from "./process/start_method.ts";

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
export class Context {
  readonly #method: StartMethod;
  /** {@linkcode Process}, started by this context's method. */
  readonly Process: typeof Process;
  /** {@linkcode Connection}. */
  readonly Connection: typeof Connection = Connection;
  /** {@linkcode Pipe}. */
  readonly Pipe: typeof Pipe = Pipe;
  /** {@linkcode wait}. */
  readonly wait: typeof wait = wait;
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
  /** {@linkcode freezeSupport}. */
  readonly freezeSupport: typeof freezeSupport = freezeSupport;

  /** Contexts are given by {@linkcode getContext}. */
  constructor(method: StartMethod) {
    this.#method = method;
    this.Process = processClasses[method];
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

const contexts: Record<StartMethod, Context> = {
  spawn: new SpawnContext("spawn"),
  forkserver: new ForkServerContext("forkserver"),
  worker: new WorkerContext("worker"),
};

/**
 * The context of a start method, as Python's `multiprocessing.get_context`. Asking for one by name does not touch the default.
 *
 * @param method The start method; without one the default, which is fixed by it.
 * @throws {RangeError} If there is no such method, `"fork"` among them.
 * @throws {Deno.errors.NotCapable} If a permission for it is missing; the message names the flag.
 */
export function getContext(method?: StartMethod | null): Context {
  return contexts[method === undefined || method === null ? fixStartMethod() : checkStartMethod(method)];
}

/**
 * For programs made by `deno compile`, as Python's `multiprocessing.freeze_support`. Without effect in others.
 *
 * A compiled program cannot run as a child of itself, so give it a `deno` by {@linkcode setExecutable}, or use context `worker`.
 */
export function freezeSupport(): void {
  // Children never enter the main program, so there is nothing to tell apart here.
}
