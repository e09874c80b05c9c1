import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import type { Address, ManagerOptions, RegisterOptions } from "../../mod.ts";
import {
  BaseManager,
  inline,
  InvalidStateError,
  MakeProxyType,
  ProcessError,
  RemoteError,
  TimeoutError,
} from "../../mod.ts";
import { forEachStartMethod, HANG_MS } from "../helpers/methods.ts";
import {
  failToInitialize,
  initialize,
  Maths,
  MyManager,
  neverInitialize,
  OddError,
  TallProxy,
} from "../targets/managers.ts";

forEachStartMethod("BaseManager: registered classes are served [MGR-14] [MGR-15] [MGR-16]", async (ctx) => {
  await using manager = new MyManager({ context: ctx });
  await manager.start();
  const maths = await manager.Maths();
  assertEquals([await maths.add(4, 3), await maths.mul(7, 8)], [7, 56]);
  assertEquals([await maths.accumulate(2), await maths.accumulate(3)], [2, 5]);
  const [one, two, three] = [await manager.Foo1(), await manager.Foo2(), await manager.Foo3()];
  assertEquals([await one.f(), await one.g()], ["you called Foo.f()", "you called Foo.g()"]);
  assertEquals([await two.g(), await two._h()], ["you called Foo.g()", "you called Foo._h()"]);
  assert(!("_h" in one) && !("f" in two));
  assertEquals([await three.callMethod("f"), three.constructor.name], ["you called Foo.f()", "Foo3Proxy"]);
  for (const [proxy, name] of [[one, "_h"], [two, "f"], [three, "g"]] as const) {
    await assertRejects(() => proxy.callMethod(name), RemoteError, `Cannot call ${name}`);
  }
  const tall = await manager.Tall();
  assertInstanceOf(tall, TallProxy);
  assertEquals(await tall.addTwice(1, 2), 6);
});

