/** The CPythons of this machine, as peers. */
import { HANG_MS } from "./methods.ts";
import { within } from "./within.ts";

/** One of them. */
export interface Python {
  readonly name: string;
  readonly path: string;
}

/** Those that are installed, one old and one new; none on most machines. */
export const PYTHONS: readonly Python[] = ["3.11.7", "3.13.0"]
  .map((version) => ({ name: `CPython ${version}`, path: `${home()}/.pyenv/versions/${version}/bin/python` }))
  .filter(({ path }) => exists(path));

/**
 * Runs a script that writes a first line, then a name for `use`, then, when it is told by a line, the rest. Gives all lines but that of
 * the name.
 */
export async function runPython(
  python: Python,
  script: string,
  args: readonly string[],
  use: (name: string) => void,
): Promise<string[]> {
  // Ended, whatever goes wrong.
  await using child = new Deno.Command(python.path, {
    args: ["-c", script, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = child.stdin.getWriter();
  let text = "";
  let used = false;
  const talk = async () => {
    for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const name = text.split("\n").at(1);
      if (used || name === undefined || text.split("\n").length < 3) continue;
      used = true;
      use(name);
      await input.write(new TextEncoder().encode("\n"));
    }
    await input.close().catch(() => {}); // It has ended.
    await child.status;
  };
  await within(HANG_MS, talk());
  return text.trimEnd().split("\n").filter((_, line) => line !== 1);
}

function home(): string {
  const name = "HOME";
  return Deno.permissions.querySync({ name: "env", variable: name }).state === "granted"
    ? Deno.env.get(name) ?? ""
    : "";
}

function exists(path: string): boolean {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return false;
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false; // Not installed.
  }
}
