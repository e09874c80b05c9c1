/**
 * {@linkcode LastWords}: what a worker writes to its standard error.
 *
 * @module
 */

import { within } from "../base/deadline.ts";
import { node } from "../channel/node.ts";
import { openErrorPipe, readAvailable } from "../memory/child_output.ts";
import { isMappable } from "../memory/memory_file.ts";

const MOST_CHARACTERS = 4096;
const MOST_LINES = 8;
// Colours, and frames of the runtime.
// deno-lint-ignore no-control-regex
const NOISE = /\x1b\[[\d;]*m|^\s+at .*ext:.*\n?/gm;
const END_MS = 250;

/** Shows what a worker writes to its standard error, and remembers the end of it. */
export class LastWords {
  #written = "";
  readonly #decoder = new TextDecoder();
  #deafen = () => {};
  #silent = Promise.resolve();
  #fallSilent = () => Promise.resolve();

  /** The last lines. */
  get text(): string {
    return this.#written.replace(NOISE, "").trim().split("\n").slice(-MOST_LINES).join("\n");
  }

  /** Hears it while the thread is blocked, in which the runtime reads no stream. */
  watchWhileBlocked(pid: number | undefined): void {
    if (pid === undefined || pid === Deno.pid || !isMappable()) return;
    let pipe: number | undefined;
    const hear = () => {
      const text = pipe === undefined ? undefined : readAvailable(pipe);
      if (text === undefined) pipe = undefined;
      else this.#showQuietly(text);
      return text !== undefined;
    };
    // A worker that is gone before this thread blocks has said something all the same.
    const forget = node.bell.addSource({ open: () => pipe = openErrorPipe(pid), hear }, { atOnce: true });
    this.#deafen = () => {
      // Its end may have been heard of before its last words.
      hear();
      pipe = undefined;
      forget();
    };
  }

  /** Hears it by the event loop. */
  read(stream: ReadableStream<Uint8Array>): void {
    const reader = stream.getReader();
    const read = async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.#show(value);
      }
    };
    // Nobody may read the standard error of this program any more.
    this.#silent = read().catch(() => reader.cancel()).catch(() => {});
    this.#fallSilent = () => reader.cancel();
  }

  /** Resolves when there will be no more: what it last wrote may be on its way; or somebody that it started writes there, and goes on. */
  async ended(): Promise<void> {
    await within<void>({ timeout: END_MS }, () => this.#silent, () => this.#fallSilent());
    await this.#silent;
  }

  /** From now on, nothing is heard while the thread is blocked. */
  deafen(): void {
    this.#deafen();
  }

  #show(text: Uint8Array): void {
    this.#written = (this.#written + this.#decoder.decode(text, { stream: true })).slice(-MOST_CHARACTERS);
    for (let shown = 0; shown < text.length;) shown += Deno.stderr.writeSync(text.subarray(shown));
  }

  #showQuietly(text: Uint8Array): void {
    try {
      this.#show(text);
    } catch {
      // Nobody may read the standard error of this program any more.
    }
  }
}
