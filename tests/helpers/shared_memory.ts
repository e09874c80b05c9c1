/** Programs that own shared memory, and what is left of them. */
import { HANG_MS } from "./methods.ts";
import { within } from "./within.ts";

/** Where the system shows its shared memory. */
export const SHM = "/dev/shm";

/** Names in a folder. */
export function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

/** Waits until a name is gone from {@linkcode SHM}. */
export async function whenGone(name: string): Promise<void> {
  using watcher = Deno.watchFs(SHM);
  if (!namesIn(SHM).includes(name)) return;
  const gone = async () => {
    for await (const _ of watcher) if (!namesIn(SHM).includes(name)) return;
  };
  await within(HANG_MS, gone());
}

/** A program of `tests/targets/shared_memory.ts` that has its block. */
export interface Owner {
  readonly name: string;
  /** Ends it, by a signal or by itself, and gives what it left. */
  end(signal?: Deno.Signal): Promise<{ readonly code: number; readonly stderr: string }>;
}

/** Runs such a program until it has its block. */
export async function runOwner(how: string, ...args: string[]): Promise<Owner> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-ffi",
      "--no-prompt",
      new URL("../targets/shared_memory.ts", import.meta.url).href,
      how,
      ...args,
    ],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  let name = "";
  const told = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      name += text;
      told.resolve();
    }
    told.resolve();
  })();
  await within(HANG_MS, told.promise);
  return {
    name: args[0] ?? name.trimEnd(),
    async end(signal) {
      if (signal !== undefined) child.kill(signal);
      const { code } = await within(HANG_MS, child.status);
      await child.stdin.close().catch(() => {}); // It has ended.
      await reading;
      return { code, stderr: await stderr };
    },
  };
}
