/**
 * {@linkcode Listener}: waits for peers outside of the program.
 *
 * @module
 */

import { checkCount, checkOptions } from "../base/check.ts";
import { checkWaitOptions, type WaitOptions } from "../base/deadline.ts";
import { InvalidStateError } from "../base/errors.ts";
import { type Address, checkFamily, type Family, familyOf } from "./address.ts";
import type { Connection } from "./connection.ts";
import { ListenerGate } from "./listener_gate.ts";
import { bind } from "./listener_socket.ts";
import { NETWORK_OPTIONS, type NetworkOptions, termsOf } from "./network_options.ts";
import { type Readiness, type Waitable, waitable } from "./wait.ts";

/** Options of {@linkcode Listener}. */
export interface ListenerOptions extends NetworkOptions {
  /** Where to listen: `[host, port]`, port 0 being any that is free, or a path. Without one, an address of its own choice. */
  address?: Address | undefined;
  /** The kind of address to choose, or that the address has to be of. */
  family?: Family | undefined;
  /**
   * How many peers may be in the middle of the handshake, and how many may wait to be accepted. When there are so many, one that is
   * silent for a quarter of a second makes room for the next. Python's 1 would do, but serves one peer at a time.
   *
   * @default {256}
   */
  backlog?: number | undefined;
}

const BACKLOG = 256;
const LISTENER_OPTIONS = [...NETWORK_OPTIONS, "address", "family", "backlog"];

// Dropped without `close`: the socket is closed when the collector finds out, as Python does.
const dropped = new FinalizationRegistry<() => void>((release) => release());

/**
 * Waits for connections of {@linkcode Client}, ours or Python's, as Python's `multiprocessing.connection.Listener`.
 *
 * - A peer proves that it knows the key before anything else of it is read, and before `accept` gives it out. That goes on beside
 *   `accept`, for many peers at a time, so that one that is slow, silent or hostile holds up nobody.
 * - A peer that fails rejects one `accept`, and the listener goes on; `for await` passes over it.
 * - With Python, talk by `sendBytes` and `recvBytes`; `send` and `recv` carry this module's own format.
 * - Without an address it is a Unix socket in a private folder where this process may have one, else a free port of this machine.
 * - A listener that nobody waits for does not keep the program alive.
 *
 * @example Serve whoever knows the key
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Client, Listener } from "@multiprocessing/deno";
 *
 * using listener = new Listener({ address: ["127.0.0.1", 0], authKey: "secret password" });
 * const serving = (async () => {
 *   for await (const connection of listener) {
 *     await connection.send("welcome");
 *     connection.close();
 *   }
 * })();
 * const client = await Client(listener.address, { authKey: "secret password" });
 * assertEquals(await client.recv(), "welcome");
 * client.close();
 * listener.close();
 * await serving;
 * ```
 */
export class Listener implements Disposable, AsyncDisposable, AsyncIterable<Connection>, Waitable {
  readonly #gate: ListenerGate;
  readonly #address: Address;
  readonly #release: () => void;
  #lastAccepted: Address | null = null;
  #closed = false;

  /**
   * Begins to listen.
   *
   * @param options Where, and for whom.
   * @throws {TypeError} If an option is of the wrong kind.
   * @throws {RangeError} If a family is unknown or not that of the address, or a number is out of range.
   * @throws {Deno.errors.AddrInUse} If somebody listens there.
   * @throws {Deno.errors.NotCapable} If this process may not listen there; the message names the flag.
   * @throws {NotSupportedError} If the family is Windows's named pipes.
   */
  constructor(options: ListenerOptions = {}) {
    checkOptions("listen", options, '{ address: ["127.0.0.1", 0] }', LISTENER_OPTIONS);
    const { address, backlog = BACKLOG } = options;
    const family = options.family ?? (address === undefined ? undefined : familyOf("listen", address));
    if (family !== undefined) checkFamily("listen", family, address);
    checkCount("listen: backlog", backlog, 1);
    const terms = termsOf("listen", options);
    const bound = bind(address, family);
    const gate = new ListenerGate(bound.listener, terms, backlog);
    this.#gate = gate;
    this.#address = bound.address;
    // Not by `this`, which would never be collected.
    const unloaded = () => release(true);
    const release = (isExiting = false) => {
      removeEventListener("unload", unloaded);
      gate.close(closedError());
      bound.remove(isExiting);
    };
    addEventListener("unload", unloaded);
    dropped.register(this, release, this);
    this.#release = release;
  }

  /** Where it listens, with the port that was chosen. */
  get address(): Address {
    return this.#address;
  }

  /** Where the peer is that was accepted last; `null` before the first, `""` for a client of a Unix socket. */
  get lastAccepted(): Address | null {
    return this.#lastAccepted;
  }

  /**
   * Waits for the next connection.
   *
   * @param options How long to wait, in milliseconds.
   * @throws {AuthenticationError} If a peer did not prove that it knows the key.
   * @throws {EOFError} If a peer left in the middle of the handshake.
   * @throws {TimeoutError} If nobody came in time.
   * @throws {InvalidStateError} If the listener is closed, before or meanwhile.
   */
  async accept(options: WaitOptions = {}): Promise<Connection> {
    checkWaitOptions(options);
    const { connection, address } = await this.#gate.next(options);
    this.#lastAccepted = address;
    return connection;
  }

  /**
   * Stops listening; may be repeated. Waiting accepts reject, connections that were accepted stay. With `await using` one also waits
   * until the address is free.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    dropped.unregister(this);
    this.#release();
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Stops listening; afterwards the address is free for another listener, which takes the system a moment. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#gate.ended;
  }

  /** Accepts until the listener is closed, and passes over peers that fail. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<Connection> {
    while (!this.#closed) {
      let connection: Connection;
      try {
        connection = await this.accept();
      } catch {
        // A peer that failed; or the listener was closed, which ends this.
        continue;
      }
      yield connection;
    }
  }

  /** For {@linkcode wait}. */
  [waitable](): Readiness {
    if (this.#closed) throw closedError();
    return this.#gate;
  }
}

function closedError(): InvalidStateError {
  return new InvalidStateError("Cannot accept: the listener is closed");
}
