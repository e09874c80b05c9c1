/**
 * A process's way to a server elsewhere: one conversation, in which calls are numbered and answered in any order.
 *
 * @module
 */

import { anyOf, suspend, within } from "../base/deadline.ts";
import type { Address } from "../base/identity.ts";
import { encode } from "../codec/encode.ts";
import { readAnyText } from "../codec/parts.ts";
import type { Reader } from "../codec/reader.ts";
import { noAnswer, signalIn, untilEnded, withoutSignal } from "./call_limits.ts";
import type { Carrier, Side } from "./carrier.ts";
import { lost, remoteError } from "./failure.ts";
import { Gauge } from "./gauge.ts";
import { giveUp, type ProxyCall, type ProxyEnd, stateOf } from "./proxy_state.ts";
import { type ServerName, ToClient, ToServer } from "./wire.ts";

// How long the word of a server is waited for that was asked to end a call.
const GRACE_MS = 1000;

/** The way of the frames, and what a wait for an answer means to the program. */
export interface ClientLine {
  readonly carrier: Carrier;
  /** Somebody waits for an answer. */
  beginWait(): void;
  /** The counterpart of {@linkcode ClientLine.beginWait}. */
  endWait(): void;
  /** Nobody needs the server any more. */
  close(): void;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  /** Why the server was asked to end the call. */
  reason: unknown;
  /** What the call keeps alive. */
  readonly pinned: unknown;
}

/** A way to a server. */
export class ClientEnd implements ProxyEnd, Side {
  readonly server: ServerName;
  readonly authKey: Uint8Array | undefined;
  readonly #line: ClientLine;
  readonly #classes = new Map<string, unknown>();
  readonly #pending = new Map<number, Pending>();
  readonly #gauge = new Gauge();
  #last = 0;
  #users = 0;
  #managers = 0;
  #failure: unknown;

  /**
   * @param open Makes the way to the server.
   * @param authKey The key, if another process needs it.
   */
  constructor(server: ServerName, authKey: Uint8Array | undefined, open: (end: ClientEnd) => ClientLine) {
    this.server = server;
    this.authKey = authKey;
    this.#line = open(this);
  }

  /** Whether calls may succeed. */
  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  /** Whether a manager is connected by it. */
  get isManaged(): boolean {
    return this.#managers > 0;
  }

  /** Says which class the proxies of a type are to be of. */
  useClass(typeid: string, cls: unknown): void {
    this.#classes.set(typeid, cls);
  }

  classFor(typeid: string): unknown {
    return this.#classes.get(typeid);
  }

  /** Somebody needs the way: a manager, or a proxy. */
  retain(): void {
    this.#users++;
  }

