/** What both sides of the bench of locks and their kin do. */
import { type Condition, type Connection, type Event, type Lock, type RawValue, share } from "../mod.ts";

/** What the two processes share. */
export interface Shared {
  readonly lock: Lock;
  readonly call: Event;
  readonly reply: Event;
  readonly condition: Condition;
  /** Whose turn it is. */
  readonly turn: RawValue<number>;
}

/** What is done so many times, by this one (0) or the other (1). */
export type Act = (shared: Shared, me: 0 | 1, times: number) => void | Promise<void>;

/** The rows that take two processes. */
export const acts: Readonly<Record<string, { readonly sync: Act; readonly async: Act }>> = {
  contended: { sync: takeSync, async: take },
  event: { sync: signalSync, async: signal },
  condition: { sync: takeTurnsSync, async: takeTurns },
};

/** An order to the other process. */
export interface Order {
  readonly row: string;
  readonly how: "sync" | "async";
  readonly times: number;
}

/** The other process: does its part as it is told, until the connection is closed. */
export async function other(orders: Connection<null, Order>, shared: Shared): Promise<void> {
  for await (const { row, how, times } of orders) {
    await acts[row]?.[how](shared, 1, times);
    await orders.send(null);
  }
}

/** Takes the lock and gives it back. */
export function takeSync({ lock }: Shared, _me: 0 | 1, times: number): void {
  for (let left = times; left > 0; left--) {
    lock.acquireSync();
    lock.releaseSync();
  }
}

/** {@linkcode takeSync}, without blocking. */
export async function take({ lock }: Shared, _me: 0 | 1, times: number): Promise<void> {
  for (let left = times; left > 0; left--) {
    await lock.acquire();
    await lock.release();
  }
}

function signalSync({ call, reply }: Shared, me: 0 | 1, times: number): void {
  for (let left = times; left > 0; left--) {
    if (me === 0) call.setSync();
    const heard = me === 0 ? reply : call;
    heard.waitSync();
    heard.clearSync();
    if (me === 1) reply.setSync();
  }
}

async function signal({ call, reply }: Shared, me: 0 | 1, times: number): Promise<void> {
  for (let left = times; left > 0; left--) {
    if (me === 0) await call.set();
    const heard = me === 0 ? reply : call;
    await heard.wait();
    await heard.clear();
    if (me === 1) await reply.set();
  }
}

function takeTurnsSync({ condition, turn }: Shared, me: 0 | 1, times: number): void {
  for (let left = times; left > 0; left--) {
    condition.acquireSync();
    while (turn.value !== me) condition.waitSync();
    turn.value = 1 - me;
    condition.notifySync();
    condition.releaseSync();
  }
}

async function takeTurns({ condition, turn }: Shared, me: 0 | 1, times: number): Promise<void> {
  for (let left = times; left > 0; left--) {
    await condition.acquire();
    while (turn.value !== me) await condition.wait();
    turn.value = 1 - me;
    await condition.notify();
    await condition.release();
  }
}

share(import.meta, { other });
