/**
 * How many frames wait for the other side to read them.
 *
 * @module
 */

// When so many wait, no more are made.
const MOST_UNREAD = 256;

/** Counts the frames of one side of a conversation that have not left yet. */
export class Gauge {
  #unread = 0;
  #change: PromiseWithResolvers<void> | undefined;

  /** Whether no more are to be made now. */
  get isFull(): boolean {
    return this.#unread >= MOST_UNREAD;
  }

  /** Counts a frame until it has left, or never will; one without a promise has. */
  watch(sent: Promise<void> | undefined): Promise<void> | undefined {
    if (sent === undefined) return undefined;
    this.#unread++;
    const done = () => {
      this.#unread--;
      this.wake();
    };
    sent.then(done, done);
    return sent;
  }

  /** Waits until it is worth looking again. */
  changed(): Promise<void> {
    this.#change ??= Promise.withResolvers();
    return this.#change.promise;
  }

  /** Has all look again. */
  wake(): void {
    this.#change?.resolve();
    this.#change = undefined;
  }
}
