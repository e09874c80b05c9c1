/**
 * Real work with several processes: counts the words of every text file under a folder, language by language.
 *
 *     deno task demo [PATH] [--processes N]
 *
 * The part with processes is demo/team.ts.
 */
import { getAllStartMethods, getContext } from "@multiprocessing/deno";
import { readCommandLine, USAGE, type Wish } from "./demo/command_line.ts";
import { type Counts, type Tally, whyUnreadable } from "./demo/counts.ts";
import { findFiles, type Found } from "./demo/find_files.ts";
import { formatTable } from "./demo/table.ts";
import { countAlone, countWithTeam, type Report } from "./demo/team.ts";

/** How many troubles are named one by one. */
const MAX_NAMED = 10;

/** How many languages have a line of their own. */
const MAX_LANGUAGES = 20;

/** How much work, in milliseconds for one process, is enough to compare start methods by. */
const ENOUGH_MS = 1000;

/** How many times over the files are counted at most, to have enough work. */
const MAX_ROUNDS = 1000;

if (import.meta.main) Deno.exitCode = await main(Deno.args);

async function main(args: readonly string[]): Promise<number> {
  let wish: Wish | "help";
  try {
    wish = readCommandLine(args);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (wish === "help") {
    console.log(USAGE);
    return 0;
  }
  return await countUnder(wish);
}

async function countUnder({ path, processes }: Wish): Promise<number> {
  let found: Found;
  try {
    found = await findFiles(path);
  } catch (error) {
    console.error(`Cannot read "${path}": ${whyUnreadable(error)}`);
    return 1;
  }
  const { files, unreadable } = found;
  const bar = await progressBar(files.length);
  const report = await countWithTeam(files, { context: getContext(), processes, onProgress: bar.update });
  bar.stop();
  report.counts.unreadable.unshift(...unreadable);

  const isEmpty = report.counts.languages.size === 0;
  console.log(isEmpty ? `${path}: no text files` : `${path}:\n\n${languageTable(report.counts)}`);
  const isComplete = tellTroubles(report);
  if (!isEmpty) await compareStartMethods(files, processes);
  return isComplete ? 0 : 1;
}

function languageTable({ languages }: Counts): string {
  const sorted = [...languages].sort(([, a], [, b]) => b.words - a.words);
  const others = sorted.slice(MAX_LANGUAGES);
  const rows = sorted.slice(0, MAX_LANGUAGES).map(([language, tally]) => languageRow(language, [tally]));
  if (others.length > 0) rows.push(languageRow(`${others.length} others`, others.map(([, tally]) => tally)));
  return formatTable([["Language", "Files", "Lines", "Words"], ...rows, languageRow("Total", languages.values())]);
}

function languageRow(title: string, tallies: Iterable<Tally>): [string, number, number, number] {
  let [files, lines, words] = [0, 0, 0];
  for (const tally of tallies) {
    files += tally.files;
    lines += tally.lines;
    words += tally.words;
  }
  return [title, files, lines, words];
}

/** Says what was not counted; whether all that should have been counted was. */
function tellTroubles({ counts: { binary, unreadable }, lost }: Report): boolean {
  if (binary > 0) console.log(`\nNot counted: ${count(binary, "binary file")}`);
  for (const { path, why } of unreadable.slice(0, MAX_NAMED)) console.error(`Cannot read "${path}": ${why}`);
  if (unreadable.length > MAX_NAMED) console.error(`… and ${unreadable.length - MAX_NAMED} more`);
  for (const { pid, exitCode, paths } of lost) {
    console.error(
      `Process ${pid} died (exit code ${exitCode}); not counted: ${count(paths.length, "file")}, from "${paths[0]}" on`,
    );
  }
  return unreadable.length === 0 && lost.length === 0;
}

/** Does the work again, by this process alone and by each start method; the files are in the system's memory by now. */
async function compareStartMethods(files: readonly string[], processes: number): Promise<void> {
  let [work, rounds] = [files, 1];
  let alone = await measure(() => countAlone(work));
  while (alone < ENOUGH_MS && rounds < MAX_ROUNDS) {
    rounds = Math.min(Math.ceil(rounds * 1.2 * ENOUGH_MS / alone), MAX_ROUNDS);
    work = Array.from({ length: rounds }, () => files).flat();
    alone = await measure(() => countAlone(work));
  }

  const rows: (string | number)[][] = [["Start method", "Processes", "Time", "Speed-up"]];
  rows.push(["none", 1, inSeconds(alone), "1.0 ×"]);
  for (const method of getAllStartMethods()) {
    const time = await measure(() => countWithTeam(work, { context: getContext(method), processes }));
    rows.push([method, processes, inSeconds(time), `${(alone / time).toFixed(1)} ×`]);
  }
  console.log(`\n${formatTable(rows)}`);
  if (rounds > 1) console.log(`\nThe files are few, so they were counted ${rounds} times over for this comparison.`);
}

function count(number: number, what: string): string {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
}

async function measure(work: () => Report | Promise<Report>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** Shows on a terminal how far it is; elsewhere, nothing. */
async function progressBar(total: number): Promise<{ update: (done: number) => void; stop: () => void }> {
  if (!Deno.stderr.isTerminal() || total === 0) return { update() {}, stop() {} };
  const { SingleBar } = await import("cli-progress");
  const bar = new SingleBar({ format: "{bar} {value} of {total} files, {eta_formatted} left", clearOnComplete: true });
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}
