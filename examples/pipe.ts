/** A pipe: two connected ends, one of which goes to the child. */
import { type Connection, Pipe, Process } from "@multiprocessing/deno";

export async function f(connection: Connection<unknown>): Promise<void> {
  await connection.send([42, null, "hello"]);
  connection.close();
}

if (import.meta.main) {
  const [parentEnd, childEnd] = Pipe();
  const process = new Process({ target: f, args: [childEnd] });
  await process.start();
  console.log(await parentEnd.recv());
  await process.join();
}

/* Output:
[ 42, null, "hello" ]
*/

// Catalogue: EX-07
