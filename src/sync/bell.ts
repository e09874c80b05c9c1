/**
 * A doorbell: one shared word that others increment and notify when they left something for its owner. Each process of the
 * module has one, whatever the number of its neighbours, so a pending wait costs no thread and no second asynchronous wait.
 * This is the only file that waits on memory without blocking.
 *
 * @module
 */

const RINGS = 0; // index of the word that counts the rings

// So many rings are served in a row before the event loop gets a turn of its own.
const RINGS_PER_TURN = 64;

/** Rings the bell whose words are given; its owner may be in any thread of this OS process. */
export function ring(words: Int32Array): void {
  Atomics.add(words, RINGS, 1);
  Atomics.notify(words, RINGS);
}

/**
 * Waits for one turn of the event loop. Takes a thousandth of the time that a timer takes, which is why there is none, and does not keep
 * the program alive.
 */
export async function nextTurn(): Promise<void> {
  // Nobody else knows of it, so it is heard.
  const words = Bell.words();
  const turn = Atomics.waitAsync(words, RINGS, 0);
  ring(words);
  await turn.value;
}

/** The bell of the running process. */
export class Bell {
  #words = Bell.words();
  readonly #answers = new Set<() => void>();
  #listening = false;
  #inTurn = 0;

  /** Words for a bell. */
  static words(): Int32Array<SharedArrayBuffer> {
    return new Int32Array(new SharedArrayBuffer(4));
  }

  /** The shared word; what others need to ring. */
  get words(): Int32Array<SharedArrayBuffer> {
    return this.#words;
  }

  /** Takes words that others know already; before anybody listens. */
  adopt(words: Int32Array<SharedArrayBuffer>): void {
    if (this.#listening) throw new Error("Cannot exchange the words of a bell: it is listened to");
    this.#words = words;
  }

  /** Calls `answer` after each ring, until the returned function is called. A bell that waits does not keep the program alive. */
  onRing(answer: () => void): () => void {
    this.#answers.add(answer);
    if (!this.#listening) this.#listen(Atomics.load(this.words, RINGS));
    return () => this.#answers.delete(answer);
  }

  /** Answers at once, as after a ring. */
  answer(): void {
    for (const answer of this.#answers) answer();
  }

  /**
   * Blocks the thread until a ring, answering it, or until the time is up.
   *
   * @param timeout Milliseconds.
   * @param done Asked after each ring whether the wait is over.
   * @returns Whether `done` was answered with true.
   */
  waitSync(done: () => boolean, timeout: number): boolean {
    const end = performance.now() + timeout;
    for (;;) {
      // Read before looking: what is left after this is announced by another ring.
      const seen = Atomics.load(this.words, RINGS);
      this.answer();
      if (done()) return true;
      const left = end - performance.now();
      if (left <= 0) return false;
      Atomics.wait(this.words, RINGS, seen, left);
    }
  }

  #listen(seen: number): void {
    this.#listening = this.#answers.size > 0;
    if (!this.#listening) return;
    const wait = Atomics.waitAsync(this.words, RINGS, seen);
    if (wait.async) {
      this.#inTurn = 0;
      wait.value.then(() => this.#rung());
    } else if (++this.#inTurn < RINGS_PER_TURN) {
      queueMicrotask(() => this.#rung());
    } else {
      // A neighbour that never pauses must not starve timers and sockets of this thread.
      this.#inTurn = 0;
      nextTurn().then(() => this.#rung());
    }
  }

  #rung(): void {
    const seen = Atomics.load(this.words, RINGS);
    this.answer();
    this.#listen(seen);
  }
}
