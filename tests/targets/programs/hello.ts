/** The first example of Python's documentation. */
import { contextOfArgs } from "./_method.ts";

export function greet(name: string): void {
  console.log("hello", name, import.meta.main);
}

if (import.meta.main) {
  const ctx = contextOfArgs();
  const process = new ctx.Process({ target: greet, args: ["bob"] });
  await process.start();
  await process.join();
  console.log("exit code", process.exitCode, process.name);
}
