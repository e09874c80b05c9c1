/** A program that tells by how many MiB its memory grew while it blocked for so many results of one MiB, without a turn. */
import { contextOfArgs } from "./_method.ts";
import { large } from "../pool_sync.ts";

declare function gc(): void;

function used(): number {
  gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

if (import.meta.main) {
  await using pool = new (contextOfArgs().Pool)(1);
  const flood = (count: number) => {
    for (let index = 0; index < count; index++) pool.applySync(large, [index]);
  };
  flood(5);
  const before = used();
  flood(Number(Deno.args[1]));
  console.log(Math.round((used() - before) / (1 << 20)));
}
