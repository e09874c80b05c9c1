/** A peer in a process of its own: told on standard input what to do how often, it answers with the seconds that took. */
import { TextLineStream } from "@std/streams";
import type { Contender } from "./measure.ts";

const BENCH = new URL(".", import.meta.url).pathname;
const ANSWER_MS = 60_000;
const END_MS = 10_000;

/** A peer that runs until it is closed. */
export class Peer implements AsyncDisposable {
  readonly name: string;
  readonly #process: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  constructor(name: string, command: string, args: readonly string[]) {
    this.name = name;
    this.#process = new Deno.Command(command, { args: [...args], stdin: "piped", stdout: "piped" }).spawn();
    this.#orders = this.#process.stdin.getWriter();
    this.#answers = this.#process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
      .getReader();
  }

  /** Its process. */
  get pid(): number {
    return this.#process.pid;
  }

  /** One of the things it can do. */
  contender(row: string, name = this.name): Contender {
    return { name, run: (times) => this.ask(`${row} ${times}`) };
  }

  /** The number it answers. */
  async ask(order: string): Promise<number> {
    const ended = `Cannot measure ${this.name}: it ended when asked to "${order}"`;
    try {
      await this.#orders.write(new TextEncoder().encode(`${order}\n`));
    } catch (cause) {
      throw new Error(ended, { cause });
    }
    const late = `Cannot measure ${this.name}: no answer to "${order}" within ${ANSWER_MS / 1e3} s`;
    const answer = await within(ANSWER_MS, this.#answers.read());
    if (answer === undefined) throw new Error(late);
    if (answer.value === undefined) throw new Error(ended);
    return Number(answer.value);
  }

  /** Ends it, by force if need be. */
  async [Symbol.asyncDispose](): Promise<void> {
    // Fails if it has ended by itself.
    await this.#orders.close().catch(() => {});
    if (await within(END_MS, this.#process.status) === undefined) {
      this.#process.kill("SIGKILL");
      await this.#process.status;
    }
    await this.#answers.cancel();
  }
}

/** A peer that starts when it is first asked for anything. */
export class LazyPeer implements AsyncDisposable {
  readonly name: string;
  readonly #start: () => Peer;
  #peer: Peer | undefined;

  constructor(name: string, start: () => Peer) {
    this.name = name;
    this.#start = start;
  }

  /** The peer itself. */
  get peer(): Peer {
    return this.#peer ??= this.#start();
  }

  /** Ends it, if it was started. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer?.[Symbol.asyncDispose]();
  }
}

/** Python's multiprocessing, of the newest Python on the machine, as a script uses it; `undefined` if there is none. */
export async function startPython(script = "python.py"): Promise<Peer | undefined> {
  const found = await newestPython();
  return found && new Peer(`CPython ${found.version}`, found.path, [`${BENCH}peers/${script}`]);
}

/** A module of the folder `peers` on this Deno. */
export function startDeno(name: string, script: string, ...args: readonly string[]): Peer {
  return new Peer(name, Deno.execPath(), ["run", "-A", "--no-check", `${BENCH}peers/${script}`, ...args]);
}

/** Two deno processes and a unix socket, with nothing in between. */
export function startBareSocket(): Peer {
  return startDeno("bare unix socket", "socket.ts");
}

/** Two threads and shared words, with nothing in between. */
export function startBareWords(): Peer {
  return startDeno("bare shared words", "words.ts");
}

/** The newest that pyenv or the system has. */
export async function newestPython(): Promise<{ path: string; version: string } | undefined> {
  const candidates = ["python3"];
  const versions = `${Deno.env.get("PYENV_ROOT") ?? `${Deno.env.get("HOME")}/.pyenv`}/versions`;
  try {
    for (const { name } of Deno.readDirSync(versions)) candidates.push(`${versions}/${name}/bin/python3`);
  } catch (error) {
    // No pyenv here.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const found = (await Promise.all(candidates.map(versionOf))).filter((python) => python !== undefined);
  return found.toSorted((a, b) => a.version.localeCompare(b.version, "en", { numeric: true })).at(-1);
}

async function versionOf(path: string): Promise<{ path: string; version: string } | undefined> {
  const args = ["-c", "import platform; print(platform.python_version())"];
  try {
    const { success, stdout } = await new Deno.Command(path, { args, stderr: "null" }).output();
    return success ? { path, version: new TextDecoder().decode(stdout).trim() } : undefined;
  } catch (error) {
    // Not every version has a `python3`.
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What the promise gives, or `undefined` when it takes longer. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
