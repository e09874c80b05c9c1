/** Waits for one connection of somebody who knows the key, and sends a few messages. The other side is client.ts. */
import { Listener } from "@multiprocessing/deno";

if (import.meta.main) {
  const port = Number(Deno.args[0] ?? 6000);
  using listener = new Listener({ address: ["127.0.0.1", port], authKey: "secret password" });
  console.log("listening at port", port);

  using connection = await listener.accept();
  console.log("connection accepted from", listener.lastAccepted);

  await connection.send([2.25, null, "junk", Number]);
  await connection.sendBytes(new TextEncoder().encode("hello"));
  await connection.sendBytes(Int32Array.of(42, 1729));
}

/* Output:
listening at port *
connection accepted from [ "127.0.0.1", * ]
*/

// Catalogue: EX-35
