/**
 * The library beside Python's multiprocessing, the pools of npm, the bare runtime and other serializers, in turns.
 *
 * It measures the package as it is published, which the task makes before.
 *
 * `deno task bench [--only pool,queue] [--rounds N] [--json FILE] [--chart FILE] [--quick]`
 *
 * @module
 */

import { chartOf } from "./chart.ts";
import { benchCodec } from "./codec.ts";
import { benchListeners } from "./listener.ts";
import { benchManagers } from "./managers.ts";
import type { Extent, Result } from "./measure.ts";
import { type BenchOptions, parseOptions, type Topic, TOPICS, USAGE } from "./options.ts";
import { newestPython, type Peer, startPython } from "./peer.ts";
import { VERSIONS } from "./peers/pools/npm.ts";
import { benchPool } from "./pool.ts";
import { headOf, missesOf, textOf } from "./print.ts";
import { benchPipes, benchProcesses } from "./processes.ts";
import { benchQueues } from "./queue.ts";
import { benchSync } from "./sync.ts";

// Children import this module too.
if (import.meta.main) await main();

async function main(): Promise<void> {
  const options = asked();
  const setting = { ...await settingOf(), rounds: options.rounds };
  console.log(headOf(setting));
  const results: Result[] = [];
  for (const topic of TOPICS) {
    if (options.topics.has(topic)) {
      await measure(topic, options, (result) => {
        results.push(result);
        console.log(`\n${textOf(result)}`);
      });
    }
  }
  const misses = missesOf(results);
  if (misses.length > 0) console.log(`\nShort of their aims:\n  ${misses.join("\n  ")}`);
  const page = { date: new Date().toISOString(), ...setting, packages: VERSIONS, quick: options.quick, results };
  await keep(options.json, JSON.stringify(page));
  await keep(options.chart, chartOf(results));
  const failed = results.flatMap(({ lacks }) => lacks).filter(({ who }) => who.startsWith("ours"));
  if (failed.length > 0) Deno.exit(1);
}

function asked(): BenchOptions {
  try {
    return parseOptions(Deno.args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    Deno.exit(2);
  }
}

async function measure(topic: Topic, { quick, rounds }: BenchOptions, add: (result: Result) => void): Promise<void> {
  const extent: Extent = { rounds, share: quick ? 0.2 : 1 };
  switch (topic) {
    case "pool":
      return await benchPool(extent, add);
    case "process":
      return await withPython("python.py", (python) => benchProcesses(python, extent, add));
    case "pipe":
      return await withPython("python.py", (python) => benchPipes(python, extent, add));
    case "queue":
      return await withPython("queues.py", (python) => benchQueues(python, extent, add));
    case "manager":
      return await withPython("managers.py", (python) => benchManagers(python, extent, add));
    case "sync":
      return await withPython("sync.py", (python) => benchSync(python, extent, add));
    case "listener":
      return await benchListeners(extent, add);
    case "codec":
      return await benchCodec(rounds, add);
  }
}

/** Writes a file as the formatter likes it, since what the page is kept in passes the gates as well. */
async function keep(file: string | undefined, text: string): Promise<void> {
  if (file === undefined) return;
  await Deno.writeTextFile(file, text);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", file] }).output();
}

async function withPython(script: string, act: (python: Peer | undefined) => Promise<void>): Promise<void> {
  await using python = await startPython(script);
  await act(python);
}

async function settingOf(): Promise<Record<string, string>> {
  const { total } = Deno.systemMemoryInfo();
  return {
    deno: Deno.version.deno,
    python: (await newestPython())?.version ?? "not available",
    system: `${Deno.build.os} ${Deno.build.arch}`,
    processor: processor(),
    memory: `${Math.round(total / (1 << 30))} GiB`,
  };
}

function processor(): string {
  const cores = `${navigator.hardwareConcurrency} cores`;
  if (Deno.build.os !== "linux") return cores;
  const model = Deno.readTextFileSync("/proc/cpuinfo").match(/^model name\s*:\s*(.+)$/m)?.[1];
  return `${model ?? "unknown"} (${cores})`;
}
