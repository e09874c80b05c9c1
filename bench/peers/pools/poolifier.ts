/** poolifier as a peer. */
import { load, writeWorker } from "./npm.ts";
import { servePool } from "./serve.ts";
import type { TaskName } from "./tasks.ts";

interface PoolifierModule {
  readonly FixedThreadPool: new (workers: number, file: string, options: { errorHandler(error: Error): void }) => {
    execute(value: unknown, name: TaskName): Promise<unknown>;
    destroy(): Promise<void>;
  };
}

const { FixedThreadPool } = await load<PoolifierModule>("poolifier");
const file = await writeWorker("poolifier", "new library.ThreadWorker(tasks);");

await servePool(({ workers }) => {
  const pool = new FixedThreadPool(workers, file, { errorHandler: (error) => console.error(error) });
  return {
    run: (name, value) => pool.execute(value, name),
    close() {
      // On Deno it does not always hear of its workers' ends, so nobody can wait for it.
      void pool.destroy();
      return Promise.resolve();
    },
  };
});
