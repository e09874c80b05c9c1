/** As unguarded.ts, but without waiting at the top level. */
import { contextOfArgs } from "./_method.ts";

export function greet(): void {
  console.log("hello");
}

const ctx = contextOfArgs();
const process = new ctx.Process({ target: greet });
process.start().then(() => process.join()).then(() => console.error(`exit code ${process.exitCode}`));
