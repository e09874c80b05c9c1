/** Starts and ends the children of a test. */
import { assertEquals } from "@std/assert";
import type { Context, Process } from "../../mod.ts";

/** Starts a child that calls `target`. */
export async function start<A extends unknown[]>(
  ctx: Context,
  target: (...args: A) => unknown,
  ...args: A
): Promise<Process<A>> {
  const process = new ctx.Process<A>({ target: target as (...args: A) => unknown, args });
  await process.start();
  return process;
}

/** Waits until all have ended, well if not told otherwise. */
export async function finish(processes: Iterable<Process<never> | Process>, exitCode = 0): Promise<void> {
  for (const process of processes) {
    await process.join();
    assertEquals(process.exitCode, exitCode);
  }
}
