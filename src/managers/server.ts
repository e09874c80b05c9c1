/**
 * {@linkcode Server}: serves the objects of a manager in the running process.
 *
 * @module
 */

import { within } from "../base/deadline.ts";
import { NotSupportedError } from "../base/errors.ts";
import { identity } from "../base/identity.ts";
import type { Address } from "../channel/address.ts";
import { Connection } from "../channel/connection.ts";
import { Listener } from "../channel/listener.ts";
import { networkDecoder } from "../channel/network_codec.ts";
import type { NetworkOptions } from "../channel/network_options.ts";
import { node } from "../channel/node.ts";
import { Reader } from "../codec/reader.ts";
import { type Carrier, NetworkCarrier, type Side } from "./carrier.ts";
import { ADMITTED } from "./ends.ts";
import { Gauge } from "./gauge.ts";
import { type CreatedType, ServerCore } from "./server_core.ts";

/** What a server is made of. */
export interface ServerInit extends NetworkOptions {
  readonly types: ReadonlyMap<string, CreatedType>;
  /** Where to listen; without one, at a free port of this machine, if this process may. */
  readonly address?: Address | undefined;
  readonly authKey: Uint8Array;
}

// How long the objects may take to be disposed of.
const DISPOSAL_MS = 1000;
const ANYWHERE: Address = ["127.0.0.1", 0];

/**
 * Serves the objects of a manager in the running process, as Python's `multiprocessing.managers.Server`. It is made by
 * {@linkcode BaseManager.getServer}.
 *
 * @example Serve until told otherwise
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { BaseManager } from "@multiprocessing/deno";
 *
 * class Greeters extends BaseManager {}
 * Greeters.register("greeter", { callable: () => ({ greet: (name: string) => `hello ${name}` }) });
 *
 * const stop = new AbortController();
 * const server = new Greeters({ address: ["127.0.0.1", 0], authKey: "abracadabra" }).getServer();
 * const serving = server.serveForever({ signal: stop.signal });
 *
 * await using manager = await Greeters.fromAddress(server.address, "abracadabra");
 * await using greeter = await manager.create("greeter");
 * assertEquals(await greeter.callMethod("greet", ["bob"]), "hello bob");
 * stop.abort();
 * await serving;
 * ```
 */
export class Server {
  readonly #core: ServerCore;
  readonly #listener: Listener | undefined;
  readonly #init: ServerInit;
  readonly #connections = new Set<Connection>();

  /** Servers are made by managers. */
  constructor(init: ServerInit) {
    this.#init = init;
    this.#listener = listenerOf(init);
    this.#core = new ServerCore(init.types, this.#listener?.address ?? null, init.authKey);
  }

  /**
   * Where other programs connect.
   *
   * @throws {NotSupportedError} If this process may not listen, so that only its own program reaches it.
   */
  get address(): Address {
    if (this.#listener !== undefined) return this.#listener.address;
    throw new NotSupportedError("Cannot tell the address of the manager: it may not listen; start it with --allow-net");
  }

  /** The server without its ways, for managers of this process. */
  static coreOf(server: Server): ServerCore {
    return server.#core;
  }

  /**
   * Serves until its manager is shut down.
   *
   * @param options Its signal ends it too; then it resolves.
   */
  async serveForever({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    const stop = () => this.#core.shutDown();
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    node.beginWait();
    const accepting = this.#accept();
    await this.#core.ended;
    signal?.removeEventListener("abort", stop);
    const closing = within<void>({ timeout: DISPOSAL_MS }, () => this.#core.close(), () => {});
    this.#listener?.close();
    for (const connection of this.#connections) connection.close();
    await accepting;
    await closing;
    await this.#listener?.[Symbol.asyncDispose]();
    node.endWait();
  }

  async #accept(): Promise<void> {
    const serving = new Set<Promise<void>>();
    if (this.#listener === undefined) return;
    for await (const connection of this.#listener) {
      const task = this.#serve(connection).finally(() => serving.delete(task));
      serving.add(task);
    }
    await Promise.all(serving);
  }

  async #serve(connection: Connection): Promise<void> {
    this.#connections.add(connection);
    const transport = Connection.transportOf(connection);
    const decoder = networkDecoder("serve a manager", this.#init.allowModules ?? [], ADMITTED);
    const gauge = new Gauge();
    const session = this.#core.welcome((side: Side): Carrier => {
      const carrier = new NetworkCarrier(transport, "a client of the manager", decoder, side);
      return { send: (build) => gauge.watch(carrier.send(build)), decode: (message) => carrier.decode(message) };
    });
    try {
      for (;;) {
        // Of a client that reads no answers, nothing more is read.
        while (gauge.isFull) await gauge.changed();
        await transport.receive((frame) => session.receive(new Reader(frame)), {});
      }
    } catch {
      // The client has left, or what it sends is garbage; in either case this is its end.
    }
    this.#core.dismiss(session);
    connection.close();
    this.#connections.delete(connection);
  }
}

function listenerOf({ types: _, address, ...options }: ServerInit): Listener | undefined {
  if (address !== undefined) return new Listener({ ...options, address });
  try {
    return new Listener({ ...options, address: ANYWHERE });
  } catch (error) {
    // Its own program reaches it without.
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/** The key of a manager in bytes: a copy, which may travel to its process. */
export function managerKey(authKey: Uint8Array | string | null | undefined): Uint8Array {
  if (authKey === undefined || authKey === null) return identity.authKey.slice();
  if (typeof authKey === "string") return new TextEncoder().encode(authKey);
  if (authKey instanceof Uint8Array) return authKey.slice();
  throw new TypeError(`Cannot make a manager: authKey must be a Uint8Array or a string, received ${typeof authKey}`);
}
