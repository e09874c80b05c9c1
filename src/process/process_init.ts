/**
 * What a process is made of, and how its end is put in words.
 *
 * @module
 */

import { checkSpelling, namesOf } from "../base/check.ts";
import { InvalidStateError } from "../base/errors.ts";
import { Ref, type Target } from "../codec/ref.ts";
import type { Output } from "./child.ts";
import { pathOfUrl } from "./file_path.ts";
import { checkedRequest } from "./_permission_request.ts";
import type { ProcessPermissions } from "./permissions.ts";

/** What a {@linkcode Process} is made of. */
export interface ProcessInit<A extends unknown[] = unknown[]> {
  /** What {@linkcode Process.run} calls; a process without a target does nothing. */
  target?: Target<A, unknown> | undefined;
  /** Arguments of the target. */
  args?: A | undefined;
  /** Python's keyword arguments: passed to the target as one more argument, the last. */
  kwargs?: Record<string, unknown> | undefined;
  /** Name for people; it need not be unique. By default `Process-1`, or after the class that extends Process. */
  name?: string | undefined;
  /** Whether the child is ended with this process instead of being waited for. By default as this process is. */
  daemon?: boolean | undefined;
  /**
   * What the child may do, never more than this process. What a worker was not given, Deno asks for at a terminal, where somebody
   * may allow it, unless this program was started with `--no-prompt`.
   *
   * @default {"inherit"}
   */
  permissions?: ProcessPermissions | undefined;
  /**
   * Environment variables besides those of this process; `spawn` and `forkserver` only. A process that was kept ready has those of
   * when it was launched, unless this process may read its environment.
   */
  env?: Record<string, string> | undefined;
  /** Working directory; `spawn` and `forkserver` only. */
  cwd?: string | URL | undefined;
  /**
   * Where its standard output goes.
   *
   * @default {"inherit"}
   */
  stdout?: Output | undefined;
  /**
   * Where its standard error goes.
   *
   * @default {"inherit"}
   */
  stderr?: Output | undefined;
}

/**
 * What a {@linkcode Process} is made of whose target takes `kwargs` as its last parameter, which is of one type: `args` are the others.
 *
 * @typeParam A Arguments of the target, the last included.
 */
export interface KeywordProcessInit<A extends unknown[] = unknown[]>
  extends Omit<ProcessInit, "target" | "args" | "kwargs"> {
  /** What {@linkcode Process.run} calls. */
  target: Target<A, unknown>;
  /** Arguments of the target but for the last. */
  args?: (Required<A> extends [...infer Others, unknown] ? Others : never) | undefined;
  /** The last argument of the target. */
  kwargs: Required<A> extends [...unknown[], infer Last] ? Exclude<Extract<Last, object>, readonly unknown[]> : never;
}

const SIGNAL_NAMES: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  5: "SIGTRAP",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  10: "SIGUSR1",
  11: "SIGSEGV",
  12: "SIGUSR2",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
};

const INIT = namesOf<ProcessInit>({
  target: true,
  args: true,
  kwargs: true,
  name: true,
  daemon: true,
  permissions: true,
  env: true,
  cwd: true,
  stdout: true,
  stderr: true,
});

const OUTPUTS: readonly unknown[] = ["inherit", "null", "piped", undefined];

/**
 * Refuses what a process cannot be made of.
 *
 * @throws {TypeError} If something is of the wrong kind.
 * @throws {RangeError} If a permission's entry, a variable or the working directory is not well-formed.
 */
export function checkInit<A extends unknown[]>(init: ProcessInit<A> | KeywordProcessInit<A>): void {
  if (typeof init !== "object" || init === null) throw wrong("init", "an object", init);
  checkSpelling("make a process", init, INIT);
  const { target, args, kwargs, name, daemon, permissions, env, cwd, stdout, stderr } = init;
  if (target !== undefined && target !== null && typeof target !== "function" && !(target instanceof Ref)) {
    throw wrong("target", "a function", target);
  }
  if (args !== undefined && !Array.isArray(args)) throw wrong("args", "an array", args);
  if (kwargs !== undefined && (typeof kwargs !== "object" || kwargs === null || Array.isArray(kwargs))) {
    throw wrong("kwargs", "an object", kwargs);
  }
  if (name !== undefined && typeof name !== "string") throw wrong("name", "a string", name);
  if (daemon !== undefined && daemon !== null && typeof daemon !== "boolean") {
    throw wrong("daemon", "a boolean", daemon);
  }
  if (permissions !== undefined) checkedRequest(permissions);
  if (env !== undefined) checkEnvironment(env);
  if (cwd !== undefined) pathOf(cwd);
  if (!OUTPUTS.includes(stdout)) throw wrong("stdout", '"inherit", "null" or "piped"', stdout);
  if (!OUTPUTS.includes(stderr)) throw wrong("stderr", '"inherit", "null" or "piped"', stderr);
}

function checkEnvironment(env: unknown): void {
  if (typeof env !== "object" || env === null || Symbol.iterator in env) {
    throw wrong("env", "an object of strings", env);
  }
  for (const [name, value] of Object.entries(env)) {
    if (typeof value !== "string") throw wrong("env", "an object of strings", env);
    // Windows has some of its own that begin with "=".
    if (!/^=?[^=\0]+$/.test(name) || value.includes("\0")) {
      throw new RangeError(
        `Cannot make a process: no environment has ${JSON.stringify(`${name}=${value}`)} as a variable`,
      );
    }
  }
}

/**
 * The path of a working directory.
 *
 * @throws {TypeError} If it is no text, and no `file:` URL.
 * @throws {RangeError} If it is no path.
 */
export function pathOf(cwd: string | URL): string {
  const path = cwd instanceof URL ? pathOfUrl(cwd, "Cannot make a process") : cwd;
  if (typeof path !== "string") throw wrong("cwd", "a path or a URL", cwd);
  if (path === "" || path.includes("\0")) {
    throw new RangeError(`Cannot make a process: cwd must be a path, received ${JSON.stringify(path)}`);
  }
  return path;
}

function wrong(what: string, needed: string, received: unknown): TypeError {
  return new TypeError(
    `Cannot make a process: ${what} must be ${needed}, received ${Deno.inspect(received, { depth: 0 })}`,
  );
}

/** A process as Python prints it; its state is the exit code once it has stopped: `0`, `1`, `-SIGTERM`. */
export function processText(
  className: string,
  name: string,
  pid: number | undefined,
  parent: number,
  state: string | number,
  daemon: boolean,
): string {
  const exit = typeof state === "number" && state < 0 ? `-${SIGNAL_NAMES[-state] ?? -state}` : state;
  const text = typeof state === "number" ? `stopped exitcode=${exit}` : state;
  const id = pid === undefined ? "" : ` pid=${pid}`;
  return `<${className} name='${name}'${id} parent=${parent} ${text}${daemon ? " daemon" : ""}>`;
}

/** Says why a process has no such output to be read. */
export function noOutput(name: string, which: "stdout" | "stderr", output: Output | undefined): never {
  throw new InvalidStateError(
    output === "piped"
      ? `Cannot read ${which} of process "${name}": it was not started`
      : `Cannot read ${which} of process "${name}": construct it with ${which}: "piped"`,
  );
}
