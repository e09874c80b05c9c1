/** Other processes that share a primitive with the test, and do with it as they are told. */
import { assertEquals } from "@std/assert";
import { type Connection, type Context, Pipe, type Process, type ProcessInit, type StartMethod } from "../../mod.ts";
import {
  type PartyAnswer,
  type PartyOrder,
  probe,
  serveParty,
  servePartyBelow,
  servePartyLater,
  servePartyOfOwn,
  type Shared,
} from "../targets/locks.ts";

/** A call that was begun and has to wait, unless it could go on at once. */
export interface Pending<T = unknown> {
  readonly outcome: Promise<T>;
  /** Whether it has come to an end. */
  readonly settled: boolean;
}

/** Such a call in a party. */
export interface PartyCall extends Pending {
  /** Aborts it, with an error of that message as the reason. */
  abort(reason: string): Promise<void>;
}

/** Whether processes of a start method share memory with this one, so that a thread may block for them. */
export function sharesMemory(method: StartMethod): boolean {
  return method === "worker" || Deno.permissions.querySync({ name: "ffi" }).state === "granted";
}

/** Begins a call here, and resolves when it waits, if it has to. */
export async function begin<T>(object: Shared, call: () => Promise<T>): Promise<Pending<T>> {
  const pending = pendingOf(call());
  await probe(object);
  return pending;
}

/** A call that was made. */
export function pendingOf<T>(outcome: Promise<T>): Pending<T> & { settled: boolean } {
  const pending = { outcome, settled: false };
  const settle = () => void (pending.settled = true);
  outcome.then(settle, settle);
  return pending;
}

/** Starts a party that has these objects; calls are of the first, if not said otherwise. */
export async function startParty(ctx: Context, ...objects: Shared[]): Promise<Party> {
  return await Party.start(ctx, {}, serveParty, ...objects);
}

/** A process that does as it is told. */
export class Party {
  readonly process: Process;
  readonly #orders: Connection<PartyOrder, PartyAnswer>;
  readonly #calls = new Map<number, { begun: PromiseWithResolvers<void>; done: PromiseWithResolvers<unknown> }>();
  #last = 0;

  constructor(process: Process, orders: Connection<PartyOrder, PartyAnswer>) {
    this.process = process;
    this.#orders = orders;
    this.#hear();
  }

  /** Starts a process whose target, given the connection and `args`, serves as a party. */
  static async start<A extends unknown[]>(
    ctx: Context,
    init: Omit<ProcessInit, "target" | "args">,
    target: (orders: Connection<PartyAnswer, PartyOrder>, ...args: A) => unknown,
    ...args: A
  ): Promise<Party> {
    const [orders, heard] = Pipe<PartyOrder, PartyAnswer>();
    const process = new ctx.Process<unknown[]>({
      ...init,
      target: target as (...args: never[]) => unknown as (...args: unknown[]) => unknown,
      args: [heard, ...args],
    });
    await process.start();
    heard.close();
    return new Party(process, orders);
  }

  /** Starts a child that starts a child of its own, which is the party. */
  static async startBelow(ctx: Context, ...objects: Shared[]): Promise<Party> {
    const [orders, heard] = Pipe<PartyOrder, PartyAnswer>();
    const process = new ctx.Process<unknown[]>({
      target: servePartyBelow as (...args: never[]) => unknown as (...args: unknown[]) => unknown,
      args: [ctx.getStartMethod(), heard, ...objects],
    });
    await process.start();
    heard.close();
    return new Party(process, orders);
  }

  /** Starts a party that is given its objects only afterwards, over a pipe. */
  static async startLater(ctx: Context, ...objects: Shared[]): Promise<Party> {
    const [gifts, received] = Pipe<{ deep: [Map<string, Shared>] }, string>();
    const party = await Party.start(ctx, {}, servePartyLater, received);
    received.close();
    await gifts.send({ deep: [new Map(objects.map((object, index) => [`object ${index}`, object]))] });
    assertEquals(await gifts.recv(), "received");
    gifts.close();
    return party;
  }

