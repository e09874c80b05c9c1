/** The page as text. */
import type { Comparison, Entry, Result } from "./measure.ts";

/** One row: ours first, then the peers, the best first. */
export function textOf({ topic, name, unit, entries, comparisons, lacks }: Result): string {
  const lines = entries.map((entry) => {
    const verdicts = comparisons.filter(({ who }) => who === entry.who).flatMap(verdictOf);
    return `  ${entry.who.padEnd(34)} ${figuresOf(entry)}   ${verdicts.join(", ")}`.trimEnd();
  });
  const reasons = Map.groupBy(lacks, ({ why }) => why);
  const missing = [...reasons].map(([why, those]) => `  – ${those.map(({ who }) => who).join(", ")}: ${why}`);
  return [`${topic}: ${name}, ${unit}`, ...lines, ...missing].join("\n");
}

/** The machine, the runtime and whoever is measured against. */
export function headOf(setting: Readonly<Record<string, unknown>>): string {
  const text = Object.entries(setting).map(([name, value]) => `${name} ${value}`);
  return `${text.join(", ")}\nRatios are our cost over the peer's: below 1, ours is better, whatever the unit`;
}

/** What is short of its aim. */
export function missesOf(results: readonly Result[]): string[] {
  return results.flatMap(({ topic, name, comparisons }) =>
    comparisons.filter(({ aim }) => aim?.met === false).map(({ who, peer, ratio, aim }) =>
      `${topic}: ${name}: ${who}: ${ratioOf(ratio)} × ${peer}, aim ${ratioOf(aim?.most ?? NaN)}`
    )
  );
}

/** A figure with as many digits as mean anything. */
export function figureOf(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: value < 1000 ? 3 : 4 });
}

/** A ratio with as many digits as mean anything. */
export function ratioOf(ratio: number): string {
  return ratio < 0.1 ? ratio.toFixed(3) : ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0);
}

function figuresOf({ median, best }: Entry): string {
  return `${figureOf(median).padStart(9)} (best ${figureOf(best)})`.padEnd(28);
}

// Beside the best peer, CPython, and whoever an aim names.
function verdictOf({ peer, ratio, bestPeer, aim }: Comparison): string[] {
  if (!bestPeer && aim === undefined && !/^CPython [\d.]+( spawn)?$/.test(peer)) return [];
  const verdict = aim === undefined ? "" : ` (aim ${ratioOf(aim.most)}: ${aim.met ? "met" : "MISSED"})`;
  return [`${ratioOf(ratio)} × ${peer}${verdict}`];
}
