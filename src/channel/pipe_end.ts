/**
 * One connection's end of a pipe: a seat, whether the pipe's home is in this process or elsewhere.
 *
 * @module
 */

import { suspend, type WaitOptions } from "../base/deadline.ts";
import { EOFError, TimeoutError } from "../base/errors.ts";
import { Fifo } from "../base/fifo.ts";
import { type Address, identity } from "../base/identity.ts";
import { bytesOf, type Writer } from "../codec/writer.ts";
import { pressAll } from "../sync/bell.ts";
import { checkCanBlock, node, refusalToBlock } from "./node.ts";
import { NodeHandoff } from "./node_handoff.ts";
import { dropLease, type HomeAccess, type Sitter } from "./pipe_post.ts";
import { weightOf } from "./pipe_side.ts";
import { kept, type Lease, type Message } from "./pipe_wire.ts";
import type { Transport } from "./transport.ts";
import type { SyncReadiness } from "./wait.ts";

// A send waits while so much of what this end sent has not left the home; one message may go beyond, of whatever size.
const UNRECEIVED_BYTES = 1 << 20;
// Told together: cheaper than one by one, and far below what a reader may have ahead.
const TOOK_BYTES = 1 << 17;

/** Takes a message, or hears that none will come. */
type Receiver = (message: Message | undefined) => void;

