/** Packages of others, for the bench alone: named where no tool follows them, so that only the bench ever loads them. */

/** What is measured against. */
export const VERSIONS = {
  piscina: "5.3.2",
  poolifier: "5.3.2",
  tinypool: "2.2.0",
  workerpool: "10.0.3",
} as const;

/** The name of one of them. */
export type PackageName = keyof typeof VERSIONS;

/** Loads one; `M` is the part of it that is used. */
export async function load<M>(name: PackageName): Promise<M> {
  return await import(specifierOf(name));
}

/** A file that workers run, until this process ends: `act` registers `tasks` with the package, known as `library`. */
export async function writeWorker(name: PackageName, act: string): Promise<string> {
  const file = await Deno.makeTempFile({ prefix: "bench-", suffix: ".mjs" });
  globalThis.addEventListener("unload", () => Deno.removeSync(file));
  // Imported statically: their first message is lost on workers that are still waiting for an import.
  await Deno.writeTextFile(
    file,
    `import * as library from "${specifierOf(name)}";
import { tasks } from "${new URL("tasks.ts", import.meta.url)}";
${act}
`,
  );
  return file;
}

function specifierOf(name: PackageName): string {
  return `npm:${name}@${VERSIONS[name]}`;
}
