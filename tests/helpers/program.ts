/** Runs programs of tests/targets/programs as a user would. */
import { getAllStartMethods, type StartMethod } from "../../mod.ts";
import { HANG_MS, methodsOf } from "./methods.ts";
import { within } from "./within.ts";

/** How a program ended and what it wrote. */
export interface Outcome {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface ProgramOptions {
  readonly flags?: readonly string[];
  readonly cwd?: string | URL;
  readonly input?: string;
}

/** The URL of a program. */
export function programUrl(name: string): URL {
  return new URL(`../targets/programs/${name}`, import.meta.url);
}

/** Runs a program to its end; one that does not end is killed, and an error. */
export function runProgram(name: string, args: readonly string[], options: ProgramOptions = {}): Promise<Outcome> {
  const { flags = ["--allow-all"], ...rest } = options;
  return runDeno(["run", "--no-prompt", ...flags, programUrl(name).href, ...args], rest);
}

/** Runs `deno` to its end. */
export async function runDeno(args: readonly string[], options: Omit<ProgramOptions, "flags"> = {}): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1" },
    ...options.cwd !== undefined && { cwd: options.cwd },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  if (options.input !== undefined) await input.write(new TextEncoder().encode(options.input));
  await input.close();
  try {
    const { code, signal, stdout, stderr } = await within(HANG_MS, child.output());
    return { code, signal, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** Registers a test that runs a program once for every start method, which is its first argument. */
export function forEachProgramRun(
  name: string,
  test: (run: (program: string, ...args: string[]) => Promise<Outcome>, method: StartMethod) => Promise<void>,
): void {
  for (const method of methodsOf(name, getAllStartMethods())) {
    Deno.test(`${name} (${method})`, () => test((program, ...args) => runProgram(program, [method, ...args]), method));
  }
}
