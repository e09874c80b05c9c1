import { assertEquals, assertRejects } from "@std/assert";
import { type Connection, EOFError, getAllStartMethods, Pipe } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { RemoteEnd } from "../helpers/ends.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { within } from "../helpers/within.ts";
import * as targets from "../targets/pipes.ts";

function closeAll(...connections: Connection[]): void {
  for (const connection of connections) connection.close();
}

forEachStartMethod("Pipe() is between a child and this process [CONN-01]", async (ctx) => {
  const [here, there] = Pipe();
  const child = await start(ctx, targets.sendAll, there, [[42, null, "hello"]]);
  assertEquals(await here.recv(), [42, null, "hello"]);
  await finish([child]);
  closeAll(here, there);
});

forEachStartMethod(
  "Pipe() ends in a child when its holder here closed its own right after the start [CONN-07]",
  async (ctx) => {
    const [here, there] = Pipe();
    const child = await start(ctx, targets.echo, there);
    there.close();
    await here.send("echoed");
    assertEquals(await here.recv(), "echoed");
    here.close();
    await finish([child]);
  },
);

forEachStartMethod("Pipe() gives the end of file only when every holder has closed [CONN-06]", async (ctx) => {
  const [here, there] = Pipe();
  const remote = await RemoteEnd.start(ctx, here);
  const child = await start(ctx, targets.sendAll, there, ["from the child"]);
  await finish([child]);
  // The copy here is still open.
  assertEquals(await remote.call("recv"), "from the child");
  assertEquals(await remote.call("poll", { timeout: 20 }), false);
  await there.send("from here");
  assertEquals(await remote.call("recv"), "from here");
  const waiting = remote.call("recv").then(() => "message", (error) => error.name);
  there.close();
  assertEquals(await waiting, "EOFError");
  await remote.stop();
});

for (const how of ["return", "exit", "throw"] as const) {
  forEachStartMethod(`Pipe() gives the end of file when the last holder ends by ${how} [CONN-05]`, async (ctx) => {
    const [here, there] = Pipe();
    const [orders, heard] = Pipe();
    const child = new ctx.Process({ target: targets.holdUntilTold, args: [there, heard], stderr: "null" });
    await child.start();
    closeAll(there, heard);
    assertEquals(await orders.recv(), "holds");
    assertEquals(await here.poll(), false);
    const waiting = assertRejects(() => here.recv(), EOFError);
    await orders.send(how);
    await waiting;
    await assertRejects(() => orders.recv(), EOFError);
    await assertRejects(() => here.send(1), Deno.errors.BrokenPipe);
    await finish([child], how === "throw" ? 1 : 0);
    closeAll(here, orders);
  });
}

forEachStartMethod("Pipe() gives the end of file when the last holder is killed [CONN-05]", async (ctx) => {
  const [here, there] = Pipe();
  const [orders, heard] = Pipe();
  const child = await start(ctx, targets.holdUntilTold, there, heard);
  closeAll(there, heard);
  assertEquals(await orders.recv(), "holds");
  const waiting = assertRejects(() => here.recv(), EOFError);
  child.kill();
  await waiting;
  await assertRejects(() => here.send(1), Deno.errors.BrokenPipe);
  await child.join();
  closeAll(here, orders);
});

forEachStartMethod("Pipe() gives the end of file when its holder kills itself [CONN-05]", async (ctx) => {
  const [here, there] = Pipe();
  const [orders, heard] = Pipe();
  const child = await start(ctx, targets.holdUntilTold, there, heard);
  closeAll(there, heard);
  await orders.recv();
  await orders.send("kill");
  await assertRejects(() => here.recv(), EOFError);
  await finish([child], -9);
  closeAll(here, orders);
}, { except: ["worker"] });

forEachStartMethod("Pipe() gives the end of file when its holder drops it for the collector [CONN-05]", async (ctx) => {
  const [here, there] = Pipe();
  const [orders, heard] = Pipe();
  const child = await start(ctx, targets.dropUntilTold, heard);
  heard.close();
  await orders.send(there);
  there.close();
  assertEquals(await orders.recv(), "dropped");
  await assertRejects(() => here.recv(), EOFError);
  orders.close();
  await finish([child]);
  here.close();
});

