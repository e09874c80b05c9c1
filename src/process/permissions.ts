/**
 * Which permissions a child process or a worker is given: never more than this process holds.
 *
 * What is held is asked of `Deno.permissions.querySync`, which needs no permission and never prompts. It answers for
 * single entries only, so a list that this process was started with is known only where somebody told (`known`).
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";
import { ffiGranted, libraryName } from "../memory/libc.ts";
import { isCommandPath, isWritable, KINDS, listFlags, readFlags, written } from "./_permission_flags.ts";
import type { Kind, ToldKind } from "./_permission_flags.ts";
import { HOST_KINDS, isQueryable, isSocketAddress, memberOf, query } from "./_permission_query.ts";
import { checkedRequest } from "./_permission_request.ts";
import type { ProcessPermissions, Wanted } from "./_permission_request.ts";

export { isPermissionFlag } from "./_permission_flags.ts";
export type { ProcessPermissions } from "./_permission_request.ts";

/** Hosts that Deno lets every program import from, unless an `--allow-import` list replaces them. */
const DEFAULT_IMPORT_HOSTS: readonly string[] = [
  "deno.land:443",
  "jsr.io:443",
  "esm.sh:443",
  "raw.esm.sh:443",
  "cdn.jsdelivr.net:443",
  "raw.githubusercontent.com:443",
  "gist.githubusercontent.com:443",
];

/**
 * The permission flags that a child process is started with. `--no-prompt` is not among them: the launcher adds it.
 *
 * To tell the child in its turn what it was started with, call this again without `channel`: the channel is not for
 * the grandchildren.
 *
 * @param wanted What the child is to have.
 * @param known Flags that this process was started with, if that is known; others than permission flags are skipped.
 * @param channel Permission flags without which the child could not reach this process.
 * @throws {TypeError} If `wanted` is of the wrong kind or has an unknown key.
 * @throws {RangeError} If an entry is not well-formed.
 * @throws {Deno.errors.NotCapable} If this process does not hold what is wanted, or part of it is denied to it.
 * @throws {NotSupportedError} If no flag of this version of Deno can say what is wanted.
 *
 * @example A child that may read one folder and reach one port
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const flags = childPermissionFlags({ read: ["/data"] }, undefined, ["--allow-net=127.0.0.1:4500"]);
 * assertEquals(flags, ["--allow-read=/data", "--allow-net=127.0.0.1:4500"]);
 * ```
 */
export function childPermissionFlags(
  wanted: ProcessPermissions,
  known: readonly string[] | undefined,
  channel: readonly string[],
): string[] {
  const request = checkedRequest(wanted);
  const told = readFlags(known ?? []);
  const needed = readFlags(channel);
  const run = childAllowance("run", request.run, told.run);
  const write = withRunBans(told.write, told.run.entries, run);
  const flags = KINDS.flatMap((kind) => {
    const own = kind === "write" ? write : told[kind];
    const allowed = kind === "run" ? run : childAllowance(kind, request[kind], own);
    const bans = request[kind] === false || holdsAll(kind) ? [] : own.bans;
    return [...allowFlags(kind, withChannel(allowed, needed[kind].entries)), ...bans];
  });
  // All kinds in full are all that `-A` is, `/proc` and `/dev` included.
  return KINDS.every((kind) => flags.includes(`--allow-${kind}`)) && flags.length === KINDS.length ? ["-A"] : flags;
}

/**
 * The `deno.permissions` option that a worker is created with; `undefined` if none is to be passed.
 *
 * A worker's own modules are loaded with the permissions of this thread, so they need nothing in the worker's set.
 *
 * @param wanted What the worker is to have.
 * @param hasWorkerOptions Whether `--unstable-worker-options` is known to be on: without it, Deno ends the process.
 * @throws {TypeError} If `wanted` is of the wrong kind or has an unknown key.
 * @throws {RangeError} If an entry is not well-formed.
 * @throws {Deno.errors.NotCapable} If this thread does not hold what is wanted, or part of it is denied to it.
 * @throws {NotSupportedError} If less than everything is wanted and unstable worker options are not known to be on.
 *
 * @example A worker that may read one folder
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(workerPermissionOptions("inherit", false), undefined);
 * assertEquals(workerPermissionOptions("none", true), "none");
 * ```
 */
