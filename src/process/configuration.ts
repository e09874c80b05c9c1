/**
 * What children run and with which flags: told once, inherited by every child.
 *
 * @module
 */

import { pathOfUrl } from "./file_path.ts";

/** Settings that hold for the whole program. */
export interface Configuration {
  /** The `deno` that children run, where it was told or asked for. */
  executable: string | undefined;
  /** Flags of the parent that Deno does not reveal: `--config`, `--import-map`, `--unstable-…`, `--v8-flags`. */
  args: readonly string[];
  /** Modules that a `forkserver` process has evaluated before it is needed. */
  preload: readonly string[];
  /** The `deno.json` that children would not find by themselves, or `""`; absent until it was looked for. */
  found: string | undefined;
}

/** The settings of the running process. */
export const configuration: Configuration = { executable: undefined, args: [], preload: [], found: undefined };

/** The `deno` that children run; found when it is first asked for, as most processes never start one. */
export function executable(): string {
  return configuration.executable ??= runnable();
}

/** This very executable; but where `--allow-run=deno` was given and `deno` is a link to it, as npm's is, only that may be run. */
function runnable(): string {
  const mayRun = (command: string) => Deno.permissions.querySync({ name: "run", command }).state === "granted";
  return !mayRun(Deno.execPath()) && mayRun("deno") ? "deno" : Deno.execPath();
}

/** Options of {@linkcode setExecutable}. */
export interface SetExecutableOptions {
  /**
   * Flags that children get besides, for what this program was started with and Deno does not reveal to it: `--config`,
   * `--import-map`, `--lock`, `--unstable-…`, `--v8-flags`, and permission flags with a list. Permission flags never give a child
   * more than this process holds.
   */
  args?: readonly string[] | undefined;
}

/**
 * Sets the `deno` that children run, as Python's `multiprocessing.set_executable`, and the flags they need.
 *
 * @param path Path of the executable, or its `file:` URL.
 * @param options The flags.
 * @throws {TypeError} If the path or a flag is not text, or a URL no `file:` URL.
 *
 * @example Flags that Deno does not reveal
 * ```ts
 * import { setExecutable } from "@multiprocessing/deno";
 *
 * setExecutable(Deno.execPath(), { args: ["--v8-flags=--max-old-space-size=512"] });
 * ```
 */
export function setExecutable(path: string | URL, { args = [] }: SetExecutableOptions = {}): void {
  const text = path instanceof URL ? pathOfUrl(path, "Cannot set the executable") : path;
  if (typeof text !== "string" || text === "") {
    throw new TypeError(
      `Cannot set the executable: path must be a non-empty string or a file: URL, received ${Deno.inspect(path)}`,
    );
  }
  for (const flag of args) {
    if (typeof flag !== "string" || !flag.startsWith("-")) {
      throw new TypeError(`Cannot set the executable: each of args must be a flag, received ${Deno.inspect(flag)}`);
    }
  }
  configuration.executable = text;
  configuration.args = [...args];
}

/**
 * Names modules that `forkserver` processes evaluate ahead of need, as Python's `multiprocessing.set_forkserver_preload`.
 *
 * @param modules Absolute URLs, of modules without effect on their own.
 * @throws {TypeError} If one is not an absolute URL.
 */
export function setForkserverPreload(modules: (string | URL)[]): void {
  if (!Array.isArray(modules)) {
    throw new TypeError(`Cannot preload ${Deno.inspect(modules)}: an array of absolute URLs is needed`);
  }
  configuration.preload = modules.map((module) => {
    const text = String(module);
    if ((typeof module !== "string" && !(module instanceof URL)) || !URL.canParse(text)) {
      throw new TypeError(
        `Cannot preload ${Deno.inspect(module)}: an absolute URL is needed, as new URL("./module.ts", import.meta.url)`,
      );
    }
    return text;
  });
}
