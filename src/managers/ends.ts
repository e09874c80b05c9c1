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
/** Over network connections. */
const connected = new Map<string, ClientEnd>();

/**
 * The way to a server.
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
  const key = nameText(server);
  const known = (isOfProgram ? ends : connected).get(key);
  if (known?.isOpen) return known;
  if (!isOfProgram) return keep(connected, overNetworkLater(server, authKey));
  return keep(ends, new ClientEnd(server, undefined, (end) => nodeLine(server, end)));
}

function keep(among: Map<string, ClientEnd>, end: ClientEnd): ClientEnd {
  among.set(nameText(end.server), end);
  return end;
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
    this.#connection.catch((error) => end.fail(error));
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
    for (const [key, end] of connected) if (end === this.#end) connected.delete(key);
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
    this.#connection.then((connection) => connection.close(), () => {
      // There is nothing to close.
    });
  }
}

/**
 * Connects to a server by its address.
 *
 * @throws {AuthenticationError} If one side does not know the other's key.
 * @throws {Deno.errors.ConnectionRefused} If nobody listens there.
 */
export async function connectTo(
  address: NetworkAddress,
  options: NetworkOptions & WaitOptions & { authKey: Uint8Array },
): Promise<ClientEnd> {
  const connection = await Client(address, options);
  const unknown: ServerName = { program: "", home: [], number: 0, address };
  const first = lineOver(connection, address, options, unknown);
  try {
    const name = checkedName(await first.request(ToServer.ASK, "server", options));
    // The server may not know by what name it was found.
    const server = { ...name, address };
    const known = connected.get(nameText(server));
    if (!known?.isOpen) return keep(connected, lineOver(connection, address, options, server));
    connection.close();
    return known;
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

/** A way that is not there yet: what is to be sent waits. */
function overNetworkLater(server: ServerName, authKey: Uint8Array | undefined): ClientEnd {
  const { address } = server;
  if (address === null || authKey === undefined) {
    throw new TypeError(
      "Cannot receive a proxy: its manager is of another program and has no address; give the manager an address",
    );
  }
  return lineOver(Client(address, { authKey }), address, { authKey }, server);
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
