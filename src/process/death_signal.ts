/**
 * In a child process, where native code may be called: the kernel is asked to end it with its parent, however busy it is. Else a
 * thread has to watch, which takes 13 ms of every start and 10 MiB.
 *
 * The signal comes when the *thread* ends that launched this process. Deno launches in the thread of the JavaScript that asks for
 * it, so that is the program's main thread, its keeper, or a worker, whose children end with it as well.
 *
 * @module
 */

import { ffiGranted, libc } from "../memory/libc.ts";

const SYMBOLS = { prctl: { parameters: ["i32", "usize"], result: "i32" } } as const;
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9n;

/**
 * Asks for SIGKILL at the end of whoever launched this process. It does not come if that has ended already.
 *
 * @returns Whether it will come.
 */
export function askForDeathSignal(): boolean {
  if (Deno.build.os !== "linux" || !ffiGranted()) return false;
  try {
    return libc(SYMBOLS).prctl(PR_SET_PDEATHSIG, SIGKILL) === 0;
  } catch {
    // Native code is allowed, but that of no C library that is known.
    return false;
  }
}
