/** A peer in a process of its own: told on standard input what to do how often, it answers with the seconds that took. */
import { TextLineStream } from "@std/streams";
import type { Contender } from "./measure.ts";

const BENCH = new URL(".", import.meta.url).pathname;

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

  /** One of the things it can do. */
  contender(row: string, name = this.name): Contender {
    return { name, run: (times) => this.ask(`${row} ${times}`) };
  }

  /** The number it answers. */
  async ask(order: string): Promise<number> {
    await this.#orders.write(new TextEncoder().encode(`${order}\n`));
    const { value } = await this.#answers.read();
    if (value === undefined) throw new Error(`Cannot measure: ${this.name} ended when asked to "${order}"`);
    return Number(value);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#orders.close();
    await this.#answers.cancel();
    await this.#process.status;
  }
}

/** Python's multiprocessing, of the newest Python on the machine, as a script uses it; `undefined` if there is none. */
export async function startPython(script = "python.py"): Promise<Peer | undefined> {
  const found = await newestPython();
  return found && new Peer(`Python ${found.version}`, found.path, [`${BENCH}peers/${script}`]);
}

/** Two deno processes and a unix socket, with nothing in between. */
export function startBareSocket(): Peer {
  return new Peer("bare unix socket", Deno.execPath(), ["run", "-A", "--no-check", `${BENCH}peers/socket.ts`]);
}

/** Two threads and shared words, with nothing in between. */
export function startBareWords(): Peer {
  return new Peer("bare shared words", Deno.execPath(), ["run", "-A", "--no-check", `${BENCH}peers/words.ts`]);
}

async function newestPython(): Promise<{ path: string; version: string } | undefined> {
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
