/** Processes that are replaced by fresh ones after two tasks each, so that what they hold on to does not grow for ever. */
import { currentProcess, Pool } from "@multiprocessing/deno";

export function whoAmI(): string {
  return currentProcess().name;
}

if (import.meta.main) {
  await using pool = new Pool({ processes: 2, maxTasksPerChild: 2 });
  const tasks = new Map<string, number>();
  for (let i = 0; i < 8; i++) {
    const name = await pool.apply(whoAmI);
    tasks.set(name, (tasks.get(name) ?? 0) + 1);
  }
  console.log("processes:", tasks.size >= 4 ? "four or more" : tasks.size);
  console.log("tasks of each:", Math.max(...tasks.values()), "at most");
}

/* Output:
processes: four or more
tasks of each: 2 at most
*/
