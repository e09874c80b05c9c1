/**
 * Questions to Deno about single permissions: free of permission, and they never prompt.
 *
 * @module
 */

import { type Kind, KINDS } from "./_permission_flags.ts";

/** The kinds whose entries are hosts. */
export const HOST_KINDS: ReadonlySet<Kind> = new Set<Kind>(["net", "import"]);
/** What an entry of each kind is called, as in a permission descriptor. */
export const ENTRY_NAMES: Record<Kind, string> = {
  read: "path",
  write: "path",
  net: "host",
  env: "variable",
  run: "command",
  ffi: "path",
  sys: "kind",
  import: "host",
};

/** What Deno says of a whole kind, or of one entry of it. */
export function query(kind: Kind, entry?: string): Deno.PermissionStatus {
  const descriptor = entry === undefined ? { name: kind } : { name: kind, [ENTRY_NAMES[kind]]: entry };
  if (!isDescriptor(descriptor)) throw new TypeError(`Cannot query the permission "${kind}": it is unknown`);
  return Deno.permissions.querySync(descriptor);
}

function isDescriptor(value: { name: Kind }): value is Deno.PermissionDescriptor {
  return KINDS.includes(value.name);
}

/** Whether Deno takes an entry for well-formed. */
export function isQueryable(kind: Kind, entry: string): boolean {
  try {
    query(kind, entry);
    return true;
  } catch {
    // The runtime's own wording is of a descriptor that the caller has not written.
    return false;
  }
}

/** One host for `*.example.com` or `10.0.0.0/8`, which cannot be queried; any other entry itself. */
export function memberOf(kind: Kind, entry: string): string {
  if (!HOST_KINDS.has(kind) || isSocketAddress(entry)) return entry;
  const [, address, bits, port = ""] = /^(\d+(?:\.\d+){3})\/(\d+)(:\d+)?$/.exec(entry) ?? [];
  if (address !== undefined) return lastAddress(address, Number(bits)) + port;
  return entry.replace(/^\*\./, "multiprocessing-probe.");
}

/** The last address of a network: less likely than the first to have been allowed on its own. */
function lastAddress(address: string, bits: number): string {
  const parts = address.split(".").map(Number);
  return parts.map((part, index) => part | (0xff >> Math.min(8, Math.max(0, bits - 8 * index)))).join(".");
}

/** Whether a host of `net` is a unix or vsock address. */
export function isSocketAddress(host: string): boolean {
  return /^(unix|vsock):/.test(host);
}
