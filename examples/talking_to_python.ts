/**
 * A Python program on the other end of a connection. Python's pickles are refused here, as they can run any code; bytes, here with
 * JSON in them, are understood by both.
 */
import { Client, Listener } from "@multiprocessing/deno";

const PYTHON_PROGRAM = `
import json, os, sys
from fractions import Fraction
from multiprocessing.connection import Client, Listener

key = os.environ["AUTH_KEY"].encode()
with Client(("127.0.0.1", int(sys.argv[1])), authkey=key) as connection:
    for text in json.loads(connection.recv_bytes()):
        connection.send_bytes(str(sum(map(Fraction, text.split("+")))).encode())

    # The other way round: Python listens.
    with Listener(("127.0.0.1", 0), authkey=key) as listener:
        connection.send_bytes(json.dumps(listener.address).encode())
        with listener.accept() as second:
            second.send_bytes(b"Python says: " + second.recv_bytes())
`;

// Without this, Python before 3.12 is refused: it knows no better digest than MD5.
const legacyDigest = true;

if (import.meta.main) {
  const authKey = crypto.randomUUID();
  using listener = new Listener({ address: ["127.0.0.1", 0], authKey, legacyDigest });
  const python = new Deno.Command("python3", {
    args: ["-c", PYTHON_PROGRAM, String(listener.address[1])],
    env: { AUTH_KEY: authKey },
  }).spawn();

  using connection = await listener.accept();
  const sendText = (text: string) => connection.sendBytes(new TextEncoder().encode(text));
  const receiveText = async () => new TextDecoder().decode(await connection.recvBytes());

  const sums = ["1/2 + 1/3", "1/7 + 6/7"];
  await sendText(JSON.stringify(sums));
  for (const sum of sums) console.log(sum, "=", await receiveText());

  using second = await Client(JSON.parse(await receiveText()), { authKey, legacyDigest });
  await second.sendBytes(new TextEncoder().encode("hello from Deno"));
  console.log(new TextDecoder().decode(await second.recvBytes()));

  await python.status;
}

/* Output:
1/2 + 1/3 = 5/6
1/7 + 6/7 = 1
Python says: hello from Deno
*/

// Needs: python3
