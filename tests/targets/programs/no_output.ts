/** Parent and child go on without standard output and error. */
import { contextOfArgs } from "./_method.ts";

export function write(): void {
  console.log("lost");
  console.error("lost");
}

if (import.meta.main) {
  const ctx = contextOfArgs();
  Deno.stdout.close();
  Deno.stderr.close();
  const process = new ctx.Process({ target: write });
  await process.start();
  await process.join();
  Deno.exitCode = process.exitCode === 0 ? 4 : 1;
}
