import { assertEquals, assertStringIncludes } from "@std/assert";
import { getAllStartMethods, type StartMethod } from "../../mod.ts";
import { methodsOf } from "../helpers/methods.ts";
import { type Outcome, runDeno } from "../helpers/program.ts";

const LIBRARY = import.meta.resolve("@multiprocessing/deno");

/** A program for any subcommand: its child says which word it was given, and exits. */
const PROGRAM = `
import { getContext, type StartMethod } from "library";

export async function tell() {
  console.log("child", await import("words").then(({ word }) => word, () => "nothing"));
}

async function start() {
  const process = new (getContext(Deno.args[0] as StartMethod).Process)({ target: tell });
  await process.start();
  await process.join();
  if (process.exitCode !== 0) throw new Error("it exited with " + process.exitCode);
}

Deno.test("it", start);
Deno.bench("it", { n: 1, warmup: 0 }, start);
export default {
  fetch: () => new Response(),
  onListen: () => void start().then(() => Deno.exit(0), () => Deno.exit(1)),
};
if (import.meta.main && Deno.args[1] === "run") await start();
`;

/** What is typed in for a program that has no module: on one line, as the REPL takes it. */
function typedIn(method: StartMethod, project: Project): string {
  const target = `ref(${JSON.stringify(`file://${project.folder}/given/told.ts`)}, "tell")`;
  return 'import { getContext, ref } from "library"; ' +
    `const process = new (getContext("${method}").Process)({ target: ${target} }); ` +
    'await process.start(); await process.join(); if (process.exitCode !== 0) console.log("child failed")\n';
}

/** `given` is where deno is run and has a configuration; `other` is a folder with another one; `plain` has none. */
interface Project extends AsyncDisposable {
  readonly folder: string;
  readonly run: (args: readonly string[], input?: string, cwd?: string) => Promise<Outcome>;
}

async function makeProject(): Promise<Project> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  for (const name of ["given", "other", "plain"]) {
    await Deno.mkdir(`${folder}/${name}`);
    await Deno.writeTextFile(`${folder}/${name}/program.ts`, PROGRAM.replace('"library"', JSON.stringify(LIBRARY)));
  }
  for (const name of ["given", "other"]) {
    await Deno.writeTextFile(`${folder}/${name}/words.ts`, `export const word = "${name}";`);
    const map = JSON.stringify({ library: LIBRARY, words: "./words.ts" });
    await Deno.writeTextFile(`${folder}/${name}/deno.jsonc`, `{ /* "words": "./not.ts" */ "imports": ${map} }`);
  }
  const told = 'import { word } from "words"; export const tell = () => console.log("child", word);';
  await Deno.writeTextFile(`${folder}/given/told.ts`, told);
  return {
    folder,
    run: (args, input, cwd = "given") =>
      runDeno(args, { cwd: `${folder}/${cwd}`, ...input !== undefined && { input } }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Whether every child said that it has that word. */
function assertTold({ code, stdout, stderr }: Outcome, word: string): void {
  assertEquals(new Set(stdout.match(/(?<=child ).*/g)), new Set([word]), stdout + stderr);
  assertEquals(code, 0, stdout + stderr);
}

function forEachMethod(name: string, test: (method: StartMethod, project: Project) => Promise<void>): void {
  for (const method of methodsOf(name, getAllStartMethods())) {
    Deno.test(`${name} (${method})`, async () => {
      await using project = await makeProject();
      await test(method, project);
    });
  }
}

const ALL = ["-A", "--no-check"];
const SUBCOMMANDS: Record<string, readonly string[]> = {
  test: [],
  bench: [],
  serve: ["--host", "127.0.0.1", "--port", "0"],
};
for (const [name, flags] of Object.entries(SUBCOMMANDS)) {
  forEachMethod(
    `Process of \`deno ${name}\` has the configuration of the working directory`,
    async (method, project) => {
      const between = name === "serve" ? [] : ["--"];
      for (const folder of ["plain", "other", "given"]) {
        const program = `${project.folder}/${folder}/program.ts`;
        assertTold(await project.run([name, ...ALL, ...flags, program, ...between, method]), "given");
      }
    },
  );
}

forEachMethod("Process of `deno run` has the configuration of the main module's folder", async (method, project) => {
  for (const [folder, word] of [["plain", "nothing"], ["other", "other"]] as const) {
    const program = `${project.folder}/${folder}/program.ts`;
    assertTold(await project.run(["run", ...ALL, program, method, "run"]), word);
    // The library's own folder, with the configuration of the library.
    const there = new URL(".", LIBRARY);
    assertTold(await runDeno(["run", ...ALL, program, method, "run"], { cwd: there }), word);
  }
});

forEachMethod("Process of `deno eval` has the configuration of the working directory", async (method, project) => {
  assertTold(await project.run(["eval", typedIn(method, project)]), "given");
});

forEachMethod(
  "Process of a program by standard input has the configuration of the working directory",
  async (...told) => {
    const [, project] = told;
    assertTold(await project.run(["run", ...ALL, "-"], typedIn(...told)), "given");
  },
);

forEachMethod("Process of `deno repl` has the configuration of the working directory", async (method, project) => {
  assertTold(await project.run(["repl", "-A", "--quiet"], typedIn(method, project)), "given");
});

forEachMethod("Process has the configuration wherever the program has gone since, and where it is told to go", async (
  method,
  project,
) => {
  const code = typedIn(method, project).replace("const process", 'Deno.chdir("../other"); const process');
  assertTold(await project.run(["eval", code]), "given");
  if (method === "worker") return;
  const elsewhere = typedIn(method, project).replace("Process)({", 'Process)({ cwd: "../plain",');
  assertTold(await project.run(["eval", elsewhere]), "given");
});

forEachMethod("A child of a child has the configuration", async (method, project) => {
  const deeper = `import { getContext } from "library";
    import { word } from "words";
    export const say = () => console.log("child", word);
    export async function tell() {
      for (const method of ["spawn", "forkserver"]) {
        const process = new (getContext(method).Process)({ target: say });
        await process.start();
        await process.join();
      }
    }`;
  await Deno.writeTextFile(`${project.folder}/given/told.ts`, deeper);
  assertTold(await project.run(["eval", typedIn(method, project)]), "given");
});

forEachMethod("setExecutable() names another configuration than what Deno found", async (method, project) => {
  if (method === "worker") return;
  const other = JSON.stringify([`--config=${project.folder}/other/deno.jsonc`]);
  const code = typedIn(method, project).replace("{ getContext,", "{ getContext, setExecutable,")
    .replace("const process", `setExecutable(Deno.execPath(), { args: ${other} }); const process`);
  assertTold(await project.run(["eval", code]), "other");
});

forEachMethod("Process whose configuration cannot be found out names setExecutable()", async (method, project) => {
  if (method === "worker") return;
  const program = `import "words"; ${PROGRAM.replace('"library"', JSON.stringify(LIBRARY))}`;
  await Deno.writeTextFile(`${project.folder}/plain/program.ts`, program);
  const flags = ["--no-prompt", "--no-check", `--allow-run=${Deno.execPath()}`];
  const { code, stdout, stderr } = await project.run(["test", ...flags, "../plain/program.ts", "--", method]);
  assertEquals(code, 1);
  assertStringIncludes(stdout + stderr, 'setExecutable(Deno.execPath(), { args: ["--config=…"] })');
});
