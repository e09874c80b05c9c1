/**
 * {@linkcode Connection}: values and bytes as messages over a transport.
 *
 * @module
 */

import { checkCount } from "../base/check.ts";
import { checkWaitOptions, WAIT_OPTIONS, type WaitOptions } from "../base/deadline.ts";
import { BufferTooShort, EOFError, InvalidStateError } from "../base/errors.ts";
import { decode } from "../codec/decode.ts";
import { neededReferences } from "../codec/head.ts";
import { encode } from "../codec/encode.ts";
import { readLoaded, resolveReference } from "../codec/function_ref.ts";
import type { Source } from "../codec/handoff.ts";
import { buffersIn, leave } from "../codec/transfer.ts";
import type { Transport } from "./transport.ts";
import { type Readiness, wait, type Waitable, waitable, waitSync } from "./wait.ts";

/** Options of {@linkcode Connection.send}. */
export interface SendOptions extends WaitOptions {
  /**
   * Objects that leave this process instead of being copied: array buffers, which are empty here afterwards. That of a
   * `WebAssembly.Memory` is copied all the same.
   */
  transfer?: Transferable[] | undefined;
}

/** A buffer, or a view of one, also of shared memory. */
export type Bytes = ArrayBuffer | ArrayBufferView;

const source: Source = { resolveFunction: resolveReference };

// Dropped without `close`: the end is given up when the collector finds out, as Python does.
const dropped = new FinalizationRegistry<Transport>((transport) => transport.close(closedError("use")));

function closedError(what: string): InvalidStateError {
  return new InvalidStateError(`Cannot ${what}: the connection is closed`);
}

const SEND_OPTIONS = [...WAIT_OPTIONS, "transfer"];

/**
 * One end of a pipe or of a network connection, as Python's `multiprocessing.connection.Connection`.
 *
 * - Messages keep their boundaries and their order.
 * - A connection can be sent to any process of the program, as an argument or in a message; the receiver gets one of its own to the
 *   same end. The other side sees the end of file when all of them are closed or their processes have ended, however they did.
 * - Calls made at the same time on one connection are served in their order.
 *
 * @example Two ends
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pipe } from "@multiprocessing/deno";
 *
 * const [a, b] = Pipe<string>();
 * await a.send("hello");
 * assertEquals(await b.recv(), "hello");
 * a.close();
 * b.close();
 * ```
 *
 * @typeParam S What is sent.
 * @typeParam R What is received.
 */
export class Connection<S = unknown, R = unknown> implements Disposable, AsyncIterable<R>, Waitable {
  readonly #transport: Transport;
  #closed = false;
  #unreadable = false;

  /** Connections are made by {@linkcode Pipe}, `Listener.accept` and `Client`. */
  constructor(transport: Transport) {
    if (typeof transport !== "object" || transport === null) {
      throw new TypeError("Cannot make a Connection of what is no way to anybody; use Pipe, Listener or Client");
    }
    this.#transport = transport;
    dropped.register(this, transport, this);
  }

  /** Whether the connection was closed here. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether messages may be received. */
  get readable(): boolean {
    return this.#transport.readable && !this.#unreadable;
  }

  /** Whether messages may be sent. */
  get writable(): boolean {
    return this.#transport.writable;
  }

  /**
   * Sends a value. It is encoded at the call, so that later changes do not matter; it waits while the receiver is far behind.
   * The message is out of this process's hands when the promise resolves, and arrives even if the process is killed then.
   *
   * @param value Anything that can cross to another process.
   * @param options How long to wait, in milliseconds, and what to transfer.
   * @throws {TypeError} If the value cannot be sent; the message has the path to what is in the way, and nothing is sent.
   * @throws {RangeError} If a buffer to be transferred is given twice, or has left already.
   * @throws {Deno.errors.BrokenPipe} If the other end is closed everywhere.
   * @throws {InvalidStateError} If the connection is closed or only receives.
   */
  async send(value: S, options: SendOptions = {}): Promise<void> {
    this.#checkSend(options);
    const leaving = buffersIn(options.transfer);
    const handoff = this.#transport.handoff();
    try {
      await this.#transport.send((writer) => encode(value, writer, handoff), handoff, options);
    } catch (error) {
      handoff.abandon();
      throw error;
    }
    leave(leaving);
  }

