/** What the pools of the bench are given to do; the same for everyone, so nothing is imported here. */

/** The least a task can do. */
export function increment(value: number): number {
  return value + 1;
}

/** A chunk, for those that do not cut a map into chunks themselves. */
export function incrementAll(values: readonly number[]): number[] {
  return values.map(increment);
}

/** Large in, large out. */
export function same<T>(value: T): T {
  return value;
}

/** Keeps a core busy for some 20 ms, and keeps nothing. */
export function spin(seed: number): number {
  let state = seed | 1;
  for (let left = 12_000_000; left > 0; left--) state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
  return state;
}

/** All of them, by name. */
export const tasks = { increment, incrementAll, same, spin };

/** The name of one of them. */
export type TaskName = keyof typeof tasks;
