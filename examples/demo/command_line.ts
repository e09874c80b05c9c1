import { cpuCount } from "@multiprocessing/deno";

/** How the demo is called. */
export const USAGE = `deno task demo [PATH] [--processes N]

Counts the words of every text file under PATH (by default: this checkout), with N processes
at once (by default: one for each CPU), and compares the start methods.`;

/** What the user wants. */
export interface Wish {
  readonly path: string;
  readonly processes: number;
}

/**
 * Reads the arguments; `"help"` if only the usage is wanted.
 *
 * @throws {RangeError} If they are wrong; the message says how.
 */
export function readCommandLine(args: readonly string[]): Wish | "help" {
  const paths: string[] = [];
  let processes = cpuCount();
  const rest = args.flatMap((arg) =>
    /^--processes=/.test(arg) ? ["--processes", arg.slice("--processes=".length)] : arg
  );
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--help" || arg === "-h") return "help";
    if (arg === "--processes") processes = readNumber(rest.shift());
    else if (arg.startsWith("-")) throw new RangeError(`Cannot understand "${arg}"`);
    else paths.push(arg);
  }
  const [path, second] = paths;
  if (second !== undefined) throw new RangeError(`Cannot count in two places at once: in "${path}" and in "${second}"`);
  return { path: path === undefined ? checkout() : fromCaller(path), processes };
}

function checkout(): string {
  return decodeURIComponent(new URL("../../", import.meta.url).pathname);
}

/** `deno task` changes to the checkout; where it was called, it tells by a variable. */
function fromCaller(path: string): string {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "INIT_CWD" });
  const caller = state === "granted" ? Deno.env.get("INIT_CWD") : undefined;
  const isAbsolute = /^([/\\]|[a-z]:)/i.test(path);
  return isAbsolute || caller === undefined || caller === Deno.cwd() ? path : `${caller}/${path}`;
}

function readNumber(text: string | undefined): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new RangeError(
    `Cannot use as many processes: --processes needs a number above 0, received ${text ?? "nothing"}`,
  );
}
