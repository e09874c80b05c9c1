/**
 * {@linkcode BaseManager}: objects in a process of their own, or of another program, and proxies of them.
 *
 * @module
 */

import { checkOptions } from "../base/check.ts";
import { anyOf, type WaitOptions, within } from "../base/deadline.ts";
import { InvalidStateError, ProcessError } from "../base/errors.ts";
import type { Address } from "../channel/address.ts";
import { Pipe } from "../channel/pipe.ts";
import { noteCaller } from "../codec/function_ref.ts";
import { Ref, type Target } from "../codec/ref.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { markOwnClass } from "../process/own_classes.ts";
import { Process } from "../process/process.ts";
import type { StartMethod } from "../process/start_method.ts";
import { ClientEnd } from "./client_end.ts";
import { endingOf, endServer, leavingOf, SHUTDOWN_MS } from "./end_server.ts";
import { connectTo, endTo } from "./ends.ts";
import { checkManagerOptions, type ManagerContext, type ManagerOptions } from "./manager_options.ts";
import { BaseProxy, isProxyClass } from "./proxy.ts";
import type { Proxied } from "./proxied.ts";
import { parcelOf, type RegisterOptions, registerType, typesOf } from "./registry.ts";
import { managerKey, type Server } from "./server.ts";
import { serveManager, serverOf, type ServerOrder, type ServerReady } from "./server_process.ts";
import { type ServerName, ToServer } from "./wire.ts";

/** What is done in the process of a manager before it serves. */
export interface ManagerStartOptions<A extends unknown[] = unknown[]> {
  /** Runs first. */
  initializer?: Target<A, unknown> | undefined;
  /** Its arguments. */
  initargs?: A | undefined;
}

export type { ManagerContext, ManagerOptions };

type State = "initial" | "started" | "connected" | "shut down";

// A manager that is dropped while it serves is shut down when the collector finds out, as Python does.
const dropped = new FinalizationRegistry<() => void>((end) => end());

/**
 * Keeps objects in a process of its own, or finds those of another program, as Python's `multiprocessing.managers.BaseManager`. What can
 * be made is registered with a class that extends it.
 *
 * - The process ends with the manager, so keep that, and with its parent. Whoever knows the address and the key can use it from anywhere,
 *   and, by sending it a proxy, have it connect to any host and port that it may connect to.
 * - A method of the type's name makes an object and gives a proxy of it; declare it, or use {@linkcode BaseManager.create}.
 * - Only methods that are exposed can be reached.
 *
 * @example A type of one's own
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { BaseManager, type Creator, getContext, inline } from "@multiprocessing/deno";
 *
 * class Maths {
 *   add(x: number, y: number) {
 *     return x + y;
 *   }
 * }
 * class MyManager extends BaseManager {
 *   declare Maths: Creator<typeof Maths>;
 * }
 * MyManager.register("Maths", { callable: inline(Maths) });
 *
 * await using manager = new MyManager({ context: getContext("worker") });
 * await manager.start();
 * await using maths = await manager.Maths();
 * assertEquals(await maths.add(4, 3), 7);
 * ```
 */
export class BaseManager implements AsyncDisposable {
  /** The start method of the process; the default one if absent. */
  static readonly startMethod: StartMethod | undefined = undefined;
  /** The built-in types that its objects include. */
  protected static readonly typeSets: readonly string[] = [];

  readonly #options: ManagerOptions;
  readonly #authKey: Uint8Array;
  #state: State = "initial";
  #process: Process | undefined;
  #end: ClientEnd | undefined;
  #servedAt: Address | undefined;
  /** Resolves when it is started or connected, or has failed to be. */
  #opening: Promise<void> | undefined;
  /** Aborted when it is ended. */
  readonly #ending = new AbortController();
  /** Resolves when it has ended; one for all who end it. */
  #closing: Promise<void> | undefined;

  /**
   * Makes a manager without starting or connecting it.
   *
   * @param options Where it is, who may use it, and how its process is started.
   * @throws {TypeError} If the address, the key or something else is none.
   */
  constructor(options: ManagerOptions = {}) {
    checkManagerOptions(options);
    this.#options = options;
    this.#authKey = managerKey(options.authKey);
  }

  /**
   * Registers a type with this class of managers and those that extend it.
   *
   * @param typeid Name of the type.
   * @param options How objects are made and reached.
   * @throws {TypeError} If something is of the wrong kind.
   * @throws {RangeError} If the name is one that all managers have.
   */
  static register(typeid: string, options: RegisterOptions = {}): void {
    if (typeid in BaseManager.prototype && options.createMethod !== false) {
      throw new RangeError(
        `Cannot register ${
          JSON.stringify(typeid)
        }: managers have it themselves; choose another name, or give createMethod: false`,
      );
    }
    registerType(this, typeid, options);
    if (options.createMethod === false) return;
    const create = function (this: BaseManager, ...args: unknown[]): Promise<BaseProxy> {
      return this.create(typeid, ...args);
    };
    Object.defineProperty(this.prototype, typeid, { value: create, configurable: true, writable: true });
  }

