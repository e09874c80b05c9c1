/** Starts a child that never returns to its event loop, and waits for it. Arguments: start method, and the executable for children. */
import { getContext, setExecutable, type StartMethod } from "../../../mod.ts";

export function busy(): void {
  Deno.stdout.writeSync(new Uint8Array(1));
  for (;;);
}

if (import.meta.main) {
  const [method, executable] = Deno.args;
  if (executable !== undefined) setExecutable(executable);
  const process = new (getContext(method as StartMethod).Process)({ target: busy });
  await process.start();
  await process.join();
}
