/**
 * What lies between a listening socket and `accept`: handshakes in progress, and what came of them.
 *
 * @module
 */

import { suspend, type WaitOptions } from "../base/deadline.ts";
import { AuthenticationError, TimeoutError } from "../base/errors.ts";
import { Fifo } from "../base/fifo.ts";
import { type Address, addressOf, addressText } from "./address.ts";
import type { Connection } from "./connection.ts";
import { type Newcomer, newcomer, shakeHands, type Terms } from "./network_options.ts";
import type { Readiness } from "./wait.ts";

// When all places are taken, who is silent for so long makes room for the next.
const GRACE_MS = 250;
// When the system gives no socket, as when all of its descriptors are in use.
const RETRY_MS = 50;

/** A connection whose peer has proved the key. */
export interface Arrival {
  readonly connection: Connection;
  readonly address: Address;
}

interface Acceptor {
  readonly resolve: (arrival: Arrival) => void;
  readonly reject: (reason: unknown) => void;
}

interface Greeting extends Newcomer {
  readonly since: number;
}

/** Takes connections in, a limited number at a time, and hands them out when they have proved the key. */
export class ListenerGate implements Readiness {
  readonly #listener: Deno.Listener<Deno.Conn>;
  readonly #terms: Terms;
  readonly #backlog: number;
  readonly #greetings = new Set<Greeting>();
  /** The handshakes as they go on; those that were thrown out end a moment later. */
  readonly #tasks = new Set<Promise<void>>();
  readonly #arrivals = new Fifo<Arrival>();
  readonly #failures = new Fifo<{ readonly reason: unknown }>();
  readonly #acceptors = new Fifo<Acceptor>();
  readonly #watchers = new Set<() => void>();
  #closed: Error | undefined;
  #holds = 0;
  /** Resolves when the system has closed the socket and every handshake is over, which is a moment after `close`. */
  readonly ended: Promise<void>;
  /** Called when a place is free, or the gate is closed. */
  #freed = () => {};

  /**
   * @param listener The listening socket, which is closed with the gate.
   * @param terms What newcomers have to prove.
   * @param backlog How many may be about to prove it, and how many may wait to be accepted.
   */
  constructor(listener: Deno.Listener<Deno.Conn>, terms: Terms, backlog: number) {
    this.#listener = listener;
    this.#terms = terms;
    this.#backlog = backlog;
    listener.unref();
    this.ended = this.#run().then(() => Promise.all(this.#tasks)).then(() => {});
  }

  /** The next connection. It rejects with the reason if a peer has failed instead. */
  next({ timeout, signal }: WaitOptions): Promise<Arrival> {
    if (this.#closed !== undefined) throw this.#closed;
    const limits = { ...timeout !== undefined && { timeout: Math.max(timeout, 1) }, ...signal && { signal } };
    return suspend<Arrival>(limits, (resolve, reject) => {
      const acceptor = { resolve, reject };
      this.#acceptors.push(acceptor);
      this.#hold();
      this.#serve();
      return () => {
        this.#acceptors.remove(acceptor);
        this.#release();
      };
    }, () => {
      throw new TimeoutError(`Cannot accept: nobody connected within ${timeout} ms`);
    });
  }

  ready(): boolean {
    return this.#arrivals.length > 0 || this.#failures.length > 0 || this.#closed !== undefined;
  }

  onReady(wake: () => void): () => void {
    this.#watchers.add(wake);
    this.#hold();
    if (this.ready()) wake();
    return () => {
      if (this.#watchers.delete(wake)) this.#release();
    };
  }

  /** Ends everything; connections that nobody has accepted are closed. */
  close(reason: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    // The system closes it a moment later, for which the program stays alive.
    this.#listener.ref();
    this.#listener.close();
    for (const { connection } of [...this.#greetings, ...this.#arrivals.drain()]) connection.close();
    for (const { reject } of this.#acceptors.drain()) reject(reason);
    for (const wake of [...this.#watchers]) wake();
    this.#freed();
  }

  async #run(): Promise<void> {
    while (this.#closed === undefined) {
      // What waits to be accepted waits in the system when there is enough here.
      while (this.#arrivals.length >= this.#backlog && this.#closed === undefined) await this.#change(Infinity);
      const conn = await this.#nextConn();
      if (conn !== undefined) await this.#admit(conn);
    }
  }

  async #nextConn(): Promise<Deno.Conn | undefined> {
    try {
      return await this.#listener.accept();
    } catch {
      // Closed, or a peer that was gone already, or no descriptors are left: then others have to be closed first.
      if (this.#closed === undefined) await this.#change(RETRY_MS);
      return undefined;
    }
  }

  async #admit(conn: Deno.Conn): Promise<void> {
    while (this.#greetings.size >= this.#backlog && this.#closed === undefined) await this.#makeRoom();
    if (this.#closed !== undefined) return conn.close();
    const task = this.#greet(conn).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  /** Gives the oldest of those who greet its grace, and throws it out when it has had that. */
  async #makeRoom(): Promise<void> {
    const [oldest] = this.#greetings;
    if (oldest === undefined) return;
    const grace = oldest.since + GRACE_MS - performance.now();
    if (grace > 0) return await this.#change(grace);
    this.#greetings.delete(oldest);
    const { transport } = oldest;
    transport.close(
      new AuthenticationError(
        `Cannot authenticate: ${transport.peer} had to make room, as others wait and the handshakes in progress are ` +
          `as many as backlog allows, ${this.#backlog}; raise it if such peers are honest`,
      ),
    );
  }

  async #greet(conn: Deno.Conn): Promise<void> {
    const address = addressOf(conn.remoteAddr);
    const peer = `the peer at ${addressText(address)}`;
    const greeting = { ...newcomer(conn, peer, this.#terms), since: performance.now() };
    this.#greetings.add(greeting);
    try {
      const connection = await shakeHands(greeting, "listener", this.#terms);
      if (this.#closed === undefined) this.#arrivals.push({ connection, address });
      else connection.close();
    } catch (reason) {
      // Nobody may ever ask for them.
      if (this.#failures.length >= this.#backlog) this.#failures.shift();
      this.#failures.push({ reason });
    }
    this.#greetings.delete(greeting);
    this.#freed();
    this.#serve();
  }

  #serve(): void {
    while (this.#acceptors.length > 0 && (this.#arrivals.length > 0 || this.#failures.length > 0)) {
      const acceptor = this.#acceptors.shift();
      const arrival = this.#arrivals.shift();
      if (arrival === undefined) acceptor?.reject(this.#failures.shift()?.reason);
      else acceptor?.resolve(arrival);
      this.#freed();
    }
    if (this.ready()) { for (const wake of [...this.#watchers]) wake(); }
  }

  /** Resolves when a place is free, the gate is closed or the time is up. */
  #change(timeout: number): Promise<void> {
    return suspend<void>({ timeout }, (resolve) => {
      this.#freed = resolve;
      return () => this.#freed = () => {};
    }, () => {});
  }

  #hold(): void {
    if (++this.#holds === 1 && this.#closed === undefined) this.#listener.ref();
  }

  #release(): void {
    if (--this.#holds === 0 && this.#closed === undefined) this.#listener.unref();
  }
}
