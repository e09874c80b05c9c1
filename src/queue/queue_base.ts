/**
 * What all queues have in common: values in and out of a queue in shared words, or of one that another process keeps.
 *
 * @module
 */

import { anyOf, type WaitOptions } from "../base/deadline.ts";
import { InvalidStateError } from "../base/errors.ts";
import { type Address, identity } from "../base/identity.ts";
import { onTaskEnd } from "../base/task_end.ts";
import { decodeMessage, decodeMessageSync } from "../channel/connection.ts";
import { NodeHandoff } from "../channel/node_handoff.ts";
import { type Lease, readMessage, writeMessage } from "../channel/pipe_wire.ts";
import { RemoteBlock } from "../channel/remote_block.ts";
import { encode } from "../codec/encode.ts";
import { Reader } from "../codec/reader.ts";
import { withWriter } from "../codec/writer.ts";
import { nothingToUndo, registerKind } from "../sync/kinds.ts";
import { Kind } from "../sync/layout.ts";
import { type AcquireOptions, type PlacedClass, waitingTime } from "../sync/place.ts";
import { territoryAround } from "../sync/program_memory.ts";
import { type Operations, type Port, portFor, run, wordsForSync } from "../sync/shared_object.ts";
import { dropLeases, leasesIn } from "./item_leases.ts";
import type { OfferedItem } from "./queue_items.ts";
import { QueueWords } from "./queue_words.ts";

/** What can be done with a queue. */
export const queueOperations = {
  put: putForAnother,
  get: (words: QueueWords, options: WaitOptions) => words.offer(options),
  received: (words: QueueWords, record: number) => words.received(record),
  putBack: (words: QueueWords, record: number) => words.putBack(record),
  size: (words: QueueWords) => words.afterDeaths().size,
  full: (words: QueueWords) => words.bound > 0 && words.afterDeaths().size >= words.bound,
  readable: (words: QueueWords) => words.afterDeaths().readable,
  watch: (words: QueueWords, options: WaitOptions) => words.watch(options),
  taskDone: (words: QueueWords) => words.taskDone(),
  join: (words: QueueWords, options: WaitOptions) => words.join(options),
  shutDown: (words: QueueWords, immediate: boolean) => words.shutDown(immediate),
} satisfies Operations<QueueWords>;

/** Whoever had it put may be dead when it is refused: then nobody else lets go of what travels in it. */
async function putForAnother(words: QueueWords, bytes: Uint8Array, options: WaitOptions): Promise<boolean> {
  try {
    return await words.put(bytes, options);
  } catch (error) {
    dropLeases(leasesIn(bytes));
    throw error;
  }
}

registerKind(Kind.QUEUE, {
  words: QueueWords,
  operations: queueOperations,
  undo: { get: (item) => ["putBack", recordOf(item)], watch: nothingToUndo, join: nothingToUndo },
  confirm: { get: (item) => ["received", recordOf(item)] },
});

/** The most items a queue can be bounded to. */
const MOST_ITEMS = 2 ** 31 - 1;

/** The parts that queues are made of. */
export class QueueBase<T> {
  readonly port: Port<QueueWords>;
  readonly #what: string;
  /** Whoever keeps the queue. */
  readonly #home: Address;
  /** Puts that wait, and what ends each without a trace. */
  readonly #pending = new Map<Promise<unknown>, LazyController>();
  /** Ends the gets that wait; made by the first of them. */
  #closing: AbortController | undefined;
  #closed = false;
  #joinCancelled = false;

  constructor(cls: PlacedClass & { readonly name: string }, maxSize: number) {
    this.#what = cls.name;
    checkMaxSize(maxSize);
    const bound = maxSize > 0 && maxSize <= MOST_ITEMS ? maxSize : 0;
    this.port = portFor(cls, Kind.QUEUE, QueueWords, (words) => words.initialize(bound));
    this.#home = homeOf(this.port);
  }

  async put(item: T, options: AcquireOptions): Promise<void> {
    const limits = this.#limits(options, "put");
    const handoff = this.#handoff();
    try {
      const put = withEncoded(item, handoff, (bytes) => this.#putBytes(bytes, limits));
      if (put !== true) await put;
    } catch (error) {
      handoff.abandon();
      throw error;
    }
  }

  #putBytes(bytes: Uint8Array, limits: WaitOptions): Promise<void> | true {
    const { port } = this;
    const controller = new LazyController();
    const endable = (limits: WaitOptions) => controller.limit(limits);
    const put = port.words === undefined
      ? run(port, queueOperations, "put", [bytes.slice()], endable(limits))
      : port.words.put(bytes, limits, endable);
    return typeof put === "boolean" ? true : this.#track(put, controller);
  }

