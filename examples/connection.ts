/** What a connection carries: values, and bytes as they are. */
import { Pipe } from "@multiprocessing/deno";
import { assertEquals } from "@std/assert";

if (import.meta.main) {
  const [a, b] = Pipe();

  await a.send([1, "hello", null]);
  console.log(await b.recv());

  await b.sendBytes(new TextEncoder().encode("thank you"));
  console.log(new TextDecoder().decode(await a.recvBytes()));

  const five = Int32Array.of(0, 1, 2, 3, 4);
  const ten = new Int32Array(10);
  await a.sendBytes(five);
  const count = await b.recvBytesInto(ten);
  assertEquals(count, five.byteLength);
  console.log(ten);
}

/* Output:
[ 1, "hello", null ]
thank you
Int32Array(10) [
  0, 1, 2, 3, 4,
  0, 0, 0, 0, 0
]
*/

// Catalogue: EX-17
