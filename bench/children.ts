/** What the children of the bench do. */
import { type Connection, EOFError, share } from "../mod.ts";

/** Ends at once. */
export function nothing(): void {}

/** Sends back what it receives, until the other end is closed. */
export async function echo(end: Connection): Promise<void> {
  for await (const value of end) await end.send(value);
}

/** {@linkcode echo}, without its event loop. */
export function echoSync(end: Connection): void {
  for (;;) {
    try {
      end.sendSync(end.recvSync());
    } catch (error) {
      if (error instanceof EOFError) return;
      throw error;
    }
  }
}

/** Receives lots of messages, and says after each lot that it has; a lot begins with its size. */
export async function swallow(end: Connection): Promise<void> {
  for await (const count of end) {
    for (let left = count as number; left > 0; left--) await end.recv();
    await end.send(null);
  }
}

share(import.meta, { nothing, echo, echoSync, swallow });
