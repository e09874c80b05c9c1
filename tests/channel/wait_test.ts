import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  type Connection,
  EOFError,
  getContext,
  InvalidStateError,
  Listener,
  NotSupportedError,
  Pipe,
  type Process,
  TimeoutError,
  wait,
  type Waitable,
  waitSync,
} from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachPlace } from "../helpers/ends.ts";
import { forEachSharedMemory, forEachStartMethod, HANG_MS } from "../helpers/methods.ts";
import { within } from "../helpers/within.ts";
import * as targets from "../targets/pipes.ts";

/** Pipes whose own ends are waited for and whose other ends are here too. */
function makePipes(count: number): { own: Connection[]; other: Connection[]; close(): void } {
  const pipes = Array.from({ length: count }, () => Pipe());
  const own = pipes.map(([end]) => end);
  const other = pipes.map(([, end]) => end);
  return { own, other, close: () => [...own, ...other].forEach((end) => end.close()) };
}

/** The one at an index, which must be there. */
function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`Cannot take item ${index}: there are ${items.length}`);
  return item;
}

forEachPlace(
  "wait() gives the connection that something can be received from, and takes nothing [WAIT-02]",
  async (here, there) => {
    const waiting = wait([here]);
    await there.call("send", "message");
    assertEquals(await waiting, [here]);
    assertEquals(await wait([here]), [here]);
    assertEquals(await here.recv(), "message");
    assertEquals(await wait([here], { timeout: 0 }), []);
  },
);

forEachPlace("wait() gives the connection whose other end is closed [WAIT-02]", async (here, there) => {
  const waiting = wait([here]);
  await there.call("close");
  assertEquals(await waiting, [here]);
  assertEquals(await wait([here], { timeout: 0 }), [here]);
  await assertRejects(() => here.recv(), EOFError);
});

forEachPlace(
  "wait() gives nothing when the time is up, at once if it is 0 or negative [WAIT-01]",
  async (here, there) => {
    for (const timeout of [0, -1, -Infinity]) assertEquals(await wait([here], { timeout }), []);
    const began = performance.now();
    assertEquals(await wait([here], { timeout: 25 }), []);
    assert(performance.now() - began >= 24);
    await there.call("send", 1);
    assertEquals(await wait([here]), [here]);
    assertEquals(await wait([here], { timeout: -1 }), [here]);
  },
);

Deno.test("wait() gives all that are ready, in the order of the list [WAIT-06]", async () => {
  const { own, other, close } = makePipes(4);
  await at(other, 2).send("c");
  await at(other, 0).send("a");
  at(other, 3).close();
  assertEquals(await wait(own), [at(own, 0), at(own, 2), at(own, 3)]);
  assertEquals(await wait([...own].reverse()), [at(own, 3), at(own, 2), at(own, 0)]);
  close();
});

Deno.test("wait() takes any iterable [WAIT-06]", async () => {
  const { own, other, close } = makePipes(2);
  await at(other, 1).send("b");
  assertEquals(await wait(new Set(own)), [at(own, 1)]);
  assertEquals(
    await wait((function* () {
      yield* own;
    })()),
    [at(own, 1)],
  );
  close();
});

Deno.test("wait() for nothing waits until the time is up [WAIT-06]", async () => {
  const began = performance.now();
  assertEquals(await wait([], { timeout: 20 }), []);
  assert(performance.now() - began >= 19);
  assertEquals(await wait([], { timeout: 0 }), []);
});

Deno.test("wait() refuses closed connections, what cannot be waited for, and the same twice [WAIT-07]", async () => {
  const [here, there] = Pipe();
  const [receiver, sender] = Pipe({ duplex: false });
  for (const object of [5, "text", null, undefined, {}, Promise.resolve()]) {
    await assertRejects(() => wait([object as unknown as Waitable]), TypeError);
  }
  await assertRejects(() => wait([here, there, here]), RangeError, "twice");
  await assertRejects(() => wait([sender]), InvalidStateError, "write-only");
  here.close();
  await assertRejects(() => wait([there, here]), InvalidStateError, "closed");
  for (const timeout of ["5", NaN]) {
    await assertRejects(() => wait([there], { timeout } as unknown as { timeout: number }), TypeError, "timeout");
  }
  for (const connection of [there, receiver, sender]) connection.close();
});

