/** Connects to manager_server.ts. */
import { BaseManager } from "@multiprocessing/deno";

if (import.meta.main) {
  const port = Number(Deno.args[0] ?? 50_000);
  const manager = new BaseManager({ address: ["127.0.0.1", port], authKey: "abc" });
  await manager.connect();
}

/* Output:
*/

// Beside: manager_server.ts

// Catalogue: EX-21
