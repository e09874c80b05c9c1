/** Rows of the bench: contenders that take turns, and what came of it. */

/** Who takes part in a row. */
export interface Contender {
  readonly name: string;
  /** Does it so many times; answers how many seconds that took. */
  run(times: number): Promise<number>;
}

/** What is measured, and by whom; the first contender is ours. */
export interface Race {
  readonly name: string;
  readonly unit: Unit;
  /** How often in one round. */
  readonly times: number;
  readonly rounds: number;
  /** Bytes that pass each time, where the unit is a rate of bytes. */
  readonly bytes?: number;
  readonly contenders: readonly Contender[];
}

/** `ms`, `µs` and `MiB` are better when small, the others when large. */
export type Unit = "ms" | "µs" | "MiB" | "messages/s" | "MiB/s";

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly who: string;
  readonly unit: Unit | "ns";
  readonly median: number;
  /** The best round. */
  readonly best: number;
  readonly peer?: { readonly who: string; readonly median: number; readonly ratio: number };
  /** What the project set itself, as the largest ratio. */
  readonly aim?: { readonly ratio: number; readonly met: boolean };
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** Runs all contenders in turn, round by round, so that what else the machine does meets all of them. */
export async function race({ name, unit, times, rounds, bytes = 0, contenders }: Race): Promise<Row[]> {
  const seconds = contenders.map((): number[] => []);
  // The first round warms up, and does not count.
  for (let round = -1; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const taken = await contender.run(round < 0 ? Math.ceil(times / 4) : times);
      if (round >= 0) seconds[index]?.push(taken / times);
    }
  }
  const figures = seconds.map((taken) => taken.map((each) => inUnit(each, unit, bytes)));
  return rowsOf(name, unit, contenders.map(({ name }) => name), figures);
}

/** A row of each of ours beside each peer; names that do not begin with `ours` are peers. */
export function rowsOf(name: string, unit: Unit, names: readonly string[], figures: readonly number[][]): Row[] {
  const best = unit.endsWith("/s") ? Math.max : Math.min;
  const results = names.map((who, index) => {
    const values = figures[index] ?? [];
    return { name, who, unit, median: median(values), best: best(...values) };
  });
  const peers = results.filter(({ who }) => !who.startsWith("ours"));
  return results.filter(({ who }) => who.startsWith("ours")).flatMap((own) => {
    if (peers.length === 0) return [own];
    return peers.map((peer) => ({
      ...own,
      peer: { who: peer.who, median: peer.median, ratio: own.median / peer.median },
    }));
  });
}

function inUnit(seconds: number, unit: Unit, bytes: number): number {
  if (unit === "ms") return seconds * 1e3;
  if (unit === "µs") return seconds * 1e6;
  if (unit === "messages/s") return 1 / seconds;
  return bytes / (1 << 20) / seconds;
}
