/** Blocks for workers that write much to their standard error. */
import { complain } from "../pool.ts";
import { contextOfArgs } from "./_method.ts";

if (import.meta.main) {
  await using pool = new (contextOfArgs().Pool)(2);
  const lines = Number(Deno.args[1]);
  const counts = pool.mapSync(complain, [lines, lines], { chunkSize: 1 });
  console.error(counts.join());
}
