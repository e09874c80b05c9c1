/**
 * Where listeners are: hosts and ports, and socket files.
 *
 * @module
 */

import { checkType } from "../base/check.ts";
import { NotSupportedError } from "../base/errors.ts";

/**
 * Where a listener is: a host and a port, or the path of a Unix socket. A path that begins with `"\0"` is a name that Linux knows
 * without a file.
 */
export type Address = [host: string, port: number] | string;

/** Kinds of addresses, by Python's names; `"AF_PIPE"` is known and refused. */
export type Family = "AF_INET" | "AF_UNIX" | "AF_PIPE";

/** An address as Deno takes it. */
export type Endpoint =
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

const FAMILIES: readonly unknown[] = ["AF_INET", "AF_UNIX", "AF_PIPE"];
const LAST_PORT = 65535;

/**
 * The family of an address, after Python's rules.
 *
 * @throws {TypeError} If it is no address.
 */
export function familyOf(what: string, address: Address): Family {
  if (typeof address === "string") return address.startsWith("\\\\") ? "AF_PIPE" : "AF_UNIX";
  if (Array.isArray(address) && address.length === 2 && typeof address[0] === "string") return "AF_INET";
  throw new TypeError(`Cannot ${what}: address must be [host, port] or a path, received ${Deno.inspect(address)}`);
}

/**
 * Refuses a family that is unknown, not supported, or not that of the address.
 *
 * @throws {RangeError} If it is unknown.
 * @throws {NotSupportedError} If there is no way to it from here.
 */
export function checkFamily(what: string, family: Family, address: Address | undefined): void {
  checkType(`${what}: family`, "string", family);
  if (!FAMILIES.includes(family)) {
    throw new RangeError(
      `Cannot ${what}: family ${Deno.inspect(family)} is not recognized; use "AF_INET" or "AF_UNIX"`,
    );
  }
  if (address !== undefined && familyOf(what, address) !== family) {
    throw new RangeError(`Cannot ${what}: address ${Deno.inspect(address)} is not of family ${family}`);
  }
  if (family === "AF_PIPE") {
    throw new NotSupportedError(
      `Cannot ${what}: family AF_PIPE is not recognized, as Deno has no named pipes of Windows; use "AF_INET"`,
    );
  }
  if (family === "AF_UNIX" && Deno.build.os === "windows") {
    throw new NotSupportedError(`Cannot ${what}: Deno has no Unix sockets on Windows; use "AF_INET"`);
  }
}

/**
 * An address as Deno takes it.
 *
 * @param leastPort 0 where any free port will do.
 * @throws {RangeError} If there is no such port.
 */
export function endpointOf(what: string, address: Address, leastPort: number = 0): Endpoint {
  if (typeof address === "string") return { transport: "unix", path: address };
  const [host, port] = address;
  checkType(`${what}: port`, "number", port);
  if (!Number.isInteger(port) || port < leastPort || port > LAST_PORT) {
    throw new RangeError(`Cannot ${what}: port must be an integer from ${leastPort} to ${LAST_PORT}, received ${port}`);
  }
  // Python's empty host is every one of this machine.
  return { transport: "tcp", hostname: host === "" ? "0.0.0.0" : host, port };
}

/** An address of Deno as ours; an unnamed socket's is empty, as Python's. */
export function addressOf(addr: Deno.Addr): Address {
  if (addr.transport === "tcp" || addr.transport === "udp") return [addr.hostname, addr.port];
  if (addr.transport !== "unix" && addr.transport !== "unixpacket") return "";
  // Typed as always there, but a client's socket has none.
  const path: string | null = addr.path;
  return path ?? "";
}

/** In words. */
export function addressText(address: Address): string {
  if (typeof address === "string") return address === "" ? "the other end of a Unix socket" : JSON.stringify(address);
  return hostAndPort(...address);
}

/** As a permission names it. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
