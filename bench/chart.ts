/** The pools' rows as a drawing: how our cost compares with the best peer's, on a scale of doublings. */
import { type Comparison, moreIsBetter, type Result } from "./measure.ts";
import { figureOf, ratioOf } from "./print.ts";

const WIDTH = 960;
const LEFT = 218;
const RIGHT = 640;
const TOP = 84;
const BAR = 11;
const GAP = 16;
// In doublings: from a sixteenth to sixteen times the best peer's cost.
const LEAST = -4;
const MOST = 4;
const METHODS = ["worker", "spawn", "forkserver"] as const;

const STYLE = `
    text { font: 12px system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 15px; font-weight: 600 }
    .note, .scale { fill: #59636e; font-size: 11px }
    .grid { stroke: #d1d9e0; stroke-width: 1 }
    .even { stroke: #59636e; stroke-width: 1.5 }
    .worker { fill: #0969da } .spawn { fill: #8250df } .forkserver { fill: #bf3989 }
    .aim { stroke: #9a6700; stroke-width: 2 }
    .peer { fill: none; stroke: #59636e; stroke-width: 1.2 } .python { fill: #59636e; stroke: none }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc }
      .note, .scale { fill: #9198a1 }
      .grid { stroke: #3d444d } .even { stroke: #9198a1 }
      .worker { fill: #4493f8 } .spawn { fill: #ab7df8 } .forkserver { fill: #db61a2 }
      .aim { stroke: #d29922 }
      .peer { stroke: #9198a1 } .python { fill: #9198a1; stroke: none }
    }`;

/** As an SVG document that follows the reader's light or dark. */
export function chartOf(results: readonly Result[]): string {
  const rows = results.filter(({ topic, comparisons }) => topic === "pool" && comparisons.length > 0);
  const height = TOP + rows.length * rowHeight() + 28;
  const bottom = height - 24;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `  <title>Cost of our pools over the best peer's</title>`,
    `  <style>${STYLE}\n  </style>`,
    ...head(),
    ...scale(bottom),
    ...rows.flatMap((row, index) => drawRow(row, TOP + index * rowHeight())),
    "</svg>\n",
  ].join("\n");
}

function rowHeight(): number {
  return METHODS.length * BAR + GAP;
}

function head(): string[] {
  const swatches = METHODS.map((method, index) =>
    `  <rect class="${method}" x="${LEFT + index * 92}" y="32" width="10" height="10"/>` +
    `<text x="${LEFT + 15 + index * 92}" y="41">${method}</text>`
  );
  const x = LEFT + 290;
  return [
    `  <text class="title" x="12" y="20">Pools: our cost over the best peer's (bars to the left are better)</text>`,
    ...swatches,
    `  <text class="scale" x="${RIGHT + 38}" y="${TOP - 16}">best peer</text>`,
    `  <circle class="peer" cx="${x}" cy="37" r="4"/><text x="${x + 9}" y="41">other peers</text>`,
    `  <path class="python" d="${diamond(x + 94, 37)}"/><text x="${x + 103}" y="41">CPython</text>`,
    `  <path class="aim" d="M${x + 168} 31v12"/><text x="${x + 175}" y="41">aim</text>`,
  ];
}

function scale(bottom: number): string[] {
  return Array.from({ length: MOST - LEAST + 1 }, (_, index) => LEAST + index).flatMap((power) => {
    const x = xOf(2 ** power);
    const label = power < 0 ? `1/${2 ** -power}` : `${2 ** power}`;
    return [
      `  <path class="${power === 0 ? "even" : "grid"}" d="M${x} ${TOP - 10}V${bottom}"/>`,
      `  <text class="scale" x="${x}" y="${TOP - 16}" text-anchor="middle">${label} ×</text>`,
    ];
  });
}

function drawRow({ name, unit, entries, comparisons }: Result, top: number): string[] {
  const best = comparisons.find(({ bestPeer }) => bestPeer);
  const bestEntry = entries.find(({ who }) => who === best?.peer);
  const middle = top + METHODS.length * BAR / 2 + 4;
  const peers = entries.filter(({ ours }) => !ours).map(({ who, median }) => {
    const cost = moreIsBetter(unit) ? (bestEntry?.median ?? NaN) / median : median / (bestEntry?.median ?? NaN);
    return mark(who, cost, top + METHODS.length * BAR + 5);
  });
  return [
    `  <text x="${LEFT - 10}" y="${middle}" text-anchor="end">${escaped(name)}</text>`,
    ...METHODS.flatMap((method, index) => drawBars(method, comparisons, top + index * BAR)),
    ...peers,
    `  <text class="note" x="${RIGHT + 38}" y="${middle}">${escaped(best?.peer ?? "")} ${
      figureOf(bestEntry?.median ?? NaN)
    } ${unit}</text>`,
  ];
}

function drawBars(method: string, comparisons: readonly Comparison[], y: number): string[] {
  const own = comparisons.filter(({ who }) => who === `ours, ${method}`);
  const beside = own.find(({ bestPeer }) => bestPeer);
  if (beside === undefined) return [];
  const [from, to] = [xOf(1), xOf(beside.ratio)].toSorted((a, b) => a - b) as [number, number];
  const goal = own.find(({ aim }) => aim !== undefined);
  // An aim that names another peer, put on the scale of the best.
  const most = goal?.aim === undefined ? undefined : goal.aim.most * beside.ratio / goal.ratio;
  const label = beside.ratio < 1
    ? `<text class="scale" x="${from - 4}" y="${y + 9}" text-anchor="end">${ratioOf(beside.ratio)}</text>`
    : `<text class="scale" x="${to + 4}" y="${y + 9}">${ratioOf(beside.ratio)}</text>`;
  return [
    `  <rect class="${method}" x="${from}" y="${y}" width="${(to - from).toFixed(1)}" height="${BAR - 2}"/>${label}`,
    ...most === undefined ? [] : [`  <path class="aim" d="M${xOf(most)} ${y - 1}v${BAR}"/>`],
  ];
}

function mark(who: string, cost: number, y: number): string {
  const x = xOf(cost);
  const title = `<title>${escaped(who)}: ${ratioOf(cost)}</title>`;
  if (who.startsWith("CPython")) return `  <path class="python" d="${diamond(x, y)}">${title}</path>`;
  return `  <circle class="peer" cx="${x}" cy="${y}" r="3.2">${title}</circle>`;
}

function diamond(x: number, y: number): string {
  return `M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`;
}

/** Where a ratio is on the scale; what is off it stands at its end. */
function xOf(ratio: number): number {
  const power = Math.min(Math.max(Math.log2(ratio), LEAST), MOST);
  return Math.round((LEFT + (power - LEAST) / (MOST - LEAST) * (RIGHT - LEFT)) * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
