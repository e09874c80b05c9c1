/**
 * The janitor: a small process of the system that removes what this process leaves in `/dev/shm`, however it ends. It reads from a
 * pipe whose other end only this process has, so it notices every end, SIGKILL included, and costs nothing until then. It holds no
 * other descriptor, belongs to no terminal, writes nothing, and ends itself when its work is done. Linux only.
 *
 * It is told lines: `+ KEY` to watch over a file, `- KEY` no more to. A key is the number of the file (inode), or `any`, a slash, and
 * its name in the folder; all but letters, digits, `.`, `_` and `-` as `\0` and three octal digits. At the end a file is removed if
 * it still has that number: what another program has put under the name since is left alone.
 *
 * @module
 */

import { cString, Errno, errno, libc } from "./libc.ts";

const SYMBOLS = {
  close: { parameters: ["i32"], result: "i32" },
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  strdup: { parameters: ["buffer"], result: "usize" },
  free: { parameters: ["usize"], result: "void" },
  posix_spawn: { parameters: ["buffer", "buffer", "buffer", "buffer", "buffer", "buffer"], result: "i32" },
  posix_spawn_file_actions_init: { parameters: ["buffer"], result: "i32" },
  posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
  posix_spawn_file_actions_adddup2: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  posix_spawn_file_actions_addopen: { parameters: ["buffer", "i32", "buffer", "i32", "u32"], result: "i32" },
  posix_spawnattr_init: { parameters: ["buffer"], result: "i32" },
  posix_spawnattr_destroy: { parameters: ["buffer"], result: "i32" },
  posix_spawnattr_setflags: { parameters: ["buffer", "i16"], result: "i32" },
} as const;
// Since glibc 2.34. What Deno opens is closed by itself; this is for what others have opened natively.
const CLOSE_FROM = {
  posix_spawn_file_actions_addclosefrom_np: { parameters: ["buffer", "i32"], result: "i32" },
} as const;

const CLOSE_ON_EXEC = 0o2000000;
const READ_WRITE = 2;
const OWN_SESSION = 0x80; // POSIX_SPAWN_SETSID
// More than those opaque structures have in any C library.
const STRUCTURE_BYTES = 1024;
const FIRST_OTHER_DESCRIPTOR = 3;

const SCRIPT = String.raw`
trap '' HUP INT QUIT TERM
set -f
cd /
list=' '
while read -r op key; do
  case $op in
  +) list="$list$key " ;;
  -) list="\${list%%" $key "*} \${list#*" $key "}" ;;
  esac
done
for key in $list; do
  path=$(printf '%b.' "\${key#*/}")
  path=/dev/shm/\${path%.}
  number=\${key%%/*}
  if [ "$number" != any ]; then
    set -- $(ls -di -- "$path" 2>/dev/null)
    [ "$1" = "$number" ] || continue
  fi
  rm -f -- "$path"
done
`.replaceAll("\\$", "$");

/** A janitor that works. */
interface Janitor {
  readonly pid: number;
  readonly pipe: number;
}

let janitor: Janitor | undefined;
const watched = new Set<string>();

/** Has a file removed when this process ends. The key is its number or `any`, a slash and its name. */
export function watchFile(key: string): void {
  watched.add(key);
  if (janitor === undefined) employ();
  else tell(`+ ${lineOf(key)}\n`);
}

/** Leaves a file to itself. */
export function forgetFile(key: string): void {
  if (watched.delete(key)) tell(`- ${lineOf(key)}\n`);
}

/** Starts a janitor and tells it everything. Where the system has no shell there is none, and only the usual ends clean up. */
function employ(): void {
  janitor = start();
  // A thread may end long before the process does, which has the pipe.
  addEventListener("unload", dismissAtEnd);
  const all = [...watched].map((key) => `+ ${lineOf(key)}\n`).join("");
  // Where none lives long enough to hear it, there is no use in starting one after another.
  if (janitor !== undefined && !hears(janitor, all)) dismiss(janitor);
}

function tell(text: string): void {
  if (janitor === undefined || hears(janitor, text)) return;
  // Somebody has killed it; the next one learns all that is still to be watched.
  dismiss(janitor);
  if (watched.size > 0) employ();
}

function hears({ pipe }: Janitor, text: string): boolean {
  return writeAll(pipe, new TextEncoder().encode(text));
}

/** Lets it do its work and end. */
function dismiss({ pid, pipe }: Janitor): void {
  libc(SYMBOLS).close(pipe);
  libc(SYMBOLS).waitpid(pid, new Int32Array(1), 0);
  janitor = undefined;
}

function dismissAtEnd(): void {
  if (janitor !== undefined) dismiss(janitor);
}

/** Whether somebody reads. */
function writeAll(pipe: number, bytes: Uint8Array<ArrayBuffer>): boolean {
  for (let sent = 0; sent < bytes.length;) {
    const count = Number(libc(SYMBOLS).write(pipe, bytes.subarray(sent), BigInt(bytes.length - sent)));
    if (count >= 0) sent += count;
    else if (errno() !== Errno.EINTR) return false;
  }
  return true;
}

function lineOf(key: string): string {
  return [...new TextEncoder().encode(key)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[\w.\/-]/.test(character) ? character : `\\0${byte.toString(8).padStart(3, "0")}`;
  }).join("");
}

function start(): Janitor | undefined {
  const { close, pipe2 } = libc(SYMBOLS);
  const ends = new Int32Array(2);
  if (pipe2(ends, CLOSE_ON_EXEC) !== 0) return undefined;
  const [read = -1, write = -1] = ends;
  const pid = spawnShell(read);
  close(read);
  if (pid !== undefined) return { pid, pipe: write };
  close(write);
  return undefined;
}

function spawnShell(input: number): number | undefined {
  const c = libc(SYMBOLS);
  const actions = new Uint8Array(STRUCTURE_BYTES);
  const attributes = new Uint8Array(STRUCTURE_BYTES);
  const nowhere = cString("/dev/null");
  c.posix_spawn_file_actions_init(actions);
  c.posix_spawnattr_init(attributes);
  c.posix_spawnattr_setflags(attributes, OWN_SESSION);
  c.posix_spawn_file_actions_adddup2(actions, input, 0);
  c.posix_spawn_file_actions_addopen(actions, 1, nowhere, READ_WRITE, 0);
  c.posix_spawn_file_actions_addopen(actions, 2, nowhere, READ_WRITE, 0);
  closeOthers(actions);
  // Deno gives no address of a buffer under a narrow flag, so the strings are copies whose address the C library tells.
  const strings = ["sh", "-c", SCRIPT, "multiprocessing-janitor", "PATH=/usr/bin:/bin"].map((text) =>
    c.strdup(cString(text))
  );
  const pid = new Int32Array(1);
  const argv = new BigUint64Array([...strings.slice(0, -1), 0n]);
  const environment = new BigUint64Array([...strings.slice(-1), 0n]);
  const code = c.posix_spawn(pid, cString("/bin/sh"), actions, attributes, argv, environment);
  for (const string of strings) c.free(string);
  c.posix_spawn_file_actions_destroy(actions);
  c.posix_spawnattr_destroy(attributes);
  return code === 0 ? pid[0] : undefined;
}

function closeOthers(actions: Uint8Array<ArrayBuffer>): void {
  try {
    libc(CLOSE_FROM).posix_spawn_file_actions_addclosefrom_np(actions, FIRST_OTHER_DESCRIPTOR);
  } catch {
    // An older C library.
  }
}
