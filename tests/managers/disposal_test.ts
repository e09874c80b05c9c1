import { assertEquals, assertRejects } from "@std/assert";
import {
  type BaseProxy,
  type Connection,
  type Creator,
  Pipe,
  type Proxied,
  SyncManager,
  TimeoutError,
} from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod, HANG_MS } from "../helpers/methods.ts";
import { runProgram } from "../helpers/program.ts";
import { KEY, serving } from "../helpers/serving.ts";
import { within } from "../helpers/within.ts";
import { getInVain } from "../targets/managers.ts";

let [disposals, disposed] = [0, Promise.withResolvers<void>()];

/** Tells when it is disposed of. */
class Part {
  hi(): number {
    return 1;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
    disposals++;
    disposed.resolve();
  }
}
/** Makes one when it is told to. */
class Maker {
  async make(): Promise<Part> {
    await go.promise;
    return new Part();
  }
}
let go = Promise.withResolvers<void>();
/** Cannot be disposed of. */
class Stubborn {
  hi(): number {
    return 1;
  }
  [Symbol.asyncDispose](): never {
    disposed.resolve();
    throw new Error("Cannot be disposed of");
  }
}
class Parts extends SyncManager {
  declare Part: Creator<typeof Part>;
  declare Maker: () => Promise<Proxied<Omit<Maker, "make">> & { make(): Promise<Proxied<Part>> }>;
  declare Stubborn: Creator<typeof Stubborn>;
}
Parts.register("Part", { callable: Part });
Parts.register("made", { createMethod: false });
Parts.register("Maker", { callable: Maker, methodToTypeid: { make: "made" } });
Parts.register("Stubborn", { callable: Stubborn });

function reset(): void {
  [disposals, disposed] = [0, Promise.withResolvers<void>()];
  go = Promise.withResolvers<void>();
}

Deno.test("A server outlives an object that fails to be disposed of as its client leaves", async () => {
  reset();
  await serving(Parts, async (address) => {
    {
      await using leaving = await Parts.fromAddress(address, KEY);
      for (const making of [leaving.Stubborn(), leaving.list(), leaving.Part()]) await making;
    }
    await within(HANG_MS, disposed.promise);
    await using manager = await Parts.fromAddress(address, KEY);
    assertEquals(await manager.numberOfObjects(), 0);
  });
  assertEquals(disposals, 1);
});

Deno.test("A server disposes of what is made for a call that was given up", async () => {
  reset();
  await serving(Parts, async (address) => {
    await using manager = await Parts.fromAddress(address, KEY);
    const maker = await manager.Maker();
    await assertRejects(() => maker.callMethod("make", [], { timeout: 1 }), TimeoutError);
    go.resolve();
    await within(HANG_MS, disposed.promise);
    assertEquals(await (await maker.make()).hi(), 1);
  });
  assertEquals(disposals, 2);
});

Deno.test("A server that ends disposes of all its objects, those in its containers included", async () => {
  reset();
  await serving(Parts, async (address) => {
    await using manager = await Parts.fromAddress(address, KEY);
    const [part, list] = [await manager.Part(), await manager.list<unknown>()];
    await list.append(part);
    await part[Symbol.asyncDispose]();
    assertEquals([disposals, await manager.numberOfObjects()], [0, 2]);
  });
  assertEquals(disposals, 1);
});

Deno.test("A server disposes of what was in its containers when the collector finds it", async () => {
  const flags = ["--allow-all", "--v8-flags=--expose-gc"];
  const { code, stdout, stderr } = await runProgram("disposed_served.ts", [], { flags });
  assertEquals([stdout, stderr, code], ["disposed\n", "", 0]);
});

Deno.test("A server that ends does not wait for ever for an object to be disposed of", async () => {
  class Endless extends SyncManager {}
  const endless = { hi: () => 1, [Symbol.asyncDispose]: () => new Promise(() => {}) };
  Endless.register("endless", { callable: () => endless, exposed: ["hi"] });
  await serving(Endless, async (address) => {
    await using manager = await Endless.fromAddress(address, KEY);
    assertEquals(await (await manager.create("endless")).callMethod("hi"), 1);
  });
});

forEachStartMethod("A server that ends tells the processes of its program, whose calls fail", async (ctx) => {
  const [told, tell] = Pipe<string>();
  const stop = new AbortController();
  const server = new SyncManager({ authKey: KEY }).getServer();
  const served = server.serveForever({ signal: stop.signal });
  const manager = await SyncManager.fromAddress(server.address, KEY);
  const queue = await manager.Queue();
  const child = await start(ctx, getInVain, queue as never, tell as Connection<string>);
  assertEquals(await told.recv(), "waiting");
  stop.abort();
  await served;
  assertEquals(await told.recv(), "ConnectionReset: Cannot reach the manager: it has shut down");
  await finish([child]);
  await manager[Symbol.asyncDispose]();
  told.close();
  tell.close();
});

Deno.test("A server that ends fails the calls that its own objects wait for", async () => {
  const [waiting, told] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
  class Askers extends SyncManager {}
  const ask = (queue: BaseProxy) => {
    queue.callMethod("get").catch((error) => told.resolve(String(error)));
    waiting.resolve();
  };
  Askers.register("asker", { callable: () => ({ ask }), exposed: ["ask"] });
  await serving(Askers, async (address) => {
    await using manager = await Askers.fromAddress(address, KEY);
    await (await manager.create("asker")).callMethod("ask", [await manager.Queue()]);
    await waiting.promise;
  });
  assertEquals(await told.promise, "ConnectionReset: Cannot reach the manager: it has shut down");
});
