/**
 * Start method `spawn`: a fresh `deno` for each child.
 *
 * The child connects to a port of this process. Where this process may not listen on one, its messages go through its standard
 * input and error instead, which needs no permission on either side.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";
import { identity } from "../base/identity.ts";
import { PROCESS_MAIN } from "../base/own_modules.ts";
import { MARK_BYTES, MarkedParentStream } from "../channel/marked_stream.ts";
import { writeToInput } from "../memory/child_input.ts";
import { isMappable } from "../memory/memory_file.ts";
import { exitCodeOf } from "../memory/process_end.ts";
import type { Child, Launcher, LaunchRequest, Output, Signal } from "./child.ts";
import { bootModule, commandLine } from "./command_line.ts";
import { configuration, executable } from "./configuration.ts";
import { Exit } from "./exit.ts";
import { canListen, expectChild, greeting, type Line } from "./line.ts";
import { isCommandPath, readFlags } from "./_permission_flags.ts";
import { childPermissionFlags, spawnRefusal } from "./permissions.ts";

// What a pipe takes without being read, on Linux and macOS (pipe(7)).
const PIPE_BYTES = 1 << 16;

/** Launches fresh processes. */
export const spawnLauncher: Launcher = { leavesProcess: true, launch };

function launch(request: LaunchRequest): Child | Promise<Child> {
  const { flags, own, line } = planProcess(request);
  const mark = crypto.getRandomValues(new Uint8Array(MARK_BYTES));
  try {
    const told = greeting(line?.hello ?? { mark: mark.toHex() }, request.prepare(own));
    const process = new Deno.Command(executable(), {
      args: commandLine(bootModule(PROCESS_MAIN, { waits: true }), flags),
      stdin: "piped",
      stdout: request.stdout,
      stderr: line === undefined ? "piped" : request.stderr,
      // A group of its own: what the terminal sends is for the parent, which decides.
      detached: true,
      ...request.env && { env: request.env },
      ...request.cwd !== undefined && { cwd: request.cwd },
    }).spawn();
    const child = line === undefined
      ? new MarkedChild(process, request, own, told, mark)
      : new ConnectingChild(process, request, own, told, line);
    // This thread may block from now on, in which it would write no more.
    return child.told !== undefined && told.length <= PIPE_BYTES ? child.told.then(() => child) : child;
  } catch (error) {
    line?.giveUp();
    throw explained(error, request);
  }
}

/** How a process may be launched and how it connects. */
export interface ProcessPlan {
  /** What the child is started with. */
  readonly flags: readonly string[];
  /** What of that its own children may go by. */
  readonly own: readonly string[];
  /** The line it is expected on; absent where this process may not listen. */
  readonly line: Line | undefined;
}

/**
 * Weighs permissions and, where it may, expects the child.
 *
 * @throws {Deno.errors.NotCapable} If a permission is missing; the message names the flag.
 * @throws {NotSupportedError} If the child would find other commands than this process by the names that it may run.
 */
export function planProcess({ permissions, env }: LaunchRequest): ProcessPlan {
  const refusal = spawnRefusal(executable());
  if (refusal !== undefined) throw refusal;
  const known = identity.permissionFlags ?? configuration.args;
  const own = childPermissionFlags(permissions, known, []);
  assertSameCommands(own, env);
  const line = canListen()
    ? expectChild(own.some((flag) => flag === "-A" || flag.startsWith("--allow-ffi")))
    : undefined;
  // Who may do everything may connect as well.
  if (line === undefined || own.includes("-A")) return { own, line, flags: own };
  return { own, line, flags: childPermissionFlags(permissions, known, line.flags) };
}

/** The child looks for a name on the `PATH` that it is given, where something may be that this process may not run. */
function assertSameCommands(flags: readonly string[], env: LaunchRequest["env"]): void {
  const isPath = (name: string) => (Deno.build.os === "windows" ? name.toUpperCase() : name) === "PATH";
  const paths = Object.entries(env ?? {}).filter(([name]) => isPath(name));
  const own = paths.length > 0 && mayReadPath() ? Deno.env.get("PATH") : undefined;
  if (paths.every(([, path]) => path === own)) return;
  const name = readFlags(flags).run.entries.find((command) => !isCommandPath(command));
  if (name === undefined) return;
  throw new NotSupportedError(
    `Cannot give the child process the run permission for "${name}": env has a PATH of its own, on which that may be another ` +
      "command; name it by its path",
  );
}

function mayReadPath(): boolean {
  return Deno.permissions.querySync({ name: "env", variable: "PATH" }).state === "granted";
}

