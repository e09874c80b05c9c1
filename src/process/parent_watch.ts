/**
 * In a child process: standard input, which is the parent's line to it. The first line tells how to connect; its end means that the
 * parent has ended, and the process is killed even if its own thread never returns to its event loop.
 *
 * @module
 */

import { startThread, type ThreadScope } from "../base/thread_source.ts";
import { keepWorkerAlive } from "../base/unref_worker.ts";

const NEWLINE = 10;
const READ_BYTES = 1 << 16;

/** Runs in the thread. */
async function watch(scope: ThreadScope<never, Uint8Array>): Promise<void> {
  const chunk = new Uint8Array(65536);
  for (;;) {
    const size = await Deno.stdin.read(chunk).catch(() => null);
    if (size === null) break;
    scope.postMessage(chunk.slice(0, size));
  }
  try {
    Deno.kill(Deno.pid, "SIGKILL");
  } catch {
    // Killing oneself is free of permission from 2.9 on only. An idle process ends itself when told, long before the time is up; for a
    // busy one, asking for an option that is not enabled ends the process as well, though not in silence.
    const IDLE_END_MS = 200;
    scope.postMessage(new Uint8Array(0));
    await new Promise((resolve) => setTimeout(resolve, IDLE_END_MS));
    new Worker("data:application/javascript,", { type: "module", deno: { permissions: "none" } });
  }
}

/** The parent's line to this process. */
export class ParentWatch {
  readonly #input = Deno.stdin;
  readonly #chunks: Uint8Array[] = [];
  #thread: Worker | undefined;
  #wake: (() => void) | undefined;

  /**
   * Has a thread read from now on, so that this process does not outlive its parent however busy it is; not while a read is pending.
   * It takes 13 ms to start.
   */
  start(): void {
    if (this.#thread !== undefined) return;
    this.#thread = startThread(watch, "parent watch");
    this.#thread.onmessage = ({ data }: MessageEvent<Uint8Array>) => {
      if (data.length === 0) Deno.exit(1);
      this.#chunks.push(data);
      this.#wake?.();
    };
  }

  /** The next line, without its end; what follows it is left to {@linkcode ParentWatch.read}. */
  async readLine(): Promise<string> {
    let line = "";
    for (;;) {
      const chunk = await this.read();
      const end = chunk.indexOf(NEWLINE);
      line += new TextDecoder().decode(end < 0 ? chunk : chunk.subarray(0, end));
      if (end < 0) continue;
      if (end + 1 < chunk.length) this.#chunks.unshift(chunk.subarray(end + 1));
      return line;
    }
  }

  /** So many bytes. */
  async readBytes(size: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(size);
    for (let filled = 0; filled < size;) {
      const chunk = await this.read();
      const part = chunk.subarray(0, size - filled);
      bytes.set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) this.#chunks.unshift(chunk.subarray(part.length));
    }
    return bytes;
  }

  /** The next bytes. */
  async read(): Promise<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) return chunk;
      if (this.#thread === undefined) await this.#readHere();
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Whether waiting for bytes keeps the process alive; it does at first. */
  keepAlive(alive: boolean): void {
    if (this.#thread !== undefined) keepWorkerAlive(this.#thread, alive);
  }

  async #readHere(): Promise<void> {
    const chunk = new Uint8Array(READ_BYTES);
    const size = await this.#input.read(chunk).catch(() => null);
    if (size === null) endWithParent();
    else this.#chunks.push(chunk.subarray(0, size));
  }
}

/** Ends this process as its parent has ended: by SIGKILL, so that nothing of the program runs any more, or else as best it can. */
export function endWithParent(): void {
  try {
    Deno.kill(Deno.pid, "SIGKILL");
  } catch {
    // Not free of permission before 2.9.
    Deno.exit(1);
  }
}
