/** Processes that tests start again and again: that wait, talk or answer. */
import { assertEquals } from "@std/assert";
import { type Connection, type Context, Pipe, type Process, type ProcessInit } from "../../mod.ts";
import { untilTold } from "../targets/processes.ts";

/** A process that runs until it is released. */
export interface Waiting {
  readonly process: Process;
  /** Lets it end by itself, with exit code 0. */
  release(): void;
}

/** Starts a process that waits, and resolves when it does. */
export function startWaiting(ctx: Context, init: Omit<ProcessInit, "target" | "args"> = {}): Promise<Waiting> {
  return startTalking(ctx, untilTold, init);
}

/** Starts a process whose target sends "runs" over the connection it is given, and resolves when it has. */
export async function startTalking(
  ctx: Context,
  target: (to: Connection<string>) => unknown,
  init: Omit<ProcessInit, "target" | "args"> = {},
): Promise<Waiting & { readonly connection: Connection<string> }> {
  const [here, there] = Pipe<string>();
  const process = new ctx.Process<unknown[]>({
    ...init,
    target: target as (...args: unknown[]) => unknown,
    args: [there],
  });
  await process.start();
  there.close();
  assertEquals(await here.recv(), "runs");
  return { process, connection: here, release: () => here.close() };
}

/** The first thing that a target sends over its first argument; the process must end well. */
export async function answerOf<T, A extends unknown[]>(
  ctx: Context,
  target: (to: Connection<T>, ...args: A) => unknown,
  ...args: A
): Promise<T> {
  const [here, there] = Pipe<never, T>({ duplex: false });
  const process = new ctx.Process<unknown[]>({
    target: target as (...args: unknown[]) => unknown,
    args: [there, ...args],
  });
  await process.start();
  there.close();
  const answer = await here.recv();
  here.close();
  await process.join();
  assertEquals(process.exitCode, 0);
  return answer;
}

/** Whether there is such an OS process that has not ended. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
