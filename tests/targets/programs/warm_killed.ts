/** Kills the processes that are kept warm; the next start must not suffer. */
import { getContext, type Process } from "../../../mod.ts";

export function nothing(): void {}

/** Processes of this one, by what the system tells. */
function childPids(): number[] {
  const pids = [];
  for (const task of Deno.readDirSync("/proc/self/task")) {
    const text = Deno.readTextFileSync(`/proc/self/task/${task.name}/children`);
    pids.push(...text.split(" ").filter((pid) => pid !== "").map(Number));
  }
  return pids;
}

async function run(): Promise<Process> {
  const process = new (getContext("forkserver").Process)({ target: nothing });
  await process.start();
  await process.join();
  return process;
}

if (import.meta.main) {
  console.log((await run()).exitCode);
  const warm = childPids();
  for (const pid of warm) Deno.kill(pid, "SIGKILL");
  while (childPids().some((pid) => warm.includes(pid))) await new Promise((resolve) => setTimeout(resolve, 5));
  console.log(warm.length > 0, (await run()).exitCode);
}
