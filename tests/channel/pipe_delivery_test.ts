import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Connection, EOFError, Pipe } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod, HANG_MS } from "../helpers/methods.ts";
import { within } from "../helpers/within.ts";
import * as targets from "../targets/pipes.ts";

function closeAll(...connections: Connection[]): void {
  for (const connection of connections) connection.close();
}

for (const how of ["return", "exit", "kill"] as const) {
  forEachStartMethod(
    `Connection.send() that has resolved arrives, though its process ends by ${how} at once`,
    async (ctx) => {
      const COUNT = 300;
      const [here, there] = Pipe<unknown, { index: number }>();
      const child = await start(ctx, targets.sendAndEnd, there as Connection, COUNT, how);
      there.close();
      // Nothing is received before it has ended.
      await child.join();
      assertEquals(
        (await Array.fromAsync(here)).map(({ index }) => index),
        Array.from({ length: COUNT }, (_, index) => index),
      );
      here.close();
    },
    { except: how === "kill" ? ["worker"] : [] },
  );
}

forEachStartMethod(
  "Connection.sendBytes() of 8 MiB that has resolved arrives, though its process is killed at once",
  async (ctx) => {
    const [here, there] = Pipe();
    const child = await start(ctx, targets.sendLargeAndKill, there, 8 << 20);
    there.close();
    await child.join();
    const bytes = await here.recvBytes();
    assertEquals([bytes.length, bytes.every((byte) => byte === 7)], [8 << 20, true]);
    await assertRejects(() => here.recv(), EOFError);
    here.close();
  },
  { except: ["worker"] },
);

forEachStartMethod("Pipe() made by a child that ends: what was not received still arrives", async (ctx) => {
  const COUNT = 100;
  const [here, there] = Pipe();
  const child = await start(ctx, targets.leaveMessages, there, COUNT);
  there.close();
  const received = await here.recv() as Connection;
  await here.send("end");
  await child.join();
  assertEquals(await Array.fromAsync(received), Array.from({ length: COUNT }, (_, index) => index));
  await assertRejects(() => received.send(1), Deno.errors.BrokenPipe);
  closeAll(received, here);
});

forEachStartMethod("Pipe() made by a child that has ended: an end that arrives later is at its end", async (ctx) => {
  const [here, there] = Pipe();
  const child = await start(ctx, targets.sendEndAndEnd, there);
  there.close();
  await child.join();
  const received = await here.recv() as Connection;
  const outcomes = Promise.all([
    assertRejects(() => received.recv(), EOFError),
    received.poll({}).then((ready) => assertEquals(ready, true)),
  ]);
  await within(5000, outcomes);
  await assertRejects(() => received.send(1), Deno.errors.BrokenPipe);
  closeAll(received, here);
});

forEachStartMethod("Connection.send() waits when nobody receives, and goes on when somebody does", async (ctx) => {
  const SIZE = 100_000;
  const [here, there] = Pipe();
  const [report, reports] = Pipe<unknown, number>();
  const child = await start(ctx, targets.sendWithoutEnd, there, reports as Connection, SIZE);
  closeAll(there, reports as Connection);
  // It comes to rest when it has sent what may be on its way.
  let sent = await report.recv();
  while (await report.poll({ timeout: 300 })) sent = await report.recv();
  assert(sent >= 1 && sent * SIZE < 4 << 20, `${sent} messages of ${SIZE} bytes were sent that nobody received`);
  for (let received = 0; received < sent + 50; received++) assertEquals((await here.recvBytes()).length, SIZE);
  assert(await report.recv() > sent);
  here.close();
  await finish([child]);
  report.close();
});

Deno.test("Connection.send() waits when nobody receives, and takes nothing when its time is up or it is aborted", async () => {
  const [here, there] = Pipe();
  const bytes = new Uint8Array(1 << 19);
  let sent = 0;
  for (; sent < 100; sent++) {
    const outcome = await Promise.race([here.sendBytes(bytes).then(() => "sent"), turn().then(() => "waits")]);
    if (outcome === "waits") break;
  }
  assert(sent >= 1 && sent < 10, `${sent} messages of 512 KiB were sent that nobody received`);
  await assertRejects(() => here.send("too late", { timeout: 5 }), Error, "5 ms");
  const aborted = here.send("aborted", { signal: AbortSignal.timeout(5) });
  await assertRejects(() => aborted, DOMException);
  const last = here.send("last");
  for (let received = 0; received <= sent; received++) assertEquals((await there.recvBytes()).length, bytes.length);
  await last;
  assertEquals(await there.recv(), "last");
  closeAll(here, there);
});

/** Lets what is due happen. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

Deno.test("Connection.send() that waits rejects when the last reader closes, and when its own end is closed", async () => {
  for (const closer of ["reader", "sender"] as const) {
    const [here, there] = Pipe();
    for (let index = 0; index < 5; index++) here.sendBytes(new Uint8Array(1 << 20)).catch(() => {});
    const waiting = here.send("waits").then(() => "sent", (error: Error) => error.name);
    (closer === "reader" ? there : here).close();
    assertEquals(await within(HANG_MS, waiting), closer === "reader" ? "BrokenPipe" : "InvalidStateError");
    closeAll(here, there);
  }
});

Deno.test("Connection.send() that waits in vain gives up the connections in it", async () => {
  for (const end of ["abort", "sender", "reader"] as const) {
    const [here, there] = Pipe<Connection>();
    const [kept, sent] = Pipe();
    const abort = new AbortController();
    for (let index = 0; index < 3; index++) here.sendBytes(new Uint8Array(1 << 20)).catch(() => {});
    const waiting = assertRejects(() => here.send(sent, { signal: abort.signal }));
    if (end === "abort") abort.abort();
    else (end === "sender" ? here : there).close();
    await waiting;
    sent.close();
    await within(HANG_MS, assertRejects(() => kept.recv(), EOFError));
    closeAll(here as Connection, there as Connection, kept);
  }
});

forEachStartMethod("Connection.send() that nobody awaits: tens of thousands arrive in their order", async (ctx) => {
  const COUNT = 40_000;
  const [here, there] = Pipe<number>();
  const [report, reports] = Pipe();
  const child = await start(ctx, targets.receiveAll, there as Connection, reports);
  closeAll(there as Connection, reports);
  assertEquals(await report.recv(), "ready");
  const sent: Promise<void>[] = [];
  for (let index = 0; index < COUNT; index++) sent.push(here.send(index));
  await Promise.all(sent);
  here.close();
  const received = await report.recv() as number[];
  assertEquals(received.findIndex((value, index) => value !== index), -1);
  assertEquals(received.length, COUNT);
  await finish([child]);
  report.close();
});
