/** An end of a pipe in a child that does what the test tells it. */
import { type Connection, share } from "../../mod.ts";

/** What is to be done with the end. */
export interface Order {
  readonly id: number;
  readonly member: keyof Connection;
  readonly args: unknown[];
}

/** How it went. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

/** Does with the end what it is told, until nobody tells any more. */
export async function serveEnd(orders: Connection<Answer, Order>, end: Connection): Promise<void> {
  for await (const order of orders) serve(orders, end, order);
}

async function serve(orders: Connection<Answer, Order>, end: Connection, { id, member, args }: Order): Promise<void> {
  try {
    const found: unknown = end[member];
    const value: unknown = typeof found === "function" ? await found.apply(end, args) : found;
    await orders.send({ id, value });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    // Fails if the test is over and no longer listens.
    await orders.send({ id, error: { name, message } }).catch(() => {});
  }
}

share(import.meta, { serveEnd });