forEachStartMethod("Pipe() reaches a grandchild [CONN-18]", async (ctx) => {
  for (const inner of getAllStartMethods()) {
    const [here, there] = Pipe();
    const child = await start(ctx, targets.echoInGrandchild, inner, there);
    there.close();
    for (let value = 0; value < 20; value++) {
      await here.send(value);
      assertEquals(await here.recv(), value);
    }
    here.close();
    await finish([child]);
  }
});

forEachStartMethod("Pipe() connects two children that hold its ends", async (ctx) => {
  const [a, b] = Pipe();
  const [here, report] = Pipe();
  const children = [
    await start(ctx, targets.countByTurns, a, report, true, 200),
    await start(ctx, targets.countByTurns, b, report, false, 200),
  ];
  closeAll(a, b, report);
  assertEquals([await here.recv(), await here.recv()].map(Number).sort(), [199, 200]);
  await assertRejects(() => here.recv(), EOFError);
  await finish(children);
  here.close();
});

forEachStartMethod("Connection that was sent works after the sender closed its own at once [CONN-18]", async (ctx) => {
  const [here, there] = Pipe();
  const child = await start(ctx, targets.echoOverReceived, there);
  there.close();
  const [kept, sent] = Pipe();
  await here.send(sent);
  closeAll(sent, here);
  for (const value of ["one", "two"]) {
    await kept.send(value);
    assertEquals(await kept.recv(), value);
  }
  kept.close();
  await finish([child]);
});

forEachStartMethod(
  "Connection that was sent and closed at once, without awaiting, is not at its end [CONN-18]",
  async (ctx) => {
    const [here, there] = Pipe();
    const child = await start(ctx, targets.echoOverReceived, there);
    there.close();
    const [kept, sent] = Pipe();
    const sending = here.send(sent);
    sent.close();
    const first = kept.recv();
    await kept.send("echo");
    assertEquals(await first, "echo");
    await sending;
    closeAll(kept, here);
    await finish([child]);
  },
);

forEachStartMethod("Connection that was sent carries what was sent before it arrived", async (ctx) => {
  const [here, there] = Pipe();
  const [kept, sent] = Pipe();
  for (const value of [1, 2, 3]) await kept.send(value);
  await here.send(sent);
  sent.close();
  await kept.send(4);
  const child = await start(ctx, targets.echoOverReceived, there);
  closeAll(here, there);
  for (const value of [1, 2, 3, 4]) assertEquals(await kept.recv(), value);
  kept.close();
  await finish([child]);
});

forEachStartMethod("Connection from a child's own pipe works here [CONN-18]", async (ctx) => {
  const [here, there] = Pipe<unknown, Connection>();
  const child = await start(ctx, targets.sendEndAway, there as Connection);
  there.close();
  const received = await here.recv();
  for (let value = 0; value < 20; value++) {
    await received.send(value);
    assertEquals(await received.recv(), value);
  }
  received.close();
  await finish([child]);
  here.close();
});

forEachStartMethod("Connection that comes back is the same end [CONN-18]", async (ctx) => {
  const [here, there] = Pipe<Connection, Connection>();
  const child = await start(ctx, targets.echoConnections, there as Connection<unknown, Connection>);
  there.close();
  const [kept, sent] = Pipe();
  let travelling: Connection = sent;
  for (let round = 0; round < 5; round++) {
    await here.send(travelling);
    travelling.close();
    travelling = await here.recv();
    assertEquals(await kept.recv(), "used on the way");
    await kept.send(round);
    assertEquals(await travelling.recv(), round);
  }
  travelling.close();
  await assertRejects(() => kept.recv(), EOFError);
  closeAll(kept, here);
  await finish([child]);
});

forEachStartMethod("Connection that was sent and never received is given up with the pipe it was in", async (ctx) => {
  const [here, there] = Pipe();
  const [orders, heard] = Pipe();
  const child = await start(ctx, targets.holdUntilTold, there, heard);
  closeAll(there, heard);
  await orders.recv();
  const [kept, sent] = Pipe();
  await here.send(sent);
  sent.close();
  await orders.send("return");
  await assertRejects(() => kept.recv(), EOFError);
  await finish([child]);
  closeAll(here, kept, orders);
});