  /** Starts a party that makes the object itself and sends it here. */
  static async startWithOwn<T extends Shared>(
    ctx: Context,
    kind: Parameters<typeof servePartyOfOwn>[3],
  ): Promise<{ party: Party; object: T }> {
    const [gifts, sent] = Pipe<never, T>();
    const party = await Party.start(
      ctx,
      {},
      servePartyOfOwn,
      sent as unknown as Connection<Shared>,
      ctx.getStartMethod(),
      kind,
    );
    sent.close();
    const object = await gifts.recv();
    gifts.close();
    return { party, object };
  }

  /** Calls a method of the first object, or reads a property; what comes of it. */
  call(member: string, ...args: unknown[]): Promise<unknown> {
    return this.callOn(0, member, ...args);
  }

  /** {@linkcode Party.call} for another object. */
  callOn(object: number, member: string, ...args: unknown[]): Promise<unknown> {
    return this.#order("call", object, member, args).done.promise;
  }

  /** Begins a call of a method whose first argument are options, and resolves when it waits, if it has to. */
  begin(member: string, ...args: unknown[]): Promise<PartyCall> {
    return this.beginOn(0, member, ...args);
  }

  /** {@linkcode Party.begin} for another object. */
  async beginOn(object: number, member: string, ...args: unknown[]): Promise<PartyCall> {
    const { id, begun, done } = this.#order("begin", object, member, args);
    const pending = pendingOf(done.promise);
    await begun.promise;
    return Object.assign(pending, { abort: (reason: string) => this.#orders.send({ kind: "abort", id, reason }) });
  }

  /** Ends it in a way, and waits until it has ended. */
  async end(how: "return" | "exit" | "throw" | "kill"): Promise<void> {
    if (how !== "kill") await this.#orders.send({ kind: "end", how });
    else if (this.process.isAlive()) this.process.kill();
    await this.process.join();
    this.#orders.close();
  }

  /** Kills it, and waits until it has ended. */
  kill(): Promise<void> {
    return this.end("kill");
  }

  /** Lets it end by itself, and waits for it. */
  async stop(): Promise<void> {
    this.#orders.close();
    await this.process.join();
    assertEquals(this.process.exitCode, 0);
  }

  #order(
    kind: "call" | "begin",
    object: number,
    member: string,
    args: unknown[],
  ): { id: number; begun: PromiseWithResolvers<void>; done: PromiseWithResolvers<unknown> } {
    const id = ++this.#last;
    const call = { begun: Promise.withResolvers<void>(), done: Promise.withResolvers<unknown>() };
    // A killed party answers no more, which is of interest only to whoever asks.
    call.done.promise.catch(() => {});
    this.#calls.set(id, call);
    this.#orders.send({ kind, id, object, member, args }).catch((error) => {
      call.begun.reject(error);
      call.done.reject(error);
    });
    return { id, ...call };
  }

  async #hear(): Promise<void> {
    try {
      for await (const answer of this.#orders) this.#answer(answer);
    } catch {
      // Closed by `stop` or `kill`.
    }
    for (const { begun, done } of this.#calls.values()) {
      const error = new Error("Cannot call: the party has ended");
      begun.resolve();
      done.reject(error);
    }
  }

  #answer(answer: PartyAnswer): void {
    const call = this.#calls.get(answer.id);
    if (answer.kind === "begun") return call?.begun.resolve();
    // One that need not wait may be done before it is said to have begun.
    if (answer.kind === "value") call?.done.resolve(answer.value);
    else call?.done.reject(Object.assign(new Error(answer.message), { name: answer.name }));
  }
}

/** Stops parties, all at once. */
export async function stopAll(...parties: Party[]): Promise<void> {
  await Promise.all(parties.map((party) => party.stop()));
}
