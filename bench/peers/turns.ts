/** Two threads that take turns by shared words, without blocking. */

/** Waits for the next turn; answers its count. */
export async function turn(words: Int32Array, mine: number, seen: number): Promise<number> {
  const wait = Atomics.waitAsync(words, mine, seen);
  if (wait.async) await wait.value;
  return Atomics.load(words, mine);
}

/** Gives the other its turn. */
export function call(words: Int32Array, theirs: number): void {
  Atomics.add(words, theirs, 1);
  Atomics.notify(words, theirs);
}
