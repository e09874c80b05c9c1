/** What never returns to the event loop. */
import { getContext } from "../../mod.ts";

/**
 * Keeps its thread busy. Deno cannot stop a thread that does so, and the tests that follow would do with one processor less; so this
 * one touches a lock, by which a thread that was ended is held.
 */
export function neverReturn(): never {
  const lock = new (getContext("worker").Lock)();
  for (;;) {
    lock.acquireSync();
    lock.releaseSync();
  }
}
