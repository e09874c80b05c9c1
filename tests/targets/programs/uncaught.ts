/** A child that fails, and a parent that goes on. */
import { contextOfArgs } from "./_method.ts";

export function fail(): void {
  throw new RangeError("the child broke");
}

export async function failFromTimer(): Promise<void> {
  setTimeout(() => {
    throw new RangeError("the timer broke");
  });
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

export async function failUnhandled(): Promise<void> {
  Promise.reject(new RangeError("the promise broke"));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

if (import.meta.main) {
  const ctx = contextOfArgs();
  for (const target of [fail, failFromTimer, failUnhandled]) {
    const process = new ctx.Process({ target, name: target.name });
    await process.start();
    await process.join();
    console.log(target.name, process.exitCode);
  }
}
