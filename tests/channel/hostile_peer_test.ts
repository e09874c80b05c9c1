import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { TextLineStream } from "@std/streams";
import {
  type Address,
  AuthenticationError,
  Client,
  Listener,
  type ListenerOptions,
  Pipe,
  registerReducer,
} from "../../mod.ts";
import { keyedDigest } from "../../src/channel/challenge_digest.ts";
import { ListenerGate } from "../../src/channel/listener_gate.ts";
import { termsOf } from "../../src/channel/network_options.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { Random } from "../helpers/random.ts";
import { within } from "../helpers/within.ts";
import { bytesOf, concat, dial, forEachKind, frame, KINDS, readSome, textOf, writeAll } from "../targets/listeners.ts";

const KEY = "secret password";
const SILENT = 200;
// Far below the time that a handshake may take, far above what an honest one takes on a busy machine.
const AT_ONCE_MS = 3_000;
const FLAT_BYTES = 48 << 20;

/** A program that serves whoever knows the key: it answers each message by how much memory it has, and prints nothing. */
class Server implements AsyncDisposable {
  readonly address: Address;
  readonly #process: Deno.ChildProcess;
  readonly #stderr: Promise<string>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  constructor(address: Address, process: Deno.ChildProcess, lines: ReadableStreamDefaultReader<string>) {
    this.address = address;
    this.#process = process;
    this.#lines = lines;
    this.#stderr = new Response(process.stderr).text();
  }

  static async start(options: ListenerOptions): Promise<Server> {
    const text = `
      import { Listener } from ${JSON.stringify(import.meta.resolve("../../mod.ts"))};
      const listener = new Listener(${JSON.stringify({ ...options, authKey: KEY })});
      console.log(JSON.stringify(listener.address));
      for await (const connection of listener) serve(connection);
      async function serve(connection) {
        try {
          for await (const message of connection) {
            if (message === "stop") listener.close();
            await connection.send(Deno.memoryUsage().rss);
          }
        } catch {
          // A peer that knows the key and sends nonsense.
        }
        connection.close();
      }`;
    const args = ["eval", text];
    const process = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" }).spawn();
    const lines = process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream()).getReader();
    const { value = "" } = await lines.read();
    return new Server(JSON.parse(value), process, lines);
  }

  /** What an honest client gets, and how long that takes. */
  async serveHonest(message = "memory"): Promise<number> {
    const begin = performance.now();
    using client = await Client(this.address, { authKey: KEY });
    await client.send(message);
    const answer = await client.recv();
    const taken = performance.now() - begin;
    assert(taken < AT_ONCE_MS, `an honest client was served after ${taken} ms`);
    return Number(answer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.serveHonest("stop");
    assertEquals((await this.#lines.read()).done, true, "it printed something");
    assertEquals(await this.#stderr, "");
    assertEquals((await this.#process.status).code, 0);
  }
}

/** Sockets that are held open while `body` runs. */
async function holding(address: Address, count: number, body: (conns: Deno.Conn[]) => Promise<void>): Promise<void> {
  const conns = await Promise.all(Array.from({ length: count }, () => dial(address)));
  try {
    await body(conns);
  } finally {
    conns.forEach((conn) => conn.close());
  }
}

/** What strangers do; each is called with the address and leaves nothing open. */
const ATTACKS: Record<string, (address: Address, meanwhile: () => Promise<unknown>) => Promise<void>> = {
  "silent sockets": (address, meanwhile) =>
    holding(address, SILENT, async () => {
      for (let times = 0; times < 5; times++) await meanwhile();
    }),
  "port probes": async (address, meanwhile) => {
    for (let times = 0; times < 20; times++) await holding(address, 10, () => Promise.resolve());
    await meanwhile();
  },
  "oversized announcements": (address, meanwhile) =>
    holding(address, 50, async (conns) => {
      const heads = [[127, 255, 255, 255], [255, 255, 255, 255, 127, 255, 255, 255, 255, 255, 255, 255], [0, 0, 1, 1]];
      await Promise.all(conns.map((conn, index) => writeAll(conn, Uint8Array.from(heads[index % 3] ?? []))));
      await meanwhile();
      // Each is thrown out: the challenge, then the end.
      for (const conn of conns) await endOf(conn);
    }),
  "truncated frames": async (address, meanwhile) => {
    for (let cut = 1; cut < 44; cut++) {
      await holding(address, 1, async ([conn]) => {
        if (conn !== undefined) {
          await writeAll(conn, frame(concat(bytesOf("{sha256}"), new Uint8Array(32))).subarray(0, cut));
        }
      });
    }
    await meanwhile();
  },
  "garbage": async (address, meanwhile) => {
    const random = new Random(5);
    for (let times = 0; times < 20; times++) {
      // The listener may have gone away in the middle of it.
      await holding(address, 5, async (conns) => {
        await Promise.allSettled(conns.map((conn) => writeAll(conn, random.bytes(1 + random.below(100_000)))));
      });
    }
    await meanwhile();
  },
  "wrong keys": async (address, meanwhile) => {
    const attempts = Array.from({ length: 20 }, (_, index) => {
      return assertRejects(() => Client(address, { authKey: `guess ${index}` }), AuthenticationError);
    });
    await meanwhile();
    await Promise.all(attempts);
  },
  "clients without a key": async (address, meanwhile) => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => Client(address)));
    await Promise.all(clients.map((client) => client.send("let me in")));
    await meanwhile();
    clients.forEach((client) => client.close());
  },
  "peers that stop in the middle of the handshake": (address, meanwhile) =>
    holding(address, 50, async (conns) => {
      for (const conn of conns) {
        const challenge = (await readSome(conn, 63)).slice(15);
        const proof = concat(bytesOf("{sha256}"), await keyedDigest("sha256", bytesOf(KEY), challenge));
        await writeAll(conn, frame(proof));
        assertEquals(textOf(await readSome(conn, 13)).slice(4), "#WELCOME#");
      }
      await meanwhile();
    }),
  "peers that know the key and send nonsense": async (address, meanwhile) => {
    const random = new Random(6);
    for (let times = 0; times < 20; times++) {
      using client = await Client(address, { authKey: KEY });
      await client.sendBytes(random.bytes(random.below(5000)));
    }
    await meanwhile();
  },
};

for (const { name: kind, options } of KINDS) {
  Deno.test(`Listener serves honest clients at once whatever strangers do, in flat memory and silence (${kind})`, async () => {
    await within(
      HANG_MS,
      (async () => {
        await using server = await Server.start(options);
        const attackAll = async () => {
          for (const attack of Object.values(ATTACKS)) await attack(server.address, () => server.serveHonest());
        };
        await attackAll();
        const before = await server.serveHonest();
        for (let times = 0; times < 3; times++) await attackAll();
        const grown = await server.serveHonest() - before;
        assert(grown < FLAT_BYTES, `memory has grown by ${grown} bytes`);
      })(),
    );
  });
}

forEachKind("Listener tells each failure to one accept, and passes over them in for await", async (options) => {
  using listener = new Listener({ ...options, authKey: KEY });
  const wrong = () => assertRejects(() => Client(listener.address, { authKey: "wrong" }), AuthenticationError);
  for (let times = 0; times < 20; times++) await wrong();
  const client = await Client(listener.address, { authKey: KEY });
  const server = await acceptHonest(listener);
  await server.send("served");
  assertEquals(await client.recv(), "served");
  client.close();
  server.close();
  await Promise.all([
    wrong(),
    assertRejects(() => listener.accept(), AuthenticationError, "digest received was wrong"),
  ]);
});

forEachKind(
  "Listener with all places of its backlog taken by silent peers makes room for the next",
  async (options) => {
    using listener = new Listener({ ...options, authKey: KEY, backlog: 2 });
    await holding(listener.address, 2, async (conns) => {
      for (const conn of conns) await readSome(conn, 63);
      const [client, thrownOut] = await Promise.all([
        Client(listener.address, { authKey: KEY }),
        assertRejects(() => listener.accept(), AuthenticationError, "had to make room"),
      ]);
      assertMatch(thrownOut.message, /the peer at .* backlog allows, 2; raise it/);
      client.close();
      (await acceptHonest(listener)).close();
      assertEquals((await readSome(conns[0] as Deno.Conn, 1)).length, 0);
    });
  },
);

forEachKind("Listener decodes nothing of a peer that has not proved its key [AUTH-19]", async (options) => {
  Tripwire.revived = 0;
  // Of this module's own format, so that it would be decoded, and its class would tell.
  const message = await encoded(new Tripwire());
  using listener = new Listener({ ...options, authKey: KEY });
  for (const first of [message, concat(bytesOf("#CHALLENGE#"), message)]) {
    using conn = await dial(listener.address);
    const failed = assertRejects(() => listener.accept(), AuthenticationError);
    await writeAll(conn, concat(frame(first), frame(message)));
    await failed;
  }
  assertEquals(Tripwire.revived, 0);
  const [client, server] = await Promise.all([Client(listener.address, { authKey: KEY }), listener.accept()]);
  await client.send(new Tripwire());
  assertEquals([await server.recv() instanceof Tripwire, Tripwire.revived], [true, 1]);
  client.close();
  server.close();
});

Deno.test("Listener serves the next one where the system refuses to set up the socket of a peer that has gone, as macOS does", async () => {
  const sockets = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accept = sockets.accept.bind(sockets);
  sockets.accept = async () => {
    const conn = await accept();
    conn.setNoDelay = () => {
      throw new Error("Invalid argument (os error 22)");
    };
    return conn;
  };
  const gate = new ListenerGate(sockets, termsOf("listen", { authKey: KEY }), 4);
  const address: Address = ["127.0.0.1", sockets.addr.port];
  (await dial(address)).close();
  await assertRejects(() => gate.next({}));
  const [client, { connection }] = await Promise.all([Client(address, { authKey: KEY }), gate.next({})]);
  client.close();
  connection.close();
  gate.close(new Error("enough"));
  await gate.ended;
});

forEachKind("Listener.close() ends handshakes that are in progress", async (options) => {
  const listener = new Listener({ ...options, authKey: KEY });
  await holding(listener.address, 3, async (conns) => {
    for (const conn of conns) await readSome(conn, 63);
    await listener[Symbol.asyncDispose]();
    for (const conn of conns) assertEquals((await readSome(conn, 1)).length, 0);
  });
});

/** Counts how often it was made of a message. */
class Tripwire {
  static revived = 0;
}
registerReducer(Tripwire, {
  reduce: () => 0,
  revive: () => {
    Tripwire.revived++;
    return new Tripwire();
  },
});

/** A value as a message. */
async function encoded(value: unknown): Promise<Uint8Array> {
  const [a, b] = Pipe();
  using _ = a;
  using __ = b;
  await a.send(value);
  return await b.recvBytes();
}

/** The first that is accepted; a peer that was thrown out to make room rejects an accept. */
async function acceptHonest(listener: Listener) {
  for await (const connection of listener) return connection;
  throw new Error("Cannot accept: the listener was closed");
}

/** Reads until the other side has closed. */
async function endOf(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(256);
  try {
    while (await conn.read(buffer) !== null);
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
}
