/**
 * Runs every example and compares what it does with what stands at its end.
 *
 *     deno task examples                in the default start method
 *     deno task examples worker         in the named ones
 *     deno task examples --all          in every one
 *     deno task examples queue.ts       only the named examples
 */
import { getAllStartMethods, type StartMethod } from "@multiprocessing/deno";
import { readExpectation } from "./run/expectation.ts";
import { type Example, runExample } from "./run/session.ts";

interface Run {
  readonly example: Example;
  readonly method: StartMethod;
}

if (import.meta.main) {
  const examples = await readExamples();
  const runs = chooseRuns(examples, Deno.args);
  const started = performance.now();
  const failed = await runAll(runs, examples);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${runs.length - failed} passed, ${failed} failed (${seconds} s)`);
  if (failed > 0 || runs.length === 0) Deno.exitCode = 1;
}

async function readExamples(): Promise<ReadonlyMap<string, Example>> {
  const examples: Example[] = [];
  for await (const { name: file } of Deno.readDir(import.meta.dirname ?? ".")) {
    if (!file.endsWith(".ts") || file === "run.ts") continue;
    const expectation = readExpectation(await Deno.readTextFile(new URL(file, import.meta.url)));
    if (expectation !== undefined) examples.push({ file, expectation });
  }
  return new Map(examples.sort((a, b) => a.file < b.file ? -1 : 1).map((example) => [example.file, example]));
}

function chooseRuns(examples: ReadonlyMap<string, Example>, args: readonly string[]): Run[] {
  const all = getAllStartMethods();
  const files = args.filter((arg) => examples.has(arg));
  const named = all.filter((method) => args.includes(method));
  const unknown = args.find((arg) => arg !== "--all" && !examples.has(arg) && !all.some((method) => method === arg));
  if (unknown !== undefined) {
    console.error(`Cannot run examples: "${unknown}" is none of ${[...all, "--all", "FILE.ts"].join(", ")}`);
    Deno.exit(2);
  }
  const methods = args.includes("--all") ? all : named.length > 0 ? named : all.slice(0, 1);
  const supporting = new Set([...examples.values()].flatMap(({ expectation }) => expectation.beside));
  return [...examples.values()]
    .filter(({ file }) => files.length > 0 ? files.includes(file) : !supporting.has(file))
    .flatMap((example) => methods.map((method) => ({ example, method })))
    .filter(({ example: { expectation: { startMethods } }, method }) => startMethods?.includes(method) ?? true);
}

/** Runs as many at once as there are processors; how many failed. */
async function runAll(runs: readonly Run[], examples: ReadonlyMap<string, Example>): Promise<number> {
  let failed = 0;
  const left = runs.values();
  const lane = async () => {
    for (const { example, method } of left) {
      const { file, expectation: { catalogue, needs } } = example;
      const missing = needs.find((program) => !isThere(program));
      const started = performance.now();
      const complaint = missing === undefined ? await runExample(example, method, examples) : undefined;
      const verdict = complaint !== undefined ? "FAILED" : missing === undefined ? "ok    " : `no ${missing}`;
      const ms = Math.round(performance.now() - started);
      const title = `${file} (${method})`.padEnd(42);
      console.log(`${verdict} ${title} ${String(ms).padStart(5)} ms  ${catalogue.join(" ")}`.trimEnd());
      if (complaint !== undefined) console.log(complaint.replace(/^/gm, "    "));
      if (complaint !== undefined) failed++;
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, lane));
  return failed;
}

function isThere(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false; // Not installed.
  }
}
