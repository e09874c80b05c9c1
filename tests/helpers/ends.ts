/** Runs a test of a pipe with its other end here, and with its other end in a child of each start method. */
import { assertEquals } from "@std/assert";
import { type Connection, type Context, Pipe, type PipeOptions, type Process } from "../../mod.ts";
import { type Answer, type Order, serveEnd } from "../targets/served_end.ts";
import { forEachStartMethod, HANG_MS } from "./methods.ts";
import { within } from "./within.ts";

/** The other end of a pipe, wherever it is. */
export interface End {
  /** Calls a method, or gets a property. Calls begin in their order, and need not wait for each other. */
  call(member: keyof Connection, ...args: unknown[]): Promise<unknown>;
}

/** Which end the test has in its own hands. */
export interface EndsOptions extends PipeOptions {
  /** 0 is the first; the receiver, if not duplex. */
  readonly here?: 0 | 1;
}

/** Registers `test` once with both ends here, and once for each start method with the other end in a child. */
export function forEachPlace(
  name: string,
  test: (here: Connection, there: End) => Promise<void>,
  options: EndsOptions = {},
): void {
  Deno.test(`${name} (here)`, async () => {
    const { own, other } = makeEnds(options);
    await within(HANG_MS, test(own, { call: (member, ...args) => callMember(other, member, args) }));
    own.close();
    other.close();
  });
  forEachStartMethod(name, async (ctx) => {
    const { own, other } = makeEnds(options);
    const remote = await RemoteEnd.start(ctx, other);
    await test(own, remote);
    own.close();
    await remote.stop();
  });
}

function makeEnds({ here = 0, ...pipe }: EndsOptions): { own: Connection; other: Connection } {
  const ends = Pipe(pipe);
  return { own: ends[here], other: ends[here === 0 ? 1 : 0] };
}

/** Calls a method or gets a property of a connection. */
async function callMember(connection: Connection, member: keyof Connection, args: unknown[]): Promise<unknown> {
  const value: unknown = connection[member];
  return typeof value === "function" ? await value.apply(connection, args) : value;
}

/** An end in a child, which does as it is told. */
export class RemoteEnd implements End {
  readonly #process: Process;
  readonly #orders: Connection<Order, Answer>;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;

  constructor(process: Process, orders: Connection<Order, Answer>) {
    this.#process = process;
    this.#orders = orders;
    this.#hear();
  }

  /** Starts a child that has the connection; it is closed here. */
  static async start(ctx: Context, connection: Connection): Promise<RemoteEnd> {
    const [orders, heard] = Pipe<Order, Answer>();
    const process = new ctx.Process({ target: serveEnd, args: [heard, connection] });
    await process.start();
    heard.close();
    connection.close();
    return new RemoteEnd(process as Process, orders);
  }

  call(member: keyof Connection, ...args: unknown[]): Promise<unknown> {
    const id = ++this.#last;
    const call = Promise.withResolvers<unknown>();
    this.#calls.set(id, call);
    this.#orders.send({ id, member, args }).catch(call.reject);
    return call.promise;
  }

  /** Ends the child by signal. */
  async kill(): Promise<void> {
    this.#process.kill();
    await this.#process.join();
    this.#orders.close();
  }

  /** Lets the child end, and waits for it. */
  async stop(): Promise<void> {
    this.#orders.close();
    await this.#process.join();
    assertEquals(this.#process.exitCode, 0);
  }

  async #hear(): Promise<void> {
    try {
      for await (const { id, value, error } of this.#orders) {
        const call = this.#calls.get(id);
        this.#calls.delete(id);
        if (error === undefined) call?.resolve(value);
        else call?.reject(Object.assign(new Error(error.message), { name: error.name }));
      }
    } catch {
      // Closed by `stop` or `kill`.
    }
    for (const call of this.#calls.values()) call.reject(new Error("Cannot call: the child has ended"));
  }
}

/** The name and message of the error that it rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<{ name: string; message: string }> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (error instanceof Error) return { name: error.name, message: error.message };
    throw error;
  }
  throw new Error(`Cannot find the error: it resolved with ${Deno.inspect(value)}`);
}
