/**
 * The permission flags of `deno run`: what a list of them says, and how an entry is written in one.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";

/** One kind of permission. */
export type Kind = keyof Deno.PermissionOptionsObject;

/** Every kind of permission, in the order in which flags are written. */
export const KINDS: readonly Kind[] = ["read", "write", "net", "env", "run", "ffi", "sys", "import"];
/** The kinds whose entries are always paths. */
export const PATH_KINDS: ReadonlySet<Kind> = new Set<Kind>(["read", "write", "ffi"]);

/** What flags say of one kind. */
export interface ToldKind {
  /** Entries that are allowed. */
  readonly entries: readonly string[];
  /** The deny and ignore flags, as they are to be written again. */
  readonly bans: readonly string[];
  /** Whether bans are known of, which explains that the kind is held in part. */
  readonly hasBans: boolean;
}

const SHORT_KINDS: Record<string, Kind> = { R: "read", W: "write", N: "net", E: "env", S: "sys", I: "import" };

/** Deno 2.9.6 has a new parser of flags, which knows no `,,` for a comma and not these kinds of sys. */
const STRICT_FLAGS = isAtLeast(Deno.version.deno, [2, 9, 6]);
/** Deno 2.9 checks unix sockets as part of net, and is the first to have a flag for them. */
const HAS_UNIX_FLAG = isAtLeast(Deno.version.deno, [2, 9, 0]);
const SYS_KINDS: ReadonlySet<string> = new Set(
  ("ca cpus getPriority gid homedir hostname inspector loadavg networkInterfaces osRelease osUptime setPriority " +
    "statfs systemMemoryInfo uid umask userInfo username").split(" "),
);
const SYS_WITHOUT_FLAG: ReadonlySet<string> = new Set(["ca", "inspector", "umask"]);

/** What a list of flags says of each kind; others than permission flags are skipped. */
export function readFlags(flags: readonly string[]): Record<Kind, ToldKind> {
  const parsed = flags.flatMap((flag) => longFlag(flag) ?? shortFlag(flag) ?? []);
  const told = (kind: Kind): ToldKind => {
    const own = parsed.filter((flag) => flag.kind === kind);
    const bans = own.filter(({ verb }) => verb !== "allow").flatMap(banFlags);
    const entries = own.filter(({ verb }) => verb === "allow").flatMap(({ list }) => splitList(kind, list));
    return { entries, bans, hasBans: bans.length > 0 };
  };
  return {
    read: told("read"),
    write: told("write"),
    net: told("net"),
    env: told("env"),
    run: told("run"),
    ffi: told("ffi"),
    sys: told("sys"),
    import: told("import"),
  };
}

/** One flag an entry: some versions of Deno take a list after `--ignore-read` for one path. */
function banFlags({ verb, kind, list }: ParsedFlag): string[] {
  const flag = `--${verb}-${kind}`;
  return list === undefined ? [flag] : splitList(kind, list).map((entry) => `${flag}=${written(kind, entry)}`);
}

interface ParsedFlag {
  readonly verb: string;
  readonly kind: Kind;
  readonly list: string | undefined;
}

function longFlag(flag: string): ParsedFlag | undefined {
  const [, verb, name, list] = /^--(allow|deny|ignore)-([a-z]+)(?:=(.*))?$/s.exec(flag) ?? [];
  const kind = KINDS.find((each) => each === name);
  return verb === undefined || kind === undefined ? undefined : { verb, kind, list };
}

/** `-RW=/tmp` has a list for its last letter only; what is allowed without a list is told by a query. `c` and `L` are followed by values. */
function shortFlag(flag: string): ParsedFlag | undefined {
  const [, letter, list] = /^-[^-cL=]*([RWNESI])=(.*)$/s.exec(flag) ?? [];
  const kind = letter === undefined ? undefined : SHORT_KINDS[letter];
  return kind === undefined ? undefined : { verb: "allow", kind, list };
}

function splitList(kind: Kind, list = ""): string[] {
  const parts = STRICT_FLAGS || !PATH_KINDS.has(kind)
    ? list.split(",")
    : list.split(/(?<!,),(?!,)/).map((part) => part.replaceAll(",,", ","));
  return parts.filter((part) => part !== "").flatMap((part) => anyHost(kind, part)).map((part) => resolved(kind, part));
}

/** Deno reads `:80` as these three, and cannot be asked for `:80` itself. */
function anyHost(kind: Kind, entry: string): string[] {
  if (kind !== "net" || !/^:\d+$/.test(entry)) return [entry];
  return [`0.0.0.0${entry}`, `127.0.0.1${entry}`, `localhost${entry}`];
}

/**
 * Whether a command-line argument of `deno run` is about permissions, so that it is for `known` and not to be copied.
 *
 * @param flag One argument, as `--allow-read=/data` or `--unstable-kv`.
 */
export function isPermissionFlag(flag: string): boolean {
  if (/^--(allow-all|no-prompt|permission-set)(=|$)/.test(flag)) return true;
  // Also among other letters, as in `-qA`.
  return longFlag(flag) !== undefined || /^-[^-cL=]*[ARWNESIP]/.test(flag);
}

/** The flag that allows these entries of one kind; none for no entry. */
export function listFlags(kind: Kind, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [`--allow-${kind}=${entries.map((entry) => written(kind, entry)).join(",")}`];
}

/** An entry as it stands in a flag. */
export function written(kind: Kind, entry: string): string {
  if (isWritable(kind, entry)) return entry.replaceAll(",", ",,");
  const wider = PATH_KINDS.has(kind) ? "a folder above it" : "the whole kind (true)";
  throw new NotSupportedError(
    `Cannot give a child process the ${kind} permission for "${entry}": no flag of Deno ${Deno.version.deno} can say it; ` +
      `ask for ${wider}`,
  );
}

/** Whether a flag of this version of Deno can say an entry. */
export function isWritable(kind: Kind, entry: string): boolean {
  if (entry.includes(",")) return !STRICT_FLAGS && PATH_KINDS.has(kind);
  if (kind === "net" && entry.startsWith("unix:")) return HAS_UNIX_FLAG;
  return !(STRICT_FLAGS && kind === "sys" && SYS_WITHOUT_FLAG.has(entry));
}

/** Whether `kind` is one that Deno knows for `--allow-sys`. */
export function isSysKind(kind: string): boolean {
  return SYS_KINDS.has(kind);
}

/** Whether a command is a path, not a name that is looked for on `PATH`. */
export function isCommandPath(command: string): boolean {
  return /[\\/]/.test(command);
}

/** A path made absolute now, since the child may be started in another folder; other entries as they are. */
export function resolved(kind: Kind, entry: string): string {
  const isWindows = Deno.build.os === "windows";
  const isPath = PATH_KINDS.has(kind) || (kind === "run" && isCommandPath(entry));
  if (!isPath || entry === "" || (isWindows ? /^([a-z]:[\\/]|[\\/])/i : /^\//).test(entry)) return entry;
  return `${Deno.cwd()}${isWindows ? "\\" : "/"}${entry}`;
}

function isAtLeast(version: string, least: readonly number[]): boolean {
  const parts = version.split(/[.+-]/).map(Number);
  const differing = least.findIndex((part, index) => part !== parts[index]);
  return differing === -1 || (parts[differing] ?? 0) > (least[differing] ?? 0);
}
