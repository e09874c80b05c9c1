import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { TextLineStream } from "@std/streams";
import { AuthenticationError, Client, EOFError, Listener, TimeoutError } from "../../mod.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { within } from "../helpers/within.ts";
import { bytesOf, forEachKind, KINDS, textOf } from "../targets/listeners.ts";

const KEY = "secret password";

Deno.test("Client rejects where nobody listens [LIS-12]", async () => {
  const listener = new Listener({ family: "AF_INET" });
  const { address } = listener;
  await listener[Symbol.asyncDispose]();
  await assertRejects(() => Client(address), Deno.errors.ConnectionRefused, "nobody listens");
  await assertRejects(() => Client("/tmp/there-is-no-such-socket"), Deno.errors.NotFound, "no such socket");
});

forEachKind("Client waits as long as it is told", async (options) => {
  using listener = new Listener(options);
  await assertRejects(() => Client(listener.address, { authKey: KEY, timeout: 30 }), TimeoutError, "Cannot connect");
  const abort = new AbortController();
  const connecting = Client(listener.address, { authKey: KEY, signal: abort.signal });
  await listener.accept().then((server) => server.close());
  const second = await listener.accept();
  abort.abort(new Error("enough"));
  await assertRejects(() => connecting, Error, "enough");
  await assertRejects(() => second.recv(), EOFError);
  second.close();
  const signal = AbortSignal.abort(new Error("before"));
  await assertRejects(() => Client(listener.address, { signal }), Error, "before");
});

Deno.test("Listener and Client name the flags that are missing", async () => {
  const module = import.meta.resolve("../../mod.ts");
  const text = `
    import { Client, Listener } from ${JSON.stringify(module)};
    const tell = async (call) => { try { await call(); } catch (error) { console.log(error.name, error.message); } };
    globalThis.kept = []; // a listener that is dropped is closed
    await tell(() => kept.push(new Listener({ address: ["127.0.0.1", 4567] })));
    await tell(() => Client(["127.0.0.1", 4567]));
    await tell(() => new Listener({ address: "/tmp/some.socket" }));
    await tell(() => Client("/tmp/some.socket"));
    await tell(() => new Listener());
    await tell(() => new Listener({ address: "\\0abstract" }));`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, text);
  const run = async (...flags: string[]) => {
    const args = ["run", "--no-prompt", "--no-check", "--config", new URL("../../deno.json", import.meta.url).pathname];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: [...args, ...flags, file] }).output();
    return textOf(stdout).trimEnd().split("\n");
  };
  const refusals = await run();
  assertEquals(refusals.length, 6);
  for (const line of refusals) assertStringIncludes(line, "NotCapable");
  for (const line of refusals.slice(0, 2)) assertStringIncludes(line, "--allow-net=127.0.0.1:4567");
  for (const line of refusals.slice(2, 4)) {
    assertStringIncludes(line, "--allow-read=/tmp/some.socket --allow-write=/tmp");
  }
  // A port of this machine will do where there may be no file.
  assertEquals((await run("--allow-net=127.0.0.1")).length, 3);
  await Deno.remove(file);
});

// CPython's side, in both roles. What it prints is what it received.

const PYTHON_CLIENT = `
import sys
from multiprocessing.connection import Client
address = sys.argv[1] if sys.argv[1][0] == "/" else ("127.0.0.1", int(sys.argv[1]))
key = sys.argv[2].encode() if len(sys.argv) > 2 else None
c = Client(address, authkey=key)
c.send_bytes(b"from python")
print(c.recv_bytes().decode(), flush=True)
c.send_bytes(c.recv_bytes())
c.send([1, 2])
c.close()
`;
const PYTHON_LISTENER = `
import sys
from multiprocessing.connection import Listener
address = None if sys.argv[1] == "AF_UNIX" else ("127.0.0.1", 0)
key = sys.argv[2].encode() if len(sys.argv) > 2 else None
l = Listener(address, family=sys.argv[1], authkey=key)
print(l.address if sys.argv[1] == "AF_UNIX" else l.address[1], flush=True)
try:
    c = l.accept()
    c.send_bytes(b"from python")
    print(c.recv_bytes().decode(), flush=True)
    c.send_bytes(c.recv_bytes())
    c.close()
except Exception as e:
    print(type(e).__name__, flush=True)
l.close()
`;

interface Python {
  readonly version: string;
  readonly path: string;
  readonly legacyDigest: boolean;
}

const WANTED = ["3.8", "3.11", "3.12", "3.13", "3.14"];
const pythons = findPythons();
for (const version of WANTED.filter((each) => !pythons.some((python) => python.version.startsWith(`${each}.`)))) {
  Deno.test({ name: `CPython ${version} is not on this machine: its tests are skipped`, ignore: true, fn() {} });
}

