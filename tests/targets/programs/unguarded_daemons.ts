/** As unguarded.ts, with what is a daemon: named on the command line. */
import { contextOfArgs } from "./_method.ts";

export function greet(): void {
  console.log("hello");
}

const ctx = contextOfArgs();
const make: Record<string, () => Promise<unknown>> = {
  Pool: () => new ctx.Pool(1).apply(greet),
  Manager: () => ctx.Manager(),
  Process: async () => {
    const process = new ctx.Process({ target: greet, daemon: true });
    await process.start();
    await process.join();
  },
};
await make[Deno.args[1] ?? ""]?.();
