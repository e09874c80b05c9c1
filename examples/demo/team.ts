import { type Connection, type Context, EOFError, type Process } from "@multiprocessing/deno";
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
  readonly process: string;
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

/** A process with our end of the pipe to it. */
interface Member {
  readonly process: Process;
  readonly connection: Connection<readonly string[], Counts>;
}

/** What each process of a team does: it answers every batch of paths with its counts, until there are no more. */
export async function countBatches(work: Connection<Counts, readonly string[]>): Promise<void> {
  for await (const paths of work) await work.send(countFiles(paths));
}

/** Counts files with several processes at once: whoever is free gets the next batch. */
export async function countWithTeam(paths: readonly string[], options: TeamOptions): Promise<Report> {
  const report: Report = { counts: noCounts(), lost: [] };
  const batches = inBatches(paths);
  let done = 0;

  const serve = async ({ process, connection }: Member) => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      try {
        await connection.send(batch);
        addCounts(report.counts, await connection.recv());
        options.onProgress?.(done += batch.length);
      } catch (error) {
        // Its end of the pipe is closed: the process is gone. The others go on without it.
        if (!(error instanceof EOFError || error instanceof Deno.errors.BrokenPipe)) throw error;
        await process.join();
        report.lost.push({ process: process.name, exitCode: process.exitCode, paths: batch });
        return;
      }
    }
    connection.close();
    await process.join();
  };

  await using started = new AsyncDisposableStack();
  const members: Member[] = [];
  for (let n = Math.min(options.processes, batches.length); n > 0; n--) {
    members.push(await hire(options.context, started));
  }
  await Promise.all(members.map(serve));
  if (batches.length > 0) report.lost.push({ process: "every process", exitCode: null, paths: batches.flat() });
  return report;
}

/** Counts files in this process, with nobody's help. */
export function countAlone(paths: readonly string[]): Report {
  return { counts: countFiles(paths), lost: [] };
}

async function hire({ Pipe, Process }: Context, started: AsyncDisposableStack): Promise<Member> {
  const [connection, theirs] = Pipe<readonly string[], Counts>();
  const process = started.use(new Process({ target: countBatches, args: [theirs] }));
  started.use(connection);
  await process.start();
  // The child has its own copy. Were ours left open, we would not notice its death.
  theirs.close();
  return { process, connection };
}

function inBatches(paths: readonly string[]): (readonly string[])[] {
  const batches: (readonly string[])[] = [];
  for (let start = 0; start < paths.length; start += BATCH_SIZE) batches.push(paths.slice(start, start + BATCH_SIZE));
  return batches;
}
