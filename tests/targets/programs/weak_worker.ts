/** A program that blocks for a worker that may not call native code, for a process, and for both; it tells how that went. */
import { type Connection, getContext, Pipe, setExecutable } from "../../../mod.ts";

const GUARD_MS = 5000;

/** Echoes. */
export async function echo(end: Connection): Promise<void> {
  for await (const value of end) await end.send(value);
}

function ask(end: Connection): string {
  try {
    end.sendSync("heard");
    return String(end.recvSync({ timeout: GUARD_MS }));
  } catch (error) {
    return String(error);
  }
}

if (import.meta.main) {
  setExecutable(Deno.execPath(), { args: ["--unstable-worker-options"] });
  const [near, its] = Pipe();
  const thread = new (getContext("worker").Process)({ target: echo, args: [its], permissions: { read: true } });
  await thread.start();
  its.close();
  console.log(ask(near));
  const [far, another] = Pipe();
  const process = new (getContext("spawn").Process)({ target: echo, args: [another] });
  await process.start();
  another.close();
  console.log(ask(near));
  near.close();
  await thread.join();
  console.log(ask(far));
  far.close();
  await process.join();
}