forEachStartMethod(
  "Connection that was to go in a value that cannot be sent stays open and is not held",
  async (ctx) => {
    const [here, there] = Pipe();
    const child = await start(ctx, targets.echo, there);
    there.close();
    const [kept, unsent] = Pipe();
    await assertRejects(() => here.send([unsent, Symbol("no")]), TypeError);
    await unsent.send("open");
    assertEquals(await kept.recv(), "open");
    unsent.close();
    await assertRejects(() => kept.recv(), EOFError);
    closeAll(kept, here);
    await finish([child]);
  },
);

Deno.test("Connection that is closed cannot be sent [CONN-16]", async () => {
  const [here, there] = Pipe();
  const [a, b] = Pipe();
  a.close();
  await assertRejects(() => here.send(a), Error, "closed");
  assertEquals(await there.poll(), false);
  closeAll(here, there, b);
});

forEachStartMethod(
  "Connection in two processes at once gives each message to exactly one of them [CONN-21]",
  async (ctx) => {
    const COUNT = 500;
    const [here, there] = Pipe();
    const [report, reports] = Pipe();
    const children = [
      await start(ctx, targets.receiveNamed, there, reports, "a"),
      await start(ctx, targets.receiveNamed, there, reports, "b"),
    ];
    closeAll(there, reports);
    const arrived = Array.fromAsync(report) as Promise<[string, number][]>;
    for (let index = 0; index < COUNT; index++) await here.send(index);
    here.close();
    await finish(children);
    const numbers = (await arrived).map(([, value]) => value);
    assertEquals(numbers.sort((left, right) => left - right), Array.from({ length: COUNT }, (_, index) => index));
    report.close();
  },
);

forEachStartMethod(
  "Connection in two processes: a second reader gets messages though the first was ahead",
  async (ctx) => {
    const [here, there] = Pipe();
    const first = await RemoteEnd.start(ctx, await copyOf(there));
    const second = await RemoteEnd.start(ctx, there);
    for (let index = 0; index < 10; index++) await here.send(index);
    assertEquals(await first.call("recv"), 0);
    assertEquals(await second.call("recv"), 1);
    assertEquals(await second.call("recv"), 2);
    assertEquals(await first.call("recv"), 3);
    await first.call("close");
    assertEquals(await second.call("recv"), 4);
    await Promise.all([first.stop(), second.stop()]);
    here.close();
  },
);

/** Another connection to the same end. */
async function copyOf(connection: Connection): Promise<Connection> {
  const [here, there] = Pipe<Connection>();
  await here.send(connection);
  const copy = await there.recv();
  closeAll(here, there);
  return copy;
}

forEachStartMethod(
  "Connection in two processes: what one was polled for, another can receive [CONN-09]",
  async (ctx) => {
    const [here, there] = Pipe();
    const [orders, heard] = Pipe();
    const child = await start(ctx, targets.pollOnly, there, heard);
    heard.close();
    assertEquals(await orders.recv(), false);
    // Both are known to read before the messages come.
    await assertRejects(() => there.recv({ timeout: 1 }));
    await orders.send("poll");
    await here.send("first");
    await here.send("second");
    assertEquals(await orders.recv(), ["poll", true]);
    assertEquals(await within(5000, there.recv()), "first");
    assertEquals(await within(5000, there.recv()), "second");
    closeAll(orders, here, there);
    await finish([child]);
  },
);

forEachStartMethod(
  "Connection in two processes: what a killed reader had not been given goes to the other",
  async (ctx) => {
    const [here, there] = Pipe();
    const first = await RemoteEnd.start(ctx, await copyOf(there));
    const second = await RemoteEnd.start(ctx, there);
    const waiting = [first.call("recv"), second.call("recv")];
    await here.send("one");
    await here.send("two");
    assertEquals((await Promise.all(waiting)).sort(), ["one", "two"]);
    await first.kill();
    for (let index = 0; index < 10; index++) await here.send(index);
    for (let index = 0; index < 10; index++) assertEquals(await second.call("recv"), index);
    await second.stop();
    here.close();
  },
);
