/**
 * Makes the package as it is published, and a project that uses it, in the folder that is given.
 *
 * A child loads the library before anything else, and Deno needs 0.2 ms and more for each module: two hundred sources cost
 * more than all else that a start does. So what is published runs from a few bundled files of JavaScript; the sources lie beside them,
 * for types, documentation and readers.
 *
 * `deno run -A .ci/package.ts FOLDER` gives `FOLDER/package`, and beside it the tests, the examples and the benchmark, which
 * import that package.
 *
 * @module
 */

import { stop, transform } from "npm:esbuild@0.25.12";
import { rollup } from "npm:rollup@4.53.3";

const ROOT = new URL("../", import.meta.url);
const ENTRIES = ["src/entry/process_main.ts", "src/entry/worker_main.ts"];
const PAPERS = ["README.md", "CHANGELOG.md", "LICENSE"];
const USERS = ["tests", "examples", "bench", "docs"];

if (import.meta.main) {
  if (Deno.args[0] === undefined) {
    console.error("usage: deno run -A .ci/package.ts FOLDER");
    Deno.exit(2);
  }
  await makeProject(new URL(`${Deno.args[0].replace(/\/?$/, "/")}`, `file://${Deno.cwd()}/`));
}

/** The package: bundles, and the sources that give them their types. */
async function makePackage(into: URL): Promise<void> {
  for (const path of ["mod.ts", "src", ...PAPERS]) await copy(path, into);
  await bundle(into);
  const { name, version, license, compilerOptions } = await readConfiguration();
  const publish = { include: ["mod.js", "mod.ts", "src", "deno.json", ...PAPERS] };
  await writeJson(new URL("deno.json", into), {
    name,
    version,
    license,
    exports: "./mod.js",
    compilerOptions,
    publish,
  });
}

/** Modules keep their places relative to each other, as `src/base/own_modules.ts` needs. */
async function bundle(into: URL): Promise<void> {
  const made = await rollup({
    input: Object.fromEntries(["mod.ts", ...ENTRIES].map((entry) => [entry.replace(/[.]ts$/, ""), pathOf(entry)])),
    plugins: [{ name: "strip-types", transform: (code, path) => strip(code, path) }],
    onwarn: (warning) => {
      throw new Error(`Cannot bundle: ${warning.message}`);
    },
  });
  await made.write({ dir: into.pathname, format: "es", chunkFileNames: "src/bundle/[hash].js" });
  await made.close();
  await stop();
  const main = new URL("mod.js", into);
  const head = [
    '/* @ts-self-types="./mod.ts" */',
    // Of an import for its effect, the bundler keeps the effect alone; but whoever caches the module must get these.
    ...ENTRIES.map((entry) => `import "./${entry.replace(/ts$/, "js")}";`),
  ];
  await Deno.writeTextFile(main, `${head.join("\n")}\n${await Deno.readTextFile(main)}`);
}

/** The JavaScript of a module, with its names as they are: errors and inspection show them. */
async function strip(code: string, path: string): Promise<string> {
  return (await transform(code, { loader: "ts", target: "esnext", sourcefile: path })).code;
}

function pathOf(path: string): string {
  return new URL(path, ROOT).pathname;
}

/** Makes the package, and around it the rest of the checkout: whoever imports `mod.ts` there imports the package. */
export async function makeProject(into: URL): Promise<void> {
  await Deno.remove(into, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await makePackage(new URL("package/", into));
  for (const path of [...USERS, ...PAPERS]) await copy(path, into);
  await Deno.writeTextFile(new URL("mod.ts", into), 'export * from "./package/mod.js";\n');
  const { imports, links, compilerOptions, exclude, fmt, test } = await readConfiguration();
  await writeJson(new URL("deno.json", into), {
    imports: {
      ...imports,
      "@multiprocessing/deno": "./package/mod.js",
      "./src/": "./package/src/",
    },
    links: links.map((link) => new URL(link, ROOT).pathname),
    lock: false,
    nodeModulesDir: "none",
    compilerOptions,
    exclude: [...exclude, "package"],
    fmt,
    test,
  });
}

/** The parts of `deno.json` that are used here. */
interface Configuration {
  name: string;
  version: string;
  license: string;
  imports: Record<string, string>;
  links: string[];
  compilerOptions: object;
  exclude: string[];
  fmt: object;
  test: object;
}

async function readConfiguration(): Promise<Configuration> {
  return JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
}

async function writeJson(url: URL, value: object): Promise<void> {
  await Deno.writeTextFile(url, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** Copies a file or a folder to the same place below `into`. */
async function copy(path: string, into: URL): Promise<void> {
  const from = new URL(path, ROOT);
  const to = new URL(path, into);
  if ((await Deno.stat(from)).isFile) {
    await Deno.mkdir(new URL(".", to), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  for await (const { name } of Deno.readDir(from)) await copy(`${path}/${name}`, into);
}