export function workerPermissionOptions(
  wanted: ProcessPermissions,
  hasWorkerOptions: boolean,
): Deno.PermissionOptions | undefined {
  const request = checkedRequest(wanted);
  const options: Deno.PermissionOptionsObject = {};
  // Every kind is spelled out, so that it does not matter what Deno makes of an omitted one.
  for (const kind of KINDS) options[kind] = workerAllowance(kind, request[kind]);
  // What is wanted in full is held in full.
  if (KINDS.every((kind) => options[kind] === "inherit" || options[kind] === true)) return undefined;
  if (hasWorkerOptions) return wanted === "none" ? "none" : options;
  throw new NotSupportedError(
    "Cannot give the worker permissions of its own: unstable worker options are not known to be on; " +
      'start this program with --unstable-worker-options and tell it by setExecutable(Deno.execPath(), { args: ["--unstable-worker-options"] }), ' +
      'or use the context "spawn"',
  );
}

/**
 * Why a child process cannot be started, or `undefined` if it can: `Deno.Command` would prompt where this is not asked.
 *
 * @param executable The program that is to be run, as it will be given to `Deno.Command`.
 */
export function spawnRefusal(executable: string): Error | undefined {
  if (Deno.build.standalone && executable === Deno.execPath()) {
    // It would run itself, without end.
    return new NotSupportedError(
      "Cannot start a child process: a compiled program is no deno that could run one; " +
        'name a deno by setExecutable, or use the context "worker"',
    );
  }
  if (query("run", executable).state === "granted") return undefined;
  return new Deno.errors.NotCapable(
    `Cannot start a child process: this process may not run "${executable}"; ` +
      `start it with --allow-run=${executable}, or use the context "worker"`,
  );
}

// What is held

function holdsAll(kind: Kind): boolean {
  const { state, partial } = query(kind);
  return state === "granted" && !partial;
}

/**
 * Whether all that an entry stands for may be handed on, together with the known bans.
 *
 * One thing cannot be told: a process started with `--allow-net=h --deny-net=h:22`, of which nobody told the flags,
 * looks like one started with `--allow-net=h`.
 */
function holds(kind: Kind, entry: string, { entries, hasBans }: ToldKind): boolean {
  const whole = query(kind);
  if (whole.state === "granted" && !whole.partial) return true;
  const isBanned = whole.state === "granted";
  // Deno reports `partial` for paths. A ban inside a host or a pattern of names shows in no query.
  if (isBanned && !hasBans && isWide(kind, entry)) return false;
  const member = memberOf(kind, entry);
  // A member granted proves a pattern only if this process was started with that pattern.
  if (member !== entry && !isBanned && !entries.includes(entry)) return false;
  if (!isQueryable(kind, member)) return false;
  const { state, partial } = query(kind, member);
  return state === "granted" && (!partial || hasBans);
}

/** Whether an entry stands for several things whose bans a query does not show. */
function isWide(kind: Kind, entry: string): boolean {
  if (HOST_KINDS.has(kind)) return !isSocketAddress(entry) && isWideHost(kind, entry);
  return kind === "env" && entry.includes("*");
}

function isWideHost(kind: Kind, entry: string): boolean {
  return memberOf(kind, entry) !== entry || !/:\d+$/.test(entry);
}

// What is allowed

function childAllowance(kind: Kind, wanted: Wanted, told: ToldKind): "all" | string[] {
  if (wanted === false) return [];
  if (wanted === "inherit") return inherited(kind, told);
  if (wanted === true) {
    if (!holdsAll(kind)) throw refusal("child process", kind, undefined);
    return "all";
  }
  for (const entry of wanted) {
    if (!holds(kind, entry, told)) throw refusal("child process", kind, entry);
    written(kind, entry);
  }
  return [...wanted];
}

/**
 * Adds what Deno bans by itself: writing to the commands that `--allow-run` lists. The child bans those that are handed
 * on to it in the same way.
 */
