/**
 * The end of a child process as a thread sees it that is blocked, and so does not hear it from the runtime: `pidfd_open(2)` and
 * `waitid(2)`. Linux only.
 *
 * @module
 */

import { Errno, errno, failureOf, libc } from "./libc.ts";

const SYMBOLS = {
  pidfd_open: { name: "syscall", parameters: ["i64", "i32", "u32"], result: "i64" },
  waitid: { parameters: ["i32", "i32", "buffer", "i32"], result: "i32" },
} as const;

const SYS_PIDFD_OPEN = 434n;
const P_PID = 1;
const WAIT_OPTIONS = 0x0100_0005; // WNOWAIT | WEXITED | WNOHANG: whoever launched it is to hear of it all the same
const CLD_EXITED = 1;
const SIGINFO_BYTES = 128;

/**
 * A descriptor that tells of the end of a child.
 *
 * @returns `undefined` if it is no more.
 */
export function openProcess(pid: number): number | undefined {
  const descriptor = Number(libc(SYMBOLS).pidfd_open(SYS_PIDFD_OPEN, pid, 0));
  if (descriptor >= 0) return descriptor;
  const code = errno();
  if (code === Errno.ESRCH) return undefined;
  throw failureOf("watch a child", "pidfd_open", code);
}

/**
 * The exit code of a child that has ended, or `-N` if signal N ended it; `undefined` if it runs, or somebody has asked before who took
 * the answer.
 */
export function exitCodeOf(pid: number): number | undefined {
  const info = new Int32Array(SIGINFO_BYTES / 4);
  if (libc(SYMBOLS).waitid(P_PID, pid, info, WAIT_OPTIONS) !== 0) return undefined;
  // siginfo_t: si_signo, si_errno, si_code, padding, si_pid, si_uid, si_status.
  const [, , how, , child, , status = 0] = info;
  if (child !== pid) return undefined;
  return how === CLD_EXITED ? status : -status;
}
