/**
 * The ways of this process to all servers it knows, one each.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { ProcessError } from "../base/errors.ts";
import { type Address, identity, isHere, isWithin } from "../base/identity.ts";
import { type Address as NetworkAddress, addressText } from "../channel/address.ts";
import { Client } from "../channel/client.ts";
import { Connection } from "../channel/connection.ts";
import { type NetworkDecoder, networkDecoder } from "../channel/network_codec.ts";
import type { NetworkOptions } from "../channel/network_options.ts";
import { node } from "../channel/node.ts";
import { Reader } from "../codec/reader.ts";
import type { Carrier } from "./carrier.ts";
import { NetworkCarrier, NodeCarrier } from "./carrier.ts";
import { ClientEnd, type ClientLine } from "./client_end.ts";
import { lost } from "./failure.ts";
import type { ProxyEnd } from "./proxy_state.ts";
import { coreHere, receiveAtServer } from "./server_core.ts";
import { checkedName, MANAGER_SERVICE, nameText, type ServerName, ToClient, ToServer } from "./wire.ts";

/** What may be in a message between a manager and its clients, besides data. */
export const ADMITTED: readonly string[] = ["Proxy"];

/** Within the program. */
const ends = new Map<string, ClientEnd>();
/** Over network connections; what a server says of itself is not enough to be found, as it may lie. */
const connected = new Map<string, ClientEnd>();

/**
 * The way to a server. One of another program is connected to at once, whether the proxy is ever used or not: its server has to hear that
 * the proxy has arrived.
 *
 * @param authKey The key, for a server of another program.
 * @throws {TypeError} If there is none.
 */
export function endTo(server: ServerName, authKey: Uint8Array | undefined): ProxyEnd {
  const isOfProgram = server.program === identity.program;
  if (isOfProgram && isHere(server.home)) {
    const core = coreHere(server.number);
    if (core !== undefined) return core.end;
    throw new ProcessError("Cannot receive a proxy: its manager has shut down");
  }
  if (!isOfProgram) return overNetwork(server, authKey);
  return openEnd(ends, nameText(server), () => new ClientEnd(server, undefined, (end) => nodeLine(server, end)));
}

/**
 * The way to a server that a peer of another program names: that peer chooses a host and a port, but neither a socket of this machine nor
 * the key, which is the one by which the peer itself is known. Who lets peers connect only trusts them that far, or limits `--allow-net`.
 *
 * @throws {TypeError} If there is none.
 */
export function endByStranger(server: ServerName, authKey: Uint8Array): ProxyEnd {
  // Who serves here is reached here, whatever its address is.
  if (server.program === identity.program) return endTo(server, undefined);
  const { address } = server;
  const isKnown = managedEnd(server) !== undefined || connected.get(routeOf(server, authKey))?.isOpen;
  if (typeof address !== "string" || isKnown) return endTo(server, authKey);
  throw new TypeError(
    `Cannot receive a proxy: its manager is at the socket ${addressText(address)}, by the word of another program; ` +
      "connect a manager there first",
  );
}

/** The end that is known, if it is of use yet, else another in its place. */
function openEnd(among: Map<string, ClientEnd>, key: string, make: () => ClientEnd): ClientEnd {
  const known = among.get(key);
  if (known?.isOpen) return known;
  const end = make();
  among.set(key, end);
  return end;
}

/**
 * The way by which a manager of this process is connected to a server: whoever connected it knows the key, and has chosen the terms. The
 * address is the one that was dialled, so that none gets what is another's by saying that it is that one.
 */
function managedEnd(server: ServerName): ClientEnd | undefined {
  const place = placeOf(server);
  return [...connected.values()].find((end) => end.isManaged && end.isOpen && placeOf(end.server) === place);
}

function placeOf(server: ServerName): string {
  return `${nameText(server)} ${JSON.stringify(server.address)}`;
}

/** Which connections are as good as each other: those to the same server at the same address, by the same key and on the same terms. */
function routeOf(
  server: ServerName,
  authKey: Uint8Array,
  { maxMessage, allowModules = [] }: NetworkOptions = {},
): string {
  return JSON.stringify([placeOf(server), [...authKey], maxMessage, allowModules.map(String)]);
}

function nodeLine({ home, number }: ServerName, end: ClientEnd): ClientLine {
  const carrier = new NodeCarrier(home, number, end, "the manager");
  return { carrier, beginWait: () => node.beginWait(), endWait: () => node.endWait(), close: () => {} };
}

