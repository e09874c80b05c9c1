import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import {
  type Address,
  AuthenticationError,
  Client,
  currentProcess,
  EOFError,
  type Family,
  InvalidStateError,
  Listener,
  type ListenerOptions,
  NotSupportedError,
  Pipe,
  TimeoutError,
  wait,
} from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import {
  bytesOf,
  dial,
  forEachKind,
  frame,
  greetByProgramKey,
  serveByProgramKey,
  textOf,
  writeAll,
} from "../targets/listeners.ts";

const KEY = "secret password";

forEachKind("Listener and Client with a key are the manual's example [LIS-01] [LIS-02] [LIS-07]", async (options) => {
  using listener = new Listener({ ...options, authKey: KEY });
  assertEquals(listener.lastAccepted, null);
  const [client, server] = await Promise.all([Client(listener.address, { authKey: bytesOf(KEY) }), listener.accept()]);
  const last = listener.lastAccepted;
  if (typeof listener.address === "string") assertEquals(last, "");
  else assert(Array.isArray(last) && last[0] === "127.0.0.1" && last[1] > 0);
  await server.send([2.25, null, "junk", Number]);
  await server.sendBytes(bytesOf("hello"));
  await server.sendBytes(Int32Array.of(42, 1729));
  assertEquals(await client.recv(), [2.25, null, "junk", Number]);
  assertEquals(textOf(await client.recvBytes()), "hello");
  const array = new Int32Array(5);
  assertEquals(await client.recvBytesInto(array), 8);
  assertEquals([...array], [42, 1729, 0, 0, 0]);
  client.close();
  server.close();
});

Deno.test("Listener chooses an address of its own, and names the real port [LIS-04] [LIS-06] [LIS-07]", () => {
  using tcp = new Listener({ family: "AF_INET" });
  const [host, port] = tcp.address;
  assertEquals(host, "127.0.0.1");
  assert(Number(port) > 0);
  using local = new Listener({ address: ["localhost", 0] });
  assert(Number(local.address[1]) > 0);
  const unix = new Listener();
  assertMatch(String(unix.address), /[/\\]listener-\w+$/);
  const folder = String(unix.address).replace(/\/[^/]*$/, "");
  assertEquals((Deno.statSync(folder).mode ?? 0) & 0o777, 0o700);
  unix.close();
  assertThrows(() => Deno.statSync(folder), Deno.errors.NotFound);
});

Deno.test("Listener and Client refuse what is no address, family or option [LIS-04] [LIS-05] [LIS-14]", async () => {
  const address = 5 as unknown as Address;
  const wrong: [ListenerOptions, new (message: string) => Error, string][] = [
    [{ address }, TypeError, "address must be"],
    [{ address: [1, 2] as unknown as Address }, TypeError, "address must be"],
    [{ address: ["127.0.0.1", 65536] }, RangeError, "port"],
    [{ address: ["127.0.0.1", 1.5] }, RangeError, "port"],
    [{ family: "AF_BANANA" as Family }, RangeError, "not recognized"],
    [{ family: "AF_PIPE" }, NotSupportedError, "named pipes"],
    [{ address: "\\\\.\\pipe\\x" }, NotSupportedError, "named pipes"],
    [{ address: ["127.0.0.1", 0], family: "AF_UNIX" }, RangeError, "not of family"],
    [{ backlog: 0 }, RangeError, "backlog"],
    [{ authKey: 5 as unknown as string }, TypeError, "authKey"],
    [{ handshakeTimeout: 0 }, RangeError, "handshakeTimeout"],
    [{ maxMessage: -1 }, RangeError, "maxMessage"],
    [{ allowModules: ["tasks.ts"] }, TypeError, "allowModules"],
  ];
  for (const [options, cls, text] of wrong) {
    assertThrows(() => new Listener(options), cls, text);
    if ("backlog" in options || (options.family !== undefined && options.address === undefined)) continue;
    await assertRejects(() => Client(options.address ?? "/nowhere", options), cls, text);
  }
});

forEachKind("Listener cannot have an address that is in use [LIS-08]", async (options) => {
  using listener = new Listener(options);
  assertThrows(() => new Listener({ address: listener.address }), Deno.errors.AddrInUse, "in use");
  // The living one has taken no notice.
  assertEquals(await wait([listener], { timeout: 0 }), []);
});

