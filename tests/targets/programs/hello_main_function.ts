/** As hello.ts, from a function that the top level does not await. */
import { contextOfArgs } from "./_method.ts";

export function greet(name: string): void {
  console.log("hello", name);
}

async function main(): Promise<void> {
  const ctx = contextOfArgs();
  const process = new ctx.Process({ target: greet, args: ["bob"] });
  await process.start();
  await process.join();
  console.log("exit code", process.exitCode);
}

if (import.meta.main) main();
