/**
 * Listener and Client beside Python's, in turns: each with its listener in a process of its own.
 *
 * `deno run -A bench/listener.ts [--quick]`
 *
 * @module
 */

import { TextLineStream } from "@std/streams";
import { type Address, Client, type Connection, type Family, Listener } from "../mod.ts";
import { type Contender, race, type Row } from "./measure.ts";
import { Peer } from "./peer.ts";

const KEY = "secret password";
const SMALL = new Uint8Array(100).fill(7);
const MIB = new Uint8Array(1 << 20).fill(7);
// Longer messages are counted, shorter ones sent back; an empty one asks whether all have come.
const ECHO_BYTES = 1000;
const FAMILIES: readonly Family[] = ["AF_INET", "AF_UNIX"];

const PYTHON = `
import sys, time
from multiprocessing import get_context
from multiprocessing.connection import Client, Listener

KEY = b"${KEY}"

def serve(line, family):
    listener = Listener(("127.0.0.1", 0) if family == "AF_INET" else None, family, backlog=16, authkey=KEY)
    line.send(listener.address)
    while True:
        connection = listener.accept()
        try:
            while True:
                message = connection.recv_bytes()
                if len(message) < ${ECHO_BYTES}: connection.send_bytes(message)
        except EOFError:
            connection.close()

def handshake(address, times):
    for _ in range(times): Client(address, authkey=KEY).close()

def rounds(address, times):
    with Client(address, authkey=KEY) as c:
        message = bytes(${SMALL.length})
        begin = time.perf_counter()
        for _ in range(times):
            c.send_bytes(message)
            c.recv_bytes()
        return time.perf_counter() - begin

def stream(address, times):
    with Client(address, authkey=KEY) as c:
        message = bytes(${MIB.length})
        begin = time.perf_counter()
        for _ in range(times): c.send_bytes(message)
        c.send_bytes(b"")
        c.recv_bytes()
        return time.perf_counter() - begin

context = get_context("fork")
addresses = {}
for family in ("AF_INET", "AF_UNIX"):
    here, there = context.Pipe()
    context.Process(target=serve, args=(there, family), daemon=True).start()
    addresses[family] = here.recv()
for order in sys.stdin:
    row, times = order.split()
    what, family = row.split(":")
    begin = time.perf_counter()
    taken = globals()[what](addresses[family], int(times))
    print(taken or time.perf_counter() - begin, flush=True)
`;

/** Our listener, in a process of its own. */
class Served implements AsyncDisposable {
  readonly address: Address;
  readonly #process: Deno.ChildProcess;

  constructor(address: Address, process: Deno.ChildProcess) {
    this.address = address;
    this.#process = process;
  }

  static async start(family: Family): Promise<Served> {
    const args = ["run", "-A", "--no-check", import.meta.filename ?? "", "serve", family];
    const process = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
    const lines = process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream()).getReader();
    const { value = "" } = await lines.read();
    await lines.cancel();
    return new Served(JSON.parse(value), process);
  }

  contenders(): Record<"handshake" | "rounds" | "stream", Contender> {
    const timed = (run: (times: number) => Promise<void>) => async (times: number) => {
      const begin = performance.now();
      await run(times);
      return (performance.now() - begin) / 1e3;
    };
    const connected = (run: (connection: Connection, times: number) => Promise<void>) => async (times: number) => {
      using connection = await Client(this.address, { authKey: KEY });
      return await timed((times) => run(connection, times))(times);
    };
    return {
      handshake: { name: "ours", run: timed((times) => this.#handshake(times)) },
      rounds: { name: "ours", run: connected(roundTrips) },
      stream: { name: "ours", run: connected(stream) },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.close();
    await this.#process.status;
  }

  async #handshake(times: number): Promise<void> {
    for (let left = times; left > 0; left--) (await Client(this.address, { authKey: KEY })).close();
  }
}

/** The rows, one kind of socket after the other. */
export async function listenerRows({ rounds, share }: { rounds: number; share: number }): Promise<Row[]> {
  const rows: Row[] = [];
  await using python = await startPython();
  for (const family of FAMILIES) {
    await using served = await Served.start(family);
    const ours = served.contenders();
    const both = (what: keyof typeof ours) => {
      return [ours[what], ...python === undefined ? [] : [python.contender(`${what}:${family}`)]];
    };
    const kind = family === "AF_INET" ? "TCP" : "Unix";
    const limits = { rounds, bytes: MIB.length };
    rows.push(
      ...await race({
        name: `connect and handshake, ${kind}`,
        unit: "µs",
        times: Math.ceil(200 * share),
        contenders: both("handshake"),
        ...limits,
      }),
      ...await race({
        name: `round trip, 100 bytes, ${kind}`,
        unit: "µs",
        times: Math.ceil(4000 * share),
        contenders: both("rounds"),
        ...limits,
      }),
      ...await race({
        name: `one way, 1 MiB, ${kind}`,
        unit: "MiB/s",
        times: Math.ceil(200 * share),
        contenders: both("stream"),
        ...limits,
      }),
    );
  }
  return rows;
}

async function roundTrips(connection: Connection, times: number): Promise<void> {
  for (let left = times; left > 0; left--) {
    await connection.sendBytes(SMALL);
    await connection.recvBytes();
  }
}

async function stream(connection: Connection, times: number): Promise<void> {
  for (let left = times; left > 0; left--) await connection.sendBytes(MIB);
  await connection.sendBytes(new Uint8Array());
  await connection.recvBytes();
}

/** What the listener's process does, until its input ends. */
async function serve(family: Family): Promise<void> {
  const listener = new Listener({ family, authKey: KEY });
  console.log(JSON.stringify(listener.address));
  const serving = (async () => {
    for await (const connection of listener) answer(connection);
  })();
  for await (const _ of Deno.stdin.readable);
  listener.close();
  await serving;
}

async function answer(connection: Connection): Promise<void> {
  try {
    for (;;) {
      const message = await connection.recvBytes();
      if (message.length < ECHO_BYTES) await connection.sendBytes(message);
    }
  } catch {
    // The client has left.
    connection.close();
  }
}

/** The newest that pyenv has, else the system's. */
async function startPython(): Promise<Peer | undefined> {
  const folder = `${Deno.env.get("PYENV_ROOT") ?? `${Deno.env.get("HOME")}/.pyenv`}/versions`;
  let names: string[] = [];
  try {
    names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    // No pyenv here.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const newest = names.filter((name) => /^3\.\d+\.\d+$/.test(name))
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
  const path = newest === undefined ? "python3" : `${folder}/${newest}/bin/python3`;
  try {
    await new Deno.Command(path, { args: ["--version"], stdout: "null" }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return new Peer(`Python ${newest ?? "3"}`, path, ["-c", PYTHON]);
}

async function main(): Promise<void> {
  const quick = Deno.args.includes("--quick");
  for (const row of await listenerRows({ rounds: quick ? 3 : 9, share: quick ? 0.2 : 1 })) {
    const { name, who, unit, median, peer } = row;
    const beside = peer === undefined ? "" : ` ${peer.ratio.toFixed(2)} × ${peer.who} (${peer.median.toFixed(1)})`;
    console.log(`${name.padEnd(34)} ${who} ${median.toFixed(1)} ${unit}${beside}`);
  }
}

if (import.meta.main) {
  if (Deno.args[0] === "serve") await serve(Deno.args[1] as Family);
  else await main();
}
