import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  BufferTooShort,
  type Connection,
  EOFError,
  getContext,
  InvalidStateError,
  NotSupportedError,
  Pipe,
  type Process,
  TimeoutError,
} from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { within } from "../helpers/within.ts";
import * as targets from "../targets/pipes.ts";

const worker = getContext("worker");

// A blocked thread cannot be guarded from outside.
const GUARD_MS = 5000;

/** Starts a worker that echoes, and has heard from it. */
async function startEcho(
  target: (end: Connection) => unknown,
): Promise<{ here: Connection; child: Process<[Connection]> }> {
  const [here, there] = Pipe();
  const child = await start(worker, target, there);
  there.close();
  await here.send("ready");
  assertEquals(await here.recv(), "ready");
  return { here, child };
}

Deno.test("Connection.recvSync() and Process.joinSync() work right after the start", async () => {
  const [here, there] = Pipe();
  const child = await start(worker, targets.sendAll, there, ["at once"]);
  assertEquals(here.recvSync({ timeout: GUARD_MS }), "at once");
  child.joinSync({ timeout: GUARD_MS });
  assertEquals(child.exitCode, 0);
  there.close();
  here.close();
});

Deno.test("Connection.recvSync() and sendSync() talk to a worker that does not use its event loop", async () => {
  const { here, child } = await startEcho(targets.echoSync);
  for (let index = 0; index < 200; index++) {
    here.sendSync({ index });
    assertEquals(here.recvSync({ timeout: GUARD_MS }), { index });
  }
  here.close();
  await finish([child]);
});

Deno.test("Connection.recvSync() in a worker receives what is sent asynchronously", async () => {
  const COUNT = 2000;
  const [here, there] = Pipe<number>();
  const child = await start(worker, targets.sumSync, there as Connection<unknown, number>, COUNT);
  there.close();
  for (let index = 0; index < COUNT; index++) await here.send(index);
  assertEquals(await here.recv() as unknown, COUNT * (COUNT - 1) / 2);
  here.close();
  await finish([child]);
});

Deno.test("Connection.recvSync() and Process.joinSync() work in a worker towards a worker of its own", async () => {
  const [here, there] = Pipe<unknown, [number[], number]>();
  const child = await start(worker, targets.parentSync, there as Connection);
  there.close();
  const [answers, exitCode] = await here.recv();
  assertEquals(answers, Array.from({ length: 100 }, (_, index) => index));
  assertEquals(exitCode, 0);
  await finish([child]);
  here.close();
});

Deno.test("Connection.pollSync() waits for a message and takes nothing", async () => {
  const { here, child } = await startEcho(targets.echo);
  assertEquals(here.pollSync(), false);
  assertEquals(here.pollSync({ timeout: -1 }), false);
  const began = performance.now();
  assertEquals(here.pollSync({ timeout: 20 }), false);
  assert(performance.now() - began >= 19);
  here.sendSync("echo");
  assertEquals(here.pollSync({ timeout: GUARD_MS }), true);
  assertEquals(here.pollSync(), true);
  assertEquals(here.recvSync(), "echo");
  assertEquals(here.pollSync(), false);
  here.close();
  await finish([child]);
});

Deno.test("Connection.recvSync() throws when its time is up, and takes nothing", async () => {
  const { here, child } = await startEcho(targets.echo);
  for (const timeout of [0, -1, 10]) assertThrows(() => here.recvSync({ timeout }), TimeoutError);
  here.sendSync("after");
  assertEquals(here.recvSync({ timeout: GUARD_MS }), "after");
  here.close();
  await finish([child]);
});

Deno.test("Connection.recvSync() and pollSync() see the end of file", async () => {
  const [here, there] = Pipe();
  const child = await start(worker, targets.sendAll, there, ["first", "last"]);
  there.close();
  assertEquals(await here.recv(), "first");
  assertEquals(here.recvSync({ timeout: GUARD_MS }), "last");
  assertEquals(here.pollSync({ timeout: GUARD_MS }), true);
  assertThrows(() => here.recvSync({ timeout: GUARD_MS }), EOFError);
  here.close();
  await finish([child]);
});

Deno.test("Connection.recvSync() takes its turn behind receives that wait", async () => {
  const [here, there] = Pipe();
  const first = here.recv();
  there.sendSync("first");
  there.sendSync("second");
  assertEquals(here.recvSync(), "second");
  assertEquals(await first, "first");
  here.close();
  there.close();
});

