/** Children with children of their own, which tell who they are and live until they are told otherwise. */
import { type Connection, getContext, Pipe, type Process, share, type StartMethod } from "../../mod.ts";
import { neverReturn } from "./busy.ts";

/** What must not be collected while the process lives. */
const kept: unknown[] = [];

/** Starts a child that answers through `to`, and waits for its end. */
export async function beMiddle(to: Connection<number>, method: StartMethod): Promise<void> {
  const process = await startAnswering(to, method);
  to.close();
  await process.join();
}

/** Starts a child, sends its process id, and does not return to the event loop. */
export async function beBusyMiddle(to: Connection<number>, method: StartMethod): Promise<void> {
  const [here, there] = Pipe<never, number>();
  kept.push(await startAnswering(there, method), here);
  await to.send(await here.recv());
  neverReturn();
}

async function startAnswering(to: Connection<number>, method: StartMethod): Promise<Process> {
  const process = new (getContext(method).Process)<unknown[]>({ target: answer as never, args: [to] });
  await process.start();
  return process as Process;
}

/** Sends its process id, then echoes what it is asked, until there is nobody who could ask. */
export async function answer(to: Connection<number | string, string>): Promise<void> {
  await to.send(Deno.pid);
  for await (const question of to) await to.send(question);
}

share(import.meta, { beMiddle, beBusyMiddle, answer });
