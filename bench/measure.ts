/** Rows of the bench: contenders that take turns, and what came of it. */

/** Who takes part in a row. */
export interface Contender {
  readonly name: string;
  /** Does it so many times; answers how many seconds that took (or, where the unit is `×` or `MiB`, the figure). */
  run(times: number): Promise<number>;
}

/** What the project set itself for a contender of ours. */
export interface Aim {
  /** Our cost over the peer's, at most. */
  readonly most: number;
  /** How the peer's name begins; without it, the best peer. */
  readonly peer?: string;
}

/** Who cannot take part in a row. */
export interface Lack {
  readonly who: string;
  readonly why: string;
}

/** What is measured. */
export interface Subject {
  readonly topic: string;
  readonly name: string;
  readonly unit: Unit;
  readonly lacks?: readonly Lack[];
  /** The aim of the contender of ours with this name. */
  readonly aim?: (who: string) => Aim | undefined;
}

/** What is measured, and by whom. */
export interface Race extends Subject {
  /** How often in one round. */
  readonly times: number;
  readonly rounds: number;
  /** Bytes that pass each time, where the unit is a rate of bytes. */
  readonly bytes?: number;
  readonly contenders: readonly Contender[];
}

/** Rates and `×` are better when large, the others when small. */
export type Unit = "ms" | "µs" | "ns" | "MiB" | "messages/s" | "tasks/s" | "MiB/s" | "×";

/** What one contender achieved. */
export interface Entry {
  readonly who: string;
  readonly ours: boolean;
  readonly median: number;
  /** The best round. */
  readonly best: number;
}

/** One of ours beside a peer. */
export interface Comparison {
  readonly who: string;
  readonly peer: string;
  /** Our cost over the peer's: below 1, ours is better, whatever the unit. */
  readonly ratio: number;
  /** Whether no peer is better than this one. */
  readonly bestPeer: boolean;
  readonly aim?: { readonly most: number; readonly met: boolean };
}

/** One row of the page. */
export interface Result {
  readonly topic: string;
  readonly name: string;
  readonly unit: Unit;
  readonly entries: readonly Entry[];
  readonly comparisons: readonly Comparison[];
  readonly lacks: readonly Lack[];
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** Whether more is better. */
export function moreIsBetter(unit: Unit): boolean {
  return unit.endsWith("/s") || unit === "×";
}

/** Runs all contenders in turn, round by round, so that what else the machine does meets all of them. */
export async function race({ times, rounds, bytes = 0, contenders, ...subject }: Race): Promise<Result> {
  const figures = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  const lacks = [...subject.lacks ?? []];
  // The first round warms up, and does not count.
  for (let round = -1; round < rounds; round++) {
    for (const contender of contenders) {
      const { name } = contender;
      const mine = figures.get(name);
      if (mine === undefined) continue;
      const count = round < 0 ? Math.ceil(times / 4) : times;
      try {
        const figure = inUnit(await contender.run(count), subject.unit, count, bytes);
        if (round >= 0) mine.push(figure);
      } catch (error) {
        // One that fails must not cost the page its other rows.
        figures.delete(name);
        lacks.push({ who: name, why: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  return resultOf({ ...subject, lacks }, figures);
}

/** Ours beside each peer; names that do not begin with `ours` are peers. */
export function resultOf(
  { topic, name, unit, lacks = [], aim = () => undefined }: Subject,
  figures: ReadonlyMap<string, readonly number[]>,
): Result {
  const more = moreIsBetter(unit);
  const entries = [...figures].map(([who, values]) => ({
    who,
    ours: who.startsWith("ours"),
    median: median(values),
    best: (more ? Math.max : Math.min)(...values),
  }));
  const peers = entries.filter(({ ours }) => !ours).toSorted((a, b) =>
    more ? b.median - a.median : a.median - b.median
  );
  const comparisons = entries.filter(({ ours }) => ours).flatMap((own) => {
    const goal = aim(own.who);
    return peers.map((peer, index): Comparison => {
      const ratio = more ? peer.median / own.median : own.median / peer.median;
      const meant = goal !== undefined && (goal.peer === undefined ? index === 0 : peer.who.startsWith(goal.peer));
      return {
        who: own.who,
        peer: peer.who,
        ratio,
        bestPeer: index === 0,
        ...meant && { aim: { most: goal.most, met: ratio <= goal.most } },
      };
    });
  });
  return { topic, name, unit, entries, comparisons, lacks };
}

function inUnit(figure: number, unit: Unit, times: number, bytes: number): number {
  const each = figure / times;
  switch (unit) {
    case "×":
    case "MiB":
      return figure;
    case "ms":
      return each * 1e3;
    case "µs":
      return each * 1e6;
    case "ns":
      return each * 1e9;
    case "MiB/s":
      return bytes / (1 << 20) / each;
    default:
      return 1 / each;
  }
}

/** How long to measure. */
export interface Extent {
  /** At most. */
  readonly rounds: number;
  /** Of the times that something is done at most. */
  readonly share: number;
}

/** Takes the rows as they come. */
export type Add = (result: Result) => void;