Deno.test("Listener.close() removes the socket file, so that another can listen there at once [LIS-09]", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  for (let round = 0; round < 3; round++) {
    const listener = new Listener({ address: path });
    const [client, server] = await Promise.all([Client(path), listener.accept()]);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["socket"]);
    await client.send(round);
    assertEquals([await server.recv(), listener.address], [round, path]);
    assertThrows(() => new Listener({ address: path }), Deno.errors.AddrInUse, "in use");
    client.close();
    server.close();
    listener.close();
    assertEquals([...Deno.readDirSync(folder)], []);
  }
  const listener = new Listener({ address: path });
  await Deno.remove(path);
  await Deno.writeTextFile(path, "somebody else's");
  listener.close();
  assertEquals(await Deno.readTextFile(path), "somebody else's");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Listener takes the place of one that has ended without closing its socket file", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  const text = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} }); Deno.kill(Deno.pid, "SIGKILL");`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", text] }).output();
  assertEquals(Deno.lstatSync(path).isSocket, true);
  const listener = new Listener({ address: path });
  const [client, server] = await Promise.all([Client(path), listener.accept()]);
  client.close();
  server.close();
  await listener[Symbol.asyncDispose]();
  assertThrows(() => Deno.lstatSync(path), Deno.errors.NotFound);
  await Deno.writeTextFile(path, "not a socket");
  assertThrows(() => new Listener({ address: path }), Deno.errors.AddrInUse);
  assertEquals(await Deno.readTextFile(path), "not a socket");
  await Deno.remove(folder, { recursive: true });
});

forEachKind("Listener.close() ends what waits, removes the file, and may be repeated [LIS-09]", async (options) => {
  const listener = new Listener(options);
  const accepts = [listener.accept(), listener.accept({ timeout: 60_000 })];
  const iteration = Array.fromAsync(listener);
  const waiting = wait([listener]);
  listener.close();
  listener.close();
  for (const accept of accepts) await assertRejects(() => accept, InvalidStateError, "the listener is closed");
  assertEquals(await iteration, []);
  assertEquals(await waiting, [listener]);
  await assertRejects(() => listener.accept(), InvalidStateError, "the listener is closed");
  if (typeof listener.address === "string") assertThrows(() => Deno.statSync(String(listener.address)));
});

Deno.test({
  name: "Listener takes names that Linux knows without a file [LIS-10]",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using listener = new Listener({ address: `\0multiprocessing-${crypto.randomUUID()}` });
    const [client, server] = await Promise.all([Client(listener.address), listener.accept()]);
    await client.send(1);
    assertEquals(await server.recv(), 1);
    client.close();
    server.close();
  },
});

forEachKind("Listener serves a client that has sent and closed before accept [LIS-11]", async (options) => {
  using listener = new Listener(options);
  const client = await Client(listener.address);
  await client.send("early");
  client.close();
  using server = await listener.accept();
  assertEquals(await server.recv(), "early");
  await assertRejects(() => server.recv(), EOFError);
});

forEachKind("Listener.accept() waits as long as it is told, and one that gave up takes nobody", async (options) => {
  using listener = new Listener(options);
  await assertRejects(() => listener.accept({ timeout: 0 }), TimeoutError);
  await assertRejects(() => listener.accept({ timeout: 20 }), TimeoutError, "20 ms");
  const abort = new AbortController();
  const aborted = assertRejects(() => listener.accept({ signal: abort.signal }), Error, "enough");
  abort.abort(new Error("enough"));
  await aborted;
  await assertRejects(() => listener.accept({ timeout: "soon" as unknown as number }), TypeError);
  const [client, server] = await Promise.all([Client(listener.address), listener.accept()]);
  client.close();
  server.close();
});

forEachKind(
  "Listener.accept() rejects for a peer with another key, and goes on [AUTH-01] [AUTH-02]",
  async (options) => {
    using listener = new Listener({ ...options, authKey: KEY });
    for (const authKey of ["wrong", ""]) {
      const [client, server] = await Promise.allSettled([Client(listener.address, { authKey }), listener.accept()]);
      assert(client.status === "rejected" && client.reason instanceof AuthenticationError);
      assert(server.status === "rejected" && server.reason instanceof AuthenticationError);
      assertEquals(listener.lastAccepted, null);
    }
    const [client, server] = await Promise.all([Client(listener.address, { authKey: KEY }), listener.accept()]);
    client.close();
    server.close();
  },
);

forEachKind("Listener passes over peers that fail, in for await", async (options) => {
  const listener = new Listener({ ...options, authKey: KEY });
  const served = (async () => {
    for await (const connection of listener) {
      await connection.send("served");
      connection.close();
      listener.close();
    }
  })();
  await assertRejects(() => Client(listener.address, { authKey: "wrong" }), AuthenticationError);
  (await dial(listener.address)).close();
  using client = await Client(listener.address, { authKey: KEY });
  assertEquals(await client.recv(), "served");
  await served;
});

forEachKind("An empty key is a key [AUTH-16]", async (options) => {
  using listener = new Listener({ ...options, authKey: "" });
  const [client, server] = await Promise.all([
    Client(listener.address, { authKey: new Uint8Array() }),
    listener.accept(),
  ]);
  client.close();
  server.close();
  const other = Client(listener.address, { authKey: "wrong" });
  await assertRejects(() => listener.accept(), AuthenticationError);
  await assertRejects(() => other, AuthenticationError);
});