Deno.test("Connection.sendSync() blocks while the receiver is far behind", async () => {
  const { here, child } = await startEcho(targets.echo);
  // More than the rings hold and than may be unreceived, so the thread must block and go on; less than would block the echo too.
  const filling = "x".repeat(100_000);
  for (let index = 0; index < 15; index++) here.sendSync(filling + index, { timeout: GUARD_MS });
  for (let index = 0; index < 15; index++) assertEquals(here.recvSync({ timeout: GUARD_MS }), filling + index);
  here.close();
  await finish([child]);
});

Deno.test("Connection.sendSync() throws when the receiver leaves no room in time", async () => {
  const { here, child } = await startEcho(targets.echo);
  const [own, other] = Pipe();
  const filling = new Uint8Array(1 << 19);
  assertThrows(() => {
    for (let index = 0; index < 10; index++) own.sendSync(filling, { timeout: 5 });
  }, TimeoutError);
  for (const connection of [own, other, here]) connection.close();
  await finish([child]);
});

Deno.test("Process.joinSync() waits for a worker and gives up when the time is up", async () => {
  const [here, there] = Pipe();
  const child = await start(worker, targets.holdUntilTold, there, there);
  there.close();
  assertEquals(await here.recv(), "holds");
  const began = performance.now();
  child.joinSync({ timeout: 20 });
  assert(performance.now() - began >= 19);
  assertEquals([child.exitCode, child.isAlive()], [null, true]);
  here.sendSync("return");
  child.joinSync({ timeout: GUARD_MS });
  assertEquals([child.exitCode, child.isAlive()], [0, false]);
  here.close();
  await child.join();
});

Deno.test("Connection.recvSync() and its kin throw NotSupportedError in a spawned child, naming what would do", async () => {
  const [here, there] = Pipe();
  const child = await start(getContext("spawn"), targets.blockingCalls, there);
  there.close();
  assertEquals(await within(GUARD_MS, here.recv()), {
    recvSync: "NotSupportedError",
    pollSync: "NotSupportedError",
    joinSync: "NotSupportedError",
  });
  await finish([child]);
  here.close();
});

Deno.test("Connection.recvSync() and its kin throw NotSupportedError towards a spawned child", async () => {
  const [here, there] = Pipe();
  const child = await start(getContext("spawn"), targets.echo, there);
  there.close();
  for (const call of [() => here.recvSync(), () => here.pollSync({}), () => child.joinSync()]) {
    const { message } = assertThrows(call, NotSupportedError);
    assert(message.includes('"worker"'), message);
  }
  // Nothing was taken, and what needs no waiting works.
  here.sendSync("echo");
  assertEquals(await here.recv(), "echo");
  here.close();
  await finish([child]);
});

Deno.test("Connection.sendBytesSync(), recvBytesSync() and recvBytesIntoSync() do as their kin [CONN-03] [CONN-10]", () => {
  const [here, there] = Pipe();
  const bytes = new Uint8Array([1, 2, 3, 4]);
  here.sendBytesSync(bytes);
  here.sendBytesSync(bytes, 1, 2);
  here.sendBytesSync(bytes, 4);
  assertEquals([there.recvBytesSync(), there.recvBytesSync(2)], [bytes, bytes.subarray(1, 3)]);
  assertEquals(there.recvBytesSync(0), new Uint8Array());
  const wide = new Int16Array(4);
  here.sendBytesSync(Int16Array.of(7, 8));
  assertEquals([there.recvBytesIntoSync(wide, 2), [...wide]], [4, [0, 7, 8, 0]]);
  here.close();
  assertThrows(() => there.recvBytesSync(), EOFError);
  there.close();
});

Deno.test("Connection.recvBytesSync() and recvBytesIntoSync() refuse what is too long [CONN-12] [CONN-13]", () => {
  const [here, there] = Pipe();
  const bytes = new Uint8Array([1, 2, 3, 4]);
  here.sendBytesSync(bytes);
  assertEquals(assertThrows(() => there.recvBytesIntoSync(new Uint8Array(3)), BufferTooShort).data, bytes);
  assertThrows(() => there.recvBytesSync(-1), RangeError);
  assertThrows(() => here.sendBytesSync(bytes, 3, 2), RangeError);
  here.sendBytesSync(bytes);
  assertThrows(() => there.recvBytesSync(3), Deno.errors.InvalidData, "bad message length");
  assertThrows(() => there.recvBytesSync(), InvalidStateError);
  here.close();
  there.close();
});

Deno.test("Connection.recvBytesSync() blocks until a worker sends", async () => {
  const { here, child } = await startEcho(targets.echoSync);
  const [own, other] = Pipe();
  own.sendSync({ answer: 42 });
  const message = other.recvBytesSync();
  here.sendBytesSync(message);
  assertEquals(here.recvBytesSync(), message);
  for (const connection of [own, other, here]) connection.close();
  await finish([child]);
});
