/**
 * A worker of a busy pool is killed: only the task that it had fails, with an error that says so; the pool replaces the worker and loses
 * nothing else. Python's pool would wait for that task for ever.
 */
import { Pool, reportProgress, WorkerDiedError } from "@multiprocessing/deno";

const TASKS = 200;
const VICTIM = 50;

export async function work(number: number): Promise<number> {
  if (number === VICTIM) {
    reportProgress(Deno.pid);
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  return number * number;
}

if (import.meta.main) {
  await using pool = new Pool(2);
  const onProgress = (pid: unknown) => Deno.kill(Number(pid), "SIGKILL"); // as the system does when memory is short
  const numbers = Array.from({ length: TASKS }, (_, number) => number);
  const outcomes = await Promise.allSettled(numbers.map((number) => pool.apply(work, [number], { onProgress })));

  console.log(outcomes.filter(({ status }) => status === "fulfilled").length, "tasks done");
  for (const [number, outcome] of outcomes.entries()) {
    if (outcome.status === "fulfilled") continue;
    const { reason } = outcome;
    if (!(reason instanceof WorkerDiedError)) throw reason;
    console.log(`task ${number}: its worker was ended by ${reason.signal}`);
  }
  console.log("workers replaced:", pool.stats().restarts);
  console.log("and it goes on:", await pool.apply(work, [12]));
}

/* Output:
199 tasks done
task 50: its worker was ended by SIGKILL
workers replaced: 1
and it goes on: 144
*/

// Start method: spawn, forkserver
