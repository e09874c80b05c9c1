/** Peers of listeners: for tests over both kinds of sockets, and as targets of children. */
import type { Address, Connection, ListenerOptions } from "../../mod.ts";
import { Client, Listener, Pipe } from "../../mod.ts";
import { within } from "../helpers/within.ts";
import { HANG_MS } from "../helpers/methods.ts";

/** Kinds of sockets of this system, with the options that choose them. */
export const KINDS: readonly { readonly name: string; readonly options: ListenerOptions }[] = [
  { name: "TCP", options: { address: ["127.0.0.1", 0] } },
  ...Deno.build.os === "windows" ? [] : [{ name: "Unix", options: { family: "AF_UNIX" as const } }],
];

/** Bytes of a text. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Text of bytes. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Registers `test` once for each kind of socket. */
export function forEachKind(name: string, test: (options: ListenerOptions) => Promise<void>): void {
  for (const { name: kind, options } of KINDS) Deno.test(`${name} (${kind})`, () => within(HANG_MS, test(options)));
}

/** Registers `test` with two connected ends for each kind of socket; the second was accepted. */
export function forEachPair(
  name: string,
  test: (client: Connection, server: Connection) => Promise<void>,
  more: Omit<ListenerOptions, "address" | "family" | "backlog"> = {},
): void {
  forEachKind(name, async (options) => {
    using listener = new Listener({ ...options, ...more });
    const [client, server] = await Promise.all([Client(listener.address, more), listener.accept()]);
    try {
      await test(client, server);
    } finally {
      client.close();
      server.close();
    }
  });
}

/** A bare socket to a listener. */
export async function dial(address: Address): Promise<Deno.Conn> {
  if (typeof address === "string") return await Deno.connect({ transport: "unix", path: address });
  const conn = await Deno.connect({ hostname: address[0], port: address[1] });
  // A write in two parts is not to wait for the answer to the first.
  conn.setNoDelay(true);
  return conn;
}

/** Writes all of the bytes. */
export async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await conn.write(rest));
}

/** Reads so many bytes, or fewer if the stream ends. */
export async function readSome(conn: Deno.Conn, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const read = await conn.read(bytes.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}

/** A payload with its length before it, as on the wire. */
export function frame(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + payload.length);
  new DataView(bytes.buffer).setInt32(0, payload.length);
  bytes.set(payload, 4);
  return bytes;
}

/** Arrays of bytes as one. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** In a child: connects by the program's own key and sends a greeting. */
export async function greetByProgramKey(address: Address): Promise<void> {
  const connection = await Client(address, { authenticate: true });
  await connection.send("greetings");
  connection.close();
}

/** In a child: listens by the program's own key, tells where, and answers one message. */
export async function serveByProgramKey(line: Connection): Promise<void> {
  using listener = new Listener({ authenticate: true });
  await line.send(listener.address);
  using connection = await listener.accept();
  await connection.send(await connection.recv());
  line.close();
}

/** Two connected ends of a pipe, to play one side of the handshake by hand. */
export function handshakePair(): { readonly own: Connection; readonly fake: Connection } & Disposable {
  const [own, fake] = Pipe();
  return {
    own,
    fake,
    [Symbol.dispose]() {
      own.close();
      fake.close();
    },
  };
}

/** Doubles a number; a peer may name it where this module is allowed. */
export function double(x: number): number {
  return 2 * x;
}
