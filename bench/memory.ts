/** What an idle child costs in memory. */
import { getContext, type StartMethod } from "../mod.ts";
import { echo } from "./children.ts";
import { type Result, resultOf } from "./measure.ts";
import type { Peer } from "./peer.ts";

/** Resident memory of one child that has answered once and waits, in MiB; a worker's is what this process grew by. */
export async function idleChildren(methods: readonly StartMethod[], python: Peer | undefined): Promise<Result> {
  const figures = new Map<string, number[]>();
  for (const method of methods) figures.set(`ours, ${method}`, [await idleChild(method)]);
  if (python !== undefined) figures.set(`${python.name} spawn`, [await python.ask("memory 0")]);
  return resultOf({ topic: "process", name: "idle child, resident", unit: "MiB" }, figures);
}

async function idleChild(method: StartMethod): Promise<number> {
  const context = getContext(method);
  const before = resident(Deno.pid);
  const [mine, its] = context.Pipe();
  const process = new context.Process({ target: echo, args: [its] });
  await process.start();
  its.close();
  await mine.send(1);
  await mine.recv();
  const pid = process.pid ?? Deno.pid;
  const size = pid === Deno.pid ? resident(pid) - before : resident(pid);
  mine.close();
  await process.join();
  return size;
}

function resident(pid: number): number {
  const kib = Deno.readTextFileSync(`/proc/${pid}/status`).match(/^VmRSS:\s+(\d+) kB$/m)?.[1];
  return Number(kib) / 1024;
}
