/** A process that tells much while it is told much, and ends without having heard it. */
import { type Connection, share } from "../../mod.ts";

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

share(import.meta, { tellAndDie });
