/** Serves a manager for whoever knows the key, until its input ends. */
import { SyncManager } from "../../../mod.ts";

if (import.meta.main) {
  const stop = new AbortController();
  const server = new SyncManager({ address: ["127.0.0.1", 0], authKey: Deno.args[0] ?? "" }).getServer();
  const served = server.serveForever({ signal: stop.signal });
  console.log(JSON.stringify(server.address));
  for await (const _ of Deno.stdin.readable) { /* Nothing is said. */ }
  stop.abort();
  await served;
}
