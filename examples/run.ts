/**
 * Runs every example and compares what it does with what stands at its end.
 *
 *     deno task examples           in the default start method
 *     deno task examples worker    in the named ones
 *     deno task examples --all     in every one
 */
import { getAllStartMethods, type StartMethod } from "@multiprocessing/deno";
import { type Expectation, findDifference, readExpectation } from "./run/expectation.ts";

/** So long that only a hang exceeds it. */
const HANG_MS = 60_000;

interface Example {
  readonly file: string;
  readonly expectation: Expectation;
}

if (import.meta.main) {
  const methods = chooseMethods(Deno.args);
  let [passed, failed] = [0, 0];
  for (const example of await readExamples()) {
    for (const method of methods) {
      if (!isMeantFor(example, method)) continue;
      const started = performance.now();
      const complaint = await runExample(example, method);
      const ms = Math.round(performance.now() - started);
      console.log(`${complaint ? "FAILED" : "ok    "} ${`${example.file} (${method})`.padEnd(40)} ${ms} ms`);
      if (complaint) console.log(complaint.replace(/^/gm, "    "));
      if (complaint) failed++;
      else passed++;
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0 || passed === 0) Deno.exitCode = 1;
}

function chooseMethods(args: readonly string[]): StartMethod[] {
  const all = getAllStartMethods();
  if (args.includes("--all")) return all;
  const unknown = args.find((arg) => !all.some((method) => method === arg));
  if (unknown !== undefined) {
    console.error(`Cannot run examples: "${unknown}" is none of ${[...all, "--all"].join(", ")}`);
    Deno.exit(2);
  }
  return args.length === 0 ? all.slice(0, 1) : all.filter((method) => args.includes(method));
}

async function readExamples(): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const { name: file } of Deno.readDir(import.meta.dirname ?? ".")) {
    if (!file.endsWith(".ts") || file === "run.ts") continue;
    const expectation = readExpectation(await Deno.readTextFile(new URL(file, import.meta.url)));
    if (expectation !== undefined) examples.push({ file, expectation });
  }
  return examples.sort((a, b) => a.file < b.file ? -1 : 1);
}

function isMeantFor({ expectation: { startMethods } }: Example, method: StartMethod): boolean {
  return startMethods === undefined || startMethods.includes(method);
}

/** What is wrong with an example, if anything is. */
async function runExample({ file, expectation }: Example, method: StartMethod): Promise<string | undefined> {
  const preload = new URL(`run/set_start_method.ts?${method}`, import.meta.url).href;
  // One that names its start method itself is not to find that chosen already.
  const flags = expectation.startMethods?.length === 1 ? [] : ["--preload", preload];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", ...flags, new URL(file, import.meta.url).href],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const hang = setTimeout(() => child.kill("SIGKILL"), HANG_MS);
  const { code, signal, ...written } = await child.output();
  clearTimeout(hang);
  const stdout = new TextDecoder().decode(written.stdout);
  const stderr = new TextDecoder().decode(written.stderr);
  const difference = findDifference(expectation.stdout, stdout) ?? findDifference(expectation.stderr, stderr);
  if (signal === "SIGKILL") return `killed, as it did not end in ${HANG_MS / 1000} s\n${stdout}${stderr}`;
  if (difference !== undefined) return `${difference}\n\nall that it wrote:\n${stdout}${stderr}`;
  if (code !== expectation.exitCode) return `exit code ${code} instead of ${expectation.exitCode}\n${stdout}${stderr}`;
  return undefined;
}
