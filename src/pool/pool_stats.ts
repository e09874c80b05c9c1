/**
 * What a pool tells about its work.
 *
 * @module
 */

/** What {@linkcode Pool.stats} tells. */
export interface PoolStats {
  /** Workers that are ready or start. */
  readonly workers: number;
  /** Of these, the ones that have no task. */
  readonly idle: number;
  /** Tasks that were submitted and have not been given to a worker. */
  readonly queued: number;
  /** Tasks that a worker has. */
  readonly running: number;
  /** Tasks that came to a result. */
  readonly done: number;
  /** Tasks that came to an error, of whatever kind. */
  readonly failed: number;
  /** Workers that were replaced. */
  readonly restarts: number;
  /** Share of the workers' time in which they had a task, from 0 to 1. */
  readonly utilisation: number;
  /** Milliseconds from submission to outcome, of the latest 1,024 tasks; 0 if there were none. */
  readonly latency: { readonly p50: number; readonly p90: number; readonly p99: number };
}

const KEPT = 1024;

/** Counts what a pool does. */
export class PoolCounters {
  done = 0;
  failed = 0;
  restarts = 0;
  /** Milliseconds of work of workers that are gone. */
  busyMs = 0;
  /** How long a task takes in a worker, in milliseconds: the latest count most. */
  taskMs = Infinity;
  readonly #latencies = new Float64Array(KEPT);
  #count = 0;

  /** A task has come to an end, so many milliseconds after it was submitted. */
  ended(ok: boolean, ms: number): void {
    if (ok) this.done++;
    else this.failed++;
    this.#latencies[this.#count++ % KEPT] = ms;
  }

  /** A worker has done a task. */
  took(ms: number): void {
    this.taskMs = this.taskMs === Infinity ? ms : this.taskMs * 0.8 + ms * 0.2;
  }

  /** The latencies, by rank. */
  latency(): PoolStats["latency"] {
    const known = this.#latencies.slice(0, Math.min(this.#count, KEPT)).sort();
    const at = (share: number) => known[Math.min(known.length - 1, Math.floor(known.length * share))] ?? 0;
    return { p50: at(0.5), p90: at(0.9), p99: at(0.99) };
  }
}
