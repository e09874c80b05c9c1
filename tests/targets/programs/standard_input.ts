/** A child finds standard input empty, and leaves the parent's alone. */
import { contextOfArgs } from "./_method.ts";

export async function read(): Promise<void> {
  console.log("child", await Deno.stdin.read(new Uint8Array(8)));
}

if (import.meta.main) {
  const ctx = contextOfArgs();
  const process = new ctx.Process({ target: read });
  await process.start();
  await process.join();
  console.log("main", (await new Response(Deno.stdin.readable).text()).trim());
}
