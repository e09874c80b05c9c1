/**
 * {@linkcode Client}: connects to a listener.
 *
 * @module
 */

import { checkWaitOptions, suspend, WAIT_OPTIONS, type WaitOptions } from "../base/deadline.ts";
import { TimeoutError } from "../base/errors.ts";
import { type Address, addressText, checkFamily, type Endpoint, endpointOf, type Family, familyOf } from "./address.ts";
import type { Connection } from "./connection.ts";
import { NETWORK_OPTIONS, type NetworkOptions, newcomer, shakeHands, termsOf } from "./network_options.ts";
import { networkRefusal } from "./network_permission.ts";

/** Options of {@linkcode Client}. */
export interface ClientOptions extends NetworkOptions, WaitOptions {
  /** The kind of the address, if it is to be checked. */
  family?: Family | undefined;
}

// Those that a listener was made with may be passed on as they are.
const CLIENT_OPTIONS = [...WAIT_OPTIONS, ...NETWORK_OPTIONS, "family", "address", "backlog"];

/**
 * Connects to a {@linkcode Listener}, ours or Python's, as Python's `multiprocessing.connection.Client`.
 *
 * - With Python, talk by `sendBytes` and `recvBytes`; `send` and `recv` carry this module's own format.
 * - What `recv` makes of the bytes is data only, unless `allowModules` says more. See {@linkcode NetworkOptions}.
 * - The connection stays in this process; it cannot be sent to another.
 *
 * @param address Where the listener is: `[host, port]` or the path of a socket.
 * @param options The key, the limits, and how long to wait for all of it, in milliseconds.
 * @throws {AuthenticationError} If one side does not know the other's key.
 * @throws {Deno.errors.ConnectionRefused} If nobody listens there.
 * @throws {Deno.errors.NotFound} If there is no such socket file.
 * @throws {Deno.errors.NotCapable} If this process may not connect there; the message names the flag.
 * @throws {NotSupportedError} If the address is a named pipe of Windows.
 * @throws {TimeoutError} If the time is up.
 *
 * @example A client and its listener
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Client, Listener } from "@multiprocessing/deno";
 *
 * using listener = new Listener({ authKey: "secret password" });
 * const [client, server] = await Promise.all([
 *   Client(listener.address, { authKey: "secret password" }),
 *   listener.accept(),
 * ]);
 * await server.send([2.25, null, "junk"]);
 * assertEquals(await client.recv(), [2.25, null, "junk"]);
 * client.close();
 * server.close();
 * ```
 */
export async function Client(address: Address, options: ClientOptions = {}): Promise<Connection> {
  checkWaitOptions(options, CLIENT_OPTIONS, "connect");
  checkFamily("connect", options.family ?? familyOf("connect", address), address);
  const terms = termsOf("connect", options);
  const endpoint = endpointOf("connect", address, 1);
  const end = performance.now() + (options.timeout ?? Infinity);
  const peer = `the peer at ${addressText(address)}`;
  const conn = await connected(endpoint, peer, options);
  const timeout = Math.max(end - performance.now(), 0);
  return await shakeHands(newcomer(conn, peer, terms), "client", terms, limits(timeout, options.signal));
}

async function connected(endpoint: Endpoint, peer: string, { timeout, signal }: WaitOptions): Promise<Deno.Conn> {
  signal?.throwIfAborted();
  const refusal = networkRefusal(`connect to ${peer}`, endpoint);
  if (refusal !== undefined) throw refusal;
  let given = false;
  const late = (conn: Deno.Conn) => given ? conn.close() : undefined;
  return await suspend<Deno.Conn>(limits(timeout, signal), (resolve, reject) => {
    const connecting = endpoint.transport === "tcp" ? Deno.connect(endpoint) : Deno.connect(endpoint);
    connecting.then((conn) => {
      late(conn);
      resolve(conn);
    }, (cause) => reject(reworded(cause, peer)));
    return () => given = true;
  }, () => {
    throw new TimeoutError(`Cannot connect to ${peer}: no answer within ${timeout} ms`);
  });
}

function limits(timeout: number | undefined, signal: AbortSignal | undefined): WaitOptions {
  return { ...timeout !== undefined && { timeout }, ...signal && { signal } };
}

/** Deno's error, with what was to be done. */
function reworded(cause: unknown, peer: string): unknown {
  if (cause instanceof Deno.errors.ConnectionRefused) {
    return new Deno.errors.ConnectionRefused(`Cannot connect to ${peer}: nobody listens there`, { cause });
  }
  if (cause instanceof Deno.errors.NotFound) {
    return new Deno.errors.NotFound(`Cannot connect to ${peer}: there is no such socket`, { cause });
  }
  return cause;
}
