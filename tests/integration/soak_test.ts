/**
 * Long work leaves nothing behind. Here little is done; `MP_SOAK=1` does it all: a million tasks, two thousand workers
 * of a pool, ten thousand processes, with a plot of what is held in their course.
 */
import { assert, assertEquals } from "@std/assert";
import { TextLineStream } from "@std/streams";
import type { StartMethod } from "../../mod.ts";
import { COUNTS, type Gauges } from "../helpers/gauges.ts";
import { everyMethod, HANG_MS, methodsOf } from "../helpers/methods.ts";
import { programUrl } from "../helpers/program.ts";
import { within } from "../helpers/within.ts";

const SHARE = Number(Deno.env.get("MP_SOAK") ?? 0.002);

/** A kind of work: how much in each start method, how much at a time, how many bytes a unit may seem to leave. */
interface Soak {
  readonly work: "tasks" | "recycles" | "processes";
  readonly units: Record<StartMethod, number>;
  readonly width: number;
  readonly excused: { readonly heap: number; readonly memory: number };
}

const SOAKS: readonly Soak[] = [
  {
    work: "tasks",
    units: { worker: 1_000_000, forkserver: 1_000_000, spawn: 1_000_000 },
    width: 1000,
    excused: { heap: 2, memory: 20 },
  },
  {
    work: "recycles",
    units: { worker: 2000, forkserver: 2000, spawn: 2000 },
    width: 4,
    excused: { heap: 1 << 10, memory: 40 << 10 },
  },
  {
    work: "processes",
    units: { worker: 8000, forkserver: 1000, spawn: 1000 },
    width: 4,
    excused: { heap: 1 << 10, memory: 40 << 10 },
  },
];

// What Deno makes for itself when it first needs it: threads for blocking calls, a pair of sockets for signals.
const OWN: Record<typeof COUNTS[number], number> = { descriptors: 4, threads: 4, children: 0, files: 0 };

/** Which start methods are tried: a process that is kept warm is a fresh one before. */
const METHODS = SHARE >= 1 || everyMethod
  ? ["worker", "forkserver", "spawn"] as const
  : ["worker", "forkserver"] as const;

/** What the program held when so many units were done. */
type Sample = Gauges & { readonly done: number };

/** The program tells of a twentieth of its work at a time. */
const LINE_MS = HANG_MS * Math.max(1, 10 * SHARE);

/** Runs the program; each line must come in the time that only a hang exceeds. */
async function* samplesOf(...args: string[]): AsyncGenerator<Sample> {
  const flags = ["--allow-all", "--no-prompt", "--v8-flags=--expose-gc,--max-semi-space-size=1"];
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, programUrl("soak.ts").href, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream()).getReader();
  for (;;) {
    const { value, done } = await within(LINE_MS, lines.read());
    if (done) break;
    yield JSON.parse(value) as Sample;
  }
  assertEquals((await within(HANG_MS, child.status)).code, 0);
}

/** A part of the samples, by quarters. */
function quarter(samples: readonly Sample[], number: 1 | 2 | 3 | 4): readonly Sample[] {
  return samples.slice(Math.floor((number - 1) * samples.length / 4), Math.floor(number * samples.length / 4));
}

/** Of what comes and goes, the least at the end is no more than the most at first, but for what is Deno's own. */
function assertNothingStays(samples: readonly Sample[]): void {
  for (const kind of COUNTS) {
    const atFirst = Math.max(...quarter(samples, 1).map((sample) => sample[kind]));
    const atLast = Math.min(...quarter(samples, 4).map((sample) => sample[kind]));
    assert(atLast <= atFirst + OWN[kind], `${kind}: ${samples.map((sample) => sample[kind])}`);
  }
}

/**
 * In the second half, memory grows by less than what is excused for each unit: pages that the system gave and did not
 * take back yet. A worker that Deno did not free was 0.8 MB.
 */
function assertFlat(samples: readonly Sample[], excused: Soak["excused"]): void {
  const [third, fourth] = [quarter(samples, 3), quarter(samples, 4)];
  const units = (fourth.at(-1)?.done ?? 0) - (third.at(-1)?.done ?? 0);
  for (const kind of ["heap", "memory"] as const) {
    const least = (part: readonly Sample[]) => Math.min(...part.map((sample) => sample[kind]));
    const grown = (least(fourth) - least(third)) / units;
    assert(grown < excused[kind], `${grown} bytes of ${kind} a unit: ${samples.map((sample) => sample[kind])}`);
  }
}

for (const { work, units, width, excused } of SOAKS) {
  for (const method of methodsOf(work, METHODS)) {
    Deno.test({
      name: `Long work leaves no descriptor, thread, process or memory behind: ${work} [pain 23] (${method})`,
      ignore: Deno.build.os !== "linux",
      fn: async () => {
        const count = Math.max(Math.round(SHARE * units[method]), 4 * width);
        const samples = await Array.fromAsync(samplesOf(method, work, `${count}`, `${width}`));
        assert(samples.length >= 4);
        assertNothingStays(samples);
        if (SHARE >= 1) assertFlat(samples, excused);
      },
    });
  }
}
