/** What is known of the start method, step by step, as one line of JSON. */
import { getContext, getStartMethod, Process, setStartMethod, type StartMethod } from "../../../mod.ts";

const method = Deno.args[0] as StartMethod;

export function report(): void {
  console.log(
    "child",
    getStartMethod({ allowNone: true }),
    getContext().constructor.name,
    new Process().constructor.name,
  );
}

function outcomeOf(use: () => unknown): unknown {
  try {
    const outcome = use();
    return outcome === undefined ? "done" : outcome;
  } catch (error) {
    return error instanceof Error ? error.name : "thrown";
  }
}

if (import.meta.main) {
  const steps = [
    () => getStartMethod({ allowNone: true }),
    () => setStartMethod(method),
    () => getStartMethod({ allowNone: true }),
    () => getStartMethod(),
    () => setStartMethod(method),
    () => setStartMethod(method, { force: true }),
    () => getContext().getStartMethod(),
  ];
  console.log(JSON.stringify(steps.map((step) => outcomeOf(step))));
  const process = new Process({ target: report });
  await process.start();
  await process.join();
}
