import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import {
  AuthenticationError,
  BaseManager,
  Client,
  getContext,
  InvalidStateError,
  type ListProxy,
  Pipe,
  RemoteError,
  SyncManager,
} from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { garbageCollector } from "../helpers/collector.ts";
import { forEachStartMethod, HANG_MS } from "../helpers/methods.ts";
import { programUrl, runProgram } from "../helpers/program.ts";
import { readsSettleAtOnce as sanitizeOps } from "../helpers/reads.ts";
import { HERE, KEY, serving } from "../helpers/serving.ts";
import { until, within } from "../helpers/within.ts";
import { addAndGiveUp, addHastily, MyManager, OddError, TallProxy } from "../targets/managers.ts";
import { askWithoutReading, claimAhead, claimAll, wrongs } from "../targets/managers_stranger.ts";

Deno.test("A remote manager serves programs that share only address and key [MGR-06] [MGR-07] [MGR-20]", async () => {
  await serving(MyManager, async (address) => {
    await using manager = await MyManager.fromAddress(address, KEY);
    assertEquals(manager.address, address);
    await using maths = await manager.Maths();
    assertEquals(await maths.add(4, 3), 7);
    await using troubles = await manager.Troubles();
    const error = await assertRejects(() => troubles.half(3), RemoteError, "Cannot halve 3");
    assert(!(error instanceof OddError), "its class is not found by the word of a stranger");
    await assertRejects(() => troubles.callMethod("half", [MyManager]), TypeError, "is not allowed");
    await using part = await troubles.part();
    assertEquals(await part.accumulate(1), 1);
    await using tall = await manager.Tall();
    assertInstanceOf(tall, TallProxy);
    const controller = new AbortController();
    const waiting = troubles.wait({ signal: controller.signal });
    controller.abort(new Error("enough"));
    await assertRejects(() => waiting, Error, "enough");
    assertEquals(await troubles.seen(), ["AbortError"]);
    await assertRejects(() => manager.shutdown(), Error, "no process of its own");
  });
});

Deno.test("A remote manager: a queue between two programs, and proxies within objects [MGR-20] [MGR-22]", async () => {
  await serving(SyncManager, async (address) => {
    await using manager = await SyncManager.fromAddress(address, KEY);
    await using registry = await manager.dict<string, unknown>();
    await using queue = await manager.Queue<unknown>();
    await registry.set("queue", queue);
    const items = ["hello", "hé ☃", null, true, 2.25, new Uint8Array([1, 2])];
    for (const item of items) await queue.put(item);
    const again = await registry.get("queue") as typeof queue;
    for (const item of items) assertEquals(await again.get(), item);
    await again[Symbol.asyncDispose]();
    assertEquals(await manager.numberOfObjects(), 2);
  });
});

Deno.test("A remote manager: another program puts, and what it had goes with it [MGR-20]", async () => {
  const shared = new Map<string, unknown>();
  class Meeting extends BaseManager {}
  Meeting.register("shared", { callable: () => shared, exposed: ["get", "set", "has"] });
  await serving(Meeting, async ([host, port]) => {
    await using manager = await Meeting.fromAddress([host, port], KEY);
    const { stdout, stderr } = await runProgram("meeting.ts", [host, String(port), KEY]);
    assertEquals([stdout, stderr], ["set\n", ""]);
    await using map = await manager.create("shared");
    assertEquals(await map.callMethod("get", ["word"]), "hello");
    assertEquals(shared.get("word"), "hello");
    assertEquals(await manager.numberOfObjects(), 1);
  });
});

Deno.test("A remote manager refuses wrong keys and silent peers, and serves on [MGR-07] [pain 25]", async () => {
  await serving(SyncManager, async (address) => {
    await assertRejects(() => SyncManager.fromAddress(address, "wrong"), AuthenticationError);
    const silent = await Promise.all(
      Array.from({ length: 50 }, () => Deno.connect({ hostname: address[0], port: address[1] })),
    );
    await using manager = await SyncManager.fromAddress(address, KEY);
    await using list = await manager.list([1]);
    for (const conn of silent) conn.close();
    for (const garbage of [[], [1], [99, 1], [1, 1, 1, 2, 3], [0, 1, 255, 255]]) {
      const peer = await Client(address, { authKey: KEY });
      await peer.sendBytes(new Uint8Array(garbage));
      peer.close();
    }
    const peer = await Client(address, { authKey: KEY });
    await peer.send({ id: 1 });
    peer.close();
    assertEquals(await list.getValue(), [1]);
    assertEquals(await manager.numberOfObjects(), 1);
  });
  await assertRejects(() => SyncManager.fromAddress(["127.0.0.1", 1], KEY), Deno.errors.ConnectionRefused);
});

