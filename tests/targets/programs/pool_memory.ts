/** A program that tells by how many MiB its memory grew while its pool did a lot. */
import { contextOfArgs } from "./_method.ts";
import { same, square } from "../pool.ts";

declare function gc(): void;

async function used(): Promise<number> {
  // What the turn that is on still holds is not kept; nor is what a collection has only released.
  for (let turn = 0; turn < 2; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    gc();
  }
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

if (import.meta.main) {
  const { Pool } = contextOfArgs();
  await using pool = new Pool(1);
  const controller = new AbortController();
  // Its input never comes.
  const unfinished = pool.mapAsync(square, {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
  });
  const flood = async (tasks: number) => {
    const items = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(100_000));
    await pool.map(same<string>, items, { chunkSize: 1, signal: controller.signal });
    for (let left = tasks; left > 0; left -= 1000) {
      await Promise.all(Array.from({ length: 1000 }, (_, x) => pool.applyAsync(square, [x], { timeout: 1e9 })));
    }
    for await (const _ of pool.imap(square, Array(1000).fill(3)));
    for (let left = tasks; left > 0; left--) await unfinished.wait({ timeout: 0 });
  };
  await flood(2_000);
  const before = await used();
  await flood(Number(Deno.args[1] ?? 20_000));
  console.log(Math.round((await used() - before) / (1 << 20)));
}
