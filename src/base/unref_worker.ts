/**
 * Deno's Worker keeps its creator alive until it is terminated and has no `unref`. Its own `node:worker_threads` needs one, and
 * so there is a method for it under a symbol without a description (seen in 2.8.3 and 2.9.6). Where there is none, workers
 * keep the program alive until they end.
 *
 * @module
 */

type SetAlive = (this: Worker, alive: boolean) => void;

const setAlive: SetAlive | undefined = Object.getOwnPropertySymbols(Worker.prototype)
  .filter((symbol) => !symbol.description)
  .map((symbol): unknown => Reflect.get(Worker.prototype, symbol))
  .find((member): member is SetAlive => typeof member === "function" && member.length === 1);

// Deno counts, so what was said already must not be said again.
const resting = new WeakSet<Worker>();

/** Says whether a worker keeps its creator alive; workers start as doing so. */
export function keepWorkerAlive(worker: Worker, alive: boolean): void {
  if (alive !== resting.has(worker)) return;
  if (alive) resting.delete(worker);
  else resting.add(worker);
  setAlive?.call(worker, alive);
}
