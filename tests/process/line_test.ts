import { assert, assertEquals } from "@std/assert";
import { expectChild } from "../../src/process/line.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { readsSettleAtOnce } from "../helpers/reads.ts";
import { within } from "../helpers/within.ts";

/** Connects to the port where children are expected. */
function connect(port: number): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port });
}

/** Whether the other side has closed a connection. */
async function isClosed(conn: Deno.TcpConn): Promise<boolean> {
  return await conn.read(new Uint8Array(1)).catch(() => null) === null;
}

const sanitizeOps = readsSettleAtOnce;

Deno.test({ name: "A child connects though strangers that say nothing have every place", sanitizeOps }, async () => {
  const line = expectChild(false);
  const { hello } = line;
  assert("port" in hello);
  const strangers: Deno.TcpConn[] = [];
  for (let index = 0; index < 300; index++) strangers.push(await connect(hello.port));
  const conns = [await connect(hello.port), await connect(hello.port)] as const;
  for (const [direction, conn] of conns.entries()) {
    await conn.write(new Uint8Array([direction, ...Uint8Array.fromHex(hello.token)]));
  }
  const stream = await within(HANG_MS, Promise.resolve(line.stream));
  // The welcome.
  assertEquals(await conns[1].read(new Uint8Array(2)), 1);
  if (readsSettleAtOnce) {
    const closed = await within(HANG_MS, Promise.all(strangers.map(isClosed)));
    assert(closed.every((isClosed) => isClosed));
  }
  stream.close();
  for (const conn of [...strangers, ...conns]) conn.close();
});

Deno.test("A child that is no longer expected is sent away", async () => {
  const line = expectChild(false);
  const other = expectChild(false);
  const { hello } = line;
  assert("port" in hello);
  line.giveUp();
  const rejected = Promise.resolve(line.stream).then(() => "connected", (error) => error.name);
  const conn = await connect(hello.port);
  await conn.write(new Uint8Array([0, ...Uint8Array.fromHex(hello.token)]));
  assertEquals(await within(HANG_MS, isClosed(conn)), true);
  assertEquals(await rejected, "ConnectionAborted");
  other.giveUp();
  await Promise.resolve(other.stream).catch(() => {});
  conn.close();
});
