/** Drops a manager, and looks for the end of its process. */
import { contextOfArgs } from "./_method.ts";

declare const gc: () => void;

if (import.meta.main) {
  const context = contextOfArgs();
  await (async () => {
    await context.Manager();
  })();
  const [process] = context.activeChildren();
  // Each wait is a turn of the event loop, in which the collector's findings are told.
  for (let round = 0; round < 1000 && process?.isAlive(); round++) {
    gc();
    await process.join({ timeout: 10 });
  }
  console.log(process?.exitCode);
}
