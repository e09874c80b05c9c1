/** What a child does with references: it has imported the main module, loads what is named, and calls it with 10. */
import { loadReferences, resolveReference, setMainModule } from "../../src/codec/function_ref.ts";
import type { FunctionReference } from "../../src/codec/handoff.ts";

export async function receive(main: object): Promise<void> {
  setMainModule(Deno.mainModule, main);
  const references: Record<string, FunctionReference> = JSON.parse(Deno.args[0] ?? "{}");
  await loadReferences(Object.values(references));
  const results = Object.entries(references).map(([name, reference]) => [name, outcome(reference)]);
  console.log(JSON.stringify(Object.fromEntries(results)));
}

function outcome(reference: FunctionReference): unknown {
  try {
    const callable = resolveReference(reference) as (n: number) => unknown;
    return /^class\b/.test(String(callable)) ? `class ${callable.name}` : callable(10);
  } catch (error) {
    return String(error);
  }
}
