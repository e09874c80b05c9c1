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
  MalformedMessageError,
  NotSupportedError,
  ProcessError,
  RemoteError,
  ShutDown,
  TimeoutError,
  WorkerDiedError,
} from "./src/base/errors.ts";
export {
  CRITICAL,
  DEBUG,
  ERROR,
  getLogger,
  INFO,
  Logger,
  LogRecord,
  logToStderr,
  NOTSET,
  SUBDEBUG,
  SUBWARNING,
  WARNING,
} from "./src/base/logger.ts";
export { answerChallenge, deliverChallenge } from "./src/channel/challenge.ts";
export { Client } from "./src/channel/client.ts";
export { Connection } from "./src/channel/connection.ts";
export { Listener } from "./src/channel/listener.ts";
export { Pipe } from "./src/channel/pipe.ts";
export { wait, waitable, waitSync } from "./src/channel/wait.ts";
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
export { dummy } from "./src/dummy.ts";
export { setExecutable, setForkserverPreload } from "./src/process/configuration.ts";
export { activeChildren, cpuCount, currentProcess, parentProcess } from "./src/process/current_process.ts";
export { Process } from "./src/process/process.ts";
export { Sentinel } from "./src/process/sentinel.ts";
export { arrayType, RawArray } from "./src/memory/raw_array.ts";
export { RawValue } from "./src/memory/raw_value.ts";
export { Structure } from "./src/memory/structure.ts";
export {
  c_bool,
  c_byte,
  c_char,
  c_double,
  c_float,
  c_int,
  c_int64,
  c_long,
  c_longlong,
  c_short,
  c_ubyte,
  c_uint,
  c_uint64,
  c_ulong,
  c_ulonglong,
  c_ushort,
  c_wchar,
} from "./src/memory/typecode.ts";
export { SharedArray as Array } from "./src/sync/array.ts";
export { copy, synchronized } from "./src/sync/sharedctypes.ts";
export { Value } from "./src/sync/value.ts";
export { ShareableList } from "./src/memory/shareable_list.ts";
export { SharedMemory } from "./src/memory/shared_memory.ts";
export { JoinableQueue, Queue, SimpleQueue } from "./src/queue/queue.ts";
export { AsyncResult } from "./src/pool/async_result.ts";
export { BaseManager } from "./src/managers/base_manager.ts";
export { GeneratorProxy } from "./src/managers/container_proxies.ts";
export { BaseProxy, MakeProxyType } from "./src/managers/proxy.ts";
export { Server } from "./src/managers/server.ts";
export { SharedMemoryManager } from "./src/managers/shared_memory_manager.ts";
export { Manager, SyncManager } from "./src/managers/sync_manager.ts";
export { Pool } from "./src/pool/pool.ts";
export { PoolIterator } from "./src/pool/pool_iterator.ts";
export { reportProgress, taskSignal } from "./src/pool/task_context.ts";
export { ThreadPool } from "./src/pool/thread_pool.ts";
export { Barrier } from "./src/sync/barrier.ts";
export { Condition } from "./src/sync/condition.ts";
export { SharedEvent as Event } from "./src/sync/event.ts";
export { Lock, RLock } from "./src/sync/lock.ts";
export { BoundedSemaphore, Semaphore } from "./src/sync/semaphore.ts";
export { getAllStartMethods, getStartMethod, setStartMethod } from "./src/process/start_method.ts";

