/**
 * What a pool and its workers tell each other, and the one word of shared memory in which they settle who has a task.
 *
 * A task has a number in the sequence of its worker. The word holds two of these numbers, 16 bits each: in the lower half the next
 * task to be begun, in the upper half the first one that must not be begun. The worker claims a task by raising the lower half; the
 * pool takes tasks back by lowering the upper half, also from a worker that is too busy to listen. Whoever is second sees it by
 * compare-exchange.
 *
 * Numbers that were taken back are used again, so none may be given out while tasks of the old numbering may be under way: the pool
 * sends `RECALL` behind them, and nothing more until the worker has answered `DRAINED`, by when it has dropped them all.
 *
 * Without shared memory nothing is taken back, and the worker says `BEGUN` before it begins a task.
 *
 * @module
 */

/** Service number of a pool's orders among nodes; each worker is told by its own. */
export const ORDER_SERVICE = 3;
/** Service number of the reports of workers. */
export const REPORT_SERVICE = 4;

/** What a worker is told. A message has several. */
export const Order = {
  /** `number, size, value`: a function that tasks name by the number. */
  FUNCTION: 0,
  /** `sequence, mode, function, size, arguments` */
  TASK: 1,
  /** `sequence, size, reason`: the task is not wanted any more. */
  ABORT: 2,
  /** There will be no more tasks. */
  END: 3,
  /** The tasks that may not be begun are to be dropped. */
  RECALL: 4,
  /** After the end: what the tasks have left behind has had its time. */
  LEAVE: 5,
} as const;

/** How the arguments of a task are used. */
export const Mode = {
  /** `f(...args)` */
  CALL: 0,
  /** `f(x)` for each. */
  MAP: 1,
  /** `f(...x)` for each. */
  STARMAP: 2,
} as const;

/** What a worker tells: `worker, what, value`; of the task that it began last. */
export const What = {
  RESULT: 0,
  ERROR: 1,
  PROGRESS: 2,
  /** The initializer has run. */
  READY: 3,
  /** The initializer failed; the worker ends. */
  FAILED: 4,
  /** It has dropped what it was to drop. */
  DRAINED: 5,
  /** It begins a task; only where it has no word to claim it in. */
  BEGUN: 6,
  /** It ends as soon as nothing waits for another process any more. */
  LEAVING: 7,
} as const;

const HALF = 16;
const LOW = 0xffff;

/** Worker: whether the task of that number has not been taken back. */
export function isPermitted(word: Int32Array, sequence: number): boolean {
  return isBefore(sequence, Atomics.load(word, 0) >>> HALF);
}

/** Worker: claims the task of that number; false if it was taken back. */
export function claim(word: Int32Array, sequence: number): boolean {
  for (;;) {
    const seen = Atomics.load(word, 0);
    if (!isBefore(sequence, seen >>> HALF)) return false;
    const next = (seen & ~LOW) | ((sequence + 1) & LOW);
    if (Atomics.compareExchange(word, 0, seen, next) === seen) return true;
  }
}

/** Pool: whether no task was begun after that one. */
export function isLatest(word: Int32Array, sequence: number): boolean {
  return (Atomics.load(word, 0) & LOW) === ((sequence + 1) & LOW);
}

/** Pool: lets one more task be started. */
export function permit(word: Int32Array): void {
  // What overflows falls off at the upper end.
  Atomics.add(word, 0, 1 << HALF);
}

/** Pool: takes back the last tasks that have not been started; how many they were. */
export function takeBack(word: Int32Array, atMost: number): number {
  for (;;) {
    const seen = Atomics.load(word, 0);
    const waiting = ((seen >>> HALF) - seen) & LOW;
    const taken = Math.min(atMost, waiting);
    if (taken === 0) return 0;
    const next = (((seen >>> HALF) - taken) << HALF) | (seen & LOW);
    if (Atomics.compareExchange(word, 0, seen, next) === seen) return taken;
  }
}

/** How many tasks that may be started have not been. */
export function unstarted(word: Int32Array): number {
  const seen = Atomics.load(word, 0);
  return ((seen >>> HALF) - seen) & LOW;
}

/** In a circle of which far less than half is in use. */
function isBefore(sequence: number, limit: number): boolean {
  const distance = (limit - sequence) & LOW;
  return distance > 0 && distance <= LOW >> 1;
}
