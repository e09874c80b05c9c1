/**
 * What listeners and clients have in common: the key, the limits, and how a connection comes about.
 *
 * @module
 */

import { checkCount, checkType, namesOf } from "../base/check.ts";
import { type WaitOptions, within } from "../base/deadline.ts";
import { AuthenticationError, TimeoutError } from "../base/errors.ts";
import { identity } from "../base/identity.ts";
import { answer, deliver, HANDSHAKE_MESSAGE_BYTES } from "./challenge.ts";
import { Connection } from "./connection.ts";
import { type NetworkDecoder, networkDecoder } from "./network_codec.ts";
import { NetworkTransport } from "./network_transport.ts";

/** Options that {@linkcode Listener} and {@linkcode Client} have in common. */
export interface NetworkOptions {
  /** The key that both sides have to know; text stands for its UTF-8 bytes. Without one, anybody may connect. */
  authKey?: Uint8Array | string | null | undefined;
  /**
   * Whether to use `currentProcess().authKey` where no `authKey` is given.
   *
   * @default {false}
   */
  authenticate?: boolean | undefined;
  /**
   * How long the peer may take to prove that it knows the key, in milliseconds.
   *
   * @default {10000}
   */
  handshakeTimeout?: number | undefined;
  /**
   * The longest message to receive, in bytes. Memory is taken as the bytes arrive, not when they are announced.
   *
   * @default {1073741824}
   */
  maxMessage?: number | undefined;
  /**
   * Whether the peer may use MD5, as Python before 3.12 does.
   *
   * @default {false}
   */
  legacyDigest?: boolean | undefined;
  /**
   * Modules whose exports the peer may name; they are imported when it does. Without any, functions and classes cannot be received.
   *
   * @default {[]}
   */
  allowModules?: (string | URL)[] | undefined;
}

/** The names of {@linkcode NetworkOptions}. */
export const NETWORK_OPTIONS: readonly string[] = namesOf<NetworkOptions>({
  authKey: true,
  authenticate: true,
  handshakeTimeout: true,
  maxMessage: true,
  legacyDigest: true,
  allowModules: true,
});

/** How connections come about. */
export interface Terms {
  readonly key: Uint8Array | undefined;
  readonly handshakeTimeout: number;
  readonly maxMessage: number;
  readonly legacyDigest: boolean;
  readonly decoder: NetworkDecoder;
}

/** Which side of the handshake this is: listeners ask first. */
export type Side = "listener" | "client";

const HANDSHAKE_MS = 10_000;
const MAX_MESSAGE_BYTES = 1 << 30;

/**
 * Checks the options.
 *
 * @param what What was to be done, for errors.
 * @throws {TypeError} If one is of the wrong kind.
 * @throws {RangeError} If a limit is no limit.
 */
export function termsOf(what: string, options: NetworkOptions): Terms {
  const { authKey, authenticate = false, legacyDigest = false, allowModules = [] } = options;
  const { handshakeTimeout = HANDSHAKE_MS, maxMessage = MAX_MESSAGE_BYTES } = options;
  checkType(`${what}: authenticate`, "boolean", authenticate);
  checkType(`${what}: legacyDigest`, "boolean", legacyDigest);
  checkType(`${what}: handshakeTimeout`, "number", handshakeTimeout);
  if (!(handshakeTimeout > 0)) {
    throw new RangeError(`Cannot ${what}: handshakeTimeout must be milliseconds above 0, received ${handshakeTimeout}`);
  }
  checkCount(`${what}: maxMessage`, maxMessage);
  const key = keyOf(what, authKey) ?? (authenticate ? identity.authKey.slice() : undefined);
  return { key, handshakeTimeout, maxMessage, legacyDigest, decoder: networkDecoder(what, allowModules) };
}

function keyOf(what: string, authKey: NetworkOptions["authKey"]): Uint8Array | undefined {
  if (authKey === undefined || authKey === null) return undefined;
  if (typeof authKey === "string") return new TextEncoder().encode(authKey);
  if (authKey instanceof Uint8Array) return authKey.slice();
  throw new TypeError(`Cannot ${what}: authKey must be a Uint8Array or a string, received ${typeof authKey}`);
}

/** A socket whose peer has not proved anything yet. */
export interface Newcomer {
  readonly transport: NetworkTransport;
  readonly connection: Connection;
}

/** Wraps a socket; until the handshake is over, only its messages are taken. */
export function newcomer(conn: Deno.Conn, peer: string, { key, maxMessage, decoder }: Terms): Newcomer {
  const limit = key === undefined ? maxMessage : HANDSHAKE_MESSAGE_BYTES;
  const transport = new NetworkTransport(conn, peer, limit, decoder);
  return { transport, connection: new Connection(transport) };
}

/**
 * Has both sides prove that they know the key, if there is one. If that fails, the connection is closed.
 *
 * @throws {AuthenticationError} If the peer does not know the key, or takes too long.
 * @throws {EOFError} If the peer leaves.
 */
export async function shakeHands(
  { transport, connection }: Newcomer,
  side: Side,
  { key, handshakeTimeout, maxMessage, legacyDigest }: Terms,
  { timeout = Infinity, signal }: WaitOptions = {},
): Promise<Connection> {
  if (key === undefined) return connection;
  const limits = { timeout: Math.min(timeout, handshakeTimeout), ...signal && { signal } };
  try {
    await within<void>(limits, () => prove(connection, side, key, legacyDigest), () => {
      if (timeout < handshakeTimeout) {
        throw new TimeoutError(`Cannot connect to ${transport.peer}: the time was up in the middle of the handshake`);
      }
      throw new AuthenticationError(
        `Cannot authenticate: ${transport.peer} did not finish the handshake within ${handshakeTimeout} ms; ` +
          "both sides need a key, or none",
      );
    });
  } catch (error) {
    connection.close();
    throw error;
  }
  transport.limit = maxMessage;
  return connection;
}

async function prove(connection: Connection, side: Side, key: Uint8Array, legacyDigest: boolean): Promise<void> {
  if (side === "client") await answer(connection, key, legacyDigest);
  await deliver(connection, key, legacyDigest);
  if (side === "listener") await answer(connection, key, legacyDigest);
}
