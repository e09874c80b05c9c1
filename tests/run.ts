/**
 * Runs the test suite: what tests the package from outside, on the package as it is published; what reaches into the sources,
 * on the sources. All tests can be run on the sources too: `deno test -A`.
 *
 * @module
 */

import { TextLineStream } from "@std/streams";
import { makeProject } from "../.ci/package.ts";

const ROOT = new URL("../", import.meta.url);
const PROJECT = new URL("dist/", ROOT);

/** Tests that start many processes, and so are the most of the time, are run in two halves. */
const FIRST_HALF = /^tests\/(sync|memory|integration|channel|queue|managers)\//;

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

/**
 * Runs some tests; what they print comes by whole lines, as several runs print at a time.
 *
 * @returns What is said of those that failed, if any did.
 */
async function run(files: readonly string[], cwd: URL): Promise<string[] | undefined> {
  const args = ["test", "-A", "--no-check", ...Deno.args, ...files];
  const options = { args, cwd, stdin: "null", stdout: "piped", stderr: "piped" } as const;
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
  const ends = await Promise.all([
    run(outer.filter((path) => FIRST_HALF.test(path)), PROJECT),
    run(outer.filter((path) => !FIRST_HALF.test(path)), PROJECT),
    run(inner, ROOT),
  ]);
  const failed = ends.filter((errors) => errors !== undefined);
  // Once more, where it is found, but for the count of them.
  for (const errors of failed) console.log(errors.filter((line) => !/\| \d+ passed \|/.test(line)).join("\n"));
  if (failed.length > 0) Deno.exit(1);
}
