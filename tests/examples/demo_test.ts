import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { activeChildren } from "../../mod.ts";
import { addTally, noCounts } from "../../examples/demo/counts.ts";
import { countFiles } from "../../examples/demo/count_files.ts";
import { findFiles } from "../../examples/demo/find_files.ts";
import { languageOf } from "../../examples/demo/languages.ts";
import { BATCH_SIZE, countAlone, countWithTeam } from "../../examples/demo/team.ts";
import { forEachStartMethod, HANG_MS } from "../helpers/methods.ts";
import { within } from "../helpers/within.ts";

/** Files of a folder, by their path in it. */
type Tree = Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;

const TREE: Tree = {
  "a.ts": "const a = 1;\n",
  "deep/er/b.ts": "const b = 2;\nb; // ünïcödé 日本\n",
  "notes": "no extension",
  "Makefile": "all:\n\techo all\n",
  "page.html": "<p>one\ttwo\vthree\n".repeat(20_000),
  "odd.xyz": "\n\n \n",
  "empty.txt": "",
  "with space and ünïcode.md": "# Title\n",
  "picture.png": new Uint8Array([0x89, 0x50, 0, 1]),
  "late_zero.txt": `${"word ".repeat(2000)}\0`,
  ".git/config": "skipped",
  "node_modules/m/index.js": "skipped",
};

Deno.test("The demo counts lines and words of each language as wc does", async () => {
  await using tree = await makeTree(TREE);
  const text = Object.keys(TREE).filter((path) => !/^(\.git|node_modules)|png$/.test(path));
  const expected = noCounts();
  for (const path of text) addTally(expected, languageOf(path), { files: 1, ...await wc(`${tree.path}/${path}`) });

  const { stdout, stderr, code } = await runDemo([tree.path]);

  assertEquals(stderr, "");
  assertEquals(code, 0);
  for (const [language, { files, lines, words }] of expected.languages) {
    assertEquals(rowOf(stdout, language), [files, lines, words], language);
  }
  const total = await Promise.all(text.map((path) => wc(`${tree.path}/${path}`)));
  const sum = (which: "lines" | "words") => total.reduce((sum, counts) => sum + counts[which], 0);
  assertEquals(rowOf(stdout, "Total"), [text.length, sum("lines"), sum("words")]);
  assertStringIncludes(stdout, "Not counted: 1 binary file\n");
  for (const method of ["none", "spawn", "forkserver", "worker"]) assert(rowOf(stdout, method), method);
});

Deno.test("The demo does not follow links, and reads a link that it is given", async () => {
  await using tree = await makeTree({ "real/a.txt": "one two" });
  await Deno.symlink(`${tree.path}/real/a.txt`, `${tree.path}/real/link.txt`);
  await Deno.symlink(tree.path, `${tree.path}/real/loop`);
  await Deno.symlink(`${tree.path}/real`, `${tree.path}/given`);

  const { stdout } = await runDemo([`${tree.path}/given`]);

  assertEquals(rowOf(stdout, "Total"), [1, 0, 2]);
});

Deno.test("The demo counts a single file", async () => {
  await using tree = await makeTree({ "a.txt": "one two\n", "b.txt": "three\n" });
  const { stdout, code } = await runDemo([`${tree.path}/a.txt`]);
  assertEquals(rowOf(stdout, "Text"), [1, 1, 2]);
  assertEquals(code, 0);
});

Deno.test("The demo says that a folder has no text files", async () => {
  await using tree = await makeTree({ "picture.png": new Uint8Array(10) });
  await Deno.mkdir(`${tree.path}/empty`);

  const empty = await runDemo([`${tree.path}/empty`]);
  assertEquals(empty, { code: 0, stdout: `${tree.path}/empty: no text files\n`, stderr: "" });

  const binary = await runDemo([tree.path]);
  assertEquals(binary.code, 0);
  assertEquals(binary.stdout, `${tree.path}: no text files\n\nNot counted: 1 binary file\n`);
});

Deno.test("The demo says that a path does not exist", async () => {
  const { code, stdout, stderr } = await runDemo(["/nowhere/at/all"]);
  assertEquals(stderr, 'Cannot read "/nowhere/at/all": no such file or folder\n');
  assertEquals(stdout, "");
  assertEquals(code, 1);
});

Deno.test("The demo finds a path from where `deno task` was called", async () => {
  await using tree = await makeTree({ "in/a.txt": "one" });
  const { stdout } = await runDemo(["in"], { INIT_CWD: tree.path });
  assertEquals(rowOf(stdout, "Total"), [1, 0, 1]);
});

Deno.test("The demo explains its command line", async () => {
  const help = await runDemo(["--help"]);
  assertStringIncludes(help.stdout, "deno task demo [PATH] [--processes N]");
  assertEquals(help.code, 0);
  for (const args of [["--processes", "0"], ["--processes=many"], ["--processes"], ["--fast"], ["a", "b"]]) {
    const { code, stdout, stderr } = await runDemo(args);
    assertEquals({ code, stdout }, { code: 2, stdout: "" }, args.join(" "));
    assert(stderr.startsWith("Cannot "), stderr);
  }
});

