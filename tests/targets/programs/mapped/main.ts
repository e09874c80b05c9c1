/** A program with an import map of its own; the library comes by it too. */
import { getContext, type StartMethod } from "multiprocessing";
import { work } from "tasks";

export { work };

if (import.meta.main) {
  const ctx = getContext(Deno.args[0] as StartMethod);
  const process = new ctx.Process({ target: work });
  await process.start();
  await process.join();
  console.log(process.exitCode);
}
