/** Receives from a child that sends after a while, and is kept alive by that alone; or gives up receiving, and ends. */
import { type Connection, getContext, Pipe, share, type StartMethod } from "../../../mod.ts";

/** Sends after a while. */
export async function sendLater(end: Connection<string>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 200));
  await end.send("late");
}

/** Holds the end until its own is closed. */
export async function hold(end: Connection<string>): Promise<void> {
  await end.send("holds");
  await end.recv().catch(() => {});
}

share(import.meta, { sendLater, hold });

async function main(method: StartMethod, what: string): Promise<void> {
  const context = getContext(method);
  const [here, there] = Pipe<string>();
  const daemon = new context.Process({ target: what === "pending" ? sendLater : hold, args: [there], daemon: true });
  await daemon.start();
  there.close();
  if (what === "pending") return void here.recv().then((message) => console.log(message));
  console.log(await here.recv());
  const receiving = here.recv({ signal: AbortSignal.timeout(10) });
  const waiting = here.poll({ timeout: 10 });
  await Promise.allSettled([receiving, waiting]);
  console.log("abandoned");
}

if (import.meta.main) main(Deno.args[0] as StartMethod, Deno.args[1] ?? "");
