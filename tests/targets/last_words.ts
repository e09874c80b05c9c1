/** A process that tells much while it is told much, and ends without having heard it. */
import { type Connection, type Lock, share } from "../../mod.ts";

export async function tellAndDie(
  connection: Connection<number, Uint8Array>,
  count: number,
  how: string,
): Promise<void> {
  await connection.recv();
  for (let said = 0; said < count; said++) await connection.send(said);
  if (how === "exit") Deno.exit(3);
  Deno.kill(Deno.pid, "SIGKILL");
}

/** Leaves the lock and the end of the pipe to a wait that nobody awaits. */
export function tellWhenFree(lock: Lock, connection: Connection<string>): void {
  lock.acquire().then(() => connection.send("at last")).then(() => lock.release());
}

share(import.meta, { tellAndDie, tellWhenFree });