Deno.test("A remote manager: a client cannot use what it has no proxy of, and the objects of others stay", async () => {
  await serving(SyncManager, async (address) => {
    await using manager = await SyncManager.fromAddress(address, KEY);
    await using list = await manager.list([1, 2]);
    assertEquals(await wrongs(address, KEY), ["REMOTE", "REMOTE", "REMOTE"]);
    assertEquals(await list.getValue(), [1, 2]);
  });
});

forEachStartMethod(
  "A remote manager: a stranger cannot let go of what is on its way within the program",
  async (ctx) => {
    await using manager = new ctx.SyncManager({ authKey: KEY });
    await manager.start();
    const [to, from] = ctx.Pipe<ListProxy<number>, never>();
    {
      await using list = await manager.list([1]);
      await to.send(list);
    }
    assertEquals(await manager.numberOfObjects(), 1);
    await claimAll(manager.address ?? HERE, KEY);
    assertEquals(await manager.numberOfObjects(), 1);
    to.close();
    from.close();
    assertEquals(await manager.numberOfObjects(), 0);
  },
);

Deno.test("A remote manager: a proxy may arrive before the server knows that it is on its way", async () => {
  await serving(SyncManager, async (address) => {
    using _clients = await claimAhead(address, KEY);
    await using manager = await SyncManager.fromAddress(address, KEY);
    assertEquals(await manager.numberOfObjects(), 0);
  });
});

Deno.test("A remote manager: a client that reads no answers holds up nobody", { sanitizeOps }, async () => {
  await serving(SyncManager, async (address) => {
    await using manager = await SyncManager.fromAddress(address, KEY);
    await using list = await manager.list([new Uint8Array(100_000)]);
    using _greedy = await askWithoutReading(address, KEY, 1000);
    assertEquals(await list.length(), 1);
  });
});

Deno.test("A remote manager that ends waits for nothing that was on its way", { sanitizeOps }, async () => {
  const [to, from] = Pipe<unknown>();
  await using left = new AsyncDisposableStack();
  await serving(SyncManager, async (address) => {
    const manager = left.use(await SyncManager.fromAddress(address, KEY));
    const list = left.use(await manager.list([1]));
    await to.send(list);
    assertEquals(await list.length(), 1, "the server knows what is on its way");
  });
  to.close();
  from.close();
});

Deno.test("A manager restarts at the address of one just shut down [MGR-21]", async () => {
  let address = HERE;
  for (let round = 0; round < 2; round++) {
    const stop = new AbortController();
    const server = new SyncManager({ address, authKey: KEY }).getServer();
    address = server.address as [string, number];
    const served = server.serveForever({ signal: stop.signal });
    {
      await using manager = await SyncManager.fromAddress(address, KEY);
      await using queue = await manager.Queue<string>();
      await queue.put("hello");
      assertEquals(await queue.get(), "hello");
    }
    stop.abort();
    await served;
  }
});

Deno.test("BaseManager.serveForever() serves here until its signal aborts [MGR-08]", async () => {
  const stop = new AbortController();
  stop.abort();
  await new SyncManager({ authKey: KEY }).serveForever({ signal: stop.signal });
});

Deno.test("BaseManager.serveForever() tells the address with the port that was chosen, for others to connect to", async () => {
  const stop = new AbortController();
  const served = new SyncManager({ address: ["127.0.0.1", 0], authKey: KEY });
  const serving = served.serveForever({ signal: stop.signal });
  await using client = new SyncManager({ address: served.address, authKey: KEY });
  await client.connect();
  assertEquals(await client.numberOfObjects(), 0);
  stop.abort();
  await serving;
  await using wrong = new SyncManager({ address: ["127.0.0.1", 0], authKey: KEY });
  await assertRejects(() => wrong.connect(), RangeError, "Cannot connect: port must be an integer from 1 to 65535");
});

