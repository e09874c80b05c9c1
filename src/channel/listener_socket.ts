/**
 * Opens the socket of a listener, and says how to leave nothing of it behind.
 *
 * @module
 */

import { errno, ffiGranted, libc } from "../memory/libc.ts";
import { type Address, addressOf, addressText, type Endpoint, endpointOf, type Family } from "./address.ts";
import { networkRefusal } from "./network_permission.ts";

/** A listening socket. */
export interface Bound {
  readonly listener: Deno.Listener<Deno.Conn>;
  readonly address: Address;
  /** Removes what closing does not. */
  readonly remove: (isExiting: boolean) => void;
}

// What the system takes as the path of a socket, and a byte that ends it (unix(7)).
const LONGEST_PATH_BYTES = Deno.build.os === "darwin" ? 103 : 107;
const LOCAL: Address = ["127.0.0.1", 0];
const HERE: Endpoint = { transport: "tcp", hostname: "127.0.0.1", port: 0 };

/**
 * Opens a socket at an address, or at one of its own choice.
 *
 * @param family Which kind to choose; without one, a Unix socket where this process may have a folder for it.
 * @throws {Deno.errors.AddrInUse} If somebody listens there.
 * @throws {Deno.errors.NotCapable} If this process may not.
 */
export function bind(address: Address | undefined, family: Family | undefined): Bound {
  if (address !== undefined) {
    assertPermitted(address);
    removeStale(address);
    return bindAside(address) ?? bindAt(address, (isExiting) => isExiting && removeSocket(address));
  }
  if (family === "AF_INET" || Deno.build.os === "windows") return bindAt(LOCAL, () => {});
  if (family === undefined && !mayWriteTemporary() && networkRefusal("listen", HERE) === undefined) {
    return bindAt(LOCAL, () => {});
  }
  return bindInFolder();
}

function bindAt(address: Address, remove: Bound["remove"]): Bound {
  assertPermitted(address);
  const listener = listen(address);
  // Deno says "localhost" for what it was told to be so; the rest is as the system has it.
  return { listener, address: typeof address === "string" ? address : addressOf(listener.addr), remove };
}

function assertPermitted(address: Address): void {
  const refusal = networkRefusal(`listen at ${addressText(address)}`, endpointOf("listen", address));
  if (refusal !== undefined) throw refusal;
}

/**
 * At a path: Deno removes a socket's file by the path that it was opened at, but some time after the call, when another may be in its
 * place. So it is opened beside, and linked to its path, which is ours to remove at once.
 *
 * @returns Nothing where that is not possible; then the file goes when Deno comes to it, or the program ends.
 */
function bindAside(address: Address): Bound | undefined {
  if (typeof address !== "string" || address.startsWith("\0")) return undefined;
  const aside = `${address}.${crypto.randomUUID().slice(0, 8)}`;
  const endpoint = { transport: "unix", path: aside } as const;
  if (new TextEncoder().encode(aside).length > LONGEST_PATH_BYTES || networkRefusal("listen", endpoint)) {
    return undefined;
  }
  let listener: Deno.Listener<Deno.Conn> | undefined;
  try {
    listener = Deno.listen(endpoint);
    Deno.linkSync(aside, address);
    const { ino } = Deno.lstatSync(address);
    // Somebody may have put something else there.
    return { listener, address, remove: () => inodeOf(address) === ino && removeSocket(address) };
  } catch {
    // Why it cannot be bound is told by who tries it plainly.
    listener?.close();
    return undefined;
  } finally {
    removeSocket(aside);
  }
}

function inodeOf(path: string): number | null {
  try {
    return Deno.lstatSync(path).ino;
  } catch {
    return null;
  }
}

function removeSocket(address: Address): void {
  if (typeof address !== "string" || address.startsWith("\0")) return;
  try {
    Deno.removeSync(address);
  } catch {
    // Somebody has removed it already, and nobody is left to be told.
  }
}

/** In a folder that only this user may enter. */
function bindInFolder(): Bound {
  if (!mayWriteTemporary()) {
    throw new Deno.errors.NotCapable(
      "Cannot listen: this process may not make a socket file in the folder for temporary files; start it with " +
        '--allow-read, --allow-write and --allow-net, or give an address, as ["127.0.0.1", 0]',
    );
  }
  const folder = Deno.makeTempDirSync({ prefix: "pymp-" });
  const remove = () => Deno.removeSync(folder, { recursive: true });
  try {
    return bindAt(`${folder}/listener-${crypto.randomUUID().slice(0, 8)}`, remove);
  } catch (error) {
    remove();
    throw error;
  }
}

/** Deno does not tell the folder before it has made one, so only the whole permissions say that it will not prompt. */
function mayWriteTemporary(): boolean {
  const names = ["read", "write", "net"] as const;
  return names.every((name) => Deno.permissions.querySync({ name }).state === "granted");
}

function listen(address: Address): Deno.Listener<Deno.Conn> {
  const endpoint = endpointOf("listen", address);
  try {
    return endpoint.transport === "tcp" ? Deno.listen(endpoint) : Deno.listen(endpoint);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AddrInUse)) throw cause;
    const advice = endpoint.transport === "tcp"
      ? "port 0 is any that is free"
      : "if its listener has ended without closing it, remove the file";
    throw new Deno.errors.AddrInUse(`Cannot listen at ${addressText(address)}: the address is in use; ${advice}`, {
      cause,
    });
  }
}

/** Makes room where a listener has ended without closing its socket. */
function removeStale(address: Address): void {
  if (typeof address !== "string" || address.startsWith("\0")) return;
  try {
    if (isStale(address)) Deno.removeSync(address);
  } catch {
    // There is none.
  }
}

const SOCKETS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const ECONNREFUSED = Deno.build.os === "darwin" ? 61 : 111;

/**
 * Whether the file is that of a socket which nobody has open any more, as far as that can be told. A socket of another type is refused
 * by a living listener without its taking notice, but for a reason of its own.
 */
function isStale(path: string): boolean {
  if (!Deno.lstatSync(path).isSocket || !ffiGranted()) return false;
  const { socket, connect, close } = libc(SOCKETS);
  const descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (descriptor < 0) return false;
  const name = new TextEncoder().encode(path);
  const address = new Uint8Array(2 + name.length + 1);
  // macOS has the length first, Linux a family of two bytes.
  address.set(Deno.build.os === "darwin" ? [address.length, AF_UNIX] : [AF_UNIX, 0]);
  address.set(name, 2);
  const refused = connect(descriptor, address, address.length) < 0 && errno() === ECONNREFUSED;
  close(descriptor);
  return refused;
}