  /** The counterpart of {@linkcode ClientEnd.retain}; the last one closes the way. */
  leave(): void {
    if (--this.#users === 0) this.#line.close();
  }

  /** A manager is connected by it. */
  connect(): void {
    this.#managers++;
  }

  /** It is not any more, by its own word; the last one closes the way, whoever else needs it. */
  disconnect(): void {
    if (--this.#managers === 0) this.#line.close();
    this.leave();
  }

  call(id: number, method: string, args: readonly unknown[], options: ProxyCall): Promise<unknown> {
    const inner = signalIn(args);
    const isLimited = options.signal !== undefined || options.timeout !== undefined;
    const body = [id, method, inner === undefined ? args : withoutSignal(args), inner !== undefined, isLimited];
    const signal = anyOf(options.signal, inner);
    // The shortest way for what most calls are.
    if (signal === undefined && !isLimited && !this.#gauge.isFull) {
      return this.#exchange(ToServer.CALL, body, options.pinned);
    }
    return this.request(ToServer.CALL, body, { ...options, ...signal && { signal } });
  }

  /** Sends what wants an answer. */
  async request(op: number, body: unknown, options: ProxyCall = {}): Promise<unknown> {
    const { timeout, signal, isPatient = false, pinned } = options;
    signal?.throwIfAborted();
    const end = performance.now() + (timeout ?? Infinity);
    while (this.#gauge.isFull && this.#failure === undefined) await this.#room(end, options);
    if (timeout === undefined && signal === undefined) return await this.#exchange(op, body, pinned);
    const call = this.#last + 1;
    const late = () => noAnswer("the manager", timeout);
    const limits = { ...signal && { signal }, timeout: end - performance.now() };
    if (isPatient) {
      const answer = this.#exchange(op, body, pinned);
      const outcome = untilEnded(answer, limits, late, (reason) => this.#cancel(call, reason), GRACE_MS);
      outcome.catch(() => answer.then(refuse, () => {}));
      return await outcome;
    }
    return await suspend<unknown>(
      limits,
      (resolve, reject) => {
        let isOver = false;
        this.#exchange(op, body, pinned).then((answer) => isOver ? refuse(answer) : resolve(answer), reject);
        return () => {
          isOver = true;
          this.#cancel(call, undefined);
        };
      },
      () => {
        throw late();
      },
    );
  }

  async release(id: number, awaited: boolean): Promise<void> {
    if (this.#failure === undefined) {
      if (awaited) await this.request(ToServer.RELEASE, id).catch(() => {});
      else this.#tell(ToServer.RELEASE, id);
    }
    this.leave();
  }

  lend(id: number, key: string, custodian: Address | undefined): void {
    this.#tell(ToServer.LEND, [id, key, custodian]);
  }

  unlend(id: number, key: string): void {
    // As if it had travelled to here.
    this.claim(id, key);
    this.#tell(ToServer.RELEASE, id);
  }

  claim(id: number, key: string): void {
    this.#tell(ToServer.CLAIM, [id, key]);
  }

  takeBack(): void {
    // What goes to a server that is its own is not given.
  }

  /** A frame from the server; its bytes are valid only during the call. */
  receive(reader: Reader): void {
    const op = reader.u8();
    const call = reader.varuint();
    if (op === ToClient.GONE) return this.fail(lost("it has shut down"));
    if (op === ToClient.CANCELLED) return this.#settle(call, ({ reject, reason }) => reject(reason));
    const text = op === ToClient.VALUE ? "" : readAnyText(reader);
    if (op === ToClient.REMOTE) return this.#settle(call, ({ reject }) => reject(remoteError(text)));
    try {
      const body = this.#line.carrier.decode(reader.bytes(reader.remaining));
      if (!(body instanceof Promise)) return this.#finish(op, call, body);
      body.then((body) => this.#finish(op, call, body)).catch((error) => this.#garbled(call, text, error));
    } catch (error) {
      this.#garbled(call, text, error);
    }
  }

  /** Nothing will be answered any more. */
  fail(reason: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    for (const call of [...this.#pending.keys()]) this.#settle(call, ({ reject }) => reject(reason));
    this.#gauge.wake();
  }

  #finish(op: number, call: number, body: unknown): void {
    this.#settle(call, ({ resolve, reject }) => op === ToClient.VALUE ? resolve(body) : reject(body));
  }

  /** What came cannot be made here, as of a class that is not known; then it is told in the words that came with it. */
  #garbled(call: number, text: string, error: unknown): void {
    this.#settle(call, ({ reject }) => reject(text === "" ? error : remoteError(text)));
  }

  #exchange(op: number, body: unknown, pinned: unknown): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const call = ++this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(call, { resolve, reject, reason: undefined, pinned: [pinned, body] });
    this.#line.beginWait();
    try {
      this.#send(op, call, body);
    } catch (error) {
      this.#settle(call, ({ reject }) => reject(error));
    }
    return promise;
  }

  /** Waits until another frame may perhaps be made. */
  async #room(end: number, { timeout, signal }: ProxyCall): Promise<void> {
    await within<void>(
      { ...signal && { signal }, timeout: end - performance.now() },
      () => this.#gauge.changed(),
      () => {
        throw noAnswer("the manager", timeout);
      },
    );
  }

  /** Asks the server to end a call. */
  #cancel(call: number, reason: unknown): void {
    const pending = this.#pending.get(call);
    if (pending === undefined) return;
    pending.reason = reason;
    try {
      this.#send(ToServer.CANCEL, call, undefined);
    } catch {
      // The way is broken, which rejects the call.
    }
  }

  #settle(call: number, settle: (pending: Pending) => void): void {
    const pending = this.#pending.get(call);
    if (pending === undefined) return;
    this.#pending.delete(call);
    settle(pending);
    this.#line.endWait();
  }

  #tell(op: number, body: unknown): void {
    if (this.#failure !== undefined) return;
    try {
      this.#send(op, 0, body);
    } catch {
      // The way is broken, so the server has let go of everything.
    }
  }

  #send(op: number, call: number, body: unknown): void {
    this.#gauge.watch(this.#line.carrier.send((writer, handoff) => {
      writer.u8(op);
      writer.varuint(call);
      encode(body, writer, handoff);
    }));
  }
}

/** An answer for which nobody waits any more; the collector would find a proxy only at some time. */
function refuse(answer: unknown): void {
  const state = stateOf(answer);
  if (state !== undefined) giveUp(state, false);
}