  /** Waits for room, or for the answer of whoever keeps the queue. */
  async #track(put: Promise<unknown>, controller: LazyController): Promise<void> {
    this.#pending.set(put, controller);
    try {
      await put;
    } catch (error) {
      // Given up with the process, as was asked for.
      if (!controller.aborted) throw error;
    } finally {
      this.#pending.delete(put);
    }
  }

  putSync(item: T, options: AcquireOptions): void {
    const { timeout } = this.#limits(options, "put");
    const words = wordsForSync(this.port, "until there is room in a queue");
    const handoff = this.#handoff();
    try {
      withEncoded(item, handoff, (bytes) => words.putSync(bytes, timeout));
    } catch (error) {
      handoff.abandon();
      throw error;
    }
  }

  async get(options: AcquireOptions): Promise<T> {
    const limits = this.#limits(options, "get");
    const { words } = this.port;
    if (words !== undefined) return await words.take(limits, decodeItem<T>, this.#untilClosed);
    return await decodeItem<T>((await run(this.port, queueOperations, "get", [], this.#untilClosed(limits))).bytes);
  }

  readonly #untilClosed = (limits: WaitOptions): WaitOptions => {
    this.#closing ??= new AbortController();
    return { ...limits, signal: anyOf(this.#closing.signal, limits.signal) };
  };

  getSync(options: AcquireOptions): T {
    const { timeout } = this.#limits(options, "get");
    return wordsForSync(this.port, "until there is something in a queue").takeSync(timeout, decodeItemSync<T>);
  }

  close(): void {
    this.#closed = true;
    this.#closing?.abort(this.#isClosed("get"));
  }

  /** Waits until everything that was put here is in the queue. */
  async joinThread(): Promise<void> {
    if (!this.#closed) {
      throw new InvalidStateError(
        `Cannot join the thread of a ${this.#what}: the queue is not closed; call close() first`,
      );
    }
    if (!this.#joinCancelled) await Promise.allSettled(this.#pending.keys());
  }

  cancelJoinThread(): void {
    if (this.#joinCancelled) return;
    this.#joinCancelled = true;
    onTaskEnd(() => this.#pending.forEach((controller) => controller.abort()));
  }

  /** Refuses what cannot be done any more. */
  checkOpen(what: string): void {
    if (this.#closed) throw this.#isClosed(what);
  }

  #isClosed(what: string): InvalidStateError {
    return new InvalidStateError(`Cannot ${what}: the ${this.#what} is closed in this process`);
  }

  #limits(options: AcquireOptions, what: string): { timeout: number; signal?: AbortSignal } {
    this.checkOpen(what);
    const timeout = waitingTime(options);
    const { signal } = options;
    signal?.throwIfAborted();
    return { timeout, ...signal && { signal } };
  }

  #handoff(): NodeHandoff {
    return new NodeHandoff("a queue", this.#home);
  }
}

/** What ends a wait; most puts need not wait, and so have none. */
class LazyController {
  #controller: AbortController | undefined;

  get aborted(): boolean {
    return this.#controller?.signal.aborted ?? false;
  }

  /** Options for a wait that this can end. */
  limit(limits: WaitOptions): WaitOptions {
    this.#controller = new AbortController();
    return { ...limits, signal: anyOf(this.#controller.signal, limits.signal) };
  }

  abort(): void {
    this.#controller?.abort();
  }
}

/** Where whoever keeps the queue has an item that it offered. */
function recordOf(item: unknown): number {
  return (item as OfferedItem).record;
}

/** Whoever keeps the queue, and so answers for what travels in an item. */
function homeOf({ words, host }: Port<QueueWords>): Address {
  if (words !== undefined) return territoryAround(words.agent.holder.arena).reference.home;
  return host instanceof RemoteBlock ? host.name.home : identity.address;
}

/** Has an item written and used; the bytes are valid only during the call. */
function withEncoded<R>(item: unknown, handoff: NodeHandoff, use: (bytes: Uint8Array) => R): R {
  return withWriter((writer) => {
    writeMessage(writer, (into) => encode(item, into, handoff), handoff.leases);
    return use(writer.finish());
  });
}

function decodeItem<T>(item: Uint8Array): T | Promise<T> {
  const { bytes, leases } = readMessage(new Reader(item), false);
  if (leases.length === 0) return decodeMessage<T>(bytes);
  return decodeAndDrop<T>(bytes, leases);
}

/** Lets go of what travelled with the value, also if that cannot be made. */
async function decodeAndDrop<T>(bytes: Uint8Array, leases: readonly Lease[]): Promise<T> {
  try {
    return await decodeMessage<T>(bytes);
  } finally {
    dropLeases(leases);
  }
}

function decodeItemSync<T>(item: Uint8Array): T {
  const { bytes, leases } = readMessage(new Reader(item), false);
  try {
    return decodeMessageSync<T>(bytes);
  } finally {
    dropLeases(leases);
  }
}

function checkMaxSize(maxSize: number): void {
  if (typeof maxSize !== "number") {
    throw new TypeError(`Cannot make a queue: maxSize must be a number of items, received ${Deno.inspect(maxSize)}`);
  }
  if (Number.isInteger(maxSize) || maxSize === Infinity) return;
  throw new RangeError(`Cannot make a queue: maxSize must be a whole number of items, received ${maxSize}`);
}