  /** {@linkcode Connection.send}, blocking the thread while the receiver is far behind. */
  sendSync(value: S, options: { timeout?: number | undefined } = {}): void {
    this.#checkSend(options);
    const { timeout = Infinity } = options;
    const handoff = this.#transport.handoff();
    try {
      this.#transport.sendSync((writer) => encode(value, writer, handoff), handoff, timeout);
    } catch (error) {
      handoff.abandon();
      throw error;
    }
  }

  /**
   * Receives the next value.
   *
   * @param options How long to wait, in milliseconds.
   * @throws {EOFError} If the other end is closed everywhere and nothing is left.
   * @throws {TimeoutError} If no message came in time.
   * @throws {InvalidStateError} If the connection is closed or only sends.
   */
  async recv(options: WaitOptions = {}): Promise<R> {
    this.#checkReceive(options);
    const transport = this.#transport;
    // A stranger's messages are read by its transport, which does not trust them.
    const decode = transport.decode === undefined ? decodeMessage<R> : (bytes: Uint8Array) => transport.decode?.(bytes);
    return await transport.receive(decode, options) as R;
  }

  /**
   * {@linkcode Connection.recv}, blocking the thread.
   *
   * @param options How long to wait, in milliseconds.
   * @throws {NotSupportedError} If this process shares memory with no other; the message names the flag.
   */
  recvSync(options: { timeout?: number | undefined } = {}): R {
    this.#checkReceive(options);
    return this.#transport.receiveSync(decodeMessageSync<R>, options.timeout);
  }

  /**
   * Whether {@linkcode Connection.recv} would answer at once: there is a message, or the other end is closed. It takes nothing.
   *
   * @param options How long to wait for that, in milliseconds; without options it does not wait.
   */
  async poll(options?: WaitOptions): Promise<boolean> {
    this.#checkReceive(options ?? {});
    if (options === undefined) return await this.#transport.ready();
    return (await wait([this], options)).length > 0;
  }

  /** {@linkcode Connection.poll}, blocking the thread; without options it does not wait. */
  pollSync(options?: { timeout?: number | undefined }): boolean {
    this.#checkReceive(options ?? {});
    return waitSync([this], options ?? { timeout: 0 }).length > 0;
  }

  /**
   * Sends bytes as a message of their own.
   *
   * @param data A buffer or a view; wider elements are sent as their bytes.
   * @param offset Where to begin, in bytes.
   * @param size How many bytes; all that follow if absent.
   * @throws {RangeError} If offset and size do not lie within the data.
   */
  async sendBytes(data: Bytes, offset?: number, size?: number): Promise<void> {
    this.#checkSend({});
    const bytes = slice(data, offset, size);
    await this.#transport.send((writer) => writer.bytes(bytes), this.#transport.handoff(), {});
  }

  /** {@linkcode Connection.sendBytes}, blocking the thread. */
  sendBytesSync(data: Bytes, offset?: number, size?: number): void {
    this.#checkSend({});
    const bytes = slice(data, offset, size);
    this.#transport.sendSync((writer) => writer.bytes(bytes), this.#transport.handoff(), Infinity);
  }

  /**
   * Receives a message as bytes.
   *
   * @param maxLength The longest message to accept, in bytes; a longer one is an error, after which nothing can be received.
   * @throws {Deno.errors.InvalidData} If the message is longer.
   */
  async recvBytes(maxLength?: number): Promise<Uint8Array<ArrayBuffer>> {
    return await this.#transport.receive(this.#upTo(maxLength), {});
  }

  /** {@linkcode Connection.recvBytes}, blocking the thread. */
  recvBytesSync(maxLength?: number): Uint8Array<ArrayBuffer> {
    return this.#transport.receiveSync(this.#upTo(maxLength), undefined);
  }

  /**
   * Receives a message into a buffer.
   *
   * @param buffer Where to put it.
   * @param offset Where to begin in the buffer, in bytes.
   * @returns How many bytes the message has.
   * @throws {BufferTooShort} If there is less room; the error carries the whole message.
   */
  async recvBytesInto(buffer: Bytes, offset = 0): Promise<number> {
    return await this.#transport.receive(this.#into(buffer, offset), {});
  }

