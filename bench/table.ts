/** The page as tables of Markdown, for the README: `deno run --allow-read bench/table.ts [FILE]` reads what was kept. */
import type { Entry, Result } from "./measure.ts";
import { figureOf, ratioOf } from "./print.ts";

const METHODS = ["worker", "spawn", "forkserver"] as const;

/** One table; a figure of ours with its ratio to the best peer, and whether that meets an aim. */
export function tableOf(results: readonly Result[]): string {
  const lines = results.map((result) => {
    const { name, unit, entries, comparisons } = result;
    const best = comparisons.find(({ bestPeer }) => bestPeer)?.peer;
    const cells = [
      `${name}, ${unit}`,
      ...METHODS.map((method) => ourCell(result, method)),
      peerCell(entries.find(({ who }) => who === best)),
      figureCell(entries.find(({ who }) => /^CPython [\d.]+( spawn)?$/.test(who))),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| Row | `worker` | `spawn` | `forkserver` | Best peer | CPython |",
    "| --- | ---: | ---: | ---: | --- | ---: |",
    ...lines,
  ].join("\n");
}

// The better of two where there is a way that blocks and one that does not.
function ourCell({ entries, comparisons }: Result, method: string): string {
  const own = entries.filter(({ who }) => who === `ours, ${method}` || who.startsWith(`ours, ${method},`));
  const beside = comparisons.filter(({ who, bestPeer }) => bestPeer && own.some((entry) => entry.who === who))
    .toSorted((a, b) => a.ratio - b.ratio)[0];
  if (beside === undefined) return figureCell(own[0]);
  const entry = own.find(({ who }) => who === beside.who);
  const missed = comparisons.some(({ who, aim }) => who === beside.who && aim?.met === false);
  return `${figureCell(entry)} (${ratioOf(beside.ratio)} ×)${missed ? " ▲" : ""}`;
}

function peerCell(entry: Entry | undefined): string {
  return entry === undefined ? "" : `${entry.who}, ${figureOf(entry.median)}`;
}

function figureCell(entry: Entry | undefined): string {
  return entry === undefined ? "–" : figureOf(entry.median);
}

if (import.meta.main) {
  const file = Deno.args[0] ?? new URL("results.json", import.meta.url).pathname;
  const { results }: { results: Result[] } = JSON.parse(await Deno.readTextFile(file));
  for (const [topic, rows] of Map.groupBy(results, ({ topic }) => topic)) {
    console.log(`## ${topic}\n\n${tableOf(rows)}\n`);
  }
}