forEachPlace("wait() rejects with the reason of an abort, and takes nothing", async (here, there) => {
  const controller = new AbortController();
  const reason = new RangeError("no longer");
  const waiting = wait([here], { signal: controller.signal });
  const aborted = waiting.catch((error) => error);
  controller.abort(reason);
  assertStrictEquals(await aborted, reason);
  assertStrictEquals(await wait([here], { signal: controller.signal }).catch((error) => error), reason);
  await there.call("send", "later");
  assertEquals(await here.recv(), "later");
});

forEachPlace(
  "wait() and recv() at the same time: the receiver gets the message and the waiter goes on",
  async (here, there) => {
    const waiting = wait([here]);
    const received = here.recv();
    await there.call("send", "first");
    assertEquals(await received, "first");
    await there.call("send", "second");
    assertEquals(await waiting, [here]);
    assertEquals(await here.recv(), "second");
  },
);

forEachStartMethod("wait() serves four writers of ten messages each until all have ended [WAIT-03]", async (ctx) => {
  const readers: Connection[] = [];
  const children: Process[] = [];
  for (let writer = 0; writer < 4; writer++) {
    const [reader, end] = Pipe({ duplex: false });
    const messages = Array.from({ length: 10 }, (_, index) => [writer, index]);
    children.push(await start(ctx, targets.sendAll, end as Connection, messages) as unknown as Process);
    end.close();
    readers.push(reader as Connection);
  }
  const messages: unknown[] = [];
  while (readers.length > 0) {
    for (const reader of await wait(readers)) {
      try {
        messages.push(await reader.recv());
      } catch (error) {
        if (!(error instanceof EOFError)) throw error;
        readers.splice(readers.indexOf(reader), 1)[0]?.close();
      }
    }
  }
  const expected = Array.from({ length: 40 }, (_, index) => [Math.floor(index / 10), index % 10]);
  assertEquals(messages.map(String).sort(), expected.map(String).sort());
  await finish(children);
});

forEachStartMethod(
  "wait() takes sentinels beside connections and gives all that are ready [WAIT-04] [WAIT-05]",
  async (ctx) => {
    const [a, otherA] = Pipe();
    const [b, otherB] = Pipe();
    const [here, there] = Pipe();
    const child = await start(ctx, targets.holdUntilTold, otherA, there);
    there.close();
    const objects: Waitable[] = [a, child.sentinel, b];
    assertEquals(await here.recv(), "holds");
    assertEquals(await wait(objects, { timeout: 20 }), []);
    const waiting = wait(objects);
    await here.send("return");
    assertEquals(await waiting, [child.sentinel]);
    await otherB.send("b");
    assertEquals(await wait(objects), [child.sentinel, b]);
    await otherA.send("a");
    assertEquals(await wait(objects), objects);
    await child.join();
    assertEquals(await wait([child.sentinel]), [child.sentinel]);
    for (const connection of [a, b, otherA, otherB, here]) connection.close();
  },
);

Deno.test("wait() is not disturbed by signals [WAIT-08]", async () => {
  const [here, there] = Pipe();
  const caught = Promise.withResolvers<void>();
  const listener = () => caught.resolve();
  Deno.addSignalListener("SIGUSR1", listener);
  try {
    const waiting = wait([here]);
    Deno.kill(Deno.pid, "SIGUSR1");
    // Neither the signal nor this pipe would keep the test alive.
    await within(HANG_MS, caught.promise);
    assertEquals(await wait([here], { timeout: 10 }), []);
    await there.send("after the signal");
    assertEquals(await waiting, [here]);
  } finally {
    Deno.removeSignalListener("SIGUSR1", listener);
  }
  here.close();
  there.close();
});

forEachSharedMemory("waitSync() blocks until a connection or a sentinel is ready [WAIT-01]", async (ctx) => {
  const [here, there] = Pipe();
  const [idle, other] = Pipe();
  const child = await start(ctx, targets.holdUntilTold, there, there);
  there.close();
  const guard = { timeout: HANG_MS };
  assertEquals(waitSync([idle, here, child.sentinel], guard), [here]);
  assertEquals(here.recvSync(guard), "holds");
  assertEquals(waitSync([idle, here, child.sentinel], { timeout: 20 }), []);
  for (const timeout of [0, -1]) assertEquals(waitSync([here, child.sentinel], { timeout }), []);
  other.sendSync("both");
  here.sendSync("exit");
  // The end of the pipe, or that of the process, whichever comes first.
  assertEquals(waitSync([idle], guard), [idle]);
  assertEquals(waitSync([child.sentinel], guard), [child.sentinel]);
  assertEquals(waitSync([here], guard), [here]);
  assertEquals(waitSync([child.sentinel, here, idle], guard), [child.sentinel, here, idle]);
  for (const connection of [here, idle, other]) connection.close();
  await child.join();
});

