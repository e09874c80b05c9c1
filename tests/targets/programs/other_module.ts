/** Targets that live in a module of their own. */
import { contextOfArgs } from "./_method.ts";
import * as tasks from "./_tasks.ts";

if (import.meta.main) {
  const ctx = contextOfArgs();
  for (const target of [tasks.shared, tasks.hidden]) {
    const process = new ctx.Process({ target });
    try {
      await process.start();
      await process.join();
      console.log(process.exitCode);
    } catch (error) {
      console.log(String(error));
    }
  }
}
