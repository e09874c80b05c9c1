/**
 * In a worker: output goes to its parent instead of the program's own standard output. A Worker has none of its own, so what
 * JavaScript writes is caught: the console, `Deno.stdout` and `Deno.stderr`.
 *
 * @module
 */

import { format } from "../base/format.ts";

/** Takes what was written. */
export type Write = (bytes: Uint8Array) => void;

const METHODS = {
  stdout: ["log", "info", "debug", "dir", "table"],
  stderr: ["error", "warn", "trace"],
} as const;

/** Has all that this thread writes to one of its outputs taken by `write`. */
export function redirectOutput(which: "stdout" | "stderr", write: Write): void {
  const encoder = new TextEncoder();
  for (const method of METHODS[which]) {
    // deno-lint-ignore no-console -- the console is what is redirected
    console[method] = (...args: unknown[]) => write(encoder.encode(`${format(args)}\n`));
  }
  const stream = {
    write: (bytes: Uint8Array) => Promise.resolve(stream.writeSync(bytes)),
    writeSync: (bytes: Uint8Array) => {
      write(bytes.slice());
      return bytes.length;
    },
    close: () => {},
    isTerminal: () => false,
    get writable() {
      return new WritableStream<Uint8Array>({ write });
    },
    [Symbol.dispose]: () => {},
  };
  Object.defineProperty(Deno, which, { value: stream, configurable: true, writable: true });
}
