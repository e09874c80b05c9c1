/** The library's pool, in the context that its one argument names. */
import { getContext, type StartMethod } from "../../../mod.ts";
import * as tasks from "./ours_tasks.ts";
import { servePool } from "./serve.ts";

// Children import this module too.
if (import.meta.main) await main();

async function main(): Promise<void> {
  const context = getContext(Deno.args[0] as StartMethod);
  await servePool(({ workers, recycle }) => {
    const pool = new context.Pool({ processes: workers, ...recycle && { maxTasksPerChild: 1 } });
    return {
      run: (name, value) => pool.apply(tasks[name] as (value: unknown) => unknown, [value]),
      map: (values) => pool.map(tasks.increment, values),
      stream: (values) => pool.imap(tasks.increment, values),
      close: async () => {
        pool.close();
        await pool.join();
      },
    };
  });
}
