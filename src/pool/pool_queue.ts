/**
 * The tasks that wait for a worker. Jobs take turns, so that a long one does not keep a short one waiting.
 *
 * @module
 */

import { Fifo } from "../base/fifo.ts";
import type { PoolTask, Waiting } from "./pool_task.ts";

/** Where tasks come from. */
export interface Supply {
  /** The next task, if there is one now. */
  take(): PoolTask | undefined;
  /** Whether the next one takes a turn of the event loop. */
  readonly awaited: boolean;
  /** Whether there will be none any more. */
  readonly exhausted: boolean;
  /** Nothing of it will be done any more. */
  fail(error: unknown): void;
}

/** Tasks that are made already. */
export class TaskList implements Supply, Waiting {
  awaited = false;
  readonly #tasks = new Fifo<PoolTask>();
  /** How many of them were ended while they waited. */
  #dropped = 0;
  readonly #failed: (error: unknown) => void;

  /** @param failed Called if nothing of it will be done any more. */
  constructor(failed: (error: unknown) => void = () => {}) {
    this.#failed = failed;
  }

  /** How many there are that have not been ended. */
  get length(): number {
    return this.#tasks.length - this.#dropped;
  }

  get exhausted(): boolean {
    return this.length === 0 && !this.awaited;
  }

  /** Adds one. */
  push(task: PoolTask): void {
    if (task.over) return;
    task.waiting = this;
    this.#tasks.push(task);
  }

  /** Puts tasks before all others. */
  unshift(tasks: readonly PoolTask[]): void {
    const open = tasks.filter(({ over }) => !over);
    for (const task of open) task.waiting = this;
    this.#tasks.unshift(open);
  }

  take(): PoolTask | undefined {
    for (;;) {
      const task = this.#tasks.shift();
      if (task === undefined) return undefined;
      task.waiting = undefined;
      if (!task.over) return task;
      this.#dropped--;
    }
  }

  /** What it holds is let go before it is as much as the rest. */
  dropped(): void {
    if (++this.#dropped * 2 <= this.#tasks.length) return;
    for (const task of this.#tasks.drain()) if (!task.over) this.#tasks.push(task);
    this.#dropped = 0;
  }

  fail(error: unknown): void {
    const tasks = this.#tasks.drain();
    this.#dropped = 0;
    for (const task of tasks) {
      task.waiting = undefined;
      task.settle(false, error);
    }
    this.#failed(error);
  }
}

/** All supplies of a pool. */
export class PoolQueue {
  /** Single tasks, and those that come back. */
  readonly single: TaskList = new TaskList();
  readonly #supplies: Supply[] = [this.single];
  #turn = 0;

  /** Whether nothing is left, and nothing will come. */
  get exhausted(): boolean {
    return this.#supplies.every(({ exhausted }) => exhausted);
  }

  /** Whether some take a turn of the event loop. */
  get awaited(): boolean {
    return this.#supplies.some(({ awaited }) => awaited);
  }

  /** How many tasks are known to wait. */
  get length(): number {
    return this.#supplies.reduce((sum, supply) => sum + (supply instanceof TaskList ? supply.length : 0), 0);
  }

  /** Adds a job. */
  add(supply: Supply): void {
    this.#supplies.push(supply);
  }

  /** The next task of the job whose turn it is. */
  take(): PoolTask | undefined {
    for (let left = this.#supplies.length; left > 0; left--) {
      if (this.#turn >= this.#supplies.length) this.#turn = 0;
      const supply = this.#supplies[this.#turn++];
      const task = supply?.take();
      if (supply?.exhausted && supply !== this.single) this.#remove(supply);
      if (task !== undefined) return task;
    }
    return undefined;
  }

  /** Whoever was asked may have changed the list. */
  #remove(supply: Supply): void {
    const place = this.#supplies.indexOf(supply);
    if (place < 0) return;
    this.#supplies.splice(place, 1);
    if (place < this.#turn) this.#turn--;
  }

  /** Nothing of it will be done any more. */
  fail(error: unknown): void {
    for (const supply of this.#supplies.splice(1)) supply.fail(error);
    this.single.fail(error);
  }
}
