import { type Context, WorkerDiedError } from "@multiprocessing/deno";
import { countFiles } from "./count_files.ts";
import { addCounts, type Counts, noCounts } from "./counts.ts";

/** How many files are handed out at a time: enough to be worth a message, few enough that all end together. */
export const BATCH_SIZE = 64;

/** What the processes of a team found out. */
export interface Report {
  readonly counts: Counts;
  /** The processes that died, and the files nobody has counted for that reason. */
  readonly lost: Lost[];
}

/** A process that died and the files it held. */
export interface Lost {
  readonly pid: number | undefined;
  readonly exitCode: number | null;
  readonly paths: readonly string[];
}

/** How a team is made up. */
export interface TeamOptions {
  readonly context: Context;
  readonly processes: number;
  /** Told, as results come in, how many files are done. */
  readonly onProgress?: (done: number) => void;
}

/** Counts files with several processes at once: whoever is free gets the next batch. */
export async function countWithTeam(paths: readonly string[], options: TeamOptions): Promise<Report> {
  const report: Report = { counts: noCounts(), lost: [] };
  const batches = inBatches(paths);
  if (batches.length === 0) return report;
  let done = 0;

  await using pool = new options.context.Pool(Math.min(options.processes, batches.length));
  await Promise.all(batches.map(async (batch) => {
    try {
      addCounts(report.counts, await pool.apply(countFiles, [batch]));
      options.onProgress?.(done += batch.length);
    } catch (error) {
      // The pool has another process by now, and the other batches go on in that.
      if (!(error instanceof WorkerDiedError)) throw error;
      report.lost.push({ pid: error.pid, exitCode: error.exitCode, paths: batch });
    }
  }));
  return report;
}

/** Counts files in this process, with nobody's help. */
export function countAlone(paths: readonly string[]): Report {
  return { counts: countFiles(paths), lost: [] };
}

function inBatches(paths: readonly string[]): (readonly string[])[] {
  const batches: (readonly string[])[] = [];
  for (let start = 0; start < paths.length; start += BATCH_SIZE) batches.push(paths.slice(start, start + BATCH_SIZE));
  return batches;
}