forEachSharedMemory("waitSync() hears of a child that is killed", async (ctx) => {
  const [here, there] = Pipe();
  const child = await start(ctx, targets.sendAndHold, there, "begun");
  there.close();
  assertEquals(here.recvSync({ timeout: HANG_MS }), "begun");
  child.kill();
  assertEquals(waitSync([child.sentinel], { timeout: HANG_MS }), [child.sentinel]);
  here.close();
  await child.join();
});

forEachSharedMemory("waitSync() gives all that are ready, also what has to be asked elsewhere", async (ctx) => {
  const [orders, there] = Pipe<unknown, Connection | string>();
  const child = await start(ctx, targets.sendByOwnPipe, there as Connection);
  there.close();
  const elsewhere = await orders.recv() as Connection;
  assertEquals(await orders.recv(), "sent");
  const [here, other] = Pipe();
  other.sendSync("near");
  assertEquals(waitSync([here, elsewhere], { timeout: HANG_MS }), [here, elsewhere]);
  assertEquals(await elsewhere.recv(), "from its home");
  await orders.send("end");
  await finish([child]);
  for (const connection of [here, other, elsewhere, orders as Connection]) connection.close();
});

forEachSharedMemory("waitSync() and pollSync() heed their time where the home of a pipe is busy", async (ctx) => {
  const [here, there] = Pipe<unknown>();
  const over = new ctx.Event();
  const child = await start(ctx, targets.waitForBusyHome, there as Connection, over);
  assertEquals(await here.recv(), "begun");
  // Blocked for this, it answers nobody.
  assertEquals(over.waitSync({ timeout: HANG_MS / 2 }), true);
  for (const connection of [here, there]) connection.close();
  await finish([child]);
});

Deno.test("waitSync() refuses what a thread that blocks does not hear of, naming it", async () => {
  using listener = new Listener();
  const queue = new (getContext("worker").Queue)();
  assertThrows(() => waitSync([listener]), NotSupportedError, "Cannot block for Listener");
  assertThrows(() => waitSync([queue]), NotSupportedError, "Cannot block for Queue");
  assertThrows(() => waitSync([{}] as unknown as Listener[]), TypeError);
  const [a, b] = Pipe();
  assertThrows(() => waitSync([a, a]), RangeError, "twice");
  assertThrows(() => waitSync([a], { timeout: NaN }), TypeError);
  assertThrows(() => waitSync([]), RangeError, "nothing");
  assertEquals(waitSync([], { timeout: 5 }), []);
  for (const connection of [a, b]) connection.close();
  assertThrows(() => waitSync([a]), InvalidStateError);
  const { Process } = getContext("spawn");
  const [here, there] = Pipe();
  const child = new Process({ target: targets.echo, args: [there], permissions: { read: true, import: true } });
  await child.start();
  there.close();
  for (const object of [here, child.sentinel]) assertThrows(() => waitSync([object]), NotSupportedError, "--allow-ffi");
  here.close();
  await child.join();
});

Deno.test("waitSync() gives what is ready, though it would not hear of others", async () => {
  const { Process } = getContext("spawn");
  const [orders, there] = Pipe<unknown, Connection | string>();
  const permissions = { read: true, import: true } as const;
  const child = new Process({ target: targets.sendByOwnPipe, args: [there as Connection], permissions });
  await child.start();
  there.close();
  const elsewhere = await orders.recv() as Connection;
  assertThrows(() => waitSync([elsewhere]), NotSupportedError, "--allow-ffi");
  const [here, other] = Pipe();
  other.sendSync("near");
  for (const timeout of [0, 10]) assertEquals(waitSync([here, elsewhere], { timeout }), [here]);
  assertEquals(await orders.recv(), "sent");
  await orders.send("end");
  await finish([child]);
  for (const connection of [here, other, elsewhere, orders as Connection]) connection.close();
});

Deno.test("recvSync(), pollSync(), sendSync() and waitSync() of a pipe within a process wait until their time is up", () => {
  const [here, there] = Pipe();
  const limit = { timeout: 5 };
  assertThrows(() => there.recvSync(limit), TimeoutError);
  assertEquals([there.pollSync(limit), waitSync([there], limit)], [false, []]);
  assertThrows(() => {
    for (;;) here.sendSync(new Uint8Array(1 << 18), limit);
  }, TimeoutError);
  here.close();
  there.close();
});
