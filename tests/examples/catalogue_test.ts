import { assertEquals } from "@std/assert";
import { readExpectation } from "../../examples/run/expectation.ts";

/** How many programs Python's documentation and the other seeds have, numbered from EX-01. */
const PROGRAMS = 63;

const FOLDER = new URL("../../examples/", import.meta.url);

async function readExamples(): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for await (const { name } of Deno.readDir(FOLDER)) {
    if (name.endsWith(".ts")) sources.set(name, await Deno.readTextFile(new URL(name, FOLDER)));
  }
  return sources;
}

Deno.test("Every program of the catalogue is among the examples [EX-01 … EX-63]", async () => {
  const found = new Set([...(await readExamples()).values()].flatMap((text) => readExpectation(text)?.catalogue ?? []));
  const ids = Array.from({ length: PROGRAMS }, (_, i) => `EX-${String(i + 1).padStart(2, "0")}`);
  assertEquals(ids.filter((id) => !found.has(id)), []);
  assertEquals([...found].filter((id) => !ids.includes(id)), []);
});

Deno.test("Every example is in the list of examples, and what it needs is there", async () => {
  const examples = await readExamples();
  const list = await Deno.readTextFile(new URL("README.md", FOLDER));
  const listed = [...list.matchAll(/\]\((\w+\.ts)\)/g)].map(([, file = ""]) => file);
  assertEquals(listed.filter((file) => !examples.has(file)), [], "what is listed does not exist");
  for (const [file, text] of examples) {
    const expectation = readExpectation(text);
    if (expectation === undefined) continue;
    assertEquals(list.includes(`](${file})`), true, `${file} is not in examples/README.md`);
    const others = [...expectation.beside, ...expectation.after];
    assertEquals(others.filter((other) => !examples.has(other)), [], `what ${file} needs is missing`);
  }
});
