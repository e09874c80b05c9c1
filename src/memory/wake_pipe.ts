/**
 * Waking a thread that is blocked in another process: it sleeps on a pipe of its own (`pipe2(2)`, `poll(2)`), which others open by way
 * of its process and write a byte to. Linux only.
 *
 * @module
 */

import { failureOf, libc } from "./libc.ts";
import { closeDescriptor } from "./mapping.ts";

const SLEEP = {
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
} as const;
const WAKE = { write: { parameters: ["i32", "buffer", "usize"], result: "isize" } } as const;
const SIGNAL = { kill: { parameters: ["i32", "i32"], result: "i32" } } as const;

const NONBLOCK_CLOEXEC = 0x80800; // O_NONBLOCK | O_CLOEXEC
const POLLIN = 1;
const SIGURG = 23; // ignored, unless it is listened for
const LONGEST_POLL_MS = 0x7fff_ffff;
const BYTE = new Uint8Array(1);

/** Where the threads of one process that are blocked sleep. */
export class WakePipe {
  /** What others write to. */
  readonly writer: number;
  readonly #reader: number;
  readonly #drain = new Uint8Array(256);

  /** @throws The error of the system, if it has no descriptors left. */
  constructor() {
    const ends = new Int32Array(2);
    if (libc(SLEEP).pipe2(ends, NONBLOCK_CLOEXEC) !== 0) throw failureOf("block the thread", "pipe2");
    [this.#reader = -1, this.writer = -1] = ends;
  }

  /**
   * Blocks the thread until somebody wakes it, there is news from others, or the time is up.
   *
   * @param others Descriptors that can be read from when there is news, as the end of a process (`process_end.ts`).
   * @param timeout Milliseconds.
   * @returns Those of the others that have news.
   */
  sleep(others: readonly number[], timeout: number): number[] {
    const { poll, read } = libc(SLEEP);
    // struct pollfd: the descriptor, then what is asked and what is answered, 16 bits each.
    const list = new Int32Array(2 * (1 + others.length));
    [this.#reader, ...others].forEach((descriptor, index) => list.set([descriptor, POLLIN], 2 * index));
    // Rounded up, else the last part of a millisecond would be spent awake.
    poll(list, BigInt(1 + others.length), timeout > LONGEST_POLL_MS ? -1 : Math.ceil(timeout));
    if (hasNews(list, 0)) read(this.#reader, this.#drain, BigInt(this.#drain.length));
    return others.filter((_, index) => hasNews(list, 1 + index));
  }

  /** Gives the descriptors back. */
  close(): void {
    for (const descriptor of [this.#reader, this.writer]) closeDescriptor(descriptor);
  }
}

function hasNews(list: Int32Array, index: number): boolean {
  return ((list[2 * index + 1] ?? 0) >>> 16) !== 0;
}

/** Wakes whoever sleeps on a pipe. */
export function wakeBy(writer: number): void {
  // A pipe that is full wakes as well.
  libc(WAKE).write(writer, BYTE, 1n);
}

/** Has the event loop of a child look up, if it listens for that. */
export function signalUrgent(pid: number): void {
  libc(SIGNAL).kill(pid, SIGURG);
}
