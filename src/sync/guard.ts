/**
 * Guards: what gives a lock back at the end of a scope, once.
 *
 * @module
 */

/** What can be given back. */
export interface Releasable {
  release(): Promise<void>;
  releaseSync(): void;
}

// Classes, as objects with methods of their own take several times as long to make.

class AsyncGuard implements AsyncDisposable {
  #held: Pick<Releasable, "release"> | undefined;

  constructor(held: Pick<Releasable, "release">) {
    this.#held = held;
  }

  [Symbol.asyncDispose](): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? Promise.resolve() : held.release();
  }
}

class SyncGuard implements Disposable {
  #held: Releasable | undefined;

  constructor(held: Releasable) {
    this.#held = held;
  }

  [Symbol.dispose](): void {
    const held = this.#held;
    this.#held = undefined;
    held?.releaseSync();
  }
}

/** What gives back, and waits for that. */
export function asyncGuard(held: Pick<Releasable, "release">): AsyncDisposable {
  return new AsyncGuard(held);
}

/** What gives back at once. */
export function syncGuard(held: Releasable): Disposable {
  return new SyncGuard(held);
}
