/**
 * The server of a manager, without the ways to it: the types that can be made, the objects there are, the leases of those on their way.
 *
 * @module
 */

import { type Address, identity, isHere, isWithin } from "../base/identity.ts";
import type { Address as NetworkAddress } from "../channel/address.ts";
import { node } from "../channel/node.ts";
import { dropLent, noteLease } from "../channel/shared_lease.ts";
import type { Reader } from "../codec/reader.ts";
import { type Carrier, NodeCarrier, type Side } from "./carrier.ts";
import { plainOf, textOf } from "./contents.ts";
import { CallFailure, failureText } from "./failure.ts";
import { Leases } from "./leases.ts";
import { LocalEnd } from "./local_end.ts";
import type { Holdings } from "./holdings.ts";
import { ProxyState } from "./proxy_state.ts";
import { type Referent, Referents, type ServedType } from "./referents.ts";
import { ServerSession, type SessionServer } from "./server_session.ts";
import { MANAGER_SERVICE, type ServerName, ToClient } from "./wire.ts";

/** A type of objects that a server can make. */
export interface CreatedType extends ServedType {
  /** Makes one; if absent, the one argument is served. */
  readonly callable?: ((...args: readonly unknown[]) => unknown) | undefined;
}

const SHOWN_LETTERS = 75;

const cores = new Map<number, ServerCore>();
let lastNumber = 0;

/** The server of that number in this process. */
export function coreHere(number: number): ServerCore | undefined {
  return cores.get(number);
}

/** A server, as its clients' sessions see it. */
export class ServerCore implements SessionServer {
  readonly name: ServerName;
  readonly authKey: Uint8Array;
  /** The way of this process to its own server. */
  readonly end: LocalEnd;
  readonly #types: ReadonlyMap<string, CreatedType>;
  readonly #referents: Referents;
  readonly #sessions = new Map<string, ServerSession>();
  readonly #strangers = new Set<ServerSession>();
  readonly #leases = new Leases(this);
  readonly #ended = Promise.withResolvers<void>();
  /** Objects that are being disposed of. */
  readonly #leaving = new Set<Promise<void>>();

  /** @param address Where other programs reach it. */
  constructor(types: ReadonlyMap<string, CreatedType>, address: NetworkAddress | null, authKey: Uint8Array) {
    this.#types = types;
    this.authKey = authKey;
    this.#referents = new Referents((object) => this.#discard(object));
    this.name = { program: identity.program, home: identity.address, number: ++lastNumber, address };
    this.end = new LocalEnd(this);
    cores.set(this.name.number, this);
  }

  /** Resolves when the server was shut down. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  find(id: number): Referent | undefined {
    return this.#referents.find(id);
  }

  keep(referent: Referent): void {
    this.#referents.keep(referent);
  }

  drop(referent: Referent, proxies: number): void {
    this.#referents.drop(referent, proxies);
  }

  forgo(referent: Referent): void {
    this.#referents.forgo(referent);
  }

  useHere(referent: Referent): void {
    this.#referents.useHere(referent);
  }

  create(typeid: string, args: readonly unknown[]): ProxyState | Promise<ProxyState> {
    const type = this.#types.get(typeid);
    if (type === undefined) {
      throw new CallFailure(
        `Cannot create ${JSON.stringify(typeid)}: it is not registered; there are ${
          [...this.#types.keys()].join(", ")
        }`,
      );
    }
    const { callable } = type;
    if (callable === undefined && args.length !== 1) {
      throw new CallFailure(
        `Cannot create ${typeid}: without a callable it takes one argument, received ${args.length}`,
      );
    }
    const made = tried(typeid, () => callable === undefined ? args[0] : callable(...args));
    return made instanceof Promise
      ? made.then((object) => this.#serve(object, type), (error) => refuse(typeid, error))
      : this.#serve(made, type);
  }

  invoke(referent: Referent, holdings: Holdings | undefined, method: string, args: readonly unknown[]): unknown {
    const { object, type, exposed } = referent;
    if (method === "#value") return plainOf(object);
    if (method === "#text") return textOf(object);
    const target = holdings?.viewOf(object, type.view) ?? object;
    if (!exposed.has(method)) {
      throw new CallFailure(
        `Cannot call ${method} of a ${type.typeid}: it is not among its methods ${[...exposed].join(", ")}`,
      );
    }
    const work: unknown = Reflect.get(target, method);
    if (typeof work !== "function") return lacking(target, type.typeid, method, args);
    const result: unknown = Reflect.apply(work, target, args);
    const resultType = type.methodToTypeid !== undefined && Object.hasOwn(type.methodToTypeid, method)
      ? type.methodToTypeid[method]
      : undefined;
    if (resultType === undefined) return result;
    return result instanceof Promise
      ? result.then((object) => this.wrap(resultType, object))
      : this.wrap(resultType, result);
  }

  /** Serves what a method gave. */
  wrap(typeid: string, object: unknown): ProxyState | Promise<ProxyState> | undefined | null {
    // A method may have nothing to give.
    if (object === undefined || object === null) return object;
    const type = this.#types.get(typeid);
    if (type?.callable === undefined && type !== undefined) return this.#serve(object, type);
    return this.create(typeid, [object]);
  }

  stateHere(id: number): ProxyState {
    const referent = this.find(id);
    if (referent === undefined) throw new CallFailure(`Cannot find object ${id}: it is not served any more`);
    this.useHere(referent);
    return this.#stateOf(referent);
  }