/** A connection to a server of another program, which is read only while an answer is waited for. */
class NetworkLine implements ClientLine {
  readonly carrier: Carrier;
  readonly #connection: Promise<Connection>;
  readonly #end: ClientEnd;
  #waits = 0;
  #isReading = false;

  /** @param connection Perhaps it is being made yet; if that fails, the end does. */
  constructor(connection: Connection | Promise<Connection>, peer: string, decoder: NetworkDecoder, end: ClientEnd) {
    const transport = connection instanceof Promise
      ? connection.then(Connection.transportOf)
      : Connection.transportOf(connection);
    this.carrier = new NetworkCarrier(transport, peer, decoder, end);
    this.#connection = Promise.resolve(connection);
    this.#connection.catch((error) => this.#fail(error));
    this.#end = end;
  }

  beginWait(): void {
    this.#waits++;
    if (!this.#isReading) this.#read();
  }

  endWait(): void {
    this.#waits--;
  }

  close(): void {
    this.#fail(lost("its connection was closed here"));
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      const transport = Connection.transportOf(await this.#connection);
      while (this.#waits > 0) await transport.receive((frame) => this.#end.receive(new Reader(frame)), {});
    } catch (cause) {
      this.#fail(lost("it has shut down, or the network failed", cause));
    }
    this.#isReading = false;
  }

  #fail(reason: Error): void {
    this.#end.fail(reason);
    for (const [route, end] of connected) if (end === this.#end) connected.delete(route);
    this.#connection.then((connection) => connection.close(), () => {
      // There is nothing to close.
    });
  }
}

/**
 * Connects to a server by its address. The end is retained for the caller, so that it is open when the caller gets it.
 *
 * @throws {AuthenticationError} If one side does not know the other's key.
 * @throws {Deno.errors.ConnectionRefused} If nobody listens there.
 */
export async function connectTo(
  address: NetworkAddress,
  options: NetworkOptions & WaitOptions & { authKey: Uint8Array },
): Promise<ClientEnd> {
  const end = performance.now() + (options.timeout ?? Infinity);
  const connection = await Client(address, options);
  const unknown: ServerName = { program: "", home: [], number: 0, address };
  const first = lineOver(connection, address, options, unknown);
  try {
    const limits = { ...options, timeout: Math.max(end - performance.now(), 0) };
    const name = checkedName(await first.request(ToServer.ASK, "server", limits));
    // The server may not know by what name it was found.
    const server = { ...name, address };
    const route = routeOf(server, options.authKey, options);
    if (connected.get(route)?.isOpen) connection.close();
    const found = openEnd(connected, route, () => lineOver(connection, address, options, server));
    found.retain();
    return found;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function lineOver(
  connection: Connection | Promise<Connection>,
  address: NetworkAddress,
  { authKey, allowModules = [] }: NetworkOptions & { authKey: Uint8Array },
  server: ServerName,
): ClientEnd {
  const decoder = networkDecoder("use a manager", allowModules, ADMITTED);
  const peer = `the manager at ${addressText(address)}`;
  return new ClientEnd(server, authKey, (end) => new NetworkLine(connection, peer, decoder, end));
}

/** A way that may not be there yet: what is to be sent waits. */
function overNetwork(server: ServerName, authKey: Uint8Array | undefined): ClientEnd {
  const managed = managedEnd(server);
  if (managed !== undefined) return managed;
  const { address } = server;
  if (address === null || authKey === undefined) {
    throw new TypeError(
      "Cannot receive a proxy: its manager is of another program and has no address; give the manager an address",
    );
  }
  const make = () => lineOver(Client(address, { authKey }), address, { authKey }, server);
  return openEnd(connected, routeOf(server, authKey), make);
}

function receiveAtClient(from: Address, number: number, reader: Reader): void {
  ends.get(nameText({ program: identity.program, home: from, number, address: null }))?.receive(reader);
}

node.serve(MANAGER_SERVICE, (from, body) => {
  const number = body.varuint();
  if (number === 0) return;
  const isForClient = (body.data[body.offset] ?? 0) >= ToClient.VALUE;
  if (isForClient) receiveAtClient(from, number, body);
  else receiveAtServer(from, number, body);
});
node.onDeath((dead) => {
  for (const [key, end] of ends) {
    if (!isWithin(end.server.home, dead)) continue;
    ends.delete(key);
    end.fail(lost("its process has ended"));
  }
});
