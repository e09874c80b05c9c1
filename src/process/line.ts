/**
 * How a child process connects: twice, once for each direction, to a port of this machine that only listens while children are
 * expected, with a token that only the child was told. Where both may call native code they share memory besides, which carries all
 * messages from the first moment; the connection then tells only that there are some.
 *
 * @module
 */

import type { ByteStream } from "../channel/byte_stream.ts";
import type { Exit } from "./exit.ts";
import { PendingStream } from "./pending_stream.ts";
import { CHILD_END, makeLinkMemory, MappedStream, openLinkMemory, PARENT_END } from "../channel/mapped_stream.ts";
import { node } from "../channel/node.ts";
import { type SocketPair, SocketStream } from "../channel/socket_stream.ts";
import { type FileReference, isMappable } from "../memory/memory_file.ts";
import { openProcess } from "../memory/process_end.ts";

const HOST = "127.0.0.1";
const TOKEN_BYTES = 32;
// The first byte of a connection tells its direction.
const TO_PARENT = 0;
const TO_CHILD = 1;
// Besides, that the child has found the memory.
const MAPPED = 0x80;
const WELCOME = new Uint8Array(1);
// Strangers that connect and say nothing: the oldest makes room. It is far more than children start at once.
const HANDSHAKES = 256;

/** The way for one child that is expected. */
export interface Line {
  /** How the child connects. */
  readonly hello: Hello;
  /** What the child may do to connect, as permission flags. */
  readonly flags: readonly string[];
  /** The way to the child, or once it has connected; rejects when it is no longer expected. */
  readonly stream: ByteStream | Promise<ByteStream>;
  /** The child has connected; rejects when it is no longer expected. */
  readonly connected: Promise<unknown>;
  /** The child was launched: a thread that blocks sees its end, and asks for the exit code. */
  launched(pid: number, exit: Exit, codeOf: () => number | undefined, told?: Promise<void>): void;
  /** There will be no child. */
  giveUp(): void;
}

interface Expected {
  readonly token: Uint8Array;
  readonly resolve: (sockets: SocketPair) => void;
  /** Its connections so far, by their direction. */
  readonly conns: (Deno.TcpConn | undefined)[];
}

const expected = new Set<Expected>();
const handshakes = new Set<Deno.TcpConn>();
let listener: Deno.TcpListener | undefined;
// Asked for again each time, as processes kept warm may connect to this port only.
let port = 0;

/** Whether this process may listen for children. */
export function canListen(): boolean {
  return Deno.permissions.querySync({ name: "net", host: `${HOST}:${port}` }).state === "granted";
}

/**
 * Expects one more child.
 *
 * @param native Whether the child may call native code.
 */
export function expectChild(native: boolean): Line {
  const { promise, resolve, reject } = Promise.withResolvers<SocketPair>();
  const child: Expected = { token: crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)), resolve, conns: [] };
  expected.add(child);
  listen();
  const memory = native && isMappable() ? makeLinkMemory() : undefined;
  const ended = () => {
    if (!expected.delete(child)) return;
    for (const conn of child.conns) conn?.close();
    rest();
    reject(new Deno.errors.ConnectionAborted("Cannot connect: the child has ended"));
  };
  const mapped = memory && new MappedStream(memory.block, PARENT_END, node.bell, promise);
  // Its end is noticed elsewhere too, so nobody need look.
  promise.catch(() => {}).then(() => memory?.release());
  return {
    hello: { port, token: child.token.toHex(), pid: Deno.pid, ...memory && { memory: memory.reference } },
    flags: [`--allow-net=${HOST}:${port}`],
    stream: mapped ?? promise.then((sockets) => new SocketStream(sockets)),
    connected: promise,
    launched(pid, exit, codeOf, told) {
      exit.onceSettled(ended);
      if (mapped === undefined) return;
      mapped.launched(told);
      watchWhileBlocked(pid, exit, codeOf, mapped);
      // All that it wrote is there, whatever the connection still has to say.
      exit.onceSettled(() => mapped.peerEnded());
    },
    giveUp() {
      ended();
      // Nobody has received from it, and so nobody would.
      mapped?.close();
    },
  };
}

/** Has a thread that blocks see the end of a child. */
function watchWhileBlocked(pid: number, exit: Exit, codeOf: () => number | undefined, mapped: MappedStream): void {
  const hear = () => {
    const code = codeOf();
    if (code !== undefined) exit.settle(code);
    else {
      exit.miss();
      mapped.peerEnded();
    }
    return false;
  };
  const stop = node.bell.addSource({ open: () => openProcess(pid), hear });
  exit.onceSettled(stop);
}

/** What a child is told first: to connect to a port of the process with that id, or that it may not and how its messages are marked. */
export type Hello =
  | { readonly port: number; readonly token: string; readonly pid: number; readonly memory?: FileReference }
  | { readonly mark: string };

/** What a child that may connect is told. */
type PortHello = Extract<Hello, { port: number }>;