forEachStartMethod("BaseManager: generators and plain objects are served [MGR-19]", async (ctx) => {
  await using manager = new MyManager({ context: ctx });
  await manager.start();
  assertEquals(await Array.fromAsync(await manager.squares()), [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
  const seen: number[] = [];
  for await (const n of await manager.counting()) {
    if (n > 2) break;
    seen.push(n);
  }
  assertEquals(seen, [0, 1, 2]);
  const operator = await manager.operator();
  assertEquals([await operator.add(23, 45), await operator.pow(2n, 94n)], [68, 19807040628566084398385987584n]);
});

forEachStartMethod("BaseManager: nothing but exposed methods can be reached [PRX-08]", async (ctx) => {
  await using manager = new MyManager({ context: ctx });
  await manager.start();
  const maths = await manager.Maths();
  const names = [
    "constructor",
    "__proto__",
    "hasOwnProperty",
    "toString",
    "valueOf",
    "secret",
    "#sum",
    "__defineGetter__",
    "",
  ];
  for (const name of names) await assertRejects(() => maths.callMethod(name), RemoteError, "Cannot call", name);
  await assertRejects(() => manager.create("nothing"), RemoteError, '"nothing": it is not registered');
  await assertRejects(() => manager.create("__proto__"), RemoteError, "it is not registered");
  for (const name of ["constructor", "__proto__", "#value"]) assertThrows(() => MakeProxyType("P", [name]), RangeError);
});

forEachStartMethod(
  "BaseManager: errors of methods arrive whole, others as RemoteError [PRX-08] [PRX-09]",
  async (ctx) => {
    await using manager = new MyManager({ context: ctx });
    await manager.start();
    const troubles = await manager.Troubles();
    assertEquals(await troubles.half(4), 2);
    const odd = await assertRejects(() => troubles.half(3), OddError, "Cannot halve 3");
    assertEquals(odd.number, 3);
    const dashes = "-".repeat(75);
    const unsendable = await assertRejects(() => troubles.unsendable(), RemoteError, "Unserializable message");
    assert(unsendable.message.startsWith(`\n${dashes}\n`) && unsendable.message.endsWith(`\n${dashes}`));
    await assertRejects(() => troubles.throwUnsendable(), RemoteError);
    await assertRejects(() => manager.Broken(), RemoteError, "Cannot be made");
    await assertRejects(() => manager.Maths().then((maths) => maths.callMethod("add", [() => {}])), TypeError);
  },
);

forEachStartMethod("BaseManager: an object may be made later, and its making may fail then", async (ctx) => {
  await using manager = new MyManager({ context: ctx });
  await manager.start();
  assertEquals(await (await manager.later()).f(), "you called Foo.f()");
  await assertRejects(() => manager.later("no"), RemoteError, "Cannot halve 1");
  assertEquals(await (await manager.Foo1()).g(), "you called Foo.g()");
});

forEachStartMethod("BaseManager: a method may leave its result with the manager [MGR-17]", async (ctx) => {
  await using manager = new MyManager({ context: ctx });
  await manager.start();
  const part = await (await manager.Troubles()).part();
  assertEquals([await part.accumulate(2), await part.accumulate(2)], [2, 4]);
  assertEquals(Deno.inspect(part), "<AutoProxy[part] object, typeid 'part' at 0x2>");
  assertEquals(await (await manager.Troubles()).nothing(), null);
  assert(!("part" in manager), "createMethod: false makes no method [MGR-18]");
});

forEachStartMethod("BaseManager: a call takes a timeout and a signal, which reaches the method", async (ctx) => {
  await using manager = new MyManager({ context: ctx });
  await manager.start();
  const troubles = await manager.Troubles();
  const controller = new AbortController();
  const waiting = troubles.wait({ signal: controller.signal });
  const stuck = troubles.callMethod("forEver", [], { signal: controller.signal });
  assertEquals(await troubles.half(2), 1, "calls run beside each other");
  controller.abort(new OddError(1));
  await assertRejects(() => waiting, OddError);
  await assertRejects(() => stuck, OddError);
  await assertRejects(() => troubles.callMethod("forEver", [], { timeout: 5 }), TimeoutError, "within 5 ms");
  assertEquals(await troubles.seen(), ["AbortError"]);
  await assertRejects(() => troubles.wait({ signal: AbortSignal.abort(new OddError(2)) }), OddError);
});

forEachStartMethod("BaseManager: the initializer runs first, in the manager's process [MGR-04]", async (ctx) => {
  await using manager = new MyManager({ context: ctx });
  await manager.start({ initializer: initialize, initargs: ["began"] });
  const notes = await manager.Notes();
  const [note] = await notes.notes();
  assertStringIncludes(String(note), "began in MyManager-");
  assertEquals(await notes.startChild(), 0, "it may start processes");
  const failing = new MyManager({ context: ctx });
  await assertRejects(() => failing.start({ initializer: failToInitialize }), RangeError, "no way");
  await assertRejects(
    () => failing.start({ initializer: 1 as unknown as () => void }),
    TypeError,
    "must be a function",
  );
});

forEachStartMethod("BaseManager: what is done at the wrong time is refused [MGR-05] [MGR-09] [MGR-13]", async (ctx) => {
  const manager = new MyManager({ context: ctx });
  assertEquals(manager.address, null);
  await assertRejects(() => manager.Maths(), InvalidStateError, "server not yet started");
  await assertRejects(() => manager.shutdown(), InvalidStateError, "no process of its own");
  await assertRejects(() => manager.connect(), InvalidStateError, "it has no address");
  await manager.start();
  assert(Array.isArray(manager.address));
  await assertRejects(() => manager.start(), InvalidStateError, "already started server");
  assertThrows(() => manager.getServer(), InvalidStateError, "already started server");
  await assertRejects(() => manager.serveForever(), InvalidStateError, "already started server");
  const maths = await manager.Maths();
  await manager.shutdown();
  await manager.shutdown();
  await manager.join();
  assertEquals(ctx.activeChildren(), []);
  await assertRejects(() => manager.start(), InvalidStateError, "manager has shut down");
  await assertRejects(() => manager.Maths(), InvalidStateError, "server not yet started");
  await assertRejects(() => maths.add(1, 2), Deno.errors.ConnectionReset, "Cannot reach the manager");
  assertStringIncludes(await maths.toString(), "'__str__()' failed>", "[PRX-14]");
});

forEachStartMethod("BaseManager: who ends it waits until it has started, and has ended", async (ctx) => {
  const manager = new MyManager({ context: ctx, shutdownTimeout: HANG_MS });
  const starting = manager.start();
  const [one, other] = [manager.shutdown(), manager[Symbol.asyncDispose]()];
  await assertRejects(() => manager.start(), InvalidStateError, "manager has shut down");
  await other;
  assertEquals(ctx.activeChildren(), []);
  await Promise.all([starting, one]);
  await assertRejects(() => manager.Maths(), InvalidStateError, "the manager is shut down");
  const failing = new MyManager({ context: ctx, shutdownTimeout: HANG_MS });
  const failed = assertRejects(() => failing.start({ initializer: failToInitialize }), RangeError);
  await failing.shutdown();
  assertEquals(ctx.activeChildren(), []);
  await failed;
});

forEachStartMethod("BaseManager: its process may be given fewer permissions, and then has no address", async (ctx) => {
  await using manager = new ctx.SyncManager({ permissions: "none" });
  await manager.start();
  assertEquals(manager.address, null);
  await using list = await manager.list([1]);
  assertEquals(await list.getValue(), [1]);
}, { except: ["worker"] });

Deno.test("BaseManager.register() refuses what is no type, and leaves the base alone [MGR-14] [MGR-18]", () => {
  class Own extends MyManager {}
  Own.register("more", { callable: inline(() => ({})) });
  assert("more" in Own.prototype && !("more" in MyManager.prototype) && !("more" in BaseManager.prototype));
  assertThrows(() => Own.register(""), TypeError, "typeid must be a name");
  for (const name of ["create", "constructor", "toString"]) {
    assertThrows(() => Own.register(name), RangeError, "managers have it themselves");
  }
  Own.register("create", { createMethod: false });
  assertThrows(() => Own.register("a", { callable: 1 as unknown as () => void }), TypeError, "callable must be");
  assertThrows(() => Own.register("a", { exposed: ["constructor"] }), RangeError, "Cannot expose");
  assertThrows(() => Own.register("a", { exposed: "f" as unknown as string[] }), TypeError, "Cannot expose");
  assertThrows(() => new Own({ authKey: 1 as unknown as string }), TypeError, "authKey must be");
});

Deno.test("BaseManager refuses what it cannot be made of, at once [MGR-03]", () => {
  const refused = (options: unknown, message: string) =>
    assertThrows(() => new BaseManager(options as ManagerOptions), TypeError, message);
  refused({ context: "worker" }, 'received "worker"; pass getContext("worker")');
  refused({ context: {} }, "context must be a Context");
  refused({ address: 3 }, "address must be [host, port] or a path, received 3");
  refused({ address: ["h", "1"] }, "port must be a number");
  refused({ shutdownTimeout: "1" }, "shutdownTimeout must be a number");
  refused(null, "options must be an object");
  assertThrows(() => new BaseManager({ address: ["h", 70_000] }), RangeError, "port must be an integer");
});

Deno.test("BaseManager.register() refuses what are no proxies, and no types of results [MGR-14] [MGR-17]", () => {
  class Own extends BaseManager {}
  const refused = (options: unknown, message: string) =>
    assertThrows(() => Own.register("X", options as RegisterOptions), TypeError, message);
  refused({ proxyType: Maths }, "proxyType must be a class that extends BaseProxy, received [class Maths]");
  refused({ proxyType: () => {} }, "proxyType must be");
  refused({ methodToTypeid: 3 }, "methodToTypeid must be an object such as");
  refused({ methodToTypeid: { part: 3 } }, "methodToTypeid must be");
  refused(Maths, "options must be an object");
  assert(!("X" in Own.prototype));
});

forEachStartMethod("BaseManager.address is an address for all that takes one [MGR-13]", async (ctx) => {
  await using manager = await ctx.Manager();
  const address: Address = manager.address;
  assertEquals(new BaseManager({ address }).address, address);
  assertEquals(new BaseManager({ address: "/path" }).address, "/path");
});

forEachStartMethod(
  "BaseManager: without a callable the argument is served; local functions are refused",
  async (ctx) => {
    class Plain extends BaseManager {}
    Plain.register("thing");
    await using manager = new Plain({ context: ctx });
    await manager.start();
    const thing = await manager.create("thing", new Map([["a", 1]]));
    assertEquals(await thing.callMethod("get", ["a"]), 1);
    await assertRejects(() => manager.create("thing"), RemoteError, "it takes one argument");
    await assertRejects(() => manager.create("thing", 1), RemoteError, "it is no object");
    class Lost extends BaseManager {}
    const captured = new Maths();
    Lost.register("local", { callable: () => captured });
    await assertRejects(() => new Lost({ context: ctx }).start(), TypeError, "Cannot send");
  },
);

forEachStartMethod(
  "BaseManager: one that never starts, or connects to nobody who answers, is ended all the same",
  async (ctx) => {
    const manager = new MyManager({ context: ctx, shutdownTimeout: 50 });
    const failed = assertRejects(
      () => manager.start({ initializer: neverInitialize }),
      ProcessError,
      "ended with exit code",
    );
    await manager.shutdown();
    await failed;
    assertEquals(ctx.activeChildren(), []);
    using deaf = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { hostname, port } = deaf.addr as Deno.NetAddr;
    const connected = new MyManager({ address: [hostname, port], authKey: "key" });
    const refused = assertRejects(() => connected.connect(), InvalidStateError, "ended meanwhile");
    const theirs = await deaf.accept();
    await connected[Symbol.asyncDispose]();
    await refused;
    theirs.close();
  },
);

forEachStartMethod("BaseManager: a type that has the name of one of ours has its own methods", async (ctx) => {
  class Named extends BaseManager {}
  const Value = inline(
    class {
      get(): number {
        return 1;
      }
      set(): void {}
      increment(): number {
        return 2;
      }
    },
  );
  Named.register("Value", { callable: Value as RegisterOptions["callable"] });
  await using manager = new Named({ context: ctx });
  await manager.start();
  const value = await manager.create<{ increment(): number }>("Value");
  assertEquals(await value.increment(), 2);
});
