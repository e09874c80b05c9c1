/** What children do with the ends of pipes. */
import {
  Connection,
  EOFError,
  type Event,
  getContext,
  Pipe,
  Process,
  share,
  type StartMethod,
  waitSync,
} from "../../mod.ts";

/** Sends back what it receives, until the other end is closed. */
export async function echo(end: Connection): Promise<void> {
  for await (const value of end) await end.send(value);
}

/** Sends each value. */
export async function sendAll(end: Connection, values: unknown[]): Promise<void> {
  for (const value of values) await end.send(value);
}

/** Receives until the end, then reports all that came. */
export async function receiveAll(end: Connection, report: Connection): Promise<void> {
  await report.send("ready");
  await report.send(await Array.fromAsync(end));
}

/** Waits for messages, and reports each with its name; ends when told that nothing comes any more. */
export async function receiveNamed(end: Connection, report: Connection, name: string): Promise<void> {
  for await (const value of end) await report.send([name, value]);
}

/** Says that it holds the end, and holds it until it is told to end in a way. */
export async function holdUntilTold(_end: Connection, orders: Connection): Promise<void> {
  await orders.send("holds");
  const how = await orders.recv();
  if (how === "exit") Deno.exit(0);
  if (how === "kill") Deno.kill(Deno.pid, "SIGKILL");
  if (how === "throw") throw new Error("as told");
}