forEachKind(
  "A client without a key is told that one is asked for, and its accept ends when it leaves [AUTH-17]",
  async (options) => {
    using listener = new Listener({ ...options, authKey: KEY });
    const client = await Client(listener.address);
    assertEquals(textOf((await client.recvBytes()).subarray(0, 19)), "#CHALLENGE#{sha256}");
    client.close();
    await assertRejects(() => listener.accept(), EOFError);
    const other = await Client(listener.address);
    await assertRejects(() => other.recv(), AuthenticationError, "authKey");
    other.close();
    await assertRejects(() => listener.accept(), EOFError);
  },
);

forEachKind("A key on one side only fails within handshakeTimeout", async (options) => {
  using listener = new Listener(options);
  const connecting = Client(listener.address, { authKey: KEY, handshakeTimeout: 50 });
  await assertRejects(() => connecting, AuthenticationError, "within 50 ms");
  (await listener.accept()).close();
  using guarded = new Listener({ ...options, authKey: KEY, handshakeTimeout: 50 });
  using client = await Client(guarded.address);
  await assertRejects(() => guarded.accept(), AuthenticationError, "within 50 ms");
  assertEquals((await client.recvBytes()).length, 59);
});

forEachKind(
  "authenticate uses the key of the program, authKey alone does as well [LIS-03] [AUTH-18]",
  async (options) => {
    using listener = new Listener({ ...options, authenticate: true });
    const keys = [{ authenticate: true }, { authKey: currentProcess().authKey }];
    for (const key of keys) {
      const [client, server] = await Promise.all([Client(listener.address, key), listener.accept()]);
      client.close();
      server.close();
    }
    const wrong = Client(listener.address, { authKey: "wrong", authenticate: true });
    await assertRejects(() => listener.accept(), AuthenticationError);
    await assertRejects(() => wrong, AuthenticationError);
    using open = new Listener({ ...options, authenticate: false });
    const [client, server] = await Promise.all([Client(open.address, { authenticate: false }), open.accept()]);
    client.close();
    server.close();
  },
);

forEachStartMethod("Children have the key of the program, as clients and as listeners [AUTH-18]", async (ctx) => {
  using listener = new Listener({ authenticate: true });
  const child = await start(ctx, greetByProgramKey, listener.address);
  using connection = await listener.accept();
  assertEquals(await connection.recv(), "greetings");
  const [here, there] = Pipe<never, Address>();
  const server = await start(ctx, serveByProgramKey, there as never);
  there.close();
  using client = await Client(await here.recv(), { authenticate: true });
  await client.send("echo");
  assertEquals(await client.recv(), "echo");
  here.close();
  await finish([child, server]);
});

forEachKind("Listener with a backlog of 1 serves one after the other [LIS-13]", async (options) => {
  using listener = new Listener({ ...options, backlog: 1, authKey: KEY });
  const clients = Array.from({ length: 20 }, () => Client(listener.address, { authKey: KEY }));
  for (let left = clients.length; left > 0; left--) (await listener.accept()).close();
  for (const client of clients) (await client).close();
});

forEachKind("A listener and a connection that nobody waits for do not keep the program alive", async (options) => {
  const module = import.meta.resolve("../../mod.ts");
  const text = `
    import { Client, Listener } from ${JSON.stringify(module)};
    const listener = new Listener({ ...${JSON.stringify(options)}, authKey: "key" });
    const [client, server] = await Promise.all([Client(listener.address, { authKey: "key" }), listener.accept()]);
    await server.poll();
    console.log(typeof listener.address === "string" ? listener.address : "tcp");`;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", text] }).output();
  const address = textOf(stdout).trim();
  assertEquals(success, true);
  if (address !== "tcp") assertThrows(() => Deno.statSync(address), Deno.errors.NotFound);
});

Deno.test("Listener leaves its address free, once it is disposed of or the program has ended", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  for (const address of [path, path]) {
    await using listener = new Listener({ address });
    const [client, server] = await Promise.all([Client(listener.address), listener.accept()]);
    client.close();
    server.close();
  }
  const module = import.meta.resolve("../../mod.ts");
  const text = `import { Listener } from ${JSON.stringify(module)}; new Listener({ address: ${
    JSON.stringify(path)
  } });`;
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["eval", text] }).output();
  assertEquals([success, [...Deno.readDirSync(folder)]], [true, []]);
  await Deno.remove(folder, { recursive: true });
});

forEachKind("Listener gives out what it has accepted for another process's bare socket", async (options) => {
  using listener = new Listener(options);
  const conn = await dial(listener.address);
  await writeAll(conn, frame(bytesOf("by hand")));
  using server = await listener.accept();
  assertEquals(textOf(await server.recvBytes()), "by hand");
  conn.close();
});