function withRunBans(write: ToldKind, commands: readonly string[], handedOn: "all" | string[]): ToldKind {
  if (handedOn === "all" || commands.length === 0) return write;
  const others = commands.filter((command) => !handedOn.includes(command));
  // Where a bare name was found on the `PATH` cannot be told.
  if (!others.every(isCommandPath)) return { entries: write.entries, bans: [], hasBans: false };
  const bans = others.map((command) => `--deny-write=${written("write", command)}`);
  return { entries: write.entries, bans: [...write.bans, ...bans], hasBans: true };
}

function inherited(kind: Kind, told: ToldKind): "all" | string[] {
  const { state, partial } = query(kind);
  if (state === "granted" && (!partial || told.hasBans)) return "all";
  // Told entries are believed only as far as they are still granted: they may have been revoked.
  if (state === "granted") return [];
  const entries = kind === "ffi" ? new Set([...told.entries, ...libraryOfC()]) : told.entries;
  return [...entries].filter((entry) => isWritable(kind, entry) && holds(kind, entry, told));
}

/** The one library of which it can be known without being told, as processes share memory by it. */
function libraryOfC(): string[] {
  return ffiGranted() ? [libraryName("start a child process")].filter(isCommandPath) : [];
}

function workerAllowance(kind: Kind, wanted: Wanted): boolean | "inherit" | string[] {
  if (typeof wanted === "string" || wanted === false) return wanted;
  const whole = query(kind).state === "granted";
  if (wanted === true) {
    // Deno hands on the bans of this thread by itself.
    if (!whole) throw refusal("worker", kind, undefined);
    return true;
  }
  for (const entry of wanted) {
    const isHeld = memberOf(kind, entry) === entry ? isGrantedWhole(kind, entry) : whole;
    if (!isHeld) throw refusal("worker", kind, entry);
  }
  return wanted.length > 0 && [...wanted];
}

function isGrantedWhole(kind: Kind, entry: string): boolean {
  const { state, partial } = query(kind, entry);
  return state === "granted" && !partial;
}

function refusal(whom: string, kind: Kind, entry: string | undefined): Error {
  const what = entry === undefined ? `the whole ${kind} permission` : `the ${kind} permission for "${entry}"`;
  const flag = entry === undefined ? `--allow-${kind}` : `--allow-${kind}=${entry}`;
  const { state } = query(kind, entry === undefined ? undefined : memberOf(kind, entry));
  const why = state === "granted"
    ? "part of it is, or may be, denied to this process"
    : "this process does not hold it";
  const also = kind === "write" ? " and a list for --allow-run, which bans writing to its commands" : "";
  const how = state === "granted" ? ` and without --deny-${kind}${also}; or tell its flags by setExecutable()` : "";
  return new Deno.errors.NotCapable(`Cannot give the ${whom} ${what}: ${why}; start it with ${flag}${how}`);
}

function withChannel(allowed: "all" | string[], needed: readonly string[]): "all" | string[] {
  return allowed === "all" ? "all" : [...new Set([...allowed, ...needed])];
}

// Flags

function allowFlags(kind: Kind, allowed: "all" | string[]): string[] {
  if (allowed === "all") return [`--allow-${kind}`];
  if (kind === "import") return importFlags(allowed);
  return listFlags(kind, allowed);
}

/** A list replaces the hosts that Deno allows by itself, and the child has to load the program: so it names them too. */
function importFlags(entries: readonly string[]): string[] {
  const hosts = [...DEFAULT_IMPORT_HOSTS, ...programHosts()];
  const held = [...new Set(hosts)].filter((host) => query("import", host).state === "granted");
  const isDefault = held.length === DEFAULT_IMPORT_HOSTS.length &&
    held.every((host) => DEFAULT_IMPORT_HOSTS.includes(host));
  if (isDefault && entries.length === 0) return [];
  const all = [...new Set([...entries, ...held])];
  return all.length > 0 ? listFlags("import", all) : [`--deny-import=${DEFAULT_IMPORT_HOSTS.join(",")}`];
}

function programHosts(): string[] {
  // Typed as always present, but a worker has no main module.
  const main: string | undefined = Deno.mainModule;
  return [main, import.meta.url].flatMap((url) => {
    const { protocol, hostname, port } = new URL(url ?? "data:,");
    if (protocol !== "https:" && protocol !== "http:") return [];
    return [`${hostname}:${port || (protocol === "https:" ? 443 : 80)}`];
  });
}
