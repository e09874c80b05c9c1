import { assertEquals, assertStringIncludes } from "@std/assert";
import { getAllStartMethods, type StartMethod } from "../../mod.ts";
import { HANG_MS, methodsOf } from "../helpers/methods.ts";
import type { Outcome } from "../helpers/program.ts";
import { serveLibrary } from "../helpers/registry.ts";
import { within } from "../helpers/within.ts";

const LIBRARY = import.meta.resolve("@multiprocessing/deno");

/** What Deno says of the configuration of the checkout where the program's is another. */
const LINKS_WARNING = /^Warning "links" field .*\n +at .*\n/gm;

/** The program: its child tells what it sees. The library is imported by the name or URL that stands for LIBRARY. */
const MAIN = `
import { getContext, setExecutable, type StartMethod } from "LIBRARY";
import { word } from "words";

export async function report() {
  const again = await import("words");
  console.log(JSON.stringify([word, again.word === word, Deno.args, Deno.cwd(), Deno.mainModule ?? null]));
}

if (import.meta.main) {
  const [method, ...flags] = Deno.args;
  if (flags.length > 0) setExecutable(Deno.execPath(), { args: flags });
  const process = new (getContext(method as StartMethod).Process)({ target: report });
  await process.start();
  await process.join();
  Deno.exitCode = process.exitCode ?? 99;
}
`;

/** A folder with a program in it. */
interface Project extends AsyncDisposable {
  readonly folder: string;
  readonly main: string;
}

/** Makes the program; `library` is what it imports, `imports` its import map, in the file `config`. */
async function makeProject(library: string, imports: Record<string, string>, config = "deno.json"): Promise<Project> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  for (const name of ["program", "elsewhere", "cache"]) await Deno.mkdir(`${folder}/${name}`);
  await Deno.writeTextFile(`${folder}/program/main.ts`, MAIN.replace("LIBRARY", library));
  await Deno.writeTextFile(`${folder}/program/_words.ts`, 'export const word = "mapped";');
  const map = { imports: { words: "./_words.ts", ...imports } };
  await Deno.writeTextFile(`${folder}/program/${config}`, JSON.stringify(map));
  return {
    folder,
    main: `file://${folder}/program/main.ts`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Runs the program from another folder. */
async function run(
  { folder, main }: Project,
  args: readonly string[],
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", "--allow-all", ...flags, main, ...args],
    cwd: `${folder}/elsewhere`,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { code, signal, stdout, stderr } = await within(HANG_MS, child.output());
  return { code, signal, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

function assertReported({ folder, main }: Project, args: readonly string[], outcome: Outcome): void {
  assertEquals(outcome.stderr.replaceAll(LINKS_WARNING, ""), "");
  // Deno shows no main module to a Worker.
  const seen = args[0] === "worker" ? null : main;
  assertEquals(JSON.parse(outcome.stdout), ["mapped", true, args, `${folder}/elsewhere`, seen]);
  assertEquals(outcome.code, 0);
}

function forEachMethod(name: string, test: (method: StartMethod) => Promise<void>): void {
  for (const method of methodsOf(name, getAllStartMethods())) Deno.test(`${name} (${method})`, () => test(method));
}

forEachMethod("Process runs where the library comes from a file, named by its URL", async (method) => {
  await using project = await makeProject(LIBRARY, {});
  assertReported(project, [method], await run(project, [method]));
});

forEachMethod("Process runs where the library comes by an import map", async (method) => {
  await using project = await makeProject("multiprocessing", { multiprocessing: LIBRARY });
  assertReported(project, [method], await run(project, [method]));
});

forEachMethod("setExecutable() hands a configuration on that Deno does not reveal", async (method) => {
  await using project = await makeProject("multiprocessing", { multiprocessing: LIBRARY }, "other.json");
  const flag = `--config=${project.folder}/program/other.json`;
  assertReported(project, [method, flag], await run(project, [method, flag], [flag]));
});

forEachMethod("Process runs where the library comes from a server, and from the cache alone", async (method) => {
  await using registry = await serveLibrary();
  await using project = await makeProject("multiprocessing", { multiprocessing: registry.main });
  const env = { DENO_DIR: `${project.folder}/cache` };
  assertReported(project, [method], await run(project, [method], [], env));
  await registry[Symbol.asyncDispose]();
  const cached = "--cached-only";
  assertReported(project, [method, cached], await run(project, [method, cached], [cached], env));
});

forEachMethod("Process runs where the library comes from JSR, and from the cache alone", async (method) => {
  await using registry = await serveLibrary();
  await using project = await makeProject("jsr:@multiprocessing/deno@0.1.0", {});
  const env = { DENO_DIR: `${project.folder}/cache`, JSR_URL: registry.url };
  assertReported(project, [method], await run(project, [method], [], env));
  await registry[Symbol.asyncDispose]();
  const cached = "--cached-only";
  assertReported(project, [method, cached], await run(project, [method, cached], [cached], env));
});

Deno.test("A program that takes the library from JSR is checked by the types of its sources", async () => {
  await using registry = await serveLibrary();
  await using project = await makeProject("jsr:@multiprocessing/deno@0.1.0", {});
  const check = async (type: string) => {
    const program = `import { Queue } from "jsr:@multiprocessing/deno@0.1.0";
      const item: ${type} = await new Queue<number>().get();
      console.log(item);`;
    await Deno.writeTextFile(`${project.folder}/program/check.ts`, program);
    const env = { NO_COLOR: "1", DENO_DIR: `${project.folder}/cache`, JSR_URL: registry.url };
    const args = ["check", "--quiet", `${project.folder}/program/check.ts`];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, env }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  };
  assertEquals(await check("number"), { code: 0, stderr: "" });
  assertStringIncludes((await check("string")).stderr, "Type 'number' is not assignable to type 'string'");
});
