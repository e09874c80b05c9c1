/**
 * The thread that keeps processes warm for start method `forkserver`. It owns them from launch to exit, so that nothing of them shows
 * in the threads of the program, and it works while those are busy.
 *
 * @module
 */

import type { ThreadScope } from "../base/thread_source.ts";

/** How a process is to be launched; equal texts make equal processes. */
export interface LaunchSpec {
  readonly executable: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>> | undefined;
  readonly cwd: string | undefined;
  readonly stdout: "inherit" | "null";
  readonly stderr: "inherit" | "null";
}

/** Give a process its task's line. */
export interface KeeperTake {
  readonly kind: "take";
  /** Chosen by who orders. */
  readonly id: number;
  readonly spec: LaunchSpec;
  readonly greeting: Uint8Array<ArrayBuffer>;
  /** Where its end is noted, for a thread that is blocked: the words of a bell, then the exit code. */
  readonly exit: Int32Array<SharedArrayBuffer>;
}

/** What the keeper is told. */
export type KeeperOrder =
  | KeeperTake
  | { readonly kind: "signal"; readonly id: number; readonly signal: "SIGINT" | "SIGTERM" | "SIGKILL" };

/** What the keeper answers. */
export type KeeperNews =
  | { readonly kind: "taken"; readonly id: number; readonly pid: number }
  | { readonly kind: "failed"; readonly id: number; readonly missing: boolean; readonly message: string }
  | { readonly kind: "exited"; readonly id: number; readonly exitCode: number };

/**
 * Runs in the thread. For each spec it keeps as many processes warm as were in use at once, or taken while one boots, since the last
 * quiet time, at most one a processor; when none was taken for a while they are ended.
 */
export function keep(scope: ThreadScope<KeeperOrder, KeeperNews>): void {
  const QUIET_MS = 15_000;
  // Rather more than a process takes until it is warm.
  const BOOT_MS = 100;

  interface Warm {
    readonly process: Deno.ChildProcess;
    readonly stdin: WritableStreamDefaultWriter<Uint8Array>;
    ended: boolean;
  }
  interface Shelf {
    readonly spec: LaunchSpec;
    readonly warm: Warm[];
    used: number;
    demand: number;
    /** When processes were taken lately. */
    takes: number[];
    quiet: ReturnType<typeof setTimeout> | undefined;
  }
  const shelves = new Map<string, Shelf>();
  const taken = new Map<number, Warm>();

  scope.onmessage = ({ data }) => {
    if (data.kind === "take") take(data);
    else signal(data.id, data.signal);
  };

  function take({ id, spec, greeting, exit }: KeeperTake): void {
    const shelf = shelfOf(spec);
    let warm: Warm;
    try {
      warm = shelf.warm.find(({ ended }) => !ended) ?? launch(shelf);
    } catch (error) {
      const missing = error instanceof Deno.errors.NotFound;
      scope.postMessage({
        kind: "failed",
        id,
        missing,
        message: error instanceof Error ? error.message : String(error),
      });
      return;
    }
    shelf.warm.splice(shelf.warm.indexOf(warm), 1);
    taken.set(id, warm);
    warm.stdin.write(greeting).catch(() => {});
    scope.postMessage({ kind: "taken", id, pid: warm.process.pid });
    // Ready for as many as are used at once, and as are taken one after another while one boots.
    const now = performance.now();
    shelf.takes = [...shelf.takes.filter((time) => now - time < BOOT_MS), now];
    shelf.demand = Math.max(shelf.demand, ++shelf.used, shelf.takes.length);
    warm.process.status.then((status) => {
      shelf.used--;
      taken.delete(id);
      const exitCode = status.signal === null ? status.code : 128 - status.code;
      Atomics.store(exit, 2, exitCode);
      Atomics.store(exit, 0, 1);
      Atomics.notify(exit, 0);
      scope.postMessage({ kind: "exited", id, exitCode });
      restock(shelf);
    });
    restock(shelf);
  }

  function signal(id: number, name: "SIGINT" | "SIGTERM" | "SIGKILL"): void {
    const warm = taken.get(id);
    if (warm !== undefined) end(warm, name);
  }

  function end(warm: Warm, name: "SIGINT" | "SIGTERM" | "SIGKILL"): void {
    if (warm.ended) return;
    try {
      warm.process.kill(name);
    } catch {
      // Deno says so when the process has ended and its status is about to be told.
    }
  }

  function shelfOf(spec: LaunchSpec): Shelf {
    const key = JSON.stringify(spec);
    let shelf = shelves.get(key);
    if (shelf === undefined) {
      shelves.set(key, shelf = { spec, warm: [], used: 0, demand: 0, takes: [], quiet: undefined });
    }
    return shelf;
  }

  function launch(shelf: Shelf): Warm {
    const { executable, args, env, cwd, stdout, stderr } = shelf.spec;
    const process = new Deno.Command(executable, {
      args: [...args],
      stdin: "piped",
      stdout,
      stderr,
      detached: true,
      ...env && { env },
      ...cwd !== undefined && { cwd },
    }).spawn();
    const warm: Warm = { process, stdin: process.stdin.getWriter(), ended: false };
    process.status.then(() => {
      warm.ended = true;
      warm.stdin.close().catch(() => {});
    });
    shelf.warm.push(warm);
    return warm;
  }

  function restock(shelf: Shelf): void {
    clearTimeout(shelf.quiet);
    const wanted = Math.min(shelf.demand, navigator.hardwareConcurrency);
    try {
      while (shelf.warm.filter(({ ended }) => !ended).length < wanted) launch(shelf);
    } catch {
      // Whoever next needs a process is told why it cannot be launched.
    }
    shelf.quiet = setTimeout(() => {
      shelf.demand = shelf.used;
      for (const warm of shelf.warm.splice(0)) end(warm, "SIGKILL");
      if (shelf.used === 0) shelves.delete(JSON.stringify(shelf.spec));
    }, QUIET_MS);
  }
}
