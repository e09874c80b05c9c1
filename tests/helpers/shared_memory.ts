/** Programs that own shared memory, and what is left of them. */
import { HANG_MS } from "./methods.ts";
import { until, within } from "./within.ts";

/** Where the system shows its shared memory. */
export const SHM = "/dev/shm";

/** Names in a folder. */
export function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

/** Waits until a name is gone from {@linkcode SHM}. */
export async function whenGone(name: string): Promise<void> {
  using watcher = Deno.watchFs(SHM);
  if (!namesIn(SHM).includes(name)) return;
  const gone = async () => {
    for await (const _ of watcher) if (!namesIn(SHM).includes(name)) return;
  };
  await within(HANG_MS, gone());
}

/** The processes that watch over what a process leaves, whichever of its threads started them. */
export function janitorsOf(pid: number): number[] {
  const threads = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
  const children = threads.flatMap((thread) => wordsOf(`/proc/${pid}/task/${thread}/children`));
  return children.filter((child) => wordsOf(`/proc/${child}/cmdline`).includes("multiprocessing-janitor")).map(Number);
}

/** Waits until there are so many of them: one that was just started is not known by its name at once. */
export async function whenJanitors(pid: number, count: number): Promise<number[]> {
  await until(HANG_MS, () => janitorsOf(pid).length === count);
  return janitorsOf(pid);
}

/** What the system tells of a process; nothing of one that is gone. */
function wordsOf(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split(/[ \0]/).filter((word) => word !== "");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** A program of `tests/targets/shared_memory.ts` that has its block. */
export interface Owner {
  readonly name: string;
  readonly pid: number;
  /** Has one that is run as "again" make another block; its name. */
  again(): Promise<string>;
  /** Ends it, by a signal or by itself, and gives what it left. */
  end(signal?: Deno.Signal): Promise<{ readonly code: number; readonly stderr: string }>;
}

/** Runs such a program until it has its block. */
export async function runOwner(how: string, ...args: string[]): Promise<Owner> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-ffi",
      "--no-prompt",
      new URL("../targets/shared_memory.ts", import.meta.url).href,
      how,
      ...args,
    ],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  // A name comes in one piece.
  const names = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const next = async () => ((await within(HANG_MS, names.read())).value ?? "").trimEnd();
  const name = await next();
  return {
    name: args[0] ?? name,
    pid: child.pid,
    async again() {
      const input = child.stdin.getWriter();
      await input.write(new Uint8Array(1));
      input.releaseLock();
      return await next();
    },
    async end(signal) {
      if (signal !== undefined) child.kill(signal);
      const { code } = await within(HANG_MS, child.status);
      await child.stdin.close().catch(() => {}); // It has ended.
      while (!(await names.read()).done);
      return { code, stderr: await stderr };
    },
  };
}
