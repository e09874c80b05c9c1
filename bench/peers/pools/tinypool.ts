/** tinypool as a peer: `threads` or `processes`, as its one argument says. */
import { load } from "./npm.ts";
import { servePool } from "./serve.ts";
import type { TaskName } from "./tasks.ts";

interface TinypoolOptions {
  readonly filename: string;
  readonly runtime: "worker_threads" | "child_process";
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly isolateWorkers: boolean;
  readonly useAtomics: boolean;
}

interface TinypoolModule {
  readonly Tinypool: new (options: TinypoolOptions) => {
    run(task: unknown, options: { name: TaskName }): Promise<unknown>;
    destroy(): Promise<void>;
  };
}

const { Tinypool } = await load<TinypoolModule>("tinypool");
const filename = new URL("tasks.ts", import.meta.url).href;
const runtime = Deno.args[0] === "processes" ? "child_process" : "worker_threads";

await servePool(({ workers, recycle }) => {
  const pool = new Tinypool({
    filename,
    runtime,
    minThreads: workers,
    maxThreads: workers,
    isolateWorkers: recycle,
    // On Deno a worker that waits in this way is never heard of again.
    useAtomics: false,
  });
  return { run: (name, value) => pool.run(value, { name }), close: () => pool.destroy() };
});
