/**
 * Shared words: memory that several threads or processes see at once, and the ways to wait for a change of it. All that differs
 * between threads and processes is behind this interface; every algorithm over shared memory is written once, over it.
 *
 * @module
 */

/** Words that others see too. */
export interface SharedWords {
  /** The words, as far as they reached when this was asked for; everyone's indices are the same, and stay so as the memory grows. */
  readonly cells: Int32Array<SharedArrayBuffer>;
  /** Whether the kernel tells of the death of whoever shares them. */
  readonly obituaries: boolean;
  /** Wakes whoever waits for a change of a word. */
  wake(index: number): void;
  /**
   * Blocks the thread until the word is no longer `value`, somebody wakes it, a watched word changes or the time is up; also without
   * a reason.
   *
   * @param watched Words that only the kernel changes without waking anybody by {@linkcode SharedWords.wake}.
   * @param timeout Milliseconds.
   */
  block(index: number, value: number, watched: Iterable<number>, timeout: number): void;
  /**
   * Calls back after each change of a word, and after the death of somebody, until the returned function is called. It does not keep
   * the program alive.
   */
  listen(index: number, answer: () => void): () => void;
  /** Resolves in the next turn of the event loop; `undefined` where nothing changes a word meanwhile. */
  turn(): Promise<void> | undefined;
  /**
   * Sees to it that the words reach so far; memory is taken only as it is written to.
   *
   * @throws {RangeError} If they cannot.
   */
  reserve(words: number): void;
  /** Takes a slot's obituary for this thread: the kernel signs it when the thread ends. Without effect where there is none. */
  sign(index: number): void;
  /** What another thread or process needs to see the same words. */
  readonly reference: unknown;
}

/** The error for what does not fit any more. */
export function tooLarge(): RangeError {
  return new RangeError(
    "Cannot share one object more: the shared memory of this program is full; drop what is not needed",
  );
}
