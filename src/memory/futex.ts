/**
 * Waiting for words of shared memory across processes: `futex(2)` and `futex_waitv(2)` of Linux, and robust mutexes
 * (`pthread_mutexattr_setrobust(3)`), which the kernel marks when their holder dies.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";
import { Errno, errno, libc } from "./libc.ts";

const SYMBOLS = {
  syscall_wake: { name: "syscall", parameters: ["i64", "usize", "i32", "i32", "usize", "usize", "i32"], result: "i64" },
  syscall_wait: { name: "syscall", parameters: ["i64", "buffer", "u32", "u32", "buffer", "i32"], result: "i64" },
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  gettid: { parameters: [], result: "i32" },
  pthread_mutexattr_init: { parameters: ["buffer"], result: "i32" },
  pthread_mutexattr_setpshared: { parameters: ["buffer", "i32"], result: "i32" },
  pthread_mutexattr_setrobust: { parameters: ["buffer", "i32"], result: "i32" },
  pthread_mutex_init: { parameters: ["usize", "buffer"], result: "i32" },
  pthread_mutex_lock: { parameters: ["usize"], result: "i32" },
} as const;

/** Numbers of the system calls. */
export const SYS_FUTEX: bigint = Deno.build.arch === "aarch64" ? 98n : 202n;
/** `futex_waitv`. */
export const SYS_FUTEX_WAITV = 449n;
/** How many words one wait can look at. */
export const MOST_WORDS = 128;

const FUTEX_WAKE = 1;
const EVERYONE = 0x7fff_ffff;
const CLOCK_MONOTONIC = 1;
const WAITERS = 0x8000_0000 | 0;
const TID_MASK = 0x3fff_ffff;
const NANOSECONDS = 1_000_000_000n;
/** Longer than anybody waits, in milliseconds; what is more does not fit what the system takes. */
const MOST_MS = 2 ** 53;

let waitv: boolean | undefined;

/** Whether there is `futex_waitv(2)`: since Linux 5.16, and where no sandbox forbids it. Where it fails at once, a wait never sleeps. */
export function hasFutexWaitv(): boolean {
  if (waitv === undefined) {
    const { syscall_wait } = libc(SYMBOLS);
    errno(); // What it needs is opened now, which may change the number.
    // For no word at all: whoever knows the call refuses that as wrong.
    syscall_wait(SYS_FUTEX_WAITV, null, 0, 0, null, CLOCK_MONOTONIC);
    const code: number = errno();
    waitv = code !== Errno.ENOSYS && code !== Errno.EPERM;
  }
  return waitv;
}

/** Waits and wakes, by address. */
export interface Futexes {
  /** Wakes all who wait for a word. */
  wake(address: number): void;
  /** Blocks the thread while all words have the values given, until one is woken or the time is up. Milliseconds. */
  wait(words: readonly (readonly [address: number, value: number])[], timeout: number): void;
}

/** The calls of the system. */
export function futexes(): Futexes {
  const system = libc(SYMBOLS);
  return {
    wake(address) {
      system.syscall_wake(SYS_FUTEX, BigInt(address), FUTEX_WAKE, EVERYONE, 0n, 0n, 0);
    },
    wait(words, timeout) {
      const list = waitList(words);
      const end = timeout > MOST_MS ? null : deadline(system.clock_gettime, timeout);
      system.syscall_wait(SYS_FUTEX_WAITV, list, list.length / 3, 0, end, CLOCK_MONOTONIC);
    },
  };
}

/** What `futex_waitv` takes: value, address and flags of each. */
function waitList(words: readonly (readonly [address: number, value: number])[]): BigUint64Array<ArrayBuffer> {
  const some = words.slice(0, MOST_WORDS);
  const list = new BigUint64Array(3 * some.length);
  some.forEach(([address, value], index) => {
    list[3 * index] = BigInt(value >>> 0);
    list[3 * index + 1] = BigInt(address);
    list[3 * index + 2] = 2n; // FUTEX_32
  });
  return list;
}

/**
 * Makes a robust mutex and holds it as long as this thread lives; when it ends, the kernel sets the bit 0x40000000 in its first word
 * and wakes one who waits for that.
 *
 * @param cells The memory.
 * @param index Of the mutex, which has room for 48 bytes.
 * @param address Of the mutex.
 */
export function holdForLife(cells: Int32Array, index: number, address: number): void {
  const system = libc(SYMBOLS);
  const attributes = new Uint8Array(64);
  const at = BigInt(address);
  const failed = system.pthread_mutexattr_init(attributes) || system.pthread_mutexattr_setpshared(attributes, 1) ||
    system.pthread_mutexattr_setrobust(attributes, 1) || system.pthread_mutex_init(at, attributes) ||
    system.pthread_mutex_lock(at);
  // Others read the holder from the first word, where glibc keeps it.
  if (failed !== 0 || ((cells[index] ?? 0) & TID_MASK) !== system.gettid()) {
    throw new NotSupportedError(
      "Cannot share memory between processes: this C library has no robust mutexes as glibc's; run without --allow-ffi",
    );
  }
  // So that the kernel wakes whoever waits.
  Atomics.or(cells, index, WAITERS);
}

function deadline(
  gettime: (clock: number, time: BigInt64Array<ArrayBuffer>) => number,
  timeout: number,
): BigInt64Array<ArrayBuffer> {
  const time = new BigInt64Array(2);
  gettime(CLOCK_MONOTONIC, time);
  const end = (time[0] ?? 0n) * NANOSECONDS + (time[1] ?? 0n) + BigInt(Math.ceil(timeout * 1e6));
  time[0] = end / NANOSECONDS;
  time[1] = end % NANOSECONDS;
  return time;
}
