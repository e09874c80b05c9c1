/** Locks and their kin, beside Python's. */
import { getContext, type Lock, type StartMethod, type Value } from "../mod.ts";
import { type Add, type Contender, type Extent, race, type Result, resultOf } from "./measure.ts";
import { METHODS } from "./ours.ts";
import type { Peer } from "./peer.ts";
import { type Act, acts, other, type Shared, take, takeSync } from "./sync_children.ts";

/** As the largest ratio to Python's time, by row and way of waiting. */
const AIMS: Readonly<Record<string, { readonly sync: number; readonly async: number }>> = {
  lock: { sync: 0.2, async: 0.3 },
  guard: { sync: 0.2, async: 0.3 },
  contended: { sync: 0.2, async: 0.3 },
  value: { sync: 0.2, async: 0.3 },
  event: { sync: 1, async: 1 },
  condition: { sync: 1, async: 1 },
};
const TITLES: Readonly<Record<string, string>> = {
  lock: "lock, acquire and release",
  guard: "lock, for a scope",
  contended: "lock, 2 processes",
  value: "value += 1 under its lock",
  event: "event, there and back",
  condition: "condition, a turn each",
};
const TIMES: Readonly<Record<string, number>> = {
  lock: 200_000,
  guard: 50_000,
  contended: 20_000,
  value: 50_000,
  event: 2000,
  condition: 2000,
};
const LOCKS = 20_000;
const HOWS = ["sync", "async"] as const;

/** Measures all rows, and hands them over as they come. */
export async function benchSync(python: Peer | undefined, extent: Extent, add: Add): Promise<void> {
  for (const method of METHODS) {
    await using pair = await Pair.start(method);
    for (const row of ["lock", "guard", "value"]) add(await raceOf(row, pair.alone(row), python, extent));
    for (const row of Object.keys(acts)) add(await raceOf(row, pair.together(row), python, extent));
  }
  add(await memoryOfLocks(python));
}

async function raceOf(row: string, ours: Contender[], python: Peer | undefined, extent: Extent): Promise<Result> {
  return await race({
    topic: "sync",
    name: TITLES[row] ?? row,
    unit: "µs",
    times: (TIMES[row] ?? 1000) * extent.share,
    rounds: extent.rounds,
    contenders: python === undefined ? ours : [...ours, python.contender(row)],
    aim: (who) => {
      const most = AIMS[row]?.[who.endsWith(", sync") ? "sync" : "async"];
      return most === undefined ? undefined : { most };
    },
  });
}

type Work = (times: number) => void | Promise<void>;

/** This process and another that share everything. */
class Pair implements AsyncDisposable {
  readonly #method: StartMethod;
  readonly #shared: Shared;
  readonly #value;
  readonly #orders;
  readonly #process;

  private constructor(method: StartMethod) {
    const context = getContext(method);
    const lock = new context.Lock();
    const turn = new context.Value("i", 0, { lock: false });
    const [orders, heard] = context.Pipe();
    this.#method = method;
    this.#shared = {
      lock,
      call: new context.Event(),
      reply: new context.Event(),
      condition: new context.Condition(),
      turn,
    };
    this.#value = new context.Value("i", 0);
    this.#orders = orders;
    this.#process = new context.Process({
      target: other as (...args: unknown[]) => unknown,
      args: [heard, this.#shared],
    });
  }

  static async start(method: StartMethod): Promise<Pair> {
    const pair = new Pair(method);
    await pair.#process.start();
    // Whoever blocks now would keep the first order from leaving.
    await pair.#orders.send({ row: "none", how: "sync", times: 0 });
    await pair.#orders.recv();
    return pair;
  }

  /** What takes no other process. */
  alone(row: string): Contender[] {
    const { lock } = this.#shared;
    const value = this.#value;
    if (row === "guard") return this.#contenders((times) => scopesSync(lock, times), (times) => scopes(lock, times));
    if (row === "value") return this.#contenders((times) => addSync(value, times), (times) => add(value, times));
    return this.#contenders((times) => takeSync(this.#shared, 0, times), (times) => take(this.#shared, 0, times));
  }

  /** What takes both. */
  together(row: string): Contender[] {
    return HOWS.map((how) =>
      this.#contender(how, async (times) => {
        const act: Act | undefined = acts[row]?.[how];
        await this.#orders.send({ row, how, times });
        await act?.(this.#shared, 0, times);
        await this.#orders.recv();
      })
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#orders.close();
    await this.#process.join();
  }

  #contenders(sync: Work, async: Work): Contender[] {
    return [this.#contender("sync", sync), this.#contender("async", async)];
  }

  #contender(how: "sync" | "async", act: Work): Contender {
    return {
      name: `ours, ${this.#method}, ${how}`,
      async run(times) {
        const start = performance.now();
        await act(times);
        return (performance.now() - start) / 1e3;
      },
    };
  }
}

function scopesSync(lock: Lock, times: number): void {
  for (let left = times; left > 0; left--) {
    using _guard = lock.guardSync();
  }
}

async function scopes(lock: Lock, times: number): Promise<void> {
  for (let left = times; left > 0; left--) {
    await using _guard = await lock.guard();
  }
}

function addSync(value: Value<number>, times: number): void {
  for (let left = times; left > 0; left--) {
    value.acquireSync();
    value.value += 1;
    value.releaseSync();
  }
}

async function add(value: Value<number>, times: number): Promise<void> {
  for (let left = times; left > 0; left--) {
    await value.acquire();
    value.value += 1;
    await value.release();
  }
}

/** Resident memory of a thousand locks. */
async function memoryOfLocks(python: Peer | undefined): Promise<Result> {
  const figures = new Map(METHODS.map((method): [string, number[]] => {
    const context = getContext(method);
    // Takes part in the arena, which is not to be counted.
    new context.Lock();
    const before = resident();
    const locks = Array.from({ length: LOCKS }, () => new context.Lock());
    const grown = resident() - before;
    return [`ours, ${method}`, [grown * 1000 / locks.length]];
  }));
  // Each is a file in /dev/shm until it is unlinked, at once.
  if (python !== undefined) figures.set(python.name, [await python.ask(`memory ${LOCKS / 10}`)]);
  return resultOf({ topic: "sync", name: "1,000 locks, resident", unit: "MiB" }, figures);
}

function resident(): number {
  return Deno.memoryUsage().rss / (1 << 20);
}
