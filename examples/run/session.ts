/**
 * Runs one example, with those that have to run before it and beside it.
 *
 * @module
 */
import type { StartMethod } from "@multiprocessing/deno";
import { type Expectation, findDifference } from "./expectation.ts";

/** An example, and what it says of itself. */
export interface Example {
  readonly file: string;
  readonly expectation: Expectation;
}

/** So long that only a hang exceeds it. */
const HANG_MS = 120_000;

/** What is wrong with an example or with one that it needs, if anything is. */
export async function runExample(
  example: Example,
  method: StartMethod,
  others: ReadonlyMap<string, Example>,
): Promise<string | undefined> {
  const { beside, after } = example.expectation;
  const find = (file: string) => {
    const found = others.get(file);
    if (found === undefined) throw new Error(`Cannot run ${example.file}: there is no example ${file}`);
    return found;
  };
  const args = beside.length > 0 ? [String(freePort())] : [];
  const servers = beside.map((file) => new Program(find(file), method, args));
  const complaints: (string | undefined)[] = [];
  for (const server of servers) await server.firstLine;
  for (const { file, expectation } of [...after.map(find), example]) {
    complaints.push(await new Program({ file, expectation }, method, args).complaint());
  }
  for (const server of servers) complaints.push(await server.complaint());
  return complaints.find((complaint) => complaint !== undefined);
}

/** A port that nobody uses. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A running example. */
class Program {
  /** Settled when it has written a line or has ended. */
  readonly firstLine: Promise<void>;
  readonly #example: Example;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Promise<string>;
  readonly #stderr: Promise<string>;
  readonly #hang: ReturnType<typeof setTimeout>;

  constructor(example: Example, method: StartMethod, args: readonly string[]) {
    this.#example = example;
    const preload = new URL(`set_start_method.ts?${method}`, import.meta.url).href;
    // One that names its start method itself is not to find that chosen already.
    const { startMethods, flags } = example.expectation;
    const chosen = startMethods?.length === 1 ? [] : ["--preload", preload];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", ...flags, ...chosen, new URL(`../${example.file}`, import.meta.url).href, ...args],
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#hang = setTimeout(() => this.#child.kill("SIGKILL"), HANG_MS);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.firstLine = promise;
    this.#stdout = readText(this.#child.stdout, resolve).finally(resolve);
    this.#stderr = readText(this.#child.stderr);
  }

  /** Waits for its end, or asks for it; gives what was not as expected. */
  async complaint(): Promise<string | undefined> {
    const { file, expectation } = this.#example;
    if (expectation.isEndless) this.#interrupt();
    const [stdout, stderr] = [await this.#stdout, await this.#stderr];
    const { code, signal } = await this.#child.status;
    clearTimeout(this.#hang);
    const written = `all that ${file} wrote:\n${stdout}${stderr}`;
    if (signal === "SIGKILL") return `${file} was killed, as it did not end in ${HANG_MS / 1000} s\n${written}`;
    const difference = findDifference(expectation.stdout, stdout) ?? findDifference(expectation.stderr, stderr);
    if (difference !== undefined) return `${difference}\n\n${written}`;
    if (code !== expectation.exitCode) return `exit code ${code} instead of ${expectation.exitCode}\n${written}`;
    return undefined;
  }

  #interrupt(): void {
    try {
      this.#child.kill("SIGINT");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended, which its output will tell.
    }
  }
}

async function readText(stream: ReadableStream<Uint8Array<ArrayBuffer>>, onLine?: () => void): Promise<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.includes("\n")) onLine?.();
  }
  return text;
}
