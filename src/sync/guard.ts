/**
 * Guards: what gives a lock back at the end of a scope, once.
 *
 * @module
 */

/** What gives back, and waits for that. */
export function asyncGuard(release: () => Promise<void>): AsyncDisposable {
  let held = true;
  return {
    async [Symbol.asyncDispose]() {
      if (!held) return;
      held = false;
      await release();
    },
  };
}

/** What gives back at once. */
export function syncGuard(release: () => void): Disposable {
  let held = true;
  return {
    [Symbol.dispose]() {
      if (!held) return;
      held = false;
      release();
    },
  };
}
