/** Children that make and hold shared things until they are killed. */
import {
  type Connection,
  type Context,
  getContext,
  type Lock,
  type Semaphore,
  share,
  type StartMethod,
} from "../../mod.ts";
import type { Event } from "../../mod.ts";

/** What is held for ever, so that no garbage collection gives it back. */
const held: unknown[] = [];

/** Makes things of all kinds, holds what it was given, says so, and waits for ever. */
export async function holdEverything(
  said: Connection<string, never>,
  method: StartMethod,
  lock: Lock,
  semaphore: Semaphore,
  never: Event,
): Promise<void> {
  const context = getContext(method);
  for (let round = 0; round < 20; round++) held.push(everyKind(context));
  await lock.acquire();
  await semaphore.acquire();
  const wait = never.wait();
  await said.send("holds");
  await wait;
}

/** One of each kind. */
export function everyKind(context: Context): object[] {
  return [
    new context.Lock(),
    new context.RLock(),
    new context.Semaphore(2),
    new context.BoundedSemaphore(2),
    new context.Condition(),
    new context.Event(),
    new context.Barrier(2),
    new context.Value("i", 7),
    new context.Array("d", 100),
    new context.RawArray("b", 5000),
  ];
}

/** Receives things, says that it has, and forgets them, until the connection is closed; collects garbage when it receives none. */
export async function receiveAndForget(things: Connection<string, object[]>): Promise<void> {
  for await (const { length } of things) {
    if (length === 0) await collectGarbage();
    await things.send(length === 0 ? "collected" : `received ${length}`);
  }
}

/** Collects garbage, and lets its finalizers run. */
export async function collectGarbage(): Promise<void> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const gc: () => void = runInNewContext("gc");
  // Twice, as what a finalizer lets go is found only by the next collection.
  for (let round = 0; round < 2; round++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    makeGarbage(resolve);
    // A collection is not sure to find what the turn before has left on the stack.
    const again = setInterval(gc, 1);
    await promise;
    clearInterval(again);
  }
}

const garbage = new FinalizationRegistry<() => void>((tell) => tell());

function makeGarbage(collected: () => void): void {
  garbage.register({}, collected);
}

share(import.meta, { holdEverything, receiveAndForget });