interface PendingSend {
  readonly bytes: Uint8Array;
  readonly leases: readonly Lease[];
  readonly resolve: (sent: Promise<void> | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

/** Which ways messages may go. */
export interface Ways {
  readonly readable: boolean;
  readonly writable: boolean;
}

/** What crosses when a connection is sent. */
export interface LentEnd extends Ways {
  readonly lease: Lease;
}

/** A connection's end of a pipe. */
export class PipeEnd implements Transport, Sitter {
  readonly address: Address = identity.address;
  readonly remote = false;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly #home: HomeAccess;
  /** What was delivered and nobody has taken yet. */
  readonly #inbox = new Fifo<Message>();
  readonly #receivers = new Fifo<Receiver>();
  readonly #watchers = new Set<() => void>();
  /** The home has been asked to wake the watchers. */
  #watchedAtHome = false;
  readonly #askers = new Fifo<(ready: boolean) => void>();
  /** Answers to come for askers that need none any more. */
  #answered = 0;
  readonly #outbox = new Fifo<PendingSend>();
  /** How many receives the home believes to be waiting here. */
  #wanted = 0;
  #received = 0;
  #taken = 0;
  #unreceived = 0;
  #refilling = false;
  /** The home sends messages unasked, as nobody else reads. */
  #exclusive = false;
  #ended = false;
  /** What arrives now has been given to others already, until the next recall. */
  #retired = false;
  #closed: Error | undefined;
  #unsendable: Error | undefined;

  /**
   * @param ways Which ways messages may go here.
   * @param join Takes this seat at the home.
   */
  constructor({ readable, writable }: Ways, join: (seat: Sitter) => HomeAccess) {
    this.readable = readable;
    this.writable = writable;
    this.#home = join(this);
  }

  handoff(): NodeHandoff {
    return new NodeHandoff("the other end of a pipe", this.#home.address);
  }

  send(build: (writer: Writer) => void, handoff: NodeHandoff, options: WaitOptions): Promise<void> | undefined {
    if (this.#unsendable !== undefined) throw this.#unsendable;
    if (this.#unreceived >= UNRECEIVED_BYTES || this.#outbox.length > 0) {
      return this.#sendLater(build, handoff, options);
    }
    const { size, sent } = this.#home.send(build, handoff.leases);
    this.#unreceived += weightOf(size);
    return sent;
  }

  sendSync(build: (writer: Writer) => void, handoff: NodeHandoff, timeout: number): void {
    const end = performance.now() + timeout;
    const room = () =>
      this.#unsendable !== undefined || (this.#unreceived < UNRECEIVED_BYTES && this.#outbox.length === 0);
    if (!this.#blockUntil(room, timeout)) {
      throw new TimeoutError(`Cannot send: the receiver left no room within ${timeout} ms`);
    }
    const isOut = node.departure(() => {
      this.send(build, handoff, {})?.catch(() => {
        // The other process has ended, which the next send tells.
      });
    });
    // This thread may block next by other means, which send nothing. What has begun to leave when the time is up goes on later.
    if (!isOut() && node.bell.canWaitSync) node.bell.waitSync(isOut, end - performance.now());
    pressAll();
  }

  receive<T>(consume: (message: Uint8Array) => T, { timeout = Infinity, signal }: WaitOptions): Promise<T> {
    const expire = () => {
      throw new TimeoutError(`Cannot receive: no message came within ${timeout} ms`);
    };
    // Without a wait, only the home can tell that there is nothing, after it has sent what there was.
    const limits = { timeout: timeout > 0 ? timeout : Infinity, ...signal !== undefined && { signal } };
    return suspend<T>(limits, (resolve, reject) => {
      const settle = (outcome: () => T) => {
        try {
          resolve(outcome());
        } catch (error) {
          reject(error);
        }
      };
      const remove = this.#addReceiver((message) => settle(() => this.#consume(consume, message)));
      if (timeout <= 0) this.#ask(() => settle(expire));
      return remove;
    }, expire);
  }

  receiveSync<T>(consume: (message: Uint8Array) => T, timeout = Infinity): T {
    let outcome: (() => T) | undefined;
    const remove = this.#addReceiver((message) => {
      try {
        const value = this.#consume(consume, message);
        outcome = () => value;
      } catch (error) {
        outcome = () => {
          throw error;
        };
      }
    });
    let over = false;
    try {
      if (outcome === undefined && timeout <= 0) this.#ask(() => over = true);
      const limit = timeout > 0 ? timeout : Infinity;
      this.#blockUntil(() => outcome !== undefined || over, limit);
    } finally {
      remove();
    }
    if (outcome === undefined) throw new TimeoutError(`Cannot receive: no message came within ${timeout} ms`);
    return outcome();
  }

  ready(): boolean | Promise<boolean> {
    if (this.#inbox.length > 0 || this.#ended) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    node.beginWait();
    this.#ask(resolve);
    return promise.finally(() => node.endWait());
  }

  get sync(): SyncReadiness {
    const ask = (answer: (ready: boolean) => void) =>
      this.#inbox.length > 0 || this.#ended ? answer(true) : this.#ask(answer);
    return { ask, refusal: (timeout) => refusalToBlock("on a pipe", this.#home.others(), timeout) };
  }

  onReady(wake: () => void): () => void {
    this.#watchers.add(wake);
    node.beginWait();
    if (this.#inbox.length > 0 || this.#ended) wake();
    else this.#watch();
    return () => {
      node.endWait();
      this.#watchers.delete(wake);
    };
  }

  lend(handoff: NodeHandoff): LentEnd {
    const lease = this.#home.lend(handoff.custodian);
    handoff.leases.push(lease);
    return { lease, readable: this.readable, writable: this.writable };
  }

  close(reason: Error): void {
    this.#closed = reason;
    this.#home.leave(this.#received, this.#inbox.drain());
    this.#end();
    this.#breakOff(reason);
  }

  deliver(message: Message, exclusive: boolean): void {
    this.#received++;
    // The home has it for others.
    if (this.#retired) return;
    if (this.#wanted > 0) this.#wanted--;
    this.#exclusive = exclusive;
    const receiver = this.#receivers.shift();
    if (receiver !== undefined) return receiver(message);
    // Nobody waits for it any more, and somebody elsewhere may.
    if (!exclusive) return this.#home.giveBack([kept(message)], this.#received);
    this.#inbox.push(kept(message));
    this.wake();
  }

  end(): void {
    this.#end();
  }

  answer(there: boolean): void {
    if (this.#answered > 0) this.#answered--;
    else this.#askers.shift()?.(there || this.#inbox.length > 0);
  }

  wake(): void {
    this.#watchedAtHome = false;
    for (const wake of this.#watchers) wake();
  }

  room(bytes: number): void {
    this.#unreceived -= bytes;
    // What leaves at once makes room again, within the same loop.
    if (this.#refilling) return;
    this.#refilling = true;
    try {
      this.#refill();
    } finally {
      this.#refilling = false;
    }
  }

  broken(): void {
    this.#breakOff(new Deno.errors.BrokenPipe("Cannot send: the other end of the pipe is closed everywhere"));
  }

  recall(): void {
    this.#retired = false;
    this.#exclusive = false;
    this.#ended = false;
    this.#wanted = 0;
    this.#home.answerRecall(this.#inbox.drain(), this.#received);
    this.#tellWant();
    if (this.#watchers.size > 0) this.#watch();
  }

  retire(): { messages: readonly Message[]; received: number } {
    this.#retired = true;
    this.#exclusive = false;
    this.#wanted = 0;
    return { messages: this.#inbox.drain(), received: this.#received };
  }

  #refill(): void {
    while (this.#unreceived < UNRECEIVED_BYTES) {
      const pending = this.#outbox.shift();
      if (pending === undefined) return;
      // Before, as it may leave the home at once.
      this.#unreceived += weightOf(pending.bytes.length);
      pending.resolve(this.#home.sendBytes(pending.bytes, pending.leases));
    }
  }

  #end(): void {
    this.#ended = true;
    for (const receiver of this.#receivers.drain()) receiver(undefined);
    this.#answered += this.#askers.length;
    for (const asker of this.#askers.drain()) asker(true);
    for (const wake of this.#watchers) wake();
  }

  #breakOff(reason: Error): void {
    this.#unsendable ??= reason;
    for (const { reject } of this.#outbox.drain()) reject(reason);
  }

  #sendLater(build: (writer: Writer) => void, handoff: NodeHandoff, options: WaitOptions): Promise<void> {
    // Now, so that what is sent is the value as it was at the call.
    const bytes = bytesOf(build);
    return suspend<void>(options, (resolve, reject) => {
      const pending = { bytes, leases: handoff.leases, resolve, reject };
      this.#outbox.push(pending);
      node.beginWait();
      return () => {
        node.endWait();
        this.#outbox.remove(pending);
      };
    }, () => {
      throw new TimeoutError(`Cannot send: the receiver left no room within ${options.timeout} ms`);
    });
  }

  /** Hands the next message to the receiver, now or when it comes. */
  #addReceiver(receiver: Receiver): () => void {
    const message = this.#inbox.shift();
    if (message !== undefined || this.#ended) {
      receiver(message);
      return () => {};
    }
    let waiting = true;
    const once: Receiver = (received) => {
      done();
      receiver(received);
    };
    const done = () => {
      if (!waiting) return;
      waiting = false;
      node.endWait();
    };
    node.beginWait();
    this.#receivers.push(once);
    this.#tellWant();
    return () => {
      done();
      if (this.#receivers.remove(once)) this.#tellWant();
    };
  }

  #consume<T>(consume: (message: Uint8Array) => T, message: Message | undefined): T {
    if (message === undefined) {
      throw this.#closed ?? new EOFError("Cannot receive: the other end is closed and nothing is left");
    }
    let value: T | undefined;
    try {
      return value = consume(message.bytes);
    } finally {
      if (message.leases.length > 0) this.#settle(value, message.leases);
      // Only now, as it may bring the next message. At once if the home has leases too, which keep ends open.
      this.#tellTaken(weightOf(message.bytes.length), message.leases.length > 0);
    }
  }

  /** What travelled in the message and was not claimed, as when it is received as bytes, is given up. */
  async #settle(value: unknown, leases: readonly Lease[]): Promise<void> {
    // Decoding may have to wait for a module; if it fails, its caller is told.
    await Promise.allSettled([value]);
    leases.forEach(dropLease);
  }

  #tellWant(): void {
    if (this.#exclusive || this.#ended) return;
    const wanted = this.#receivers.length;
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#home.want(wanted, this.#received);
  }

  #ask(asker: (ready: boolean) => void): void {
    this.#askers.push(asker);
    this.#home.ask();
  }

  #watch(): void {
    if (this.#watchedAtHome || this.#ended) return;
    this.#watchedAtHome = true;
    this.#home.watch();
  }

  #tellTaken(bytes: number, atOnce: boolean): void {
    this.#taken += bytes;
    if (this.#taken < TOOK_BYTES && !atOnce) return;
    this.#home.took(this.#taken, this.#received - this.#inbox.length);
    this.#taken = 0;
  }

  #blockUntil(done: () => boolean, timeout: number): boolean {
    if (done()) return true;
    checkCanBlock("on a pipe", this.#home.others(), timeout);
    return node.bell.waitSync(done, timeout);
  }
}
