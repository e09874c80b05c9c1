/** What the bench was asked for. */
import { parseArgs } from "node:util";

/** The parts of the page, in its order. */
export const TOPICS = ["pool", "process", "pipe", "queue", "manager", "sync", "listener", "codec"] as const;

/** One of them. */
export type Topic = typeof TOPICS[number];

/** How the bench says how to ask. */
export const USAGE = `deno task bench [--only ${TOPICS.join(",")}] [--rounds N] [--json FILE] [--chart FILE] [--quick]`;

/** What was asked for. */
export interface BenchOptions {
  readonly topics: ReadonlySet<Topic>;
  /** At most; a row may be content with fewer. */
  readonly rounds: number;
  /** Where the figures go, and the chart; nowhere if not given. */
  readonly json?: string | undefined;
  readonly chart?: string | undefined;
  /** Seldom and short: shows that it works, not how fast. */
  readonly quick: boolean;
}

/** A full run keeps the page in `bench` below the working folder; a part of it is only shown, unless a file is named. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      rounds: { type: "string" },
      json: { type: "string" },
      chart: { type: "string" },
      quick: { type: "boolean", default: false },
    },
  });
  const whole = values.only === undefined && !values.quick;
  const page = (file: string) => whole ? `bench/${file}` : undefined;
  return {
    topics: new Set(values.only === undefined ? TOPICS : values.only.split(",").map(topicOf)),
    rounds: values.rounds === undefined ? values.quick ? 2 : 9 : roundsOf(values.rounds),
    json: values.json ?? page("results.json"),
    chart: values.chart ?? page("chart.svg"),
    quick: values.quick,
  };
}

function topicOf(name: string): Topic {
  const topic = TOPICS.find((each) => each === name.trim());
  if (topic === undefined) throw new RangeError(`Cannot measure "${name}": it is none of ${TOPICS.join(", ")}`);
  return topic;
}

function roundsOf(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new RangeError(`Cannot measure ${text} rounds: --rounds takes a whole number above 0`);
}
