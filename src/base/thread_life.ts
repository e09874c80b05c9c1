/**
 * How the end of a thread is told: by two shared words that it has in common with its creator. A thread that was terminated runs on
 * until it returns to its event loop, so it is asked here whether it still counts as alive.
 *
 * @module
 */

/** The words of one thread. */
export type Life = Int32Array<SharedArrayBuffer>;

const ENDED = 0; // index of the word that says so
const EXIT_CODE = 1;

let own: readonly Life[] = [];

/** Words for a thread that is about to begin. */
export function newLife(): Life {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Says that a thread has ended, be it by itself or because its creator ended it. */
export function endLife(life: Life, exitCode: number): void {
  Atomics.store(life, EXIT_CODE, exitCode & 0xff);
  Atomics.store(life, ENDED, 1);
  Atomics.notify(life, ENDED);
}

/** The exit code of a thread, if it has ended. */
export function exitCodeOf(life: Life): number | undefined {
  return Atomics.load(life, ENDED) === 1 ? Atomics.load(life, EXIT_CODE) : undefined;
}

/** Tells this thread its own words and those of the threads above it: none outlives its creator. */
export function adoptLives(lives: readonly Life[]): void {
  own = lives;
}

/** The words on which the life of this thread depends, for the threads that it creates. */
export function ownLives(): readonly Life[] {
  return own;
}

/** Whether this thread, or one above it, was ended. */
export function isThreadEnded(): boolean {
  return own.some((life) => exitCodeOf(life) !== undefined);
}
