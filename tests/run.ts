/**
 * Runs the test suite: what tests the package from outside, on the package as it is published; what reaches into the sources,
 * on the sources. All tests can be run on the sources too: `deno test -A`.
 *
 * With MP_TEST_SECONDS there are two rounds: each behaviour in one start method, then in the others as far as the time allows.
 *
 * @module
 */

import { pooledMap } from "@std/async";
import { TextLineStream } from "@std/streams";
import { makeProject } from "../.ci/package.ts";

const ROOT = new URL("../", import.meta.url);
const PROJECT = new URL("dist/", ROOT);

/** How many runs go on at a time: a test waits for processes more than it computes. */
const LANES = navigator.hardwareConcurrency + 1;

/** When a part of the second round is begun, it should end before so many seconds have passed. */
const SECONDS = Number(Deno.env.get("MP_TEST_SECONDS") ?? Infinity);

/** What runs in each start method has its name at the end. */
const EACH_METHOD = "/\\((spawn|forkserver|worker)\\)$/";

type Round = "first" | "second";

/** Files whose tests one `deno test` runs. */
interface Part {
  readonly name: string;
  readonly files: readonly string[];
  readonly cwd: URL;
  readonly round?: Round;
}

/** Files of the tests by their path in the checkout, with their text. */
async function readTests(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const list = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
      if (isDirectory) await list(`${folder}${name}/`);
      else if (name.endsWith(".ts")) texts.set(folder + name, await Deno.readTextFile(new URL(folder + name, ROOT)));
    }
  };
  await list("tests/");
  return texts;
}

/** Whether a file, or one that it names, needs the sources. */
function needsSources(path: string, texts: Map<string, string>, seen: Set<string> = new Set()): boolean {
  const text = texts.get(path) ?? "";
  if (/["/]src["/]/.test(text)) return true;
  seen.add(path);
  const named = [...texts.keys()].filter((other) => !seen.has(other) && naming(other).test(text));
  return named.some((other) => needsSources(other, texts, seen));
}

/** How a file is named by another: by an import, or as a program to run. */
function naming(path: string): RegExp {
  return new RegExp(`["/]${path.split("/").at(-1)?.replaceAll(".", "[.]")}"`);
}

/** Files of a folder, a few at a time, as some folders take several times as long as others. */
function* partsOf(name: string, files: readonly string[], cwd: URL): Generator<Part> {
  const FILES = 8;
  const count = Math.ceil(files.length / FILES);
  for (let index = 0; index < count; index++) {
    // One of each so many, as the slow ones often stand together.
    const some = files.filter((_, at) => at % count === index);
    yield { name: count === 1 ? name : `${name} ${index + 1}`, files: some, cwd };
  }
}

/** Those parts in two rounds, if time is limited: the second has only what runs in several start methods. */
function inRounds(parts: readonly Part[], texts: Map<string, string>): readonly Part[] {
  if (SECONDS === Infinity) return parts;
  const second = parts.flatMap(({ files, ...part }): Part[] => {
    const several = files.filter((path) => /\b(forEach[A-Z]|methodsOf)/.test(texts.get(path) ?? ""));
    return several.length > 0 ? [{ ...part, files: several, round: "second" }] : [];
  });
  return [...parts.map((part) => ({ ...part, round: "first" } as const)), ...second];
}

/**
 * Runs some tests; what they print comes by whole lines, as several runs print at a time.
 *
 * @returns What is said of those that failed, if any did.
 */
async function run({ files, cwd, round }: Part): Promise<string[] | undefined> {
  const only = round === "second" ? ["--filter", EACH_METHOD] : [];
  const args = ["test", "-A", "--no-check", ...only, ...Deno.args, ...files];
  const env: Record<string, string> = round === undefined ? {} : { MP_TEST_ROUND: round };
  const options = { args, cwd, env, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  await using child = new Deno.Command(Deno.execPath(), options).spawn();
  const errors: string[] = [];
  await Promise.all([printLines(child.stdout, errors), printLines(child.stderr, [])]);
  return (await child.status).success ? undefined : errors;
}

/** Prints it, and keeps what comes from the list of errors on. */
async function printLines(output: ReadableStream<Uint8Array<ArrayBuffer>>, errors: string[]): Promise<void> {
  const lines = output.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) {
    console.log(line);
    if (errors.length > 0 || /^\S*\s*ERRORS\b/.test(line)) errors.push(line);
  }
}

if (import.meta.main) {
  await makeProject(PROJECT);
  const texts = await readTests();
  const tests = [...texts.keys()].filter((path) => path.endsWith("_test.ts")).sort();
  const { inner = [], outer = [] } = Object.groupBy(tests, (path) => needsSources(path, texts) ? "inner" : "outer");
  const folders = Map.groupBy(outer, (path) => path.match(/^tests\/([^/]+)\//)?.[1] ?? "all");
  const parts = [
    ...partsOf("sources", inner, ROOT),
    ...[...folders].flatMap(([name, files]) => [...partsOf(name, files, PROJECT)]),
  ];
  const took = new Map<string, number>();
  const unrun: string[] = [];
  const results = pooledMap(LANES, inRounds(parts, texts), async (part) => {
    const begun = performance.now();
    // The other start methods take somewhat longer than the one.
    const expected = 1.2 * (took.get(part.name) ?? 0);
    if (part.round === "second" && begun + expected > 1000 * SECONDS) return void unrun.push(part.name);
    const errors = await run(part);
    took.set(part.name, performance.now() - begun);
    return errors;
  });
  const failed = (await Array.fromAsync(results)).filter((errors) => errors !== undefined);
  // Once more, where it is found, but for the count of them.
  for (const errors of failed) console.log(errors.filter((line) => !/\| \d+ passed \|/.test(line)).join("\n"));
  if (unrun.length > 0) console.log(`not run within ${SECONDS} s: the other start methods of ${unrun.join(", ")}`);
  if (failed.length > 0) Deno.exit(1);
}
