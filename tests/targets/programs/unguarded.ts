/** Starts a process in every process that imports it: what the guard is for. */
import { contextOfArgs } from "./_method.ts";

export function greet(): void {
  console.log("hello");
}

const ctx = contextOfArgs();
const process = new ctx.Process({ target: greet });
await process.start();
await process.join();
console.error(`exit code ${process.exitCode}`);
