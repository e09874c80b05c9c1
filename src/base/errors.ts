/**
 * Every error class that a caller may want to catch. Wrong arguments are built-in `TypeError`s and `RangeError`s instead.
 *
 * @module
 */

/** Base of the errors of this module, as Python's `multiprocessing.ProcessError`. */
export class ProcessError extends Error {
  /** Class name, kept through minifiers. */
  override name = "ProcessError";
}

/** A wait ran out of time, as Python's `multiprocessing.TimeoutError`. Not the DOM's `TimeoutError`. */
export class TimeoutError extends ProcessError {
  /** Class name, kept through minifiers. */
  override name = "TimeoutError";
}

/** A message is larger than the buffer it was to be received into; `args[0]` and `data` carry the whole message. */
export class BufferTooShort extends ProcessError {
  /** Class name, kept through minifiers. */
  override name = "BufferTooShort";
  /** The complete message that did not fit. */
  readonly data: Uint8Array;
  /** As Python's `args`: the complete message, alone in an array. */
  readonly args: readonly [Uint8Array];

  /**
   * Makes the error for a message.
   *
   * @param data The complete message that did not fit.
   * @param options As for `Error`.
   */
  constructor(data: Uint8Array, options?: ErrorOptions) {
    super(
      `Cannot receive into the buffer: the message has ${data.byteLength} bytes, more than there is room for`,
      options,
    );
    this.data = data;
    this.args = [data];
  }
}

/** A peer could not prove that it knows the key, as Python's `multiprocessing.AuthenticationError`. */
export class AuthenticationError extends ProcessError {
  /** Class name, kept through minifiers. */
  override name = "AuthenticationError";
}

/** Something failed in another process whose own error class cannot be rebuilt here; the message has the remote text. */
export class RemoteError extends Error {
  /** Class name, kept through minifiers. */
  override name = "RemoteError";
}

/** The other end is closed and nothing is left to receive, as Python's `EOFError`. */
export class EOFError extends Error {
  /** Class name, kept through minifiers. */
  override name = "EOFError";
}

/** A queue has no item within the given time, as Python's `queue.Empty`. */
export class Empty extends Error {
  /** Class name, kept through minifiers. */
  override name = "Empty";
}

/** A queue has no free slot within the given time, as Python's `queue.Full`. */
export class Full extends Error {
  /** Class name, kept through minifiers. */
  override name = "Full";
}

/** A queue was shut down, as Python's `queue.ShutDown`. */
export class ShutDown extends Error {
  /** Class name, kept through minifiers. */
  override name = "ShutDown";
}

/** A barrier was aborted, reset or timed out while waiting, as Python's `threading.BrokenBarrierError`. */
export class BrokenBarrierError extends Error {
  /** Class name, kept through minifiers. */
  override name = "BrokenBarrierError";
}

/** A worker ended before its task did. */
export class WorkerDiedError extends ProcessError {
  /** Class name, kept through minifiers. */
  override name = "WorkerDiedError";
  /** OS process id of the worker, if it had one. */
  readonly pid: number | undefined;
  /** Exit code of the worker, `-N` for death by signal N, `null` where the runtime does not tell. */
  readonly exitCode: number | null;
  /** Name of the signal that ended it, or `null`. */
  readonly signal: string | null;
  /** What the worker was doing, in words. */
  readonly task: string | undefined;

  /**
   * Makes the error for a worker.
   *
   * @param message What happened.
   * @param details What is known of the worker, and as for `Error`.
   */
  constructor(
    message: string,
    details: ErrorOptions & {
      pid?: number | undefined;
      exitCode?: number | null;
      signal?: string | null;
      task?: string;
    } = {},
  ) {
    super(message, details);
    this.pid = details.pid;
    this.exitCode = details.exitCode ?? null;
    this.signal = details.signal ?? null;
    this.task = details.task;
  }
}

/** An object was used at the wrong time: before it was started, after it was closed, from the wrong process. */
export class InvalidStateError extends ProcessError {
  /** Class name, kept through minifiers. */
  override name = "InvalidStateError";
}

/** This context, or the permissions it was given, cannot do what was asked; the message names what would allow it. */
export class NotSupportedError extends ProcessError {
  /** Class name, kept through minifiers. */
  override name = "NotSupportedError";
}

/** Bytes that were to be received as a value are no message of this module, such as those that `sendBytes` has sent. */
export class MalformedMessageError extends ProcessError {
  /** Class name, kept through minifiers. */
  override name = "MalformedMessageError";
}
