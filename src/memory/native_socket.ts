/**
 * A byte over a connected socket of this process, sent by the system's own call: what the runtime sends, it may put off to its event
 * loop, to which a thread that is about to block does not come.
 *
 * @module
 */

import { libc } from "./libc.ts";

const SYMBOLS = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
} as const;

const ADDRESS_BYTES = 16; // struct sockaddr_in
const AF_INET = 2;
const DONTWAIT_NOSIGNAL = 0x4040;
// The system gives the lowest that is free.
const MOST_DESCRIPTORS = 1 << 16;
const BYTE = new Uint8Array(1);

/** The descriptor of a connection over IPv4, as the runtime does not tell it; `undefined` if it is not found. */
export function descriptorOf({ localAddr, remoteAddr }: Deno.TcpConn): number | undefined {
  const { getsockname, getpeername } = libc(SYMBOLS);
  for (let descriptor = 0; descriptor < MOST_DESCRIPTORS; descriptor++) {
    if (!isAt(descriptor, localAddr, getsockname)) continue;
    if (isAt(descriptor, remoteAddr, getpeername)) return descriptor;
  }
  return undefined;
}

/** Sends a byte. If there is no room for it, there are others. */
export function sendByte(descriptor: number): void {
  libc(SYMBOLS).send(descriptor, BYTE, 1n, DONTWAIT_NOSIGNAL);
}

function isAt(
  descriptor: number,
  { hostname, port }: Deno.NetAddr,
  ask: (descriptor: number, address: Uint8Array<ArrayBuffer>, length: Uint32Array<ArrayBuffer>) => number,
): boolean {
  const address = new Uint8Array(ADDRESS_BYTES);
  if (ask(descriptor, address, Uint32Array.of(ADDRESS_BYTES)) !== 0) return false;
  const view = new DataView(address.buffer);
  return view.getUint16(0, true) === AF_INET && view.getUint16(2) === port &&
    address.subarray(4, 8).join(".") === hostname;
}
