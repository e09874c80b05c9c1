/**
 * A shared object as a process reaches it that does not share its memory: by calls to the home of the object.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { ProcessError } from "../base/errors.ts";
import { type Address, isWithin } from "../base/identity.ts";
import { type KindOfPrimitive, kindOfPrimitive, type Order } from "../sync/kinds.ts";
import type { Host } from "../sync/shared_object.ts";
import { node } from "./node.ts";
import { type BlockName, postShared } from "./shared_wire.ts";

interface Pending {
  readonly home: Address;
  readonly settle: (ok: boolean, value: unknown) => void;
}

const pending = new Map<number, Pending>();
let lastCall = 0;

// Neither an object nor a call needs it any more; each one that was made is released once.
const forgotten = new FinalizationRegistry<BlockName>((name) => postShared(name.home, { op: "release", name }));

/** A block in another process. */
export class RemoteBlock implements Host {
  readonly name: BlockName;

  constructor(name: BlockName) {
    this.name = name;
    postShared(name.home, { op: "hold", name });
    forgotten.register(this, name);
  }

  call(operation: string, args: readonly unknown[], options?: WaitOptions): Promise<unknown> {
    const { name } = this;
    const signal = options?.signal;
    // It would not tell once more.
    if (signal?.aborted) return Promise.reject(signal.reason);
    const call = ++lastCall;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const undo = this.#kind?.undo?.[operation];
    const abort = () => {
      postShared(name.home, { op: "cancel", call });
      // What cannot be taken back may be done by now, which the answer tells.
      if (undo !== undefined) reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    node.beginWait();
    pending.set(call, {
      home: name.home,
      settle: (ok, value) => {
        pending.delete(call);
        signal?.removeEventListener("abort", abort);
        const unwanted = signal?.aborted === true;
        if (!ok) reject(unwanted ? signal.reason : value);
        else if (!unwanted || undo === undefined) return this.#accept(operation, value, resolve);
        else if (value) this.#tell(undo(value));
        node.endWait();
      },
    });
    const timeout = options === undefined ? undefined : options.timeout ?? Infinity;
    postShared(name.home, { op: "call", call, name, operation, args, timeout });
    return promise;
  }

  get #kind(): KindOfPrimitive | undefined {
    return kindOfPrimitive(this.name.kind);
  }

  /**
   * Gives an answer to whoever waits for it; what must be confirmed, when the home is sure to hear of that. It would give it to another
   * else, if this process died, and so it would arrive twice.
   */
  #accept(operation: string, outcome: unknown, resolve: (outcome: unknown) => void): void {
    const told = this.#tell(this.#kind?.confirm?.[operation]?.(outcome));
    const handOver = () => {
      resolve(outcome);
      node.endWait();
    };
    if (told === undefined) handOver();
    else told.then(handOver);
  }

  /** If the home has ended, what it would do has ended with it. */
  #tell(order: Order | undefined): Promise<void> | undefined {
    if (order === undefined) return undefined;
    const [operation, ...args] = order;
    return postShared(this.name.home, { op: "tell", name: this.name, operation, args });
  }
}

/** The answer to a call. */
export function answerCall(call: number, ok: boolean, value: unknown): void {
  pending.get(call)?.settle(ok, value);
}

/** The home of some calls has died. */
export function rejectCallsTo(dead: Address): void {
  for (const { home, settle } of [...pending.values()]) {
    if (!isWithin(home, dead)) continue;
    settle(
      false,
      new ProcessError(`Cannot reach a shared object: its home, process ${home.join(".") || "0"}, has ended`),
    );
  }
}
