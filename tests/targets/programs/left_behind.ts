/** A child leaves a process behind that has its standard error; its parent, which shares no memory and no port with it, waits for the child. */
import { type Connection, EOFError, Pipe } from "../../../mod.ts";
import { contextOfArgs } from "./_method.ts";

export async function leave(to: Connection<number>): Promise<void> {
  const left = new Deno.Command("sleep", { args: ["1000"], stdin: "null", stdout: "null", stderr: "inherit" }).spawn();
  await to.send(left.pid);
  console.error("left");
  for (let number = 0; number < 1000; number++) to.send(number);
  Deno.kill(Deno.pid, "SIGKILL");
}

if (import.meta.main) {
  const ctx = contextOfArgs();
  const [here, there] = Pipe<never, number>({ duplex: false });
  const process = new ctx.Process<unknown[]>({ target: leave as never, args: [there] });
  await process.start();
  there.close();
  const left = await here.recv();
  await process.join();
  let count = 0;
  try {
    for (;; count++) await here.recv();
  } catch (error) {
    if (!(error instanceof EOFError)) throw error;
  }
  console.log(process.exitCode, count);
  Deno.kill(left, "SIGKILL");
}
