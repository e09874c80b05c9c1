/** What children do with ends of pipes that others hold too. */
import { type Connection, type Event, Pipe, share } from "../../mod.ts";

/** Makes a pipe, sends one end away, and then blocks its thread until somebody opens the named pipe. */
export async function makeAndBlock(to: Connection, path: string): Promise<void> {
  const [kept, sent] = Pipe();
  await to.send(sent);
  block(path);
  kept.close();
}

/** Waits for the order, blocks its thread, and then sends a connection where the home of the pipe may be gone. */
export async function sendAfterBlock(
  orders: Connection,
  path: string,
  end: Connection,
  what: Connection,
): Promise<void> {
  await orders.send("ready");
  block(path);
  await end.send(what).catch(() => {});
  what.close();
  await orders.recv();
}

/** Receives a connection and sends another one over it at once. */
export async function sendOverReceived(end: Connection<unknown, Connection>, what: Connection): Promise<void> {
  const received = await end.recv();
  await received.send(what).catch(() => {});
  what.close();
  await end.recv();
}

/** Sends many messages when the first has come, while more come, and ends. */
export async function answerAndEnd(end: Connection, count: number): Promise<void> {
  await end.recv();
  for (let index = 0; index < count; index++) await end.send(index);
}

/** Receives a message, then hands its end on and ends while more is on its way. */
export async function handOn(end: Connection<unknown, Connection>, to: Connection): Promise<void> {
  await end.recv();
  await to.send(end);
}

/** Receives a message, says so, and comes back to its event loop no more: closes its end when the program says that it may, and ends. */
export async function closeUnread(end: Connection, begun: Event, over: Event): Promise<void> {
  await end.recv();
  begun.setSync();
  over.waitSync();
  end.close();
  Deno.exit(0);
}

/** How a process ends: by itself, after it has closed its end of a pipe or not, or at once. */
export type Way = "return" | "close" | "exit";

/** Receives so many, or fewer if the end comes, reports them and ends in a way. */
export async function takeSome(
  end: Connection,
  report: Connection,
  count: number,
  way: Way,
): Promise<void> {
  const taken: unknown[] = [];
  for await (const value of end) if (taken.push(value) === count) break;
  await report.send(taken);
  if (way === "close") end.close();
  if (way === "exit") Deno.exit(0);
}

/** Makes a pipe, sends one end away, and ends when told. */
export async function homeOf(to: Connection): Promise<void> {
  const [kept, sent] = Pipe();
  await to.send(sent);
  sent.close();
  await to.recv();
  kept.close();
}

// A program that waits for somebody to write, so that this thread hears of nothing meanwhile.
function block(path: string): void {
  new Deno.Command("cat", { args: [path] }).outputSync();
}

share(import.meta, {
  makeAndBlock,
  sendAfterBlock,
  sendOverReceived,
  answerAndEnd,
  takeSome,
  handOn,
  closeUnread,
  homeOf,
});
