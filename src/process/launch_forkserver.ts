/**
 * Start method `forkserver`: a `deno` process that was launched ahead of need, with the preload modules evaluated, and is used once.
 *
 * @module
 */

import type { Child, Launcher, LaunchRequest, Signal } from "./child.ts";
import { bootModule, commandLine } from "./command_line.ts";
import { configuration, executable } from "./configuration.ts";
import { Exit } from "./exit.ts";
import { keep, type KeeperNews, type KeeperOrder, type KeeperTake, type LaunchSpec } from "./keeper.ts";
import { explained, planProcess, spawnLauncher } from "./launch_spawn.ts";
import { greeting, type Line } from "./line.ts";
import { PROCESS_MAIN } from "../base/own_modules.ts";
import { startThread } from "../base/thread_source.ts";
import { keepWorkerAlive } from "../base/unref_worker.ts";
import { waitUntilRung } from "../sync/bell.ts";

/** Launches processes that were kept warm. */
export const forkserverLauncher: Launcher = { leavesProcess: true, launch };

/** The thread that has the processes; it keeps this one alive only while news of one are awaited. */
class Keeper {
  readonly #thread: Worker = startThread(keep, "forkserver");
  readonly #listeners = new Map<number, (news: KeeperNews) => void>();
  #lastId = 0;
  #awaited = 1;

  constructor() {
    this.#thread.onmessage = ({ data }: MessageEvent<KeeperNews>) => this.#listeners.get(data.id)?.(data);
    this.await(-1);
  }

  /** Orders a process; `listener` hears of it until it has exited. */
  take(what: Omit<KeeperTake, "kind" | "id">, listener: (news: KeeperNews) => void): number {
    const id = ++this.#lastId;
    this.#listeners.set(id, listener);
    this.order({ kind: "take", id, ...what }, [what.greeting.buffer]);
    return id;
  }

  order(order: KeeperOrder, transfer: Transferable[] = []): void {
    this.#thread.postMessage(order, transfer);
  }

  forget(id: number): void {
    this.#listeners.delete(id);
  }

  /** Counts who waits for news. */
  await(change: 1 | -1): void {
    this.#awaited += change;
    if (this.#awaited === 0) keepWorkerAlive(this.#thread, false);
    else if (this.#awaited === 1 && change === 1) keepWorkerAlive(this.#thread, true);
  }
}

let keeper: Keeper | undefined;

function launch(request: LaunchRequest): Child | Promise<Child> {
  // Pipes cannot leave the thread that launched a process, so it is launched fresh in this one.
  if (request.stdout === "piped" || request.stderr === "piped") return spawnLauncher.launch(request);
  const { flags, own, line } = planProcess(request);
  // Without a port, messages go through such pipes as well.
  return line === undefined ? spawnLauncher.launch(request) : launchKept(request, flags, own, line);
}

async function launchKept(
  request: LaunchRequest,
  flags: readonly string[],
  own: readonly string[],
  line: Line,
): Promise<Child> {
  try {
    const boot = bootModule(PROCESS_MAIN, { ahead: configuration.preload, waits: true });
    const spec = specOf(request, commandLine(boot, flags));
    return await KeptChild.take(spec, line, own, greeting(line.hello, request.prepare(own)));
  } catch (error) {
    line.giveUp();
    throw explained(error, request);
  }
}

function specOf({ env, cwd, stdout, stderr }: LaunchRequest, args: readonly string[]): LaunchSpec {
  const quiet = {
    stdout: stdout === "null" ? "null" : "inherit",
    stderr: stderr === "null" ? "null" : "inherit",
  } as const;
  return { executable: executable(), args, env: { ...ownEnvironment(), ...env }, cwd: cwd ?? Deno.cwd(), ...quiet };
}

/** The environment as it is now, if it may be read: a process that is warm was launched with that of then. */
function ownEnvironment(): Record<string, string> {
  if (Deno.permissions.querySync({ name: "env" }).state !== "granted") return {};
  const own = Deno.env.toObject();
  // To name those takes the permission to run everything, to have them does not. Deno gives them in any order.
  const names = Object.keys(own).filter((name) => !/^(LD|DYLD)_/.test(name)).sort();
  return Object.fromEntries(names.map((name) => [name, own[name] ?? ""]));
}

/** What a child is made of. */
interface Taken {
  readonly id: number;
  readonly pid: number;
  readonly line: Line;
  readonly exit: Exit;
  readonly flags: readonly string[];
  readonly noted: Promise<void>;
}

class KeptChild implements Child {
  readonly noted: Promise<void>;
  readonly pid: number;
  readonly permissionFlags: readonly string[];
  readonly stream: Child["stream"];
  readonly exit: Exit;
  readonly stdout = undefined;
  readonly stderr = undefined;
  readonly #keeper: Keeper;
  readonly #id: number;
  #expecting = true;

  private constructor(keeper: Keeper, { id, pid, line, exit, flags, noted }: Taken) {
    this.pid = pid;
    this.permissionFlags = flags;
    this.stream = line.stream;
    this.noted = noted;
    this.exit = exit;
    this.#keeper = keeper;
    this.#id = id;
    // Once connected the link decides whether the child keeps the program alive; until then it does.
    line.connected.then(() => this.#expect(false), () => {});
  }

  /** Has the keeper give a process to the line. */
  static async take(
    spec: LaunchSpec,
    line: Line,
    flags: readonly string[],
    told: Uint8Array<ArrayBuffer>,
  ): Promise<KeptChild> {
    const owner = keeper ??= new Keeper();
    owner.await(1);
    const taken = Promise.withResolvers<number>();
    const exit = new Exit();
    const noted = Promise.withResolvers<void>();
    const words = new Int32Array(new SharedArrayBuffer(12));
    const id = owner.take({ spec, greeting: told, exit: words }, (news) => {
      if (news.kind === "taken") taken.resolve(news.pid);
      else if (news.kind === "failed") {
        taken.reject(news.missing ? new Deno.errors.NotFound(news.message) : new Error(news.message));
      } else {
        exit.settle(news.exitCode);
        noted.resolve();
      }
      if (news.kind !== "taken") owner.forget(news.id);
    });
    try {
      const pid = await taken.promise;
      line.launched(pid, exit, () => exitCodeIn(words));
      return new KeptChild(owner, { id, pid, line, exit, flags, noted: noted.promise });
    } catch (error) {
      owner.await(-1);
      throw error;
    }
  }

  signal(signal: Signal): void {
    this.#keeper.order({ kind: "signal", id: this.#id, signal });
  }

  expectEnd(): void {
    this.#expect(true);
  }

  release(): void {
    this.#expect(false);
  }

  #expect(expecting: boolean): void {
    if (expecting === this.#expecting) return;
    this.#expecting = expecting;
    this.#keeper.await(expecting ? 1 : -1);
  }
}

/** What the keeper's thread leaves there, which hears of every end, and is never blocked. */
function exitCodeIn(words: Int32Array<SharedArrayBuffer>): number {
  waitUntilRung(words);
  return words[2] ?? 0;
}
