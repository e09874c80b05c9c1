/**
 * Looking on for a moment before a thread goes to sleep: what comes soon then costs no waking, which takes longer than most answers.
 *
 * Source: A. Karlin, K. Li, M. Manasse, S. Owicki, "Empirical studies of competitive spinning for a shared-memory multiprocessor"
 * (1991): whoever looks for as long as waking takes never loses more than twice the time that was needed.
 *
 * @module
 */

/** About what it takes to wake an idle processor, in milliseconds. With one processor, nothing comes while somebody looks. */
const LOOK_MS = navigator.hardwareConcurrency > 1 ? 0.05 : 0;
/** A clock may stand still, as those that tests put in its place. */
const MOST_READINGS = 4096;
/** After so many looks in vain nothing is likely to come soon; */
const PATIENT = 4;
/** but after so many waits it is tried again, as two that wait for each other would else both go on sleeping; */
const LEAST_REST = 16;
/** and when that is in vain too, after twice as many, up to so many. */
const MOST_REST = 256;

/** How long a thread looks on, by what came of it before. */
export class Patience {
  readonly #looksPerClock: number;
  #inVain = 0;
  /** How many waits are to come before it looks on again. */
  #rest = 0;

  /** @param looksPerClock How many looks take about as long as asking the time. */
  constructor(looksPerClock: number) {
    this.#looksPerClock = looksPerClock;
  }

  /** Whether it would not look on now; then this counts as one wait. */
  rests(): boolean {
    if (this.#rest === 0) return false;
    this.#rest--;
    return true;
  }

  /**
   * Looks until there is an answer, for a moment at most.
   *
   * @param look The answer, or `undefined` if there is none yet.
   * @param timeout Milliseconds that the wait may take in all.
   */
  lookOn<T>(look: () => T | undefined, timeout: number): T | undefined {
    if (this.rests()) return undefined;
    const end = performance.now() + Math.min(LOOK_MS, timeout);
    let readings = 0;
    do {
      for (let looks = 0; looks < this.#looksPerClock; looks++) {
        const answer = look();
        if (answer === undefined) continue;
        this.#inVain = 0;
        return answer;
      }
    } while (performance.now() < end && ++readings < MOST_READINGS);
    if (++this.#inVain >= PATIENT) this.#rest = Math.min(LEAST_REST * 2 ** (this.#inVain - PATIENT), MOST_REST);
    return undefined;
  }
}
