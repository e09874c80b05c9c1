/**
 * In a child process: a thread that reads standard input, which is the parent's line to it. The first line tells how to connect; its
 * end means that the parent has ended, and the process is killed even if its own thread never returns to its event loop.
 *
 * @module
 */

import { startThread, type ThreadScope } from "../base/thread_source.ts";
import { keepWorkerAlive } from "../base/unref_worker.ts";

const NEWLINE = 10;

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
    // Killing oneself is free of permission from 2.9 on only. An idle process ends itself when told; for a busy one, asking for an
    // option that is not enabled ends the process as well, though not in silence.
    scope.postMessage(new Uint8Array(0));
    await new Promise((resolve) => setTimeout(resolve, 200));
    new Worker("data:application/javascript,", { type: "module", deno: { permissions: "none" } });
  }
}

/** The parent's line to this process. */
export class ParentWatch {
  readonly #thread: Worker = startThread(watch, "parent watch");
  readonly #chunks: Uint8Array[] = [];
  #wake: (() => void) | undefined;

  /** Begins to watch; from then on this process does not outlive its parent. */
  constructor() {
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

  /** The next bytes. */
  async read(): Promise<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) return chunk;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Whether waiting for bytes keeps the process alive; it does at first. */
  keepAlive(alive: boolean): void {
    keepWorkerAlive(this.#thread, alive);
  }
}
