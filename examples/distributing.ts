/**
 * A cluster: several hosts with a pool each, which a program uses as one. Every host runs this very file, started by `ssh`; a manager in
 * it serves the pool to whoever knows the key. The host named "localhost" is this machine.
 *
 *     deno run -A examples/distributing.ts [HOST]...
 *
 * The other hosts need `deno` and this folder, at the same place.
 */
import { BaseManager, type Creator, getLogger, INFO, logToStderr, Pool, type Proxied } from "@multiprocessing/deno";

/** How many processes each host has. */
const PROCESSES = 2;

export function countDivisors(number: number): number {
  let count = 0;
  for (let divisor = 1; divisor <= number; divisor++) if (number % divisor === 0) count++;
  return count;
}

/** What hosts can do. Functions do not cross from program to program, so it is asked for by name. */
const WORK = { countDivisors };

/** The pool of a host. */
class HostPool implements AsyncDisposable {
  readonly #pool = new Pool(PROCESSES);

  map(work: keyof typeof WORK, items: number[]): Promise<number[]> {
    return this.#pool.map(WORK[work], items);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.terminate();
  }
}

class HostManager extends BaseManager {
  declare getPool: Creator<() => HostPool>;
}

/** What a host does: it says where it is, and serves until its input ends. */
async function serve(hostname: string): Promise<void> {
  const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
  const { value: authKey = "" } = await input.read();
  await using pool = new HostPool();
  HostManager.register("getPool", { callable: () => pool });
  const server = new HostManager({ address: [hostname, 0], authKey }).getServer();
  const end = new AbortController();
  input.read().finally(() => end.abort());
  console.log(server.address[1]);
  await server.serveForever({ signal: end.signal });
}

/** A host as the program has it. */
class Host implements AsyncDisposable {
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly pool: Proxied<HostPool>;

  private constructor(name: string, child: Deno.ChildProcess, pool: Proxied<HostPool>) {
    this.name = name;
    this.#child = child;
    this.pool = pool;
  }

  static async start(name: string): Promise<Host> {
    const isHere = name === "localhost";
    const serve = ["run", "--allow-all", import.meta.url, "--serve", isHere ? "127.0.0.1" : "0.0.0.0"];
    const [command, ...args] = isHere ? [Deno.execPath(), ...serve] : ["ssh", name, "deno", ...serve];
    const child = new Deno.Command(command ?? "", { args, stdin: "piped", stdout: "piped" }).spawn();
    const authKey = crypto.randomUUID();
    const input = child.stdin.getWriter();
    await input.write(new TextEncoder().encode(authKey));
    input.releaseLock();
    const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value: port } = await output.read();
    const manager = new HostManager({ address: [isHere ? "127.0.0.1" : name, Number(port)], authKey });
    HostManager.register("getPool");
    await manager.connect();
    getLogger().info("host %s has started", name);
    return new Host(name, child, await manager.getPool());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close();
    await this.#child.status;
    getLogger().info("host %s has ended", this.name);
  }
}

/** Several hosts as one. */
class Cluster implements AsyncDisposable {
  readonly #hosts: readonly Host[];

  private constructor(hosts: readonly Host[]) {
    this.#hosts = hosts;
  }

  static async start(names: readonly string[]): Promise<Cluster> {
    return new Cluster(await Promise.all(names.map((name) => Host.start(name))));
  }

  /** Whoever has done its part gets the next one. */
  async map(work: keyof typeof WORK, items: readonly number[], chunkSize: number): Promise<number[]> {
    const results: number[] = [];
    const starts = items.keys().filter((index) => index % chunkSize === 0);
    const feed = async ({ pool }: Host) => {
      for (const start of starts) {
        const part = await pool.map(work, items.slice(start, start + chunkSize));
        for (const [index, result] of part.entries()) results[start + index] = result;
      }
    };
    await Promise.all(this.#hosts.map(feed));
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host[Symbol.asyncDispose]()));
  }
}

if (import.meta.main) {
  const [first, hostname = ""] = Deno.args;
  if (first === "--serve") await serve(hostname);
  else {
    logToStderr(INFO);
    await using cluster = await Cluster.start(Deno.args.length > 0 ? Deno.args : ["localhost", "localhost"]);
    const numbers = Array.from({ length: 100 }, (_, i) => i + 1);
    const divisors = await cluster.map("countDivisors", numbers, 10);
    console.log("primes below 100:", numbers.filter((_, i) => divisors[i] === 2).join(" "));
  }
}

/* Output:
primes below 100: 2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71 73 79 83 89 97
*/

/* Errors:
[INFO/MainProcess] host localhost has started
[INFO/MainProcess] host localhost has started
[INFO/MainProcess] host localhost has ended
[INFO/MainProcess] host localhost has ended
[INFO/MainProcess] process shutting down
*/

// Catalogue: EX-51