  /** {@linkcode Connection.recvBytesInto}, blocking the thread. */
  recvBytesIntoSync(buffer: Bytes, offset = 0): number {
    return this.#transport.receiveSync(this.#into(buffer, offset), undefined);
  }

  /** Closes this end; may be repeated. Afterwards all but `closed`, `readable` and `writable` throws. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    dropped.unregister(this);
    this.#transport.close(closedError("go on"));
  }

  /** Closes this end. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Receives until the other end is closed. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<R> {
    try {
      for (;;) yield await this.recv();
    } catch (error) {
      if (!(error instanceof EOFError)) throw error;
    }
  }

  /** For {@linkcode wait}. */
  [waitable](): Readiness {
    this.#checkReceive({});
    return this.#transport;
  }

  /** The transport of a connection that is still open, for the reducer. */
  static transportOf(connection: Connection): Transport {
    if (connection.#closed) throw closedError("send the connection");
    return connection.#transport;
  }

  /** As Python prints it. */
  [Symbol.for("Deno.customInspect")](): string {
    const ways = `${this.readable ? "readable" : ""}${this.writable ? "writable" : ""}`.replace("ew", "e, w");
    return `<Connection ${this.#closed ? "closed" : ways}>`;
  }

  #checkSend(options: WaitOptions): void {
    if (this.#closed) throw closedError("send");
    if (!this.#transport.writable) throw new InvalidStateError("Cannot send: the connection is read-only");
    checkWaitOptions(options, SEND_OPTIONS, "send");
    options.signal?.throwIfAborted();
  }

  #checkReceive(options: WaitOptions): void {
    if (this.#closed) throw closedError("receive");
    if (!this.#transport.readable) throw new InvalidStateError("Cannot receive: the connection is write-only");
    if (this.#unreadable) {
      throw new InvalidStateError("Cannot receive: a message was longer than was allowed; close the connection");
    }
    checkWaitOptions(options);
  }

  #upTo(maxLength: number | undefined): (message: Uint8Array) => Uint8Array<ArrayBuffer> {
    this.#checkReceive({});
    if (maxLength !== undefined) checkCount("receive: maxLength", maxLength);
    return (message) => {
      if (maxLength === undefined || message.length <= maxLength) return message.slice();
      this.#giveUpReading();
      throw new Deno.errors.InvalidData(
        `Cannot receive: bad message length, ${message.length} bytes where at most ${maxLength} were allowed`,
      );
    };
  }

  #into(buffer: Bytes, offset: number): (message: Uint8Array) => number {
    this.#checkReceive({});
    const room = slice(buffer, offset);
    return (message) => {
      if (message.length > room.length) throw new BufferTooShort(message.slice());
      room.set(message);
      return message.length;
    };
  }

  #giveUpReading(): void {
    this.#unreadable = true;
    if (!this.#transport.writable) this.close();
  }
}

function slice(data: Bytes, offset = 0, size: number | undefined = undefined): Uint8Array {
  if (!ArrayBuffer.isView(data) && !(data instanceof ArrayBuffer)) {
    throw new TypeError(`Cannot take bytes of a ${typeof data}: an ArrayBuffer or a view of one is needed`);
  }
  const whole = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
  checkCount("take bytes: offset", offset);
  if (offset > whole.length) {
    throw new RangeError(`Cannot take bytes: the data has ${whole.length}, less than the offset ${offset}`);
  }
  if (size === undefined) return whole.subarray(offset);
  checkCount("take bytes: size", size);
  if (offset + size > whole.length) {
    throw new RangeError(
      `Cannot take bytes: the data has ${whole.length}, less than the offset ${offset} and the size ${size}`,
    );
  }
  return whole.subarray(offset, offset + size);
}

/** Decodes a message of another process; first imports what it names, if need be. The bytes are read at once or copied. */
export function decodeMessage<R>(message: Uint8Array): R | Promise<R> {
  return readLoaded(message, neededReferences(message), decodeMessageSync<R>);
}

/** {@linkcode decodeMessage}, where nothing can be imported. */
export function decodeMessageSync<R>(message: Uint8Array): R {
  return decode(message, source) as R;
}
