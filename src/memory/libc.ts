/**
 * The C library, called natively: opened at the first use, by a name or path that `--allow-ffi` permits. Neither asks the user for
 * a permission, nor throws when it is imported.
 *
 * Where the flag names the path of the library, Deno refuses all that has to do with pointers. So nothing here needs any: calls
 * take buffers, and give and take addresses as numbers.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";

/** The functions of a set, to be called. */
export type Libc<S extends Deno.ForeignLibraryInterface> = Deno.DynamicLibrary<S>["symbols"];

/** Names and paths of the library by operating system, most likely first; bare names need the flag without a path. */
const LIBRARIES: Readonly<Partial<Record<typeof Deno.build.os, readonly string[]>>> = {
  linux: [
    "libc.so.6",
    `/usr/lib/${Deno.build.arch}-linux-gnu/libc.so.6`,
    `/lib/${Deno.build.arch}-linux-gnu/libc.so.6`,
    "/usr/lib64/libc.so.6",
    "/lib64/libc.so.6",
    "/usr/lib/libc.so.6",
    "/lib/libc.so.6",
    `/lib/ld-musl-${Deno.build.arch}.so.1`,
    `/usr/lib/ld-musl-${Deno.build.arch}.so.1`,
  ],
  darwin: ["libSystem.B.dylib", "/usr/lib/libSystem.B.dylib"],
};

const opened = new WeakMap<Deno.ForeignLibraryInterface, unknown>();
let works: { readonly library: string } | undefined;

/**
 * Functions of the C library. The library is opened once for each set, so pass the same object each time. None may be declared
 * `nonblocking`: such a one works only as long as the library is open.
 *
 * @throws {NotSupportedError} If native code may not be called; the message names the flag.
 */
export function libc<const S extends Deno.ForeignLibraryInterface>(symbols: S): Libc<S> {
  // What is kept under a set was opened with it.
  const known = opened.get(symbols) as Libc<S> | undefined;
  if (known !== undefined) return known;
  const library = Deno.dlopen(libraryName("call the C library"), symbols);
  // The runtime itself is linked to the library, which therefore stays in memory, and so do the functions. A library that is left
  // open would be reported as a leak of the user's test that used it first (2.8.3 and 2.9.6).
  library.close();
  opened.set(symbols, library.symbols);
  return library.symbols;
}

/** Whether native code of the C library may be called here, by the flag as a whole or by one of the library's usual paths. */
export function ffiGranted(): boolean {
  works ??= firstThatOpens();
  return works !== undefined;
}

/** Name or path by which the C library can be opened, for threads that open it themselves; as for {@linkcode libc}. */
export function libraryName(what: string): string {
  works ??= firstThatOpens();
  if (works !== undefined) return works.library;
  throw needsFfi(what);
}

/** The error for what needs native code, where that is not allowed; `instead` says what else would do. */
export function needsFfi(what: string, instead?: string): NotSupportedError {
  const paths = LIBRARIES[Deno.build.os];
  if (paths === undefined) {
    return new NotSupportedError(
      `Cannot ${what}: shared memory of processes is untested on ${Deno.build.os}, so it is off; ` +
        (instead ?? "use the context worker"),
    );
  }
  const states = granted().length > 0 ? "none of the usual libraries of C could be opened" : "it needs native code";
  const path = existing(paths) ?? paths.at(1);
  const or = instead === undefined ? "" : `, or ${instead}`;
  return new NotSupportedError(
    `Cannot ${what}: ${states}; allow it by --allow-ffi or by --allow-ffi=${path}${or}`,
  );
}

function granted(): string[] {
  const libraries = LIBRARIES[Deno.build.os] ?? [];
  return libraries.filter((path) => Deno.permissions.querySync({ name: "ffi", path }).state === "granted");
}

function firstThatOpens(): { readonly library: string } | undefined {
  for (const library of granted()) {
    try {
      Deno.dlopen(library, {}).close();
      return { library };
    } catch {
      // Not on this system; or a bare name that was granted as a path.
    }
  }
  return undefined;
}

/** The first path that there is, as far as may be known; for a hint. */
function existing(paths: readonly string[]): string | undefined {
  return paths.filter((path) => path.startsWith("/")).find((path) => {
    if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return false;
    try {
      return Deno.statSync(path).isFile;
    } catch {
      // Not there.
      return false;
    }
  });
}

/** A text as the C library takes it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/** Numbers of errors that tell something to a caller; those that differ are Linux's or macOS's. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EBADF: 9,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EINVAL: 22,
  ENOSPC: 28,
  EPIPE: 32,
  EAGAIN: Deno.build.os === "darwin" ? 35 : 11,
  ENOSYS: Deno.build.os === "darwin" ? 78 : 38,
  ENAMETOOLONG: Deno.build.os === "darwin" ? 63 : 36,
  ETIMEDOUT: Deno.build.os === "darwin" ? 60 : 110,
} as const;

const ERROR_CLASSES: ReadonlyMap<number, new (message: string) => Error> = new Map([
  [Errno.EPERM, Deno.errors.PermissionDenied],
  [Errno.ENOENT, Deno.errors.NotFound],
  [Errno.EINTR, Deno.errors.Interrupted],
  [Errno.EBADF, Deno.errors.BadResource],
  [Errno.EACCES, Deno.errors.PermissionDenied],
  [Errno.EBUSY, Deno.errors.Busy],
  [Errno.EEXIST, Deno.errors.AlreadyExists],
  [Errno.EINVAL, RangeError],
  [Errno.ENAMETOOLONG, RangeError],
  [Errno.EPIPE, Deno.errors.BrokenPipe],
  [Errno.EAGAIN, Deno.errors.WouldBlock],
  [Errno.ETIMEDOUT, Deno.errors.TimedOut],
]);

const MEMORY = {
  memcpy: { parameters: ["buffer", "usize", "usize"], result: "usize" },
  strerror: { parameters: ["i32"], result: "usize" },
  strlen: { parameters: ["usize"], result: "usize" },
} as const;
const ERRNO_OF_LINUX = { __errno_location: { parameters: [], result: "usize" } } as const;
const ERRNO_OF_MACOS = { __error: { parameters: [], result: "usize" } } as const;

const word = new Int32Array(1);

/**
 * The number of the last error of a call, to be asked for at once after the call. It is the thread's, so where the address of the
 * number is must be asked each time.
 */
export function errno(): number {
  const { memcpy } = libc(MEMORY);
  const at = Deno.build.os === "darwin" ? libc(ERRNO_OF_MACOS).__error() : libc(ERRNO_OF_LINUX).__errno_location();
  memcpy(word, at, 4n);
  return word[0] ?? 0;
}

/**
 * The error of a call that failed, of the class that Deno has for it.
 *
 * @param what What could not be done, as in `Cannot ${what}: …`.
 * @param call Name of the function that failed.
 * @param code The number, if it has been asked for already.
 */
export function failureOf(what: string, call: string, code: number = errno()): Error {
  const { memcpy, strerror, strlen } = libc(MEMORY);
  const text = strerror(code);
  const length = strlen(text);
  const bytes = new Uint8Array(Number(length));
  memcpy(bytes, text, length);
  const Failure = ERROR_CLASSES.get(code) ?? Error;
  return new Failure(`Cannot ${what}: ${new TextDecoder().decode(bytes)} (os error ${code} of ${call})`);
}
