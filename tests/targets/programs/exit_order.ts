/** A child that ends only when the daemon has, and is waited for after the daemon was ended. */
import { type Connection, Pipe } from "../../../mod.ts";
import { contextOfArgs } from "./_method.ts";

export async function waitForEver(to: Connection<string>): Promise<void> {
  await to.send("daemon runs");
  await new Promise(() => {});
}

export async function waitForEnd(of: Connection<never, string>): Promise<void> {
  try {
    await of.recv();
  } catch {
    console.log("the daemon has ended");
  }
}

if (import.meta.main) {
  const ctx = contextOfArgs();
  const [here, there] = Pipe<never, string>();
  const daemon = new ctx.Process({ target: waitForEver, args: [there], daemon: true });
  await daemon.start();
  there.close();
  console.log(await here.recv());
  await new ctx.Process({ target: waitForEnd, args: [here] }).start();
  here.close();
}
