/** What every pool of the bench is asked to do, whoever made it. */
import { type Acts, obey } from "../orders.ts";
import type { TaskName } from "./tasks.ts";

/** A pool, as far as the bench uses it. */
export interface BenchPool {
  run(name: TaskName, value: unknown): PromiseLike<unknown>;
  /** Increments all; those without it get chunks cut by hand. */
  map?(values: readonly number[]): PromiseLike<readonly unknown[]>;
  /** Increments one after another, as they come. */
  stream?(values: Iterable<number>): AsyncIterable<unknown>;
  close(): PromiseLike<unknown>;
}

/** How many workers, and whether each does one task only. */
export interface BenchPoolOptions {
  readonly workers: number;
  readonly recycle: boolean;
}

/** Makes a pool. */
export type OpenPool = (options: BenchPoolOptions) => BenchPool;

const WORKERS = 2;
const MIB = 1 << 20;

/** Obeys orders with such pools, until standard input ends. */
export async function servePool(open: OpenPool): Promise<void> {
  let kept: BenchPool | undefined;
  const pool = () => kept ??= open({ workers: WORKERS, recycle: false });
  const acts: Acts = {
    start: (times) => start(open, times),
    latency: (times) => oneByOne(pool(), "increment", () => 1, times),
    large: (times) => oneByOne(pool(), "same", () => new Uint8Array(MIB), times),
    throughput: (times) => atOnce(pool(), "increment", times),
    map: (times) => mapAll(pool(), times),
    imap: (times) => stream(pool(), times),
    cpu1: (times) => busy(open, 1, times),
    cpu2: (times) => busy(open, 2, times),
    recycle: (times) => recycle(open, times),
    nothing: () => Promise.resolve(),
    idle: async (workers) => {
      kept = open({ workers, recycle: false });
      // Many enough that each worker has done some.
      await atOnce(kept, "spin", workers * 4);
    },
  };
  // Some pools let the program end while it waits for them.
  const awake = setInterval(() => {}, 1 << 30);
  await obey(acts);
  await kept?.close();
  clearInterval(awake);
}

async function start(open: OpenPool, times: number): Promise<number> {
  let seconds = 0;
  for (let left = times; left > 0; left--) {
    const begin = performance.now();
    const pool = open({ workers: WORKERS, recycle: false });
    await pool.run("increment", 1);
    seconds += (performance.now() - begin) / 1e3;
    await pool.close();
  }
  return seconds;
}

async function oneByOne(pool: BenchPool, task: TaskName, value: () => unknown, times: number): Promise<void> {
  for (let left = times; left > 0; left--) await pool.run(task, value());
}

async function atOnce(pool: BenchPool, task: TaskName, times: number): Promise<void> {
  const results = await Promise.all(Array.from({ length: times }, (_, index) => pool.run(task, index)));
  if (task === "increment" && results[times - 1] !== times) throw new Error(`Cannot measure: ${results[times - 1]}`);
}

async function mapAll(pool: BenchPool, count: number): Promise<void> {
  const values = Array.from({ length: count }, (_, index) => index);
  const results = await (pool.map?.(values) ?? byHand(pool, values));
  if (results.at(-1) !== count) throw new Error(`Cannot measure: the last of ${count} is ${results.at(-1)}`);
}

/** In as many chunks as Python's rule would make. */
async function byHand(pool: BenchPool, values: readonly number[]): Promise<number[]> {
  const size = Math.ceil(values.length / (WORKERS * 4));
  const chunks = Array.from({ length: Math.ceil(values.length / size) }, (_, index) => {
    return pool.run("incrementAll", values.slice(index * size, (index + 1) * size)) as PromiseLike<number[]>;
  });
  return (await Promise.all(chunks)).flat();
}

async function stream(pool: BenchPool, count: number): Promise<void> {
  if (pool.stream === undefined) throw new Error("Cannot measure imap: this pool does not have it");
  let last: unknown;
  for await (const value of pool.stream(upTo(count))) last = value;
  if (last !== count) throw new Error(`Cannot measure: the last of ${count} is ${last}`);
}

function* upTo(count: number): Generator<number> {
  for (let value = 0; value < count; value++) yield value;
}

async function busy(open: OpenPool, workers: number, times: number): Promise<number> {
  const pool = open({ workers, recycle: false });
  await atOnce(pool, "spin", workers * 2);
  const begin = performance.now();
  await atOnce(pool, "spin", times);
  const seconds = (performance.now() - begin) / 1e3;
  await pool.close();
  return seconds;
}

async function recycle(open: OpenPool, times: number): Promise<number> {
  const pool = open({ workers: WORKERS, recycle: true });
  const begin = performance.now();
  await atOnce(pool, "increment", times);
  const seconds = (performance.now() - begin) / 1e3;
  await pool.close();
  return seconds;
}
