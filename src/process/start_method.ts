/**
 * Which start method is meant when none is named, and which there are. This is the one file that knows of several.
 *
 * @module
 */

import { checkType } from "../base/check.ts";
import { InvalidStateError } from "../base/errors.ts";
import { identity } from "../base/identity.ts";
import type { Launcher } from "./child.ts";
import { executable } from "./configuration.ts";
import { forkserverLauncher } from "./launch_forkserver.ts";
import { spawnLauncher } from "./launch_spawn.ts";
import { workerLauncher, workerRefusal } from "./launch_worker.ts";
import { spawnRefusal } from "./permissions.ts";

/** How a child comes to be: a fresh process, a process kept warm, or a Worker of this process. */
export type StartMethod = "spawn" | "forkserver" | "worker";

const launchers: Record<StartMethod, Launcher> = {
  spawn: spawnLauncher,
  forkserver: forkserverLauncher,
  worker: workerLauncher,
};

let chosen: StartMethod | undefined;

/** The launcher of a start method. */
export function launcherOf(method: StartMethod): Launcher {
  return launchers[method];
}

/**
 * The start methods that the granted permissions allow, as Python's `multiprocessing.get_all_start_methods`; the first is the
 * default. There may be none.
 */
export function getAllStartMethods(): StartMethod[] {
  const processes: StartMethod[] = spawnRefusal(executable()) === undefined ? ["spawn", "forkserver"] : [];
  return workerRefusal() === undefined ? [...processes, "worker"] : processes;
}

/** The default start method, which it fixes from now on. */
export function fixStartMethod(): StartMethod {
  chosen ??= inherited() ?? getAllStartMethods()[0] ?? "worker";
  return chosen;
}

/**
 * The start method in use, as Python's `multiprocessing.get_start_method`. Asking fixes the default.
 *
 * @param options With `allowNone`, the answer is `null` while none is fixed, and none is fixed by it.
 */
export function getStartMethod({ allowNone = false }: { allowNone?: boolean } = {}): StartMethod | null {
  if (allowNone) return chosen ?? inherited() ?? null;
  return fixStartMethod();
}

/**
 * Sets the default start method, as Python's `multiprocessing.set_start_method`: once, early, and not in a module that children
 * import.
 *
 * @param method The method; `null` with `force` goes back to no choice.
 * @param options With `force` it may be set again.
 * @throws {InvalidStateError} If it was set or used before.
 * @throws {TypeError} If the method is no string.
 * @throws {RangeError} If there is no such method.
 * @throws {Deno.errors.NotCapable} If a permission for it is missing.
 */
export function setStartMethod(method: StartMethod | null, { force = false }: { force?: boolean } = {}): void {
  const current = getStartMethod({ allowNone: true });
  if (current !== null && !force) {
    throw new InvalidStateError(
      `Cannot set the start method: it has already been set to "${current}"; { force: true } sets it anew`,
    );
  }
  if (method === null && !force) throw new TypeError("Cannot set the start method to null without { force: true }");
  chosen = method === null ? undefined : checkStartMethod(method);
}

/** Refuses what is no start method, or not one that this process may use. */
export function checkStartMethod(method: string): StartMethod {
  checkType("find context: the method", "string", method);
  if (method === "fork" || method === "thread") {
    throw new RangeError(
      `Cannot find context for "${method}": Deno has several threads, which a forked process would lose; ` +
        'use "spawn" (a fresh process), "forkserver" (a process kept warm) or "worker" (a thread)',
    );
  }
  if (!isStartMethod(method)) {
    throw new RangeError(
      `Cannot find context for ${Deno.inspect(method)}: there are "spawn", "forkserver" and "worker"`,
    );
  }
  const refusal = method === "worker" ? undefined : spawnRefusal(executable());
  if (refusal !== undefined) throw refusal;
  return method;
}

/** The start method of a process class: its own, or the default, which is fixed by that. */
export function startMethodOf(processClass: object): StartMethod {
  const named: unknown = Reflect.get(processClass, "startMethod");
  return named === undefined ? fixStartMethod() : checkStartMethod(String(named));
}

function isStartMethod(method: string): method is StartMethod {
  return typeof method === "string" && Object.hasOwn(launchers, method);
}

/** A child goes on with the method that started it. */
function inherited(): StartMethod | undefined {
  const method = identity.startMethod;
  return method !== undefined && isStartMethod(method) ? method : undefined;
}