/** What both ways to connect have in common. */
abstract class SpawnedChild implements Child {
  readonly pid: number;
  readonly permissionFlags: readonly string[];
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  readonly exit: Exit = new Exit();
  abstract readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  abstract readonly stream: Child["stream"];
  readonly noted: Promise<unknown>;
  /** Resolves when all is written that it is told first; absent if it is already. */
  readonly told: Promise<void> | undefined;
  protected readonly process: Deno.ChildProcess;
  protected readonly stdin: WritableStreamDefaultWriter<Uint8Array>;

  constructor(
    process: Deno.ChildProcess,
    stdout: Output,
    permissionFlags: readonly string[],
    told: Uint8Array<ArrayBuffer>,
  ) {
    this.process = process;
    this.pid = process.pid;
    this.permissionFlags = permissionFlags;
    this.stdout = stdout === "piped" ? process.stdout : undefined;
    this.stdin = process.stdin.getWriter();
    const rest = told.subarray(isMappable() ? writeToInput(process.pid, told) : 0);
    if (rest.length > 0) {
      this.told = this.stdin.write(rest).catch(() => {
        // It has ended already, which its status tells.
      });
    }
    this.noted = process.status;
    process.status.then(({ code, signal }) => this.exit.settle(signal === null ? code : 128 - code));
  }

  signal(signal: Signal): void {
    if (!this.exit.settled) ifUnreaped(() => this.process.kill(signal));
  }

  expectEnd(): void {
    ifUnreaped(() => this.process.ref());
  }

  release(): void {
    this.stdin.close().catch(() => {
      // The pipe broke with the child.
    });
  }
}

/** A child that connects to a port. */
class ConnectingChild extends SpawnedChild {
  readonly stream: Child["stream"];
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;

  constructor(
    process: Deno.ChildProcess,
    request: LaunchRequest,
    flags: readonly string[],
    told: Uint8Array<ArrayBuffer>,
    line: Line,
  ) {
    super(process, request.stdout, flags, told);
    this.stderr = request.stderr === "piped" ? process.stderr : undefined;
    this.stream = line.stream;
    line.launched(process.pid, this.exit, () => exitCodeOf(process.pid), this.told);
    // Once connected the link decides whether the child keeps the program alive; until then it does.
    line.connected.then(() => ifUnreaped(() => process.unref()), () => {});
  }
}

/** A child whose messages stand between what it writes to standard error. */
class MarkedChild extends SpawnedChild {
  readonly stream: Child["stream"];
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #reader: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;

  constructor(
    process: Deno.ChildProcess,
    request: LaunchRequest,
    flags: readonly string[],
    told: Uint8Array<ArrayBuffer>,
    mark: Uint8Array,
  ) {
    super(process, request.stdout, flags, told);
    const take = (text: Uint8Array) => {
      if (request.stderr === "inherit") writeToError(text);
      else this.#reader?.enqueue(text.slice());
    };
    this.stderr = request.stderr === "piped"
      ? new ReadableStream({
        start: (controller) => void (this.#reader = controller),
        cancel: () => void (this.#reader = undefined),
      })
      : undefined;
    process.unref();
    const setAlive = (alive: boolean) => ifUnreaped(() => alive ? process.ref() : process.unref());
    this.stream = new MarkedParentStream(this.stdin, process.stderr, mark, take, setAlive, process.status);
  }

  override release(): void {
    super.release();
    // Not at its exit, of which may be heard before the last that it wrote.
    this.#reader?.close();
    this.#reader = undefined;
    // A child of its own may write on, for which nobody waits.
    ifUnreaped(() => this.process.unref());
  }
}

/** What a child wrote, as if it had this process's own standard error; lost if that is closed. */
function writeToError(text: Uint8Array): void {
  try {
    for (let rest = text; rest.length > 0;) rest = rest.subarray(Deno.stderr.writeSync(rest));
  } catch {
    // As it would be lost to the child.
  }
}

/** Does something with a process that Deno refuses once it has reaped it, which may be before its status is told. */
function ifUnreaped(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** What a failed launch means to the user. */
export function explained(error: unknown, { name, cwd }: LaunchRequest): unknown {
  if (!(error instanceof Deno.errors.NotFound)) return error;
  const folder = cwd === undefined ? "" : ` or no folder ${cwd}`;
  return new Deno.errors.NotFound(
    `Cannot start process "${name}": there is no executable ${executable()}${folder}; see setExecutable`,
    { cause: error },
  );
}