/** In the child: the way to the parent. */
export interface WayToParent {
  readonly stream: ByteStream;
  /** Resolves when the parent is going to know of this process, whatever that does next; rejects if it cannot connect. */
  readonly known: Promise<unknown>;
}

/** In the child: connects as it was told. */
export function connectToParent(hello: PortHello): WayToParent {
  const block = hello.memory && findMemory(hello.memory);
  const mapped = block !== undefined;
  const sockets = Promise.all([connect(hello, TO_PARENT, mapped), connect(hello, TO_CHILD, mapped)])
    .then(([output, input]) => ({ input, output, mapped }));
  if (block === undefined) {
    // What this process sends could be lost if it ends before the parent knows of it.
    const stream = new PendingStream(sockets.then(welcomed));
    return { stream, known: stream.connected };
  }
  const stream = new MappedStream(block, CHILD_END, node.bell, sockets);
  return { stream, known: sockets.then(() => stream.connected) };
}

function findMemory(reference: FileReference): SharedArrayBuffer | undefined {
  try {
    return openLinkMemory(reference);
  } catch {
    // As where this process runs as another user; the connection does as well.
    return undefined;
  }
}

/**
 * Waits until the parent knows.
 *
 * @throws {Deno.errors.ConnectionReset} If the parent does not expect this process.
 */
async function welcomed(sockets: SocketPair): Promise<SocketStream> {
  if (await sockets.input.read(new Uint8Array(WELCOME.length)) !== null) return new SocketStream(sockets);
  for (const conn of [sockets.input, sockets.output]) conn.close();
  throw new Deno.errors.ConnectionReset("Cannot connect to the parent: it does not expect this process any more");
}

async function connect({ port, token }: PortHello, direction: number, mapped: boolean): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: HOST, port });
  await conn.write(new Uint8Array([direction | (mapped ? MAPPED : 0), ...Uint8Array.fromHex(token)]));
  return conn;
}

/** How a child's standard input begins: a line of JSON, then the preparation, whose size it tells. */
export type Greeting = Hello & { readonly size: number };

/** What is written there. */
export function greeting(hello: Hello, preparation: Uint8Array): Uint8Array<ArrayBuffer> {
  const line = new TextEncoder().encode(`${JSON.stringify({ ...hello, size: preparation.length })}\n`);
  const bytes = new Uint8Array(line.length + preparation.length);
  bytes.set(line);
  bytes.set(preparation, line.length);
  return bytes;
}

function listen(): void {
  if (listener !== undefined) return;
  try {
    listener = Deno.listen({ hostname: HOST, port });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    listener = Deno.listen({ hostname: HOST, port: 0 });
  }
  ({ port } = listener.addr);
  accept(listener);
}

/** Nobody is expected any more: the port is closed, and whoever else is connected. */
function rest(): void {
  if (expected.size > 0) return;
  listener?.close();
  listener = undefined;
  for (const conn of handshakes) dismiss(conn);
}

async function accept(from: Deno.TcpListener): Promise<void> {
  try {
    for await (const conn of from) {
      const [oldest] = handshakes;
      if (handshakes.size === HANDSHAKES && oldest !== undefined) dismiss(oldest);
      shakeHands(conn);
    }
  } catch (cause) {
    // Closed while waiting.
    if (listener !== from) return;
    // Whoever is expected next finds another.
    listener = undefined;
    from.close();
    throw new Error("Cannot hear of children that connect; allow more open files (ulimit -n)", { cause });
  }
}

function dismiss(conn: Deno.TcpConn): void {
  handshakes.delete(conn);
  // In Deno 2.8 a read that is pending outlives the connection.
  conn.unref();
  conn.close();
}

async function shakeHands(conn: Deno.TcpConn): Promise<void> {
  handshakes.add(conn);
  const greeting = await readGreeting(conn);
  // Not in the set: dismissed meanwhile.
  if (!handshakes.delete(conn)) return;
  const child = greeting && [...expected].filter(({ token }) => isSame(token, greeting.subarray(1)))[0];
  const how = greeting?.[0] ?? TO_PARENT;
  const direction = how & ~MAPPED;
  if (child === undefined || direction > TO_CHILD || child.conns[direction] !== undefined) return conn.close();
  child.conns[direction] = conn;
  const { [TO_PARENT]: input, [TO_CHILD]: output } = child.conns;
  if (input === undefined || output === undefined) return;
  expected.delete(child);
  const mapped = how !== direction;
  if (!mapped) {
    await output.write(WELCOME).catch(() => {
      // It has ended, which the stream will tell.
    });
  }
  child.resolve({ input, output, mapped });
  rest();
}

async function readGreeting(conn: Deno.TcpConn): Promise<Uint8Array | undefined> {
  const greeting = new Uint8Array(1 + TOKEN_BYTES);
  try {
    for (let filled = 0; filled < greeting.length;) {
      const size = await conn.read(greeting.subarray(filled));
      if (size === null) return undefined;
      filled += size;
    }
    return greeting;
  } catch {
    // A reset, or dismissed.
    return undefined;
  }
}

/** Compares in a time that does not depend on where they differ. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  for (let index = 0; index < TOKEN_BYTES; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}