for (const python of pythons) {
  for (const { name: kind, options } of KINDS) {
    const test = (name: string, body: () => Promise<void>) =>
      Deno.test(`${name} (CPython ${python.version}, ${kind})`, () => within(HANG_MS, body()));
    const { legacyDigest } = python;
    for (const authKey of [KEY, undefined]) {
      const args = authKey === undefined ? [] : [authKey];
      const how = authKey === undefined ? "without a key" : "with a key";
      test(`Listener serves Python's Client ${how} [AUTH-08] [AUTH-09] [AUTH-11]`, async () => {
        using listener = new Listener({ ...options, authKey: authKey ?? null, legacyDigest });
        const { address } = listener;
        const output = run(python, PYTHON_CLIENT, [
          typeof address === "string" ? address : String(address[1]),
          ...args,
        ]);
        using server = await listener.accept();
        assertEquals(textOf(await server.recvBytes()), "from python");
        await server.sendBytes(bytesOf("from deno"));
        const large = new Uint8Array(100_000).fill(7);
        await server.sendBytes(large);
        assertEquals(await server.recvBytes(), large);
        await assertRejects(() => server.recv(), Error, "it is a Python pickle");
        await assertRejects(() => server.recv(), EOFError);
        assertEquals(await output, "from deno\n");
      });

      test(`Client talks to Python's Listener ${how} [AUTH-08] [AUTH-09] [AUTH-11]`, async () => {
        const listener = PythonListener.start(python, kind, args);
        using client = await Client(await listener.address(), { authKey: authKey ?? null, legacyDigest });
        assertEquals(textOf(await client.recvBytes()), "from python");
        await client.sendBytes(bytesOf("from deno"));
        const large = new Uint8Array(100_000).fill(7);
        await client.sendBytes(large);
        assertEquals(await client.recvBytes(), large);
        assertEquals(await listener.end(), "from deno\n");
      });
    }

    test("Client and Python's Listener with different keys fail on both sides [AUTH-01]", async () => {
      const listener = PythonListener.start(python, kind, ["another key"]);
      const address = await listener.address();
      await assertRejects(() => Client(address, { authKey: KEY, legacyDigest }), AuthenticationError, "rejected");
      assertEquals(await listener.end(), "AuthenticationError\n");
    });

    if (legacyDigest) {
      test("Client and Listener refuse Python's MD5 unless it is allowed [AUTH-10] [AUTH-11]", async () => {
        const listener = PythonListener.start(python, kind, [KEY]);
        const address = await listener.address();
        await assertRejects(() => Client(address, { authKey: KEY }), AuthenticationError, "legacyDigest: true");
        assertEquals(await listener.end(), "EOFError\n");
      });
    }
  }
}

/** Runs a script and gives what it prints. */
async function run({ path }: Python, script: string, args: readonly string[]): Promise<string> {
  const command = new Deno.Command(path, { args: ["-c", script, ...args], stderr: "piped" });
  const { stdout, stderr, success } = await command.output();
  assert(success, textOf(stderr));
  return textOf(stdout);
}

/** Python's listener, in a process of its own. */
class PythonListener {
  readonly #process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #kind: string;

  constructor(process: Deno.ChildProcess, kind: string) {
    this.#process = process;
    this.#lines = process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream()).getReader();
    this.#kind = kind;
  }

  static start({ path }: Python, kind: string, args: readonly string[]): PythonListener {
    const family = kind === "TCP" ? "AF_INET" : "AF_UNIX";
    const command = new Deno.Command(path, { args: ["-c", PYTHON_LISTENER, family, ...args], stdout: "piped" });
    return new PythonListener(command.spawn(), kind);
  }

  /** Where it listens. */
  async address(): Promise<string | [string, number]> {
    const { value = "" } = await this.#lines.read();
    return this.#kind === "TCP" ? ["127.0.0.1", Number(value)] : value;
  }

  /** What it prints until it ends. */
  async end(): Promise<string> {
    let text = "";
    for (let next = await this.#lines.read(); !next.done; next = await this.#lines.read()) text += `${next.value}\n`;
    await this.#process.status;
    return text;
  }
}

function findPythons(): Python[] {
  const folder = `${Deno.env.get("PYENV_ROOT") ?? `${Deno.env.get("HOME")}/.pyenv`}/versions`;
  let names: string[] = [];
  try {
    names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.filter((name) => WANTED.some((version) => name.startsWith(`${version}.`))).toSorted().map((version) => ({
    version,
    path: `${folder}/${version}/bin/python3`,
    legacyDigest: Number(version.split(".")[1]) < 12,
  }));
}

Deno.test("Client and Listener have the system ask for a peer whose machine may have vanished", async () => {
  using raw = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conn = await Deno.connect({ ...raw.addr, transport: "tcp" });
  const prototype: Deno.TcpConn = Object.getPrototypeOf(conn);
  const { setKeepAlive } = prototype;
  let asked = 0;
  prototype.setKeepAlive = () => void asked++;
  using _restored = { [Symbol.dispose]: () => void (prototype.setKeepAlive = setKeepAlive) };
  using listener = new Listener({ family: "AF_INET" });
  const accepting = listener.accept();
  const client = await Client(listener.address);
  const server = await accepting;
  assertEquals(asked, 2);
  for (const end of [conn, client, server]) end.close();
});
