import { assertEquals } from "@std/assert";
import { guessExporters } from "../../src/codec/source_scan.ts";

/** Has a test read modules of its own. */
function withModules(texts: Record<string, string>, test: (guess: (name: string) => string[]) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    for (const [name, text] of Object.entries(texts)) Deno.writeTextFileSync(`${folder}/${name}`, text);
    const base = `file://${Deno.realPathSync(folder)}/`;
    test((name) => guessExporters(`${base}main.ts`, name).map((url) => url.replace(base, "")));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("guessExporters() names the module itself, or those from which it imports the name", () => {
  const texts = {
    "main.ts": [
      'import { work as imported, type Rest } from "./tasks.ts";',
      'import all from "./all.ts";',
      'import { join } from "@std/unknown";',
      "export async function own() {}",
      "class Listed {}",
      "export { Listed };",
      "function hidden() {}",
    ].join("\n"),
    "tasks.ts": "export function work() {}",
    "all.ts": "export default function () {}",
  };
  withModules(texts, (guess) => {
    assertEquals(["own", "Listed", "work", "all", "hidden", "wor", "a b"].map(guess), [
      ["main.ts"],
      ["main.ts"],
      ["tasks.ts"],
      ["all.ts"],
      [],
      [],
      [],
    ]);
  });
});

Deno.test("guessExporters() names all that may be meant where the module exports the name as well", () => {
  const texts = {
    "main.ts": [
      'import { work as other, type Rest } from "./tasks.ts";',
      'import * as barrel from "./barrel.ts";',
      'import unlike, { works } from "./unlike.ts";',
      'import missing from "./missing.ts";',
      "export function work() {}",
    ].join("\n"),
    "tasks.ts": "export const work = () => {};",
    "barrel.ts": 'export * from "./inner.ts";\nexport { none } from "./unlike.ts";\nexport * from "./barrel.ts";',
    "inner.ts": "export default class work {}",
    "unlike.ts": "export function works() {}\nexport default 1;",
  };
  withModules(texts, (guess) => assertEquals(guess("work"), ["main.ts", "tasks.ts", "inner.ts"]));
});

Deno.test("guessExporters() leaves modules out that are imported for types or for other names", () => {
  const texts = {
    "main.ts": [
      'import type { work as Work } from "./types.ts";',
      'import { type work as Task, make } from "./tasks.ts";',
      'import type * as all from "./types.ts";',
      "export const zero = 0, work = make(1);",
    ].join("\n"),
    "types.ts": "export function work() {}",
    "tasks.ts": "export function work() {}\nexport function make() {}",
  };
  withModules(texts, (guess) => assertEquals(guess("work"), ["main.ts"]));
});
