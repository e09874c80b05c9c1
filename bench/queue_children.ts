/** What the processes of the bench of queues do. */
import { type Connection, type Queue, share } from "../mod.ts";

/** What can be put, by name. */
export const ITEMS: Readonly<Record<string, number | Uint8Array>> = {
  integer: 123456,
  "64KiB": new Uint8Array(1 << 16),
  "1MiB": new Uint8Array(1 << 20),
};

/** An order to one of them. */
export interface QueueOrder {
  readonly act: "put" | "get" | "echo";
  readonly how: "sync" | "async";
  readonly item: string;
  readonly times: number;
}

/** Does as it is told, until the connection is closed. */
export async function partner(
  orders: Connection<null, QueueOrder>,
  queue: Queue<unknown>,
  back: Queue<unknown>,
): Promise<void> {
  for await (const { act, how, item, times } of orders) {
    if (act === "put") await putTimes(queue, how, item, times);
    else if (act === "get") await getTimes(queue, how, times);
    else await echoTimes(queue, back, how, times);
    await orders.send(null);
  }
}

/** Puts an item so many times. */
export async function putTimes(
  queue: Queue<unknown>,
  how: "sync" | "async",
  name: string,
  times: number,
): Promise<void> {
  const item = ITEMS[name];
  if (how === "sync") { for (let left = times; left > 0; left--) queue.putSync(item); }
  else for (let left = times; left > 0; left--) await queue.put(item);
}

async function getTimes(queue: Queue<unknown>, how: "sync" | "async", times: number): Promise<void> {
  if (how === "sync") { for (let left = times; left > 0; left--) queue.getSync(); }
  else for (let left = times; left > 0; left--) await queue.get();
}

async function echoTimes(
  queue: Queue<unknown>,
  back: Queue<unknown>,
  how: "sync" | "async",
  times: number,
): Promise<void> {
  if (how === "sync") { for (let left = times; left > 0; left--) back.putSync(queue.getSync()); }
  else for (let left = times; left > 0; left--) await back.put(await queue.get());
}

share(import.meta, { partner });
