/**
 * Python's `multiprocessing`, native to Deno: processes and workers that run functions of the program and talk to each other.
 *
 * @example A function in another process
 * ```ts
 * import { Process } from "@multiprocessing/deno";
 *
 * export function greet(name: string) {
 *   console.log("hello", name);
 * }
 *
 * if (import.meta.main) {
 *   const process = new Process({ target: greet, args: ["bob"] });
 *   await process.start();
 *   await process.join();
 * }
 * ```
 *
 * @module
 */

// Named on the command lines of children, so they must be among the modules that are downloaded with this one.
import "./src/entry/process_main.ts";
import "./src/entry/worker_main.ts";

export {
  AuthenticationError,
  BrokenBarrierError,
  BufferTooShort,
  Empty,
  EOFError,
  Full,
  InvalidStateError,
  NotSupportedError,
  ProcessError,
  RemoteError,
  ShutDown,
  TimeoutError,
  WorkerDiedError,
} from "./src/base/errors.ts";
export { Connection } from "./src/channel/connection.ts";
export { Pipe } from "./src/channel/pipe.ts";
export { wait, waitable } from "./src/channel/wait.ts";
export { inline, Ref, ref, share } from "./src/codec/ref.ts";
export { reduce, registerReducer, revive } from "./src/codec/reducer.ts";
export {
  Context,
  ForkServerContext,
  ForkServerProcess,
  freezeSupport,
  getContext,
  SpawnContext,
  SpawnProcess,
  WorkerContext,
  WorkerProcess,
} from "./src/context.ts";
export { setExecutable, setForkserverPreload } from "./src/process/configuration.ts";
export { activeChildren, cpuCount, currentProcess, parentProcess } from "./src/process/current_process.ts";
export { Process } from "./src/process/process.ts";
export { Sentinel } from "./src/process/sentinel.ts";
export { getAllStartMethods, getStartMethod, setStartMethod } from "./src/process/start_method.ts";

export type { WaitOptions } from "./src/base/deadline.ts";
export type { SendOptions } from "./src/channel/connection.ts";
export type { PipeOptions } from "./src/channel/pipe.ts";
export type { Readiness, Waitable } from "./src/channel/wait.ts";
export type { Target } from "./src/codec/ref.ts";
export type { Output } from "./src/process/child.ts";
export type { SetExecutableOptions } from "./src/process/configuration.ts";
export type { ProcessPermissions } from "./src/process/permissions.ts";
export type { ProcessInit } from "./src/process/process_init.ts";
export type { StartMethod } from "./src/process/start_method.ts";
