/**
 * A client as its server sees it: its calls that are under way, the proxies it has, what it holds.
 *
 * @module
 */

import type { Address } from "../base/identity.ts";
import { logger } from "../base/logger.ts";
import { encode } from "../codec/encode.ts";
import { malformed } from "../codec/parts.ts";
import type { Reader } from "../codec/reader.ts";
import { writeText } from "../codec/text.ts";
import { withSignal } from "./call_limits.ts";
import type { Carrier, Side } from "./carrier.ts";
import { CallFailure, failureText } from "./failure.ts";
import { Holdings } from "./holdings.ts";
import { type ProxyEnd, type ProxyState, stateOf } from "./proxy_state.ts";
import { placeOfLimits, Referent } from "./referents.ts";
import { ToClient, ToServer } from "./wire.ts";

/** What a session asks of its server. */
export interface SessionServer {
  /** The key by which strangers are known. */
  readonly authKey: Uint8Array;
  /** The way of this process to the server. */
  readonly end: ProxyEnd;
  find(id: number): Referent | undefined;
  keep(referent: Referent): void;
  drop(referent: Referent, proxies: number): void;
  /** Nobody receives what was made. */
  forgo(referent: Referent): void;
  create(typeid: string, args: readonly unknown[]): unknown;
  invoke(referent: Referent, holdings: Holdings, method: string, args: readonly unknown[]): unknown;
  lend(session: ServerSession, referent: Referent, key: string, custodian: Address | undefined): void;
  /** Gives a lease up that a client of this program has made good. */
  redeem(key: string): void;
  /** Gives a stranger what was lent under a key; a promise if that may have been done only just now. */
  claim(session: ServerSession, referent: Referent, key: string): Promise<void> | undefined;
  /** What a proxy of this process is. */
  stateHere(id: number): ProxyState;
  tell(what: string): unknown;
  shutDown(): void;
}

interface Task {
  /** Whether it answers for itself when it is aborted. */
  readonly isPatient: boolean;
  readonly controller: AbortController | undefined;
}

/** A client of a server. */
export class ServerSession implements Side {
  readonly server: SessionServer;
  /** The client's process; absent if it is of another program. */
  readonly client: Address | undefined;
  readonly #carrier: Carrier;
  readonly #holdings: Holdings;
  readonly #proxies = new Map<Referent, number>();
  readonly #tasks = new Map<number, Task>();
  /** The last frame that is still being read. */
  #reading: Promise<void> | undefined;
  #isClosed = false;

  /**
   * @param client The client's process; absent if it is of another program, which then may not end the server.
   * @param carry Makes the way to the client.
   */
  constructor(server: SessionServer, client: Address | undefined, carry: (side: Side) => Carrier) {
    this.server = server;
    this.#carrier = carry(this);
    this.#holdings = new Holdings(client);
    this.client = client;
  }

  /** Whether the client is of another program. */
  get isStranger(): boolean {
    return this.client === undefined;
  }

