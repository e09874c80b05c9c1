/** Ends in the way of its third argument, having terminated a busy child, perhaps while waiting for it, or left it to its end. */
import { type Connection, Pipe } from "../../../mod.ts";
import { contextOfArgs } from "./_method.ts";

export async function occupy(to: Connection<string>): Promise<void> {
  await to.send("busy");
  for (;;);
}

if (import.meta.main) {
  const ctx = contextOfArgs();
  const [, what, how] = Deno.args;
  const [here, there] = Pipe<string>();
  const process = new ctx.Process({ target: occupy, args: [there], daemon: what === "daemon" });
  await process.start();
  there.close();
  console.log(await here.recv());
  if (what === "terminated") {
    process.terminate();
    await process.join();
    console.log(process.exitCode);
  }
  if (what === "awaited") {
    const heard = here.recv().catch((error: Error) => error.name);
    process.kill();
    console.log(await heard);
  }
  here.close();
  if (how === "exit") Deno.exit(3);
  if (how === "throw") throw new RangeError("main broke");
  Deno.exitCode = 3;
}