forEachStartMethod("A proxy of another program's manager is of use to every process here [pain 18]", async (ctx) => {
  const program = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", programUrl("serve_manager.ts").href, KEY],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = program.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: address = "" } = await reader.read();
  const [to, from] = ctx.Pipe<unknown>();
  let last: ListProxy<string>;
  {
    await using manager = await SyncManager.fromAddress(JSON.parse(address), KEY);
    const list = await manager.list<string>();
    last = await manager.list<string>();
    // The server need not have noticed the end of a process that it was connected to, so each gives up what it has.
    const child = await start(ctx, addAndGiveUp, from as never, "added");
    await to.send(list);
    await finish([child]);
    assertEquals(await list.getValue(), ["added"]);
    assertEquals(await manager.numberOfObjects(), 2);
    const hasty = await start(ctx, addHastily, from as never);
    await to.send(list);
    assertEquals(await within(HANG_MS, to.recv()), [false, "TypeError"]);
    await finish([hasty]);
    assertEquals(await list.getValue(), ["added", ["as it was"]], "what is sent is what it was when it was sent");
    await list[Symbol.asyncDispose]();
    assertEquals(await manager.numberOfObjects(), 1);
    await to.send(last);
  }
  await program.stdin.close();
  await reader.cancel();
  assertEquals((await program.status).code, 0);
  const late = await start(ctx, addHastily, from as never);
  assertEquals(await within(HANG_MS, to.recv()), ["ConnectionRefused", "TypeError"]);
  await last[Symbol.asyncDispose]();
  await finish([late]);
  to.close();
  from.close();
});

Deno.test("A manager that was connected leaves no connection when it is disposed of, whatever proxies there are [MGR-07]", async () => {
  await using server = new SyncManager({ address: HERE, authKey: KEY, context: getContext("worker") });
  await server.start();
  let list: ListProxy<number>;
  {
    await using client = new SyncManager({ address: server.address, authKey: KEY });
    await client.connect();
    list = await client.list([1]);
    assertEquals(await list.at(0), 1);
    const names = await client.Namespace({ name: "Bob" });
    await names.set("age", 7);
    assertEquals([await names.name, await names.get("age")], ["Bob", 7]);
  }
  await assertRejects(() => list.at(0), Deno.errors.ConnectionReset, "was closed here");
});

Deno.test("A connected manager that nobody has any more leaves its connection", async () => {
  const collect = await garbageCollector();
  await serving(SyncManager, async (address) => {
    const connect = async () => {
      const manager = new SyncManager({ address, authKey: KEY });
      await manager.connect();
      return new WeakRef(manager);
    };
    const manager = await connect();
    await until(HANG_MS, () => {
      collect();
      return manager.deref() === undefined;
    });
  });
});

Deno.test("A manager connects once, and not at all if it is disposed of meanwhile [MGR-07]", async () => {
  await serving(SyncManager, async (address) => {
    await using manager = new SyncManager({ address, authKey: KEY });
    const connecting = [manager.connect(), manager.connect()];
    assertEquals((await Promise.allSettled(connecting)).map(({ status }) => status), ["fulfilled", "rejected"]);
    assertEquals(await manager.numberOfObjects(), 0);
    const left = new SyncManager({ address, authKey: KEY });
    const late = assertRejects(() => left.connect(), InvalidStateError, "ended meanwhile");
    await left[Symbol.asyncDispose]();
    await late;
    assertEquals(Deno.inspect(left), "<SyncManager shut down>");
    await assertRejects(() => left.list(), InvalidStateError, "the manager is shut down");
  });
  const refused = new SyncManager({ address: ["127.0.0.1", 1], authKey: KEY });
  for (let time = 0; time < 2; time++) await assertRejects(() => refused.connect(), Deno.errors.ConnectionRefused);
});

Deno.test("Managers that connect on other terms have another connection", async () => {
  await serving(SyncManager, async (address) => {
    await using trusting = await SyncManager.fromAddress(address, KEY);
    await using limited = new SyncManager({ address, authKey: KEY, maxMessage: 1000 });
    await limited.connect();
    await using list = await limited.list([new Uint8Array(10_000)]);
    await assertRejects(() => list.at(0), Deno.errors.ConnectionReset);
    await using other = await trusting.list([new Uint8Array(10_000)]);
    assertEquals((await other.at(0))?.length, 10_000);
  });
});
