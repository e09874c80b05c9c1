/** A daemon, started from top-level code, that is joined and so runs to its end. */
import { contextOfArgs } from "./_method.ts";

export async function speak(): Promise<void> {
  console.log("daemon starts");
  await new Promise((resolve) => setTimeout(resolve, 50));
  console.log("daemon exits");
}

if (import.meta.main) {
  const ctx = contextOfArgs();
  const daemon = new ctx.Process({ target: speak, daemon: true });
  await daemon.start();
  await daemon.join();
  console.log("exit code", daemon.exitCode);
}
