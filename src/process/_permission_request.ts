/**
 * What permissions a caller asks for, checked once.
 *
 * @module
 */

import { pathOfUrl } from "./file_path.ts";
import { isSysKind, type Kind, KINDS, PATH_KINDS, resolved } from "./_permission_flags.ts";
import { ENTRY_NAMES, HOST_KINDS, isQueryable, isSocketAddress, memberOf } from "./_permission_query.ts";

/**
 * Permissions that a child process or a worker is to have.
 *
 * - `"inherit"`: what this process has. Of a kind held in part, a child process gets what this process was started
 *   with where that is known, else nothing.
 * - `"none"`: nothing. A child process may still import from the hosts that Deno allows to every program.
 * - an object: what it names, each kind by `true`, `"inherit"` or a list. An omitted kind is none.
 */
export type ProcessPermissions = "inherit" | "none" | Deno.PermissionOptionsObject;

/** What is asked for of one kind; every entry is well-formed, and every path absolute. */
export type Wanted = boolean | "inherit" | readonly string[];

/** What `wanted` says of each kind; throws a `TypeError` or a `RangeError` if it is malformed. */
export function checkedRequest(wanted: ProcessPermissions): Record<Kind, Wanted> {
  const every: Wanted = wanted === "inherit" ? "inherit" : false;
  const request: Record<Kind, Wanted> = {
    read: every,
    write: every,
    net: every,
    env: every,
    run: every,
    ffi: every,
    sys: every,
    import: every,
  };
  if (wanted === "inherit" || wanted === "none") return request;
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) {
    throw new TypeError(
      `Cannot use the permissions: they must be "inherit", "none" or an object, received ${show(wanted)}`,
    );
  }
  for (const [key, value] of Object.entries(wanted)) {
    const kind = KINDS.find((each) => each === key);
    if (kind === undefined) {
      throw new TypeError(`Cannot use the permissions: "${key}" is not one of ${KINDS.join(", ")}`);
    }
    request[kind] = checkedKind(kind, value);
  }
  return request;
}

function checkedKind(kind: Kind, value: unknown): Wanted {
  if (value === undefined) return false;
  if (typeof value === "boolean" || value === "inherit") return value;
  if (Array.isArray(value)) return value.map((entry) => checkedEntry(kind, entry));
  throw new TypeError(
    `Cannot use permissions.${kind}: it must be true, false, "inherit" or an array, received ${show(value)}`,
  );
}

function checkedEntry(kind: Kind, value: unknown): string {
  const isPath = PATH_KINDS.has(kind) || kind === "run";
  const text = isPath && value instanceof URL ? pathOfUrl(value, `Cannot use permissions.${kind}`) : value;
  if (typeof text !== "string") {
    const form = isPath ? "a string or a file: URL" : "a string";
    throw new TypeError(`Cannot use permissions.${kind}: each entry must be ${form}, received ${show(value)}`);
  }
  const entry = resolved(kind, text);
  if (text === "" || text.includes("\0") || !isWellFormed(kind, entry)) {
    throw new RangeError(
      `Cannot use permissions.${kind}: ${JSON.stringify(text)} is not a well-formed ${ENTRY_NAMES[kind]}`,
    );
  }
  return entry;
}

/** Checked here because a query does not look at the entry once the whole kind is granted, and the child's flags would. */
function isWellFormed(kind: Kind, entry: string): boolean {
  if (kind === "env") return !/[=,]/.test(entry);
  if (kind === "sys") return isSysKind(entry);
  if (!HOST_KINDS.has(kind)) return true;
  if (isSocketAddress(entry)) return !entry.includes(",") && isQueryable(kind, entry);
  const member = memberOf(kind, entry);
  const [, , port = "0"] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d+))?$/i.exec(member) ?? ["", "", "NaN"];
  return Number(port) <= 65535 && isQueryable(kind, member);
}

function show(value: unknown): string {
  return typeof value === "object" ? Deno.inspect(value, { depth: 0 }) : JSON.stringify(value) ?? String(value);
}