/** Receives a connection, lets it go without closing it, and lives on until told. */
export async function dropUntilTold(orders: Connection): Promise<void> {
  await receiveAndForget(orders);
  await orders.send("dropped");
  const pressure: Uint8Array[] = [];
  for (let round = 0; !await orders.poll(); round++) {
    // Until the collector finds it worth its while.
    pressure[round % 4] = new Uint8Array(1 << 22).fill(round);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

// A function of its own, so that nothing on the stack refers to the connection afterwards.
async function receiveAndForget(orders: Connection): Promise<void> {
  const received = await orders.recv();
  if (typeof received !== "object") throw new TypeError("Cannot drop the connection: none came");
}

/** Starts a child of its own that has the end, closes its own, and waits for it. */
export async function echoInGrandchild(method: StartMethod, end: Connection): Promise<void> {
  const child = new (getContext(method).Process)({ target: echo, args: [end] });
  await child.start();
  end.close();
  await child.join();
}

/** Receives connections and sends each back through itself. */
export async function echoConnections(end: Connection<unknown, Connection>): Promise<void> {
  for await (const received of end) {
    await received.send("used on the way");
    await end.send(received);
    received.close();
  }
}

/** Receives one connection, and echoes what comes over it. */
export async function echoOverReceived(end: Connection): Promise<void> {
  const received = await end.recv();
  end.close();
  if (received instanceof Connection) await echo(received);
}

/** Makes a pipe, sends one end away, and echoes at the other. */
export async function sendEndAway(to: Connection): Promise<void> {
  const [kept, sent] = Pipe();
  await to.send(sent);
  sent.close();
  await echo(kept);
}

/** Makes a pipe, sends messages over it, sends the end that has not received them away, and ends when told. */
export async function leaveMessages(to: Connection, count: number): Promise<void> {
  const [kept, sent] = Pipe();
  for (let index = 0; index < count; index++) await kept.send(index);
  await to.send(sent);
  sent.close();
  await to.recv();
}

/** Makes a pipe, sends one end away, and ends. */
export async function sendEndAndEnd(to: Connection): Promise<void> {
  const [, sent] = Pipe();
  await to.send(sent);
}

/** Sends messages that only a part of is received of before it ends by itself. */
export async function sendAndEnd(end: Connection, count: number, how: "return" | "exit" | "kill"): Promise<void> {
  for (let index = 0; index < count; index++) await end.send({ index, filling: "x".repeat(index % 50) });
  if (how === "exit") Deno.exit(0);
  if (how === "kill") Deno.kill(Deno.pid, "SIGKILL");
}

/** Sends one large message, and is killed as soon as that has resolved. */
export async function sendLargeAndKill(end: Connection, size: number): Promise<void> {
  await end.sendBytes(new Uint8Array(size).fill(7));
  Deno.kill(Deno.pid, "SIGKILL");
}

/** Sends without end, and reports how many sends were done. */
export async function sendWithoutEnd(end: Connection, report: Connection, size: number): Promise<void> {
  const bytes = new Uint8Array(size);
  try {
    for (let sent = 1;; sent++) {
      await end.sendBytes(bytes);
      await report.send(sent);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Polls the end without receiving, then says what it saw and waits to be told. */
export async function pollOnly(end: Connection, orders: Connection): Promise<void> {
  const polled = await end.poll({ timeout: 1 });
  await orders.send(polled);
  for await (const order of orders) await orders.send([order, await end.poll({})]);
}

/** Both sides of a talk between two children: counts to the limit by turns. */
export async function countByTurns(end: Connection, report: Connection, begins: boolean, limit: number): Promise<void> {
  let count = 0;
  if (begins) await end.send(1);
  try {
    for (;;) {
      count = Number(await end.recv());
      if (count >= limit) break;
      await end.send(count + 1);
    }
  } catch (error) {
    if (!(error instanceof EOFError)) throw error;
  }
  await report.send(count);
}

/** Tries each call that would block, and sends the errors. */
export async function blockingCalls(to: Connection): Promise<void> {
  const [end] = Pipe();
  const child = new Process({ target: echo, args: [end] });
  const calls: Record<string, () => unknown> = {
    recvSync: () => to.recvSync({ timeout: 1 }),
    pollSync: () => to.pollSync({ timeout: 1 }),
    joinSync: () => child.joinSync({ timeout: 1 }),
  };
  await child.start();
  end.close();
  const errors: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) {
    try {
      call();
      errors[name] = "none";
    } catch (error) {
      errors[name] = String(error);
    }
  }
  child.terminate();
  await child.join();
  await to.send(errors);
  // What the other side does next is not to find the end of this one.
  await to.recv().catch(() => {});
}

/** Echoes without ever using its event loop. */
export function echoSync(end: Connection): void {
  for (;;) {
    try {
      end.pollSync({});
      end.sendSync(end.recvSync());
    } catch (error) {
      if (error instanceof EOFError) return;
      throw error;
    }
  }
}

/** Sends something, and never comes back to its event loop. */
export function sendAndHold(end: Connection, message: string): void {
  end.sendSync(message);
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Waits for what does not come, from a home that does not answer, then says so. */
export function waitForBusyHome(end: Connection, over: Event): void {
  end.sendSync("begun");
  const isReady = waitSync([end], { timeout: 50 }).length > 0 || end.pollSync({ timeout: 50 });
  if (!isReady) over.setSync();
}

/** Makes a pipe, sends an end away and something to it, and lives on until told. */
export async function sendByOwnPipe(orders: Connection): Promise<void> {
  const [own, given] = Pipe();
  await orders.send(given);
  given.close();
  await own.send("from its home");
  await orders.send("sent");
  await orders.recv();
  own.close();
}

/** Says that it waits for a message, and sets an event when it has come. */
export async function receiveThenSet(end: Connection, event: Event): Promise<void> {
  const message = end.recv();
  await end.send("waits");
  await message;
  await event.set();
}

/** Counts what comes, without its event loop, and sends the sum at the end. */
export function sumSync(end: Connection<unknown, number>, count: number): void {
  let sum = 0;
  for (let index = 0; index < count; index++) sum += end.recvSync();
  end.sendSync(sum);
}

/** Has a child of its own echo, all without its event loop. */
export async function parentSync(end: Connection): Promise<void> {
  const [here, there] = Pipe();
  const child = new (getContext().Process)({ target: echo, args: [there] });
  await child.start();
  there.close();
  await here.send("ready");
  await here.recv();
  const answers: unknown[] = [];
  for (let index = 0; index < 100; index++) {
    here.sendSync(index);
    answers.push(here.recvSync());
  }
  here.close();
  child.joinSync({ timeout: 5000 });
  end.sendSync([answers, child.exitCode]);
}

share(import.meta, {
  echo,
  sendAll,
  receiveAll,
  receiveNamed,
  holdUntilTold,
  dropUntilTold,
  echoInGrandchild,
  echoConnections,
  echoOverReceived,
  sendEndAway,
  leaveMessages,
  sendEndAndEnd,
  sendAndEnd,
  sendLargeAndKill,
  sendWithoutEnd,
  pollOnly,
  countByTurns,
  blockingCalls,
  echoSync,
  sendAndHold,
  sumSync,
  parentSync,
});