  lend(session: ServerSession, referent: Referent, key: string, custodian: Address | undefined): void {
    if (custodian === undefined) return this.#leases.lend(key, referent, session);
    this.keep(referent);
    noteLease(key, custodian, () => this.drop(referent, 1));
    // It may have ended before it was named here; then that is told once more. A child of the client may only be about to begin.
    if (isHere(custodian) || session.client !== undefined && isWithin(custodian, session.client)) return;
    node.send(custodian, MANAGER_SERVICE, (writer) => writer.varuint(0))?.catch(() => {});
  }

  /** Keeps what a proxy in this process stands for, while the proxy travels. */
  lendHere(id: number, key: string, custodian: Address | undefined): void {
    const referent = this.find(id);
    if (referent === undefined) return;
    if (custodian === undefined) return this.#leases.lend(key, referent, undefined);
    this.keep(referent);
    noteLease(key, custodian, () => this.drop(referent, 1));
  }

  redeem(key: string): void {
    dropLent(key);
    this.#leases.redeem(key);
  }

  claim(session: ServerSession, referent: Referent, key: string): Promise<void> | undefined {
    return this.#leases.claim(key, referent, session);
  }

  tell(what: string): unknown {
    if (what === "server") return this.name;
    const reached = [...this.#referents.reached()].sort((one, other) => one.id - other.id);
    if (what === "count") return reached.length;
    if (what !== "objects") throw new CallFailure(`Cannot tell ${JSON.stringify(what)}: ask for count or objects`);
    return reached.map((referent) => {
      const text = textOf(referent.object).slice(0, SHOWN_LETTERS);
      return `  ${referent.id}:       refcount=${referent.count}\n    ${text}`;
    }).join("\n");
  }

  shutDown(): void {
    this.#ended.resolve();
  }

  /** Welcomes a client of another program. */
  welcome(carry: (side: Side) => Carrier): ServerSession {
    const session = new ServerSession(this, undefined, carry);
    this.#strangers.add(session);
    return session;
  }

  /** A client of another program has gone. */
  dismiss(session: ServerSession): void {
    session.close();
    this.#strangers.delete(session);
    this.#leases.dismiss(session);
  }

  /** A frame from a process of this program. */
  receive(from: Address, reader: Reader): void {
    const key = from.join(".");
    let session = this.#sessions.get(key);
    if (session === undefined) {
      const carry = (side: Side) => new NodeCarrier(from, this.name.number, side, "a client of the manager");
      session = new ServerSession(this, from, carry);
      this.#sessions.set(key, session);
    }
    session.receive(reader);
  }

  /** A process of this program has ended. */
  mourn(dead: Address): void {
    for (const [key, session] of this.#sessions) {
      if (session.client === undefined || !isWithin(session.client, dead)) continue;
      this.#sessions.delete(key);
      session.close();
      this.#leases.dismiss(session);
    }
  }

  /** Lets go of everything; resolves when the objects are disposed of. */
  async close(): Promise<void> {
    cores.delete(this.name.number);
    this.#ended.resolve();
    // A stranger sees it by its connection.
    for (const session of this.#sessions.values()) session.tellEnd();
    for (const session of [...this.#sessions.values(), ...this.#strangers]) session.close();
    this.end.close();
    this.#sessions.clear();
    // The strangers are dismissed only now, and must orphan nothing: that would keep the program for a while.
    this.#leases.clear();
    this.#referents.clear();
    await Promise.all(this.#leaving);
  }

  #discard(object: object): void {
    if (!(Symbol.asyncDispose in object)) return;
    const leaving = dispose(object).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  #serve(object: unknown, type: ServedType): ProxyState {
    if ((typeof object !== "object" && typeof object !== "function") || object === null) {
      throw new CallFailure(`Cannot serve a ${type.typeid}: it is no object but ${Deno.inspect(object)}`);
    }
    return this.#stateOf(this.#referents.add(object, type));
  }

  #stateOf(referent: Referent): ProxyState {
    return new ProxyState(this.end, referent.id, referent.type.typeid, [...referent.exposed], referent);
  }
}

/** An object is not served any more. */
async function dispose(object: object): Promise<void> {
  try {
    const method: unknown = Reflect.get(object, Symbol.asyncDispose);
    if (typeof method === "function") await method.call(object);
  } catch {
    // Nobody is left who could be told.
  }
}

/** A method that is exposed, but that the object does not have; an iterator need not have `return`, and then nothing is to be done. */
function lacking(object: object, typeid: string, method: string, [value]: readonly unknown[]): unknown {
  if (method === "return" && "next" in object) return { done: true, value };
  throw new CallFailure(`Cannot call ${method} of a ${typeid}: it is exposed, but the object has no such method`);
}

function tried(typeid: string, make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    return refuse(typeid, error);
  }
}

function refuse(typeid: string, error: unknown): never {
  if (error instanceof CallFailure) throw error;
  throw new CallFailure(`Cannot create ${typeid}: ${failureText(error)}`, { cause: error });
}

/** Takes the frames that are for servers of this process. */
export function receiveAtServer(from: Address, number: number, reader: Reader): void {
  const core = cores.get(number);
  if (core !== undefined) return core.receive(from, reader);
  reader.u8();
  if (reader.varuint() === 0) return;
  node.send(from, MANAGER_SERVICE, (writer) => {
    writer.varuint(number);
    writer.u8(ToClient.GONE);
    writer.varuint(0);
  })?.catch(() => {});
}

node.onDeath((dead) => {
  for (const core of cores.values()) core.mourn(dead);
});
