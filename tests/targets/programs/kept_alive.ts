/** A parent whose end is asked for while children run: its own exit code counts, and the children go with it. */
import { type Connection, Pipe } from "../../../mod.ts";
import { contextOfArgs } from "./_method.ts";

export async function wait(to: Connection<number>): Promise<void> {
  await to.send(Deno.pid);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

if (import.meta.main) {
  const ctx = contextOfArgs();
  const [here, there] = Pipe<number>();
  for (let count = 0; count < 2; count++) {
    await new ctx.Process({ target: wait, args: [there] }).start();
    console.log(await here.recv());
  }
  if (Deno.args[1] === "throw") throw new RangeError("main broke");
  Deno.exit(7);
}
