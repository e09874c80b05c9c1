/**
 * Does much of a kind of work, and tells before it and twenty times in its course, a line of JSON each, what it holds.
 * With MP_SOAK set, it plots that in the end.
 *
 * `soak.ts METHOD WORK UNITS WIDTH` does so many units, WIDTH at a time, and first of all WIDTH more to warm up.
 */
import type { Context } from "../../../mod.ts";
import { COUNTS, type Gauges, plot, readCounts, readGauges } from "../../helpers/gauges.ts";
import { until } from "../../helpers/within.ts";
import { square } from "../pool.ts";
import { contextOfArgs } from "./_method.ts";

declare function gc(): void;

/** Does so many units at a time. */
type Wave = (width: number) => Promise<void>;

/** How a kind of work begins; what is to be ended after it is put on the stack. */
type Start = (ctx: Context, stack: AsyncDisposableStack) => Wave;

type Work = "tasks" | "recycles" | "processes" | "bare";

const SAMPLES = 20;
const QUIET_MS = 200;
const SETTLING_MS = 10_000;

/** As the target of processes: all that a process costs. */
export function nothing(): void {}

/** Half of the tasks one by one, half by `map`. */
function tasks(ctx: Context, stack: AsyncDisposableStack): Wave {
  const pool = stack.use(new ctx.Pool(2));
  return async (width) => {
    const half = Array.from({ length: width / 2 }, (_, index) => index);
    await Promise.all(half.map((x) => pool.apply(square, [x])));
    await pool.map(square, half);
  };
}

/** Tasks, for each of which there is a new worker. */
function recycles(ctx: Context, stack: AsyncDisposableStack): Wave {
  const pool = stack.use(new ctx.Pool({ processes: 2, maxTasksPerChild: 1 }));
  return async (width) => {
    await Promise.all(Array.from({ length: width }, (_, x) => pool.apply(square, [x])));
  };
}

/** Processes that do nothing. */
function processes({ Process }: Context): Wave {
  return async (width) => {
    const children = Array.from({ length: width }, () => new Process({ target: nothing }));
    await Promise.all(children.map((child) => child.start()));
    await Promise.all(children.map((child) => child.join()));
    if (children.some(({ exitCode }) => exitCode !== 0)) throw new Error("a child did not end well");
  };
}

/** Workers of Deno, without this library: what they leave is not ours. */
function bare(): Wave {
  const one = async () => {
    const worker = new Worker("data:text/javascript,postMessage(0)", { type: "module" });
    await new Promise((resolve) => worker.onmessage = resolve);
    worker.terminate();
  };
  return async (width) => void await Promise.all(Array.from({ length: width }, one));
}

const STARTS: Record<Work, Start> = { tasks, recycles, processes, bare };

/** What is held once no more than at first is, or nothing has gone for a while. */
async function settled(first: Gauges | undefined): Promise<Gauges> {
  let [seen, since] = ["", 0];
  await until(SETTLING_MS, () => {
    // Each look is a turn of the event loop after the one before, in which the collector's findings are told.
    gc();
    const now = readCounts();
    if (first !== undefined && COUNTS.every((kind) => now[kind] <= first[kind])) return true;
    if (seen !== JSON.stringify(now)) [seen, since] = [JSON.stringify(now), performance.now()];
    return performance.now() - since >= QUIET_MS;
  });
  return readGauges();
}

if (import.meta.main) {
  await using stack = new AsyncDisposableStack();
  const [, work, units, width] = Deno.args;
  const wave = STARTS[work as Work](contextOfArgs(), stack);
  const waves = Math.ceil(Number(units) / Number(width));
  const samples: Gauges[] = [];
  const sample = async (done: number) => {
    const gauges = await settled(samples[0]);
    samples.push(gauges);
    console.log(JSON.stringify({ done: done * Number(width), ...gauges }));
  };
  await wave(Number(width));
  await sample(0);
  for (let done = 1; done <= waves; done++) {
    await wave(Number(width));
    if (Math.floor(done * SAMPLES / waves) > Math.floor((done - 1) * SAMPLES / waves)) await sample(done);
  }
  if (Deno.env.has("MP_SOAK")) console.error(`${Deno.args.join(" ")}\n${plot(samples)}`);
}
