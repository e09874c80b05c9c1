import { assertEquals, assertRejects } from "@std/assert";
import { type Connection, type Context, EOFError, Pipe, TimeoutError, wait } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { failureOf, RemoteEnd } from "../helpers/ends.ts";
import { forEachSharedMemory, forEachStartMethod, HANG_MS } from "../helpers/methods.ts";
import { within } from "../helpers/within.ts";
import * as targets from "../targets/shared_ends.ts";

function closeAll(...connections: Connection[]): void {
  for (const connection of connections) connection.close();
}

/** Another connection to the same end. */
async function copyOf(connection: Connection): Promise<Connection> {
  const [here, there] = Pipe<Connection>();
  await here.send(connection);
  const copy = await there.recv();
  closeAll(here, there);
  return copy;
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** A named pipe that a child can be blocked on. */
async function withFifo(use: (path: string, release: () => Promise<void>) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/fifo`;
  await new Deno.Command("mkfifo", { args: [path] }).output();
  try {
    await use(path, () => Deno.writeTextFile(path, "go"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

forEachStartMethod("Connection.recv() without a wait takes what is there, though others read too", async (ctx) => {
  const [here, there] = Pipe();
  const first = await RemoteEnd.start(ctx, await copyOf(there));
  const second = await RemoteEnd.start(ctx, there);
  for (const end of [first, second]) assertEquals(await end.call("poll"), false);
  await here.send("one");
  await here.send("two");
  assertEquals(await first.call("recv", { timeout: 0 }), "one");
  assertEquals(await second.call("recv", { timeout: -1 }), "two");
  assertEquals((await failureOf(first.call("recv", { timeout: 0 }))).name, "TimeoutError");
  here.close();
  assertEquals((await failureOf(second.call("recv", { timeout: 0 }))).name, "EOFError");
  await Promise.all([first.stop(), second.stop()]);
});

forEachStartMethod("Connection.recvSync() without a wait takes what is there", async (ctx) => {
  const [here, there] = Pipe();
  const end = await RemoteEnd.start(ctx, there);
  await here.send("one");
  assertEquals(await end.call("recvSync", { timeout: 0 }), "one");
  assertEquals((await failureOf(end.call("recvSync", { timeout: 0 }))).name, "TimeoutError");
  here.close();
  await end.stop();
}, { except: ["spawn", "forkserver"] });

Deno.test("Connection.recvSync() without a wait needs no thread as neighbour for a pipe of its own", () => {
  const [here, there] = Pipe();
  let name = "";
  try {
    there.recvSync({ timeout: 0 });
  } catch (error) {
    if (error instanceof TimeoutError) name = error.name;
  }
  assertEquals(name, "TimeoutError");
  closeAll(here, there);
});

forEachStartMethod(
  "Connection that is closed while messages are on their way loses none of them to others",
  async (ctx) => {
    const [here, there] = Pipe<number>();
    const first = await RemoteEnd.start(ctx, await copyOf(there));
    await here.send(0);
    assertEquals(await first.call("recv"), 0);
    const sent: Promise<void>[] = [];
    for (let index = 1; index < 5; index++) sent.push(here.send(index));
    const closed = first.call("close");
    for (let index = 5; index < 10; index++) sent.push(here.send(index));
    await Promise.all([...sent, closed]);
    here.close();
    assertEquals(await within(HANG_MS, Array.fromAsync(there)), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    there.close();
    await first.stop();
  },
);

forEachStartMethod(
  "Connection in a message that came back is not given up with the process that had it",
  async (ctx) => {
    const [here, there] = Pipe<Connection>();
    const [kept, sent] = Pipe();
    const ahead = await RemoteEnd.start(ctx, await copyOf(there as Connection));
    assertEquals(await ahead.call("poll"), false);
    await here.send(sent);
    sent.close();
    assertEquals(await ahead.call("poll", {}), true);
    // Asked for here, so it comes back.
    assertEquals(await there.poll({}), true);
    await ahead.kill();
    assertEquals(await kept.poll(), false);
    const received = await there.recv();
    await received.send("still open");
    assertEquals(await kept.recv(), "still open");
    received.close();
    await assertRejects(() => kept.recv(), EOFError);
    closeAll(here as Connection, there as Connection, kept);
  },
);

forEachStartMethod("Connection that is sent to a process that has ended is given up", async (ctx) => {
  await withFifo(async (path, release) => {
    const [home, order] = Pipe();
    const first = await start(ctx, targets.homeOf, order);
    order.close();
    const end = await home.recv() as Connection;
    const [kept, sent] = Pipe();
    const [orders, heard] = Pipe();
    const second = await start(ctx, targets.sendAfterBlock, heard, path, end, sent);
    closeAll(heard, sent);
    assertEquals(await orders.recv(), "ready");
    // The second does not hear of it before it sends.
    await home.send("end");
    await first.join();
    await release();
    await within(HANG_MS, assertRejects(() => kept.recv(), EOFError));
    orders.close();
    await second.join();
    closeAll(home, end, kept);
  });
});

Deno.test("Connection that is revived from bytes is at its end, if the pipe is no more", async () => {
  const [here, there] = Pipe<Connection>();
  const [kept, sent] = Pipe();
  await here.send(sent);
  const bytes = await there.recvBytes();
  closeAll(kept, sent);
  await here.sendBytes(bytes);
  const received = await there.recv();
  await within(HANG_MS, assertRejects(() => received.recv(), EOFError));
  await assertRejects(() => received.send(1), Deno.errors.BrokenPipe);
  closeAll(here as Connection, there as Connection, received);
});

forEachStartMethod("Connection that is sent over a pipe that is no more is given up", async (ctx) => {
  const [here, there] = Pipe();
  const [kept, sent] = Pipe();
  const [other, gone] = Pipe();
  await here.send(gone);
  const bytes = await there.recvBytes();
  closeAll(other, gone);
  const child = await start(ctx, targets.sendOverReceived, there as Connection<unknown, Connection>, sent);
  closeAll(there, sent);
  await here.sendBytes(bytes);
  await within(HANG_MS, assertRejects(() => kept.recv(), EOFError));
  await here.send("end");
  await finish([child as never]);
  closeAll(here, kept);
});

forEachStartMethod(
  "Connection.poll() and wait() end in time, though the home of the pipe does not answer",
  async (ctx) => {
    await withFifo(async (path, release) => {
      const [to, from] = Pipe<unknown, Connection>();
      const child = await start(ctx, targets.makeAndBlock, from as Connection, path);
      from.close();
      const end = await to.recv();
      assertEquals(await within(HANG_MS / 4, end.poll({ timeout: 50 })), false);
      const controller = new AbortController();
      const polled = assertRejects(() => end.poll({ signal: controller.signal }), DOMException);
      controller.abort();
      await within(HANG_MS / 4, polled);
      const [here, there] = Pipe();
      await here.send(1);
      assertEquals(await within(HANG_MS / 4, wait([end, there])), [there]);
      await release();
      await assertRejects(() => end.recv(), EOFError);
      await finish([child as never]);
      closeAll(here, there, end, to as Connection);
    });
  },
);

forEachStartMethod(
  "Connection.send() that has resolved arrives, though its process ends while more comes to it",
  async (ctx) => {
    const COUNT = 2000;
    for (let round = 0; round < 4; round++) {
      const [here, there] = Pipe();
      const child = await start(ctx, targets.answerAndEnd, there, COUNT);
      there.close();
      const sending = (async () => {
        for (;;) await here.send("x".repeat(100));
      })();
      const received = await Array.fromAsync(here);
      await assertRejects(() => sending, Deno.errors.BrokenPipe);
      assertEquals(received.length, COUNT);
      here.close();
      await finish([child]);
    }
  },
);

/** Processes that end one after the other in these ways, by turns, take all messages in their order. */
async function assertTakenByTurns(ctx: Context, ways: readonly targets.Way[]): Promise<void> {
  const COUNT = 60;
  const [here, there] = Pipe();
  const [report, reporting] = Pipe<unknown[]>();
  const numbers = Array.from({ length: COUNT }, (_, index) => index);
  const sending = (async () => {
    for (const number of numbers) {
      await here.send(number);
      // So that some are on their way while a process ends.
      if (number % 3 === 0) await nextTurn();
    }
  })();
  const received: unknown[] = [];
  for (let turn = 0; received.length < COUNT - 10; turn++) {
    const way = ways[turn % ways.length] ?? "return";
    const child = await start(ctx, targets.takeSome, there, reporting as Connection, 7, way);
    received.push(...await report.recv());
    await finish([child]);
  }
  await sending;
  while (await there.poll()) received.push(await there.recv());
  assertEquals(received, numbers);
  closeAll(here, there, report as Connection, reporting as Connection);
}

forEachStartMethod("Connection gives others what was sent ahead to a process that ends, in its order", async (ctx) => {
  await assertTakenByTurns(ctx, ["return", "close"]);
});

forEachSharedMemory(
  "Connection gives others what was sent ahead to a process that exits, in its order",
  async (ctx) => {
    await assertTakenByTurns(ctx, ["exit"]);
  },
);

forEachStartMethod(
  "Connection gives each of several processes its message, though those before end at once",
  async (ctx) => {
    const [here, there] = Pipe();
    const [report, reporting] = Pipe<unknown[]>();
    const first = await start(ctx, targets.takeSome, there, reporting as Connection, 1, "return");
    for (const number of [1, 2, 3]) await here.send(number);
    const others = [first];
    for (const _ of [2, 3]) {
      others.push(await start(ctx, targets.takeSome, there, reporting as Connection, 1, "return"));
    }
    const received = [await report.recv(), await report.recv(), await report.recv()];
    assertEquals(received.flat().toSorted(), [1, 2, 3]);
    await finish(others);
    closeAll(here, there, report as Connection, reporting as Connection);
  },
);

forEachStartMethod("Connection that its only reader hands on before that ends has every message", async (ctx) => {
  const COUNT = 5000;
  const [here, there] = Pipe<unknown>();
  const [to, from] = Pipe<unknown, Connection>();
  const child = await start(ctx, targets.handOn, there as never, to as Connection);
  closeAll(there as Connection, to as Connection);
  const sending = (async () => {
    for (let number = 0; number <= COUNT; number++) await here.send(number);
    here.close();
  })();
  const rest = await Array.fromAsync(await from.recv() as Connection);
  assertEquals(rest, Array.from({ length: COUNT }, (_, index) => index + 1));
  await sending;
  await finish([child]);
  from.close();
});

forEachSharedMemory("Connection in a message that a reader which ends did not take is alive", async (ctx) => {
  // Made before the other, so that it hears first of the reader's death.
  const [near, given] = Pipe();
  const [here, there] = Pipe<unknown>();
  const [begun, over] = [new ctx.Event(), new ctx.Event()];
  const child = await start(ctx, targets.closeUnread, there as Connection, begun, over);
  await here.send("first");
  assertEquals(await begun.wait({ timeout: HANG_MS }), true);
  await here.send(given);
  given.close();
  await over.set();
  await finish([child]);
  const back = await there.recv() as Connection;
  await near.send("there");
  assertEquals(await back.recv(), "there");
  await back.send("and back");
  assertEquals(await near.recv(), "and back");
  closeAll(near, here as Connection, there as Connection, back);
});
