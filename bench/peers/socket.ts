/** A bare Unix socket between two `deno` processes: what a message between processes costs at least. */
import { obey } from "./orders.ts";

const ECHO = `
const conn = await Deno.connect({ transport: "unix", path: Deno.args[0] });
const buffer = new Uint8Array(1 << 16);
for (let size; (size = await conn.read(buffer)) !== null;) {
  for (let rest = buffer.subarray(0, size); rest.length > 0;) rest = rest.subarray(await conn.write(rest));
}`;
const SMALL_BYTES = 8;
const MIB = 1 << 20;

async function main(): Promise<void> {
  const folder = await Deno.makeTempDir();
  const listener = Deno.listen({ transport: "unix", path: `${folder}/socket` });
  const echo = `data:application/javascript,${encodeURIComponent(ECHO)}`;
  const child = new Deno.Command(Deno.execPath(), { args: ["run", "-A", echo, `${folder}/socket`] }).spawn();
  const conn = await listener.accept();
  await obey({
    "round:small": (times) => roundTrips(conn, SMALL_BYTES, times),
    "round:1MiB": (times) => roundTrips(conn, MIB, times),
  });
  conn.close();
  listener.close();
  await child.status;
  await Deno.remove(folder, { recursive: true });
}

async function roundTrips(conn: Deno.UnixConn, size: number, times: number): Promise<void> {
  const message = new Uint8Array(size);
  const received = new Uint8Array(size);
  for (let left = times; left > 0; left--) await Promise.all([writeAll(conn, message), readAll(conn, received)]);
}

async function writeAll(conn: Deno.UnixConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await conn.write(rest));
}

async function readAll(conn: Deno.UnixConn, into: Uint8Array): Promise<void> {
  for (let rest = into; rest.length > 0;) rest = rest.subarray(await conn.read(rest) ?? rest.length);
}

await main();
