/** A manager that is served by this process, to programs that know the key; see manager_connect.ts. */
import { BaseManager } from "@multiprocessing/deno";

if (import.meta.main) {
  const port = Number(Deno.args[0] ?? 50_000);
  const manager = new BaseManager({ address: ["127.0.0.1", port], authKey: "abc" });
  const server = manager.getServer();
  const interrupted = new AbortController();
  Deno.addSignalListener("SIGINT", () => interrupted.abort());
  console.log("serving at port", port);
  await server.serveForever({ signal: interrupted.signal });
}

/* Output:
serving at port *
*/

// Runs until interrupted

// Catalogue: EX-20
