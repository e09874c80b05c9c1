/**
 * The exit code of a child, which comes once; also while the thread is blocked, so without promises.
 *
 * @module
 */

/** An exit code to come. */
export class Exit {
  #code: number | undefined;
  #waiting: ((code: number) => void)[] = [];
  /** A thread that is blocked has seen the end, but only its event loop will hear the code. */
  missed = false;

  /** Whether it has come. */
  get settled(): boolean {
    return this.#code !== undefined;
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
