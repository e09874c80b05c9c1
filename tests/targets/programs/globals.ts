/** Module constants are the same in a child; what was changed at run time is not. */
import { contextOfArgs } from "./_method.ts";

export const CONSTANT: string = "constant";
const counter = { value: 0 };

export function report(): void {
  console.log("child", CONSTANT, counter.value);
  counter.value = 99;
}

if (import.meta.main) {
  counter.value = 42;
  const ctx = contextOfArgs();
  const process = new ctx.Process({ target: report });
  await process.start();
  await process.join();
  console.log("main", CONSTANT, counter.value);
}
