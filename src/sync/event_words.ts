/**
 * Event in shared words: a flag, and a queue of those who wait for it to be set.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { Block, Status } from "./layout.ts";
import { Primitive } from "./primitive.ts";

/**
 * An event in shared words. Whether it is set is seen without its mutex, so that is written by itself, before anything that may be
 * undone.
 */
export class EventWords extends Primitive {
  /** Whether it is set. */
  get isSet(): boolean {
    return this.load(Block.STATE) === 1;
  }

  /** Sets it; everyone who waits goes on, also if it is cleared at once. */
  set(): void {
    this.change(() => void Atomics.store(this.cells, this.block + Block.STATE, 1));
  }

  /** Clears it. */
  clear(): void {
    while (!this.change(() => this.#clear()));
  }

  /** Waits until it is set. */
  waitUntilSet(options: WaitOptions): Promise<boolean> {
    const record = this.#join();
    if (record === undefined) return Promise.resolve(true);
    const leave = () => this.stopWaiting(record);
    return this.wait(record, options, () => this.heard(record), leave, leave);
  }

  /** {@linkcode EventWords.waitUntilSet}, blocking the thread. */
  waitUntilSetSync(timeout: number): boolean {
    const record = this.#join();
    return record === undefined ||
      this.waitSync(record, timeout, () => this.heard(record), () => this.stopWaiting(record));
  }

  protected override settle(): boolean {
    const record = this.first();
    if (!this.isSet || record === 0) return false;
    this.answer(record, Status.GRANTED);
    return true;
  }

  /** Clears it, if everyone has been told who waited when it was set. */
  #clear(): boolean {
    if (this.isSet && this.first() !== 0) return false;
    Atomics.store(this.cells, this.block + Block.STATE, 0);
    return true;
  }

  #join(): number | undefined {
    if (this.isSet) return undefined;
    const record = this.takeRecord();
    const joined = this.change(() => {
      if (this.isSet) return false;
      this.enqueue(record);
      return true;
    });
    if (joined) return record;
    this.agent.records.give(record);
    return undefined;
  }
}