export type { WaitOptions } from "./src/base/deadline.ts";
export type { Dummy } from "./src/dummy.ts";
export type { Surface } from "./src/surface.ts";
export type { LogHandler, LogLevel, LogLevelName } from "./src/base/logger.ts";
export type { Address, Family } from "./src/channel/address.ts";
export type { ChallengeOptions } from "./src/channel/challenge.ts";
export type { ClientOptions } from "./src/channel/client.ts";
export type { Bytes, SendOptions } from "./src/channel/connection.ts";
export type { ListenerOptions } from "./src/channel/listener.ts";
export type { NetworkOptions } from "./src/channel/network_options.ts";
export type { PipeOptions } from "./src/channel/pipe.ts";
export type { Readiness, SyncReadiness, Waitable } from "./src/channel/wait.ts";
export type { Target } from "./src/codec/ref.ts";
export type { Output } from "./src/process/child.ts";
export type { SetExecutableOptions } from "./src/process/configuration.ts";
export type { ProcessPermissions } from "./src/process/permissions.ts";
export type { KeywordProcessInit, ProcessInit } from "./src/process/process_init.ts";
export type { ShareableItem } from "./src/memory/shareable_layout.ts";
export type { ShareableListOptions } from "./src/memory/shareable_list.ts";
export type { SharedMemoryOptions } from "./src/memory/shared_memory.ts";
export type { Callbacks } from "./src/pool/async_result.ts";
export type { ManagerContext, ManagerOptions, ManagerStartOptions } from "./src/managers/base_manager.ts";
export type {
  ArrayProxy,
  Copied,
  CountProxy,
  DictInit,
  DictProxy,
  IteratorProxy,
  ListProxy,
  SetProxy,
  ValueProxy,
} from "./src/managers/container_proxies.ts";
export type {
  BarrierProxy,
  BoundedSemaphoreProxy,
  ConditionProxy,
  EventProxy,
  HeldProxy,
  LockProxy,
  RLockProxy,
  SemaphoreProxy,
} from "./src/managers/lock_proxies.ts";
export type { Namespace, NamespaceWords } from "./src/managers/namespace_proxy.ts";
export type { AsyncResultProxy, PoolProxy } from "./src/managers/pool_proxy.ts";
export type { Creator, MethodNames, Proxied, ProxiedGenerics, ProxiedMethods } from "./src/managers/proxied.ts";
export type { ProxyClass, ProxyToken } from "./src/managers/proxy.ts";
export type { JoinableQueueProxy, QueueProxy } from "./src/managers/queue_proxies.ts";
export type { AnyClass, RegisterOptions } from "./src/managers/registry.ts";
export type { ServedDict, ServedValue } from "./src/managers/served_dict.ts";
export type { ServedList } from "./src/managers/served_list.ts";
export type { ServedSet } from "./src/managers/served_set.ts";
export type { ChunkOptions, Items, PoolInit } from "./src/pool/pool_init.ts";
export type { WorkerExit } from "./src/pool/pool_recruiter.ts";
export type { PoolStats } from "./src/pool/pool_stats.ts";
export type { TaskOptions } from "./src/pool/pool_task.ts";
export type { BarrierOptions } from "./src/sync/barrier.ts";
export type { AcquireOptions } from "./src/sync/place.ts";
export type { StartMethod } from "./src/process/start_method.ts";

export type { ArrayElements, NewElement, TextElements, ViewOf } from "./src/memory/array_surface.ts";
export type { Block } from "./src/memory/block.ts";
export type { BigIntView, CType, NumberView, ScalarType, SharedView } from "./src/memory/ctype.ts";
export type { ArrayType, RawArrayConstructor, RawArrayOf } from "./src/memory/raw_array.ts";
export type { FieldsOfType, InitArguments, RawValueConstructor, RawValueOf } from "./src/memory/raw_value.ts";
export type { StructureClass } from "./src/memory/structure.ts";
export type {
  CodedTypes,
  CTypeOf,
  ElementsInit,
  FieldsInit,
  FieldTypes,
  InitOf,
  StructureInit,
  StructureOf,
  TypeCode,
  TypeLike,
  ValueOf,
} from "./src/memory/typecode.ts";
export type { SharedArrayConstructor, SharedArrayOf } from "./src/sync/array.ts";
export type { SharedCtypes, Synchronized } from "./src/sync/sharedctypes.ts";
export type { SynchronizedOptions, WithLock } from "./src/sync/synchronized.ts";
export type { ValueConstructor, ValueOfType } from "./src/sync/value.ts";
