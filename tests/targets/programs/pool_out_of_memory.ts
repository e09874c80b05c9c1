/** A program whose workers have little memory. */
import { setExecutable, WorkerDiedError } from "../../../mod.ts";
import { square } from "../pool.ts";
import { exhaustMemory } from "../pool_pains.ts";
import { contextOfArgs } from "./_method.ts";

if (import.meta.main) {
  const { Pool } = contextOfArgs();
  setExecutable(Deno.execPath(), { args: ["--v8-flags=--max-old-space-size=64"] });
  await using pool = new Pool(2);
  const doomed = pool.apply(exhaustMemory).catch((error) => error);
  const meanwhile = await pool.map(square, [1, 2, 3], { chunkSize: 1 });
  const error: unknown = await doomed;
  console.log(error instanceof WorkerDiedError, error instanceof WorkerDiedError ? error.task : error);
  const later = await pool.map(square, Array.from({ length: 100 }, (_, x) => x), { chunkSize: 1 });
  console.log(meanwhile.join(), later.length, later[99], pool.stats().restarts);
}
