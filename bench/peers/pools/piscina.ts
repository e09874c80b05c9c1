/** piscina as a peer. */
import { load } from "./npm.ts";
import { servePool } from "./serve.ts";
import type { TaskName } from "./tasks.ts";

interface PiscinaModule {
  readonly Piscina: new (options: { filename: string; minThreads: number; maxThreads: number }) => {
    run(task: unknown, options: { name: TaskName }): Promise<unknown>;
    destroy(): Promise<void>;
  };
}

const { Piscina } = await load<PiscinaModule>("piscina");
const filename = new URL("tasks.ts", import.meta.url).href;

await servePool(({ workers }) => {
  const pool = new Piscina({ filename, minThreads: workers, maxThreads: workers });
  return { run: (name, value) => pool.run(value, { name }), close: () => pool.destroy() };
});
