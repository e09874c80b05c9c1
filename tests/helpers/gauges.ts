/** What this process holds of the system, and how it went in the course of long work. */

/** What is held at one time. */
export interface Gauges {
  /** Resident memory, and the used part of V8's heap after a collection, in bytes. */
  readonly memory: number;
  readonly heap: number;
  /** Open file descriptors. */
  readonly descriptors: number;
  readonly threads: number;
  /** Child processes, whatever they are for. */
  readonly children: number;
  /** Files of the library in shared memory. */
  readonly files: number;
}

/** Gauges that count things: they come and go, and none may stay. */
export const COUNTS = ["descriptors", "threads", "children", "files"] as const;

const KINDS = ["memory", "heap", ...COUNTS] as const;
const BARS = "▁▂▃▄▅▆▇█";
const MEBI = 1 << 20;

/** Reads every gauge. */
export function readGauges(): Gauges {
  const { rss, heapUsed } = Deno.memoryUsage();
  return { memory: rss, heap: heapUsed, ...readCounts() };
}

/** Reads the gauges that count things. */
export function readCounts(): Pick<Gauges, typeof COUNTS[number]> {
  const threads = namesIn("/proc/self/task");
  return {
    descriptors: namesIn("/proc/self/fd").length,
    threads: threads.length,
    children: threads.flatMap((thread) => childrenOf(thread)).length,
    files: namesIn("/dev/shm").filter((name) => name.includes("multiprocessing")).length,
  };
}

function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name);
}

function childrenOf(thread: string): string[] {
  try {
    return Deno.readTextFileSync(`/proc/self/task/${thread}/children`).split(" ").filter((pid) => pid !== "");
  } catch (error) {
    // The thread has ended since.
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** A line for each gauge: its course, and the least and the most of it. */
export function plot(samples: readonly Gauges[]): string {
  return KINDS.map((kind) => {
    const values = samples.map((sample) => sample[kind]);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const bars = values.map((value) => BARS[Math.round((value - least) / (most - least || 1) * (BARS.length - 1))]);
    return `${kind.padEnd(11)} ${bars.join("")} ${told(kind, least)} to ${told(kind, most)}`;
  }).join("\n");
}

function told(kind: typeof KINDS[number], value: number): string {
  return kind === "memory" || kind === "heap" ? `${(value / MEBI).toFixed(1)} MiB` : `${value}`;
}
