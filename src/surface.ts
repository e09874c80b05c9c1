/**
 * What the module has whatever the start method: each context has it as well.
 *
 * @module
 */

import {
  BrokenBarrierError,
  Empty,
  EOFError,
  Full,
  InvalidStateError,
  MalformedMessageError,
  NotSupportedError,
  RemoteError,
  ShutDown,
  WorkerDiedError,
} from "./base/errors.ts";
import {
  CRITICAL,
  DEBUG,
  ERROR,
  INFO,
  Logger,
  LogRecord,
  NOTSET,
  SUBDEBUG,
  SUBWARNING,
  WARNING,
} from "./base/logger.ts";
import { waitable } from "./channel/wait.ts";
import { inline, Ref, ref, share } from "./codec/ref.ts";
import { reduce, revive } from "./codec/reducer.ts";
import { GeneratorProxy } from "./managers/container_proxies.ts";
import { BaseProxy, MakeProxyType } from "./managers/proxy.ts";
import { Server } from "./managers/server.ts";
import { arrayType } from "./memory/raw_array.ts";
import { Structure } from "./memory/structure.ts";
import {
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
} from "./memory/typecode.ts";
import { AsyncResult } from "./pool/async_result.ts";
import { PoolIterator } from "./pool/pool_iterator.ts";
import { reportProgress, taskSignal } from "./pool/task_context.ts";
import { Sentinel } from "./process/sentinel.ts";

/** What is the same in all contexts. */
export class Surface {
  /** {@linkcode BrokenBarrierError}. */
  readonly BrokenBarrierError: typeof BrokenBarrierError = BrokenBarrierError;
  /** {@linkcode Empty}. */
  readonly Empty: typeof Empty = Empty;
  /** {@linkcode EOFError}. */
  readonly EOFError: typeof EOFError = EOFError;
  /** {@linkcode Full}. */
  readonly Full: typeof Full = Full;
  /** {@linkcode InvalidStateError}. */
  readonly InvalidStateError: typeof InvalidStateError = InvalidStateError;
  /** {@linkcode MalformedMessageError}. */
  readonly MalformedMessageError: typeof MalformedMessageError = MalformedMessageError;
  /** {@linkcode NotSupportedError}. */
  readonly NotSupportedError: typeof NotSupportedError = NotSupportedError;
  /** {@linkcode RemoteError}. */
  readonly RemoteError: typeof RemoteError = RemoteError;
  /** {@linkcode ShutDown}. */
  readonly ShutDown: typeof ShutDown = ShutDown;
  /** {@linkcode WorkerDiedError}. */
  readonly WorkerDiedError: typeof WorkerDiedError = WorkerDiedError;
  /** {@linkcode CRITICAL}. */
  readonly CRITICAL: typeof CRITICAL = CRITICAL;
  /** {@linkcode DEBUG}. */
  readonly DEBUG: typeof DEBUG = DEBUG;
  /** {@linkcode ERROR}. */
  readonly ERROR: typeof ERROR = ERROR;
  /** {@linkcode INFO}. */
  readonly INFO: typeof INFO = INFO;
  /** {@linkcode Logger}. */
  readonly Logger: typeof Logger = Logger;
  /** {@linkcode LogRecord}. */
  readonly LogRecord: typeof LogRecord = LogRecord;
  /** {@linkcode NOTSET}. */
  readonly NOTSET: typeof NOTSET = NOTSET;
  /** {@linkcode SUBDEBUG}. */
  readonly SUBDEBUG: typeof SUBDEBUG = SUBDEBUG;
  /** {@linkcode SUBWARNING}. */
  readonly SUBWARNING: typeof SUBWARNING = SUBWARNING;
  /** {@linkcode WARNING}. */
  readonly WARNING: typeof WARNING = WARNING;
  /** {@linkcode waitable}. */
  readonly waitable: typeof waitable = waitable;
  /** {@linkcode inline}. */
  readonly inline: typeof inline = inline;
  /** {@linkcode Ref}. */
  readonly Ref: typeof Ref = Ref;
  /** {@linkcode ref}. */
  readonly ref: typeof ref = ref;
  /** {@linkcode share}. */
  readonly share: typeof share = share;
  /** {@linkcode reduce}. */
  readonly reduce: typeof reduce = reduce;
  /** {@linkcode revive}. */
  readonly revive: typeof revive = revive;
  /** {@linkcode GeneratorProxy}. */
  readonly GeneratorProxy: typeof GeneratorProxy = GeneratorProxy;
  /** {@linkcode BaseProxy}. */
  readonly BaseProxy: typeof BaseProxy = BaseProxy;
  /** {@linkcode MakeProxyType}. */
  readonly MakeProxyType: typeof MakeProxyType = MakeProxyType;
  /** {@linkcode Server}. */
  readonly Server: typeof Server = Server;
  /** {@linkcode arrayType}. */
  readonly arrayType: typeof arrayType = arrayType;
  /** {@linkcode Structure}. */
  readonly Structure: typeof Structure = Structure;
  /** {@linkcode c_bool}. */
  readonly c_bool: typeof c_bool = c_bool;
  /** {@linkcode c_byte}. */
  readonly c_byte: typeof c_byte = c_byte;
  /** {@linkcode c_char}. */
  readonly c_char: typeof c_char = c_char;
  /** {@linkcode c_double}. */
  readonly c_double: typeof c_double = c_double;
  /** {@linkcode c_float}. */
  readonly c_float: typeof c_float = c_float;
  /** {@linkcode c_int}. */
  readonly c_int: typeof c_int = c_int;
  /** {@linkcode c_int64}. */
  readonly c_int64: typeof c_int64 = c_int64;
  /** {@linkcode c_long}. */
  readonly c_long: typeof c_long = c_long;
  /** {@linkcode c_longlong}. */
  readonly c_longlong: typeof c_longlong = c_longlong;
  /** {@linkcode c_short}. */
  readonly c_short: typeof c_short = c_short;
  /** {@linkcode c_ubyte}. */
  readonly c_ubyte: typeof c_ubyte = c_ubyte;
  /** {@linkcode c_uint}. */
  readonly c_uint: typeof c_uint = c_uint;
  /** {@linkcode c_uint64}. */
  readonly c_uint64: typeof c_uint64 = c_uint64;
  /** {@linkcode c_ulong}. */
  readonly c_ulong: typeof c_ulong = c_ulong;
  /** {@linkcode c_ulonglong}. */
  readonly c_ulonglong: typeof c_ulonglong = c_ulonglong;
  /** {@linkcode c_ushort}. */
  readonly c_ushort: typeof c_ushort = c_ushort;
  /** {@linkcode c_wchar}. */
  readonly c_wchar: typeof c_wchar = c_wchar;
  /** {@linkcode AsyncResult}. */
  readonly AsyncResult: typeof AsyncResult = AsyncResult;
  /** {@linkcode PoolIterator}. */
  readonly PoolIterator: typeof PoolIterator = PoolIterator;
  /** {@linkcode reportProgress}. */
  readonly reportProgress: typeof reportProgress = reportProgress;
  /** {@linkcode taskSignal}. */
  readonly taskSignal: typeof taskSignal = taskSignal;
  /** {@linkcode Sentinel}. */
  readonly Sentinel: typeof Sentinel = Sentinel;
}
