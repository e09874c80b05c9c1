/** workerpool as a peer: `thread` or `process`, as its one argument says. */
import { load, writeWorker } from "./npm.ts";
import { servePool } from "./serve.ts";
import type { TaskName } from "./tasks.ts";

interface WorkerpoolModule {
  pool(script: string, options: { workerType: string; minWorkers: number; maxWorkers: number }): {
    exec(name: TaskName, values: unknown[]): PromiseLike<unknown>;
    terminate(): PromiseLike<unknown>;
  };
}

const workerpool = await load<WorkerpoolModule>("workerpool");
const script = await writeWorker("workerpool", "library.worker(tasks);");
const [workerType = "thread"] = Deno.args;

await servePool(({ workers }) => {
  const pool = workerpool.pool(script, { workerType, minWorkers: workers, maxWorkers: workers });
  return { run: (name, value) => pool.exec(name, [value]), close: () => pool.terminate() };
});
