/**
 * {@linkcode Pipe}: two connected ends, each of which can go to any process of the program.
 *
 * @module
 */

import { checkOptions, checkType } from "../base/check.ts";
import { registerSharedClass } from "../codec/reducer.ts";
import { Connection } from "./connection.ts";
import { type LentEnd, PipeEnd } from "./pipe_end.ts";
import { claim, createHome } from "./pipe_post.ts";

/** Options of {@linkcode Pipe}. */
export interface PipeOptions {
  /**
   * Whether both ends send and receive; if not, the first only receives and the second only sends.
   *
   * @default {true}
   */
  duplex?: boolean | undefined;
}

/**
 * Makes two connected ends, as Python's `multiprocessing.Pipe`. What is sent at one is received at the other.
 *
 * The process that made a pipe carries its messages: an end in a child reaches it over the child's channel, with no permission of
 * its own, and two children that hold an end each meet there.
 *
 * @param options Which ways messages go.
 * @returns The two ends; if not duplex, `[receiver, sender]`.
 * @throws {TypeError} If the options are of the wrong kind.
 *
 * @example One way
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pipe } from "@multiprocessing/deno";
 *
 * const [receiver, sender] = Pipe<never, number>({ duplex: false });
 * await sender.send(42);
 * assertEquals(await receiver.recv(), 42);
 * receiver.close();
 * sender.close();
 * ```
 *
 * @typeParam A What the first end sends.
 * @typeParam B What the second end sends.
 */
export function Pipe<A = unknown, B = A>(options: PipeOptions = {}): [Connection<A, B>, Connection<B, A>] {
  checkOptions("make a pipe", options, "{ duplex: false }", ["duplex"]);
  const { duplex = true } = options;
  checkType("make a pipe: duplex", "boolean", duplex);
  const sit = createHome();
  return [
    new Connection<A, B>(new PipeEnd({ readable: true, writable: duplex }, sit(0))),
    new Connection<B, A>(new PipeEnd({ readable: duplex, writable: true }, sit(1))),
  ];
}

registerSharedClass<Connection, LentEnd>("Connection", Connection, {
  reduce(connection, handoff) {
    return Connection.transportOf(connection).lend(handoff) as LentEnd;
  },
  revive(lent) {
    return new Connection(new PipeEnd(lent, claim(lent.lease)));
  },
});
