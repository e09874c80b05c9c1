/** Connects to listener.ts and shows what that sends: values, text and numbers as bytes. */
import { Client } from "@multiprocessing/deno";

if (import.meta.main) {
  const port = Number(Deno.args[0] ?? 6000);
  using connection = await Client(["127.0.0.1", port], { authKey: "secret password" });

  console.log(await connection.recv());

  console.log(new TextDecoder().decode(await connection.recvBytes()));

  const five = new Int32Array(5);
  console.log(await connection.recvBytesInto(five));
  console.log(five);
}

/* Output:
[ 2.25, null, "junk", [Function: Number] ]
hello
8
Int32Array(5) [ 42, 1729, 0, 0, 0 ]
*/

// Beside: listener.ts

// Catalogue: EX-36
