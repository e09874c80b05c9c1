/**
 * Pools that nobody has closed: the program is told of them, once, as Python tells.
 *
 * @module
 */

import type { PoolEngine } from "./pool_engine.ts";

/** Pools that were neither closed nor terminated, and how they print. */
const running = new Map<PoolEngine, string>();

// A pool that nobody has any more is ended, as Python's is.
const dropped = new FinalizationRegistry<PoolEngine>((engine) => {
  warnUnclosed(engine);
  engine.terminate();
});

globalThis.addEventListener("unload", () => {
  for (const engine of running.keys()) warnUnclosed(engine);
});

/** A pool has begun. */
export function noteOpen(pool: object, engine: PoolEngine): void {
  running.set(engine, String(pool));
  dropped.register(pool, engine, engine);
}

/** It was closed or terminated. */
export function noteClosed(engine: PoolEngine): void {
  running.delete(engine);
}

/** It has ended, or will without further ado. */
export function noteEnded(engine: PoolEngine): void {
  noteClosed(engine);
  dropped.unregister(engine);
}

/** Tells the user of something that was left undone. */
export function warn(text: string): void {
  // deno-lint-ignore no-console -- Python warns as well
  console.warn(`Warning: ${text}`);
}

function warnUnclosed(engine: PoolEngine): void {
  const name = running.get(engine);
  if (running.delete(engine)) {
    warn(`unclosed running multiprocessing pool ${name}; use await using, or close() and join() it`);
  }
}