  /**
   * A frame from the client; its bytes are valid only during the call.
   *
   * @throws {MalformedMessageError} If it is none.
   */
  receive(reader: Reader): void {
    const op = reader.u8();
    const call = reader.varuint();
    const message = reader.bytes(reader.remaining);
    if (this.#reading === undefined) return this.#readThen(this.#read(op, call, message));
    const copy = message.slice();
    this.#readThen(this.#reading.then(() => this.#read(op, call, copy)));
  }

  /** What comes behind a frame that takes a while to be read waits for it: calls are done in their order, and none is ended before it is begun. */
  #readThen(reading: Promise<void> | undefined): void {
    this.#reading = reading;
    reading?.then(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
  }

  /** A promise if a module has to be imported first. */
  #read(op: number, call: number, message: Uint8Array): Promise<void> | undefined {
    try {
      const body = this.#carrier.decode(message);
      if (body instanceof Promise) {
        return body.then((body) => this.#perform(op, call, body)).catch((error) => this.#fail(call, error));
      }
      return this.#perform(op, call, body);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  /** What the client sends back. */
  stateOf(id: number): ProxyState {
    if (this.isStranger) this.#referentOf(id);
    return this.server.stateHere(id);
  }

  /** Gives the client a proxy. */
  give(referent: Referent): void {
    this.server.keep(referent);
    this.#proxies.set(referent, (this.#proxies.get(referent) ?? 0) + 1);
  }

  has(referent: Referent): boolean {
    return this.#proxies.has(referent);
  }

  takeBack(ids: readonly number[]): void {
    for (const id of ids) this.#release(id);
  }

  /** The server ends before the client does. */
  tellEnd(): void {
    this.#inform(ToClient.GONE, 0);
  }

  /** The client has gone: what it had and held goes back, and nothing more is done for it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { controller } of this.#tasks.values()) controller?.abort();
    this.#tasks.clear();
    this.#holdings.end();
    for (const [referent, count] of this.#proxies) this.server.drop(referent, count);
    this.#proxies.clear();
  }

  /** A promise if what comes behind the frame has to wait. */
  #perform(op: number, call: number, body: unknown): Promise<void> | undefined {
    if (this.#isClosed) return;
    try {
      if (op === ToServer.CLAIM) return this.#claim(call, listOf(body));
      if (op === ToServer.CALL) this.#call(call, body);
      else if (op === ToServer.CANCEL) this.#cancel(call);
      else this.#settle(call, this.#administer(op, body), { isPatient: false, controller: undefined });
    } catch (error) {
      this.#fail(call, error);
    }
  }

  #administer(op: number, body: unknown): unknown {
    if (op === ToServer.CREATE) {
      const [typeid, args] = listOf(body);
      return this.server.create(textOf(typeid), listOf(args));
    }
    if (op === ToServer.RELEASE) return this.#release(numberOf(body));
    if (op === ToServer.ASK) return this.server.tell(textOf(body));
    if (op === ToServer.SHUTDOWN) return this.#end();
    const [id, key, custodian] = listOf(body);
    if (op === ToServer.LEND) {
      const address = custodian === undefined || this.isStranger ? undefined : listOf(custodian).map(numberOf);
      return this.server.lend(this, this.#referentOf(numberOf(id)), textOf(key), address);
    }
    throw malformed(`request ${op} is unknown`);
  }

  #end(): void {
    if (this.client === undefined) {
      throw new CallFailure("Cannot shut the manager down: only the program that started it can");
    }
    logger.debug("manager received shutdown message");
    this.server.shutDown();
  }

  /** A stranger gets what was lent to it, and nothing else. */
  #claim(call: number, [id, key]: readonly unknown[]): Promise<void> | undefined {
    const [number, name] = [numberOf(id), textOf(key)];
    const referent = this.server.find(number);
    this.#answer(call, undefined);
    if (this.isStranger) return referent && this.server.claim(this, referent, name);
    // Else it is told when it is used.
    if (referent !== undefined) this.give(referent);
    this.server.redeem(name);
  }

  #call(call: number, body: unknown): void {
    const [id, method, args, takesSignal, isLimited] = listOf(body);
    const referent = this.#referentOf(numberOf(id));
    const [name, given] = [textOf(method), listOf(args)];
    const waitsAt = placeOfLimits(referent.type, name);
    const place = takesSignal === true ? given.length - 1 : isLimited === true ? waitsAt : undefined;
    const controller = place === undefined ? undefined : new AbortController();
    const complete = place === undefined || controller === undefined
      ? given
      : withSignal(given, place, controller.signal);
    const isPatient = controller !== undefined && waitsAt !== undefined;
    const result = this.server.invoke(referent, this.#holdings, name, complete);
    this.#settle(call, result, { isPatient, controller });
  }

  /** Answers, when there is something to answer. */
  #settle(call: number, result: unknown, task: Task): void {
    if (!isThenable(result)) return this.#answer(call, result);
    const { controller } = task;
    this.#tasks.set(call, task);
    Promise.resolve(result).then(
      (value) => this.#tasks.delete(call) ? this.#answer(call, value) : this.#forgo(value),
      (error) => {
        if (!this.#tasks.delete(call)) return;
        if (controller?.signal.aborted && error === controller.signal.reason) this.#inform(ToClient.CANCELLED, call);
        else this.#fail(call, error);
      },
    );
  }

  #cancel(call: number): void {
    const task = this.#tasks.get(call);
    if (task === undefined) return;
    task.controller?.abort();
    if (task.isPatient) return;
    this.#tasks.delete(call);
    this.#inform(ToClient.CANCELLED, call);
  }

  #referentOf(id: number): Referent {
    const referent = this.server.find(id);
    if (referent !== undefined && this.#proxies.has(referent)) return referent;
    throw new CallFailure(`Cannot find object ${id}: this client has no proxy of it, or not any more`);
  }

  #release(id: number): void {
    const referent = this.server.find(id);
    const count = referent === undefined ? undefined : this.#proxies.get(referent);
    if (referent === undefined || count === undefined) return;
    if (count > 1) this.#proxies.set(referent, count - 1);
    else {
      this.#proxies.delete(referent);
      this.#holdings.forget(referent.object);
    }
    this.server.drop(referent, 1);
  }

  #answer(call: number, value: unknown): void {
    if (call === 0 || this.#isClosed) return this.#forgo(value);
    try {
      this.#send(ToClient.VALUE, call, undefined, value);
    } catch (error) {
      this.#forgo(value);
      this.#inform(ToClient.REMOTE, call, `Unserializable message: ${failureText(error)}`);
    }
  }

  /** The client does not receive what was made for it. */
  #forgo(value: unknown): void {
    const keep = stateOf(value)?.keep;
    if (keep instanceof Referent) this.server.forgo(keep);
  }

  #fail(call: number, error: unknown): void {
    if (call === 0 || this.#isClosed) return;
    const text = failureText(error);
    if (error instanceof CallFailure) return this.#inform(ToClient.REMOTE, call, text);
    try {
      this.#send(ToClient.ERROR, call, text, error);
    } catch {
      // It cannot be sent itself.
      this.#inform(ToClient.REMOTE, call, text);
    }
  }

  #inform(op: number, call: number, text?: string): void {
    if (this.#isClosed) return;
    try {
      this.#send(op, call, text);
    } catch {
      // The client has gone, which is noticed where it is read from.
    }
  }

  #send(op: number, call: number, text?: string, value?: unknown): void {
    this.#carrier.send((writer, handoff) => {
      writer.u8(op);
      writer.varuint(call);
      if (text !== undefined) writeText(writer, text);
      if (op === ToClient.VALUE || op === ToClient.ERROR) encode(value, writer, handoff);
    })?.catch(() => {
      // The client has gone, which is noticed where it is read from.
    });
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise ||
    typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed("a list is missing");
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  throw malformed("a number is missing");
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw malformed("a text is missing");
}
