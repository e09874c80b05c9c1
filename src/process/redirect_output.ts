/**
 * In a worker: output goes to its parent instead of the program's own standard output. A Worker has none of its own, so what
 * JavaScript writes is caught: the console, `Deno.stdout` and `Deno.stderr`.
 *
 * @module
 */

import { format } from "../base/format.ts";

/** Takes what was written. */
export type Write = (bytes: Uint8Array) => void;
type Print = (text: string, level: number) => void;
type Methods = Record<string, (...args: unknown[]) => void>;

/** From which level on the console means standard error. */
const WARNING = 2;
const ERROR = 3;
/** The methods that show any values. */
const SHOWING = ["log", "info", "debug", "dirxml", "warn", "error"];

/** Has all that this thread writes to its outputs taken by functions; what has none goes where it did. */
export function redirectOutput(writes: { readonly stdout?: Write; readonly stderr?: Write }): void {
  const { stdout = writeTo(Deno.stdout), stderr = writeTo(Deno.stderr) } = writes;
  const encoder = new TextEncoder();
  // One console for both, as what is in a group is indented in either.
  redirectConsole((text, level) => (level < WARNING ? stdout : stderr)(encoder.encode(text)));
  for (const which of ["stdout", "stderr"] as const) {
    const write = writes[which];
    if (write !== undefined) {
      Object.defineProperty(Deno, which, { value: streamTo(write), configurable: true, writable: true });
    }
  }
}

function writeTo(stream: { writeSync(bytes: Uint8Array): number }): Write {
  return (bytes) => {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(stream.writeSync(rest));
  };
}

function redirectConsole(print: Print): void {
  const methods = consoleOf(print);
  for (const name of SHOWING) {
    const method = methods[name];
    // By us, or it would have the colours of the program's terminal.
    if (method !== undefined) methods[name] = (...args) => method("%s", format(args));
  }
  methods["dir"] = (value, options) =>
    methods["log"]?.(Deno.inspect(value, options as Deno.InspectOptions | undefined));
  for (const [name, method] of Object.entries(methods)) {
    if (typeof method === "function") Reflect.set(console, name, method);
  }
}

/** The runtime's own console, which its tests make with a function that prints (seen in 2.8.3 and 2.9.6); else the methods used most. */
function consoleOf(print: Print): Methods {
  const internals: unknown = Reflect.get(Deno, Reflect.get(Deno, "internal"));
  const Console: unknown = Reflect.get(Object(internals), "Console");
  if (typeof Console === "function") return Reflect.construct(Console, [print]);
  const printing = (level: number) => (...args: unknown[]) => print(`${format(args)}\n`, level);
  const [log, error] = [printing(WARNING - 1), printing(ERROR)];
  return { log, info: log, debug: log, dirxml: log, table: log, warn: error, error, trace: error };
}

function streamTo(write: Write): object {
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
  return stream;
}