Deno.test("The demo uses as many processes as it is told, and no more than there is work for", async () => {
  await using tree = await makeTree({ "a.txt": "one" });
  const { stdout, stderr, code } = await runDemo([tree.path, "--processes", "3"]);
  assertEquals({ stderr, code }, { stderr: "", code: 0 });
  assertEquals(rowOf(stdout, "worker")?.[0], 3);
});

Deno.test("The demo works with permission to read alone, by workers", async () => {
  await using tree = await makeTree({ "a.txt": "one two" });
  const { stdout, stderr, code } = await runDemo([tree.path, "--processes", "2"], {}, ["--allow-read"]);
  assertEquals({ stderr, code }, { stderr: "", code: 0 });
  assertEquals(rowOf(stdout, "Total"), [1, 0, 2]);
  assertEquals(rowOf(stdout, "spawn"), undefined);
  assert(rowOf(stdout, "worker"));
});

Deno.test("The demo names what it cannot read, counts the rest, and exits with 1", async () => {
  await using tree = await makeTree({ "a.txt": "one two", "secret.txt": "three", "closed/b.txt": "four" });
  const { path } = tree;
  const flags = ["--allow-read", `--deny-read=${path}/secret.txt,${path}/closed`];
  const { stdout, stderr, code } = await runDemo([path], {}, flags);
  assertEquals(stderr.split("\n").sort(), [
    "",
    `Cannot read "${path}/closed": not allowed by Deno's permissions`,
    `Cannot read "${path}/secret.txt": not allowed by Deno's permissions`,
  ]);
  assertEquals(rowOf(stdout, "Total"), [1, 0, 2]);
  assertEquals(code, 1);
});

Deno.test("countFiles() tells which files it could not read, and counts the others", async () => {
  await using tree = await makeTree({ "a.txt": "one two" });
  const { languages, unreadable } = countFiles([`${tree.path}/gone.txt`, `${tree.path}/a.txt`]);
  assertEquals(unreadable, [{ path: `${tree.path}/gone.txt`, why: "no such file or folder" }]);
  assertEquals(languages, new Map([["Text", { files: 1, lines: 0, words: 2 }]]));
});

forEachStartMethod("countWithTeam() finds out what one process alone finds out", async (context) => {
  await using tree = await makeTree(manyFiles(3.5 * BATCH_SIZE));
  const { files } = await findFiles(tree.path);
  files.push(`${tree.path}/gone.txt`);
  assertEquals(await countWithTeam(files, { context, processes: 2 }), countAlone(files));
});

forEachStartMethod("countWithTeam() tells of a process that dies, and what it held", async (context) => {
  await using tree = await makeTree(manyFiles(8 * BATCH_SIZE));
  const { files } = await findFiles(tree.path);
  let killed = false;

  const { counts, lost } = await countWithTeam(files, {
    context,
    processes: 1,
    onProgress() {
      if (killed) return;
      killed = true;
      activeChildren()[0]?.kill();
    },
  });

  // It was at one of the other batches, or between two; nothing else is missing.
  const uncounted = lost.flatMap(({ paths }) => paths);
  assert(killed);
  assert(uncounted.length === 0 || uncounted.length === BATCH_SIZE, `${uncounted.length} were not counted`);
  for (const { exitCode } of lost) assertEquals(exitCode, -9);
  assertEquals(counts, countAlone(files.filter((path) => !uncounted.includes(path))).counts);
});

/** Makes a folder with files, which is removed in the end. */
async function makeTree(tree: Tree): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(tree)) {
    const file = `${path}/${name}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(file, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function manyFiles(count: number): Tree {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`${n}.txt`, "word ".repeat(n)]));
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function runDemo(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = ["--allow-all"],
): Promise<Outcome> {
  const demo = new URL("../../examples/demo.ts", import.meta.url).href;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...flags, demo, ...args],
    env: { NO_COLOR: "1", INIT_CWD: Deno.cwd(), ...env },
    stdin: "null",
  });
  const { code, stdout, stderr } = await within(HANG_MS, command.output());
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** The figures of a row of one of the tables, without what is no plain number. */
function rowOf(stdout: string, title: string): number[] | undefined {
  const row = stdout.split("\n").find((line) => line.startsWith(`${title}  `));
  return row?.slice(title.length).trim().split(/ {2,}/).map((cell) => Number(cell.replaceAll(",", "")))
    .filter((number) => !Number.isNaN(number));
}

async function wc(path: string): Promise<{ lines: number; words: number }> {
  const { stdout } = await new Deno.Command("wc", { args: ["-lw", path], env: { LC_ALL: "C.UTF-8" } }).output();
  const [lines = NaN, words = NaN] = new TextDecoder().decode(stdout).trim().split(/\s+/).map(Number);
  return { lines, words };
}
