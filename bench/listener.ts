/**
 * Listener and Client beside Python's, in turns: each with its listener in a process of its own.
 *
 * `deno task bench --only listener`
 *
 * @module
 */

import { TextLineStream } from "@std/streams";
import { type Address, Client, type Connection, type Family, Listener } from "../mod.ts";
import { type Add, type Contender, type Extent, race } from "./measure.ts";
import { newestPython, Peer } from "./peer.ts";

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

const ROWS = [
  { row: "handshake", name: "connect and handshake", unit: "µs", times: 200 },
  { row: "rounds", name: "round trip, 100 bytes", unit: "µs", times: 4000 },
  { row: "stream", name: "one way, 1 MiB", unit: "MiB/s", times: 200 },
] as const;

/** Measures all rows, one kind of socket after the other. */
export async function benchListeners({ rounds, share }: Extent, add: Add): Promise<void> {
  await using python = await startPython();
  for (const family of FAMILIES) {
    await using served = await Served.start(family);
    const ours = served.contenders();
    for (const { row, name, unit, times } of ROWS) {
      const peers = python === undefined ? [] : [python.contender(`${row}:${family}`)];
      add(
        await race({
          topic: "listener",
          name: `${name}, ${family === "AF_INET" ? "TCP" : "Unix"}`,
          unit,
          times: Math.ceil(times * share),
          rounds,
          bytes: MIB.length,
          contenders: [ours[row], ...peers],
        }),
      );
    }
  }
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

async function startPython(): Promise<Peer | undefined> {
  const found = await newestPython();
  return found && new Peer(`CPython ${found.version}`, found.path, ["-c", PYTHON]);
}

if (import.meta.main) await serve(Deno.args[1] as Family);
