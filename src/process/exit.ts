/**
 * The exit code of a child, which comes once; also while the thread is blocked, so without promises.
 *
 * @module
 */

/** An exit code to come. */
export class Exit {
  #code: number | undefined;
  #waiting: ((code: number) => void)[] = [];
  #missed = false;
  #misses: (() => void)[] = [];

  /** Whether a thread that is blocked has seen the end, but only its event loop will hear the code. */
  get missed(): boolean {
    return this.#missed;
  }

  /** Whether it has come. */
  get settled(): boolean {
    return this.#code !== undefined;
  }

  /** Only the event loop will hear it. */
  miss(): void {
    this.#missed = true;
    for (const callback of this.#misses.splice(0)) callback();
  }

  /** Calls back when it is missed, if it is; at once if it was. */
  onceMissed(callback: () => void): void {
    if (this.#missed) callback();
    else this.#misses.push(callback);
  }

  /** It is there; the first counts. */
  settle(code: number): void {
    if (this.#code !== undefined) return;
    this.#code = code;
    for (const callback of this.#waiting.splice(0)) callback(code);
  }

  /** Calls back with it, at once if it is there. */
  onceSettled(callback: (code: number) => void): void {
    if (this.#code !== undefined) callback(this.#code);
    else this.#waiting.push(callback);
  }
}