  /**
   * Connects to the server of another program, as Python 2's `from_address`.
   *
   * @param address Where it is.
   * @param authKey Its key.
   */
  static async fromAddress<M extends BaseManager>(
    this: new (options: ManagerOptions) => M,
    address: Address,
    authKey: Uint8Array | string,
  ): Promise<M> {
    const manager = new this({ address, authKey });
    await manager.connect();
    return manager;
  }

  /**
   * Where other programs reach it. Without one of its own it is `null` before the start, and where it may not listen; the type leaves that
   * out, as whoever uses an address knows that there is one.
   */
  get address(): Address {
    return (this.#end?.server.address ?? this.#servedAt ?? this.#options.address ?? null) as Address;
  }

  /**
   * Starts the process that serves the objects.
   *
   * @param options What it does first.
   * @throws {InvalidStateError} If it was started before.
   * @throws {TypeError} If something that it needs cannot be sent.
   * @throws Whatever the initializer throws.
   */
  async start<A extends unknown[]>(options: ManagerStartOptions<A> = {}): Promise<void> {
    this.#assertInitial("start");
    checkOptions("start the manager", options, "{ initializer }", ["initializer", "initargs"]);
    const { initializer, initargs = [] } = options;
    if (initializer !== undefined && typeof initializer !== "function" && !(initializer instanceof Ref)) {
      throw new TypeError(`Cannot start the manager: initializer must be a function, received ${typeof initializer}`);
    }
    if (typeof initializer === "function") noteCaller(initializer);
    await this.#open("started", async () => {
      const name = await this.#launch({ ...this.#order(), initializer, initargs });
      const end = endTo(name, undefined);
      if (!(end instanceof ClientEnd)) {
        throw new InvalidStateError("Cannot attach the manager: its server is in this process");
      }
      end.retain();
      this.#attach(end);
      dropped.register(this, endingOf(end, this.#process), this);
    });
  }

  /**
   * The server of this manager, to be run in this process.
   *
   * @throws {InvalidStateError} If the manager was started.
   */
  getServer(): Server {
    this.#assertInitial("get the server of");
    return serverOf(this.#order());
  }

  /**
   * Serves in this process until the signal aborts, as Python 2's `serve_forever`.
   *
   * @param options What ends it.
   */
  async serveForever(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    const server = this.getServer();
    // With the port that was chosen.
    if (this.#options.address) this.#servedAt = server.address;
    await server.serveForever(options);
  }

  /**
   * Connects to a server that runs at the address.
   *
   * @param options How long to wait, in milliseconds.
   * @throws {AuthenticationError} If one side does not know the other's key.
   * @throws {Deno.errors.ConnectionRefused} If nobody listens there.
   */
  async connect(options: WaitOptions = {}): Promise<void> {
    this.#assertInitial("connect");
    const { address } = this.#options;
    if (address === undefined || address === null) {
      throw new InvalidStateError(
        "Cannot connect the manager: it has no address; construct it with that of the server",
      );
    }
    await this.#open("connected", async () => {
      const signal = anyOf(this.#ending.signal, options.signal);
      const end = await connectTo(address, { ...this.#network(), ...options, signal, authKey: this.#authKey });
      this.#attach(end);
      end.connect();
      dropped.register(this, leavingOf(end), this);
    });
  }

  /**
   * Makes an object of a registered type, and gives a proxy of it.
   *
   * @param typeid Name of the type.
   * @param args What the object is made of.
   * @throws {RemoteError} If it cannot be made.
   * @throws {InvalidStateError} If the manager neither serves nor is connected.
   */
  async create<T = unknown>(typeid: string, ...args: unknown[]): Promise<Proxied<T>> {
    const proxy = await this.#ask("create an object", ToServer.CREATE, [typeid, args]);
    if (!(proxy instanceof BaseProxy)) throw new ProcessError(`Cannot create ${typeid}: the server gave no proxy`);
    return proxy as Proxied<T>;
  }

  /** How many objects there are, as Python's `_number_of_objects`; those in lists and dicts of others are counted too. */
  async numberOfObjects(): Promise<number> {
    return Number(await this.#ask("count the objects", ToServer.ASK, "count"));
  }

  /** The objects there are, how many proxies each has, and its first letters, as Python's `_debug_info`. */
  async debugInfo(): Promise<string> {
    return String(await this.#ask("list the objects", ToServer.ASK, "objects"));
  }

  /**
   * Waits for the end of its process; when the time is up, it resolves all the same.
   *
   * @param options How long to wait, in milliseconds.
   */
  async join(options: WaitOptions = {}): Promise<void> {
    await this.#process?.join(options);
  }

  /**
   * Ends its process, if it has one; may be repeated. What the proxies stand for is gone then.
   *
   * @throws {InvalidStateError} If it was only connected: then it is not its to end.
   */
  async shutdown(): Promise<void> {
    if (this.#state === "connected" || this.#state === "initial") {
      throw new InvalidStateError(`Cannot shut down the manager: it is ${this.#state}, and has no process of its own`);
    }
    await (this.#closing ??= this.#close());
  }

  /** Ends its process, or its connection, which its proxies lose then; one that is only dropped leaves it to them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  /** As Python prints it. */
  [Symbol.for("Deno.customInspect")](): string {
    return `<${this.constructor.name} ${this.#state}>`;
  }

  async #launch(order: ServerOrder): Promise<ServerName> {
    const [answer, ready] = Pipe<never, ServerReady>();
    const { context, permissions = "inherit" } = this.#options;
    const OfContext = context?.Process ?? processOf((this.constructor as typeof BaseManager).startMethod);
    const process = new OfContext({ target: serveManager, args: [order, ready], daemon: true, permissions });
    process.name = process.name.replace(/^[^-]*/, this.constructor.name);
    process.authKey = this.#authKey;
    // Whoever ends the manager need not wait until it is launched.
    this.#process = process;
    try {
      await process.start();
      ready.close();
      const outcome = await answer.recv().catch(() => undefined);
      if (outcome !== undefined && "name" in outcome) return outcome.name;
      // Whatever the initializer has left under way.
      if (outcome !== undefined) process.terminate();
      await process.join();
      throw outcome?.error ?? new ProcessError(
        `Cannot start the manager: its process "${process.name}" ended with exit code ${process.exitCode} before it served; ` +
          "see what it has written to its standard error",
      );
    } finally {
      ready.close();
      answer.close();
    }
  }

  /** Starts or connects; whoever ends the manager meanwhile waits for that. */
  async #open(state: State, work: () => Promise<void>): Promise<void> {
    this.#state = state;
    const opening = work();
    this.#opening = opening.catch(() => {
      // Whoever opens it is told.
    });
    try {
      await opening;
    } catch (error) {
      if (this.#state === state) this.#state = "initial";
      this.#process = undefined;
      throw error;
    }
  }

  async #close(): Promise<void> {
    const [state, { shutdownTimeout = SHUTDOWN_MS }] = [this.#state, this.#options];
    this.#state = "shut down";
    this.#ending.abort(new InvalidStateError("Cannot connect the manager: it has been ended meanwhile"));
    // One that does not start, and never will, is ended all the same.
    if (!await this.#openedWithin(shutdownTimeout)) await endServer(undefined, this.#process, shutdownTimeout);
    await this.#opening;
    dropped.unregister(this);
    if (state === "started") await endServer(this.#end, this.#process, shutdownTimeout);
    if (state === "connected") this.#end?.disconnect();
  }

  #openedWithin(timeout: number): Promise<boolean> {
    return within<boolean>({ timeout }, () => Promise.resolve(this.#opening).then(() => true), () => false);
  }

  #attach(end: ClientEnd): void {
    this.#end = end;
    for (const [typeid, { proxyType }] of typesOf(this.constructor)) {
      if (isProxyClass(proxyType)) end.useClass(typeid, proxyType);
    }
  }

  #order(): Omit<ServerOrder, "initializer" | "initargs"> {
    const cls = this.constructor as typeof BaseManager;
    const types = [...typesOf(cls)].map(([typeid, type]) => parcelOf(typeid, type));
    const address = this.#options.address ?? undefined;
    return { types, sets: cls.typeSets, address, authKey: this.#authKey.slice(), network: this.#network() };
  }

  #network(): ServerOrder["network"] {
    const { handshakeTimeout, maxMessage, legacyDigest, allowModules } = this.#options;
    return {
      ...handshakeTimeout !== undefined && { handshakeTimeout },
      ...maxMessage !== undefined && { maxMessage },
      ...legacyDigest !== undefined && { legacyDigest },
      ...allowModules !== undefined && { allowModules: allowModules.map(String) },
    };
  }

  #ask(what: string, op: number, body: unknown): Promise<unknown> {
    const end = this.#end;
    if (end !== undefined && (this.#state === "started" || this.#state === "connected")) {
      return end.request(op, body, { pinned: this });
    }
    throw new InvalidStateError(
      `Cannot ${what}: server not yet started, the manager is ${this.#state}; await start() or connect() first`,
    );
  }

  #assertInitial(what: string): void {
    if (this.#state === "initial") return;
    const why = this.#state === "shut down" ? "manager has shut down" : `already started server, it is ${this.#state}`;
    throw new InvalidStateError(`Cannot ${what} the manager: ${why}`);
  }
}

function processOf(startMethod: StartMethod | undefined): typeof Process {
  const Bound = boundClass(Process, startMethod);
  // Nothing of the user's is in it, so it need not be found by the child.
  markOwnClass(Bound);
  return Bound;
}
