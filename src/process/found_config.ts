/**
 * Which `deno.json` Deno found for the program. `deno run FILE` searches from the folder of the file, every other subcommand from the
 * working directory. A child is a `deno run FILE`, so what it would not find by itself has to be named on its command line.
 *
 * @module
 */

import { identity } from "../base/identity.ts";
import { configuration } from "./configuration.ts";
import { pathOfUrl } from "./file_path.ts";

// Before the program can change it.
const startFolder = workingDirectory();

/** The `--config` that has children take the program's `deno.json`, unless they find it themselves or are told. */
export function configFlags(): string[] {
  const found = isTold() ? "" : lookForConfig();
  return found === "" ? [] : [`--config=${found}`];
}

/**
 * The path of the program's `deno.json`, where its children would find another or none; `""` where they find the same, or where it
 * takes a permission to know. Looked for once, in the main process.
 */
export function lookForConfig(): string {
  return configuration.found ??= find(identity.mainModule ?? "");
}

/** In a child: an error that may come from another configuration than the program's says how to name that. */
export function hinted(error: unknown): unknown {
  if (!(error instanceof TypeError) || !/Import "[^"]*" not a dependency/.test(error.message)) return error;
  if (identity.startMethod === "worker" || isTold() || configuration.found) return error;
  return new TypeError(
    `${error.message}\n  hint: If the program has a deno.json that is not found from the folder of its main module, name it: ` +
      'setExecutable(Deno.execPath(), { args: ["--config=…"] })',
  );
}

function isTold(): boolean {
  return configuration.args.some((flag) => /^(-c|--config|--no-config)/.test(flag));
}

function find(main: string): string {
  const mainFolder = folderOf(main);
  // What is typed in lies nowhere, whatever its URL says.
  const typedIn = /[$]deno[$]|#/.test(main);
  if (startFolder === undefined || (startFolder === mainFolder && !typedIn)) return "";
  const here = configAbove(startFolder);
  const there = typedIn || mainFolder === undefined ? undefined : configAbove(mainFolder);
  if (here === undefined || here === there) return "";
  return typedIn || isTesting() || isInEffect(here, there) ? here : "";
}

/** Whether this is `deno test` or `deno bench`: else what registers a test is a stub without parameters. */
function isTesting(): boolean {
  return Deno.test?.length > 0;
}

/** Whether names lead where `config` has them lead, and `other` does not: so it is with `deno serve`, and is not with `deno run`. */
function isInEffect(config: string, other: string | undefined): boolean {
  const own = folderOf(import.meta.url);
  // What a module of the library may see whatever the program's is, if it lies in the same project.
  if (own !== undefined && `${own}/`.startsWith(config.replace(/[^\\/]*$/, ""))) return false;
  const others = other === undefined ? [] : mappingsIn(other).map(String);
  return mappingsIn(config).some(([name, url]) => !others.includes(String([name, url])) && resolved(name) === url);
}

/** Names and the URLs that they could stand for: each pair of texts in the file, as some are commented. */
function mappingsIn(config: string): [name: string, url: string][] {
  const pairs = Deno.readTextFileSync(config).matchAll(/"([^"\\\n]+)"\s*:\s*"([^"\\\n]+)"/g);
  const base = new URL("file:///");
  base.pathname = config.replaceAll("%", "%25").replaceAll("\\", "/");
  return [...pairs].flatMap(([, name = "", target = ""]) => {
    const url = URL.parse(target, base)?.href;
    return url === undefined ? [] : [[name, url]];
  });
}

function resolved(name: string): string | undefined {
  try {
    const { resolve } = import.meta;
    return resolve(name);
  } catch {
    return undefined;
  }
}

/** What Deno would find from a folder, as far as this process may look. */
function configAbove(folder: string): string | undefined {
  for (const path of upwards(folder)) {
    for (const name of ["deno.json", "deno.jsonc"]) if (isFile(`${path}/${name}`)) return `${path}/${name}`;
    // Deno searches no further.
    if (isFile(`${path}/package.json`)) return undefined;
  }
  return undefined;
}

function* upwards(folder: string): Generator<string> {
  let path = folder.replace(/[\\/]+$/, "");
  while (path !== "") {
    yield path;
    path = path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"), 0));
  }
  // The root of all.
  yield path;
}

function isFile(path: string): boolean {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return false;
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function folderOf(url: string): string | undefined {
  try {
    return pathOfUrl(new URL(".", url), "Cannot search").replace(/(?<=.)[\\/]$/, "");
  } catch {
    // It has no folder: it comes from a server, or is a data: URL.
    return undefined;
  }
}

function workingDirectory(): string | undefined {
  try {
    return Deno.cwd();
  } catch {
    // It was removed.
    return undefined;
  }
}
