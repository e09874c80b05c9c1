/** What `deno bench` runs. */
import { getAllStartMethods, getContext } from "../../../mod.ts";

export function greet(name: string): void {
  console.log("hello", name);
}

for (const method of getAllStartMethods()) {
  Deno.bench(`start and join ${method}`, { n: 1, warmup: 1 }, async () => {
    const process = new (getContext(method).Process)({ target: greet, args: [method] });
    await process.start();
    await process.join();
    if (process.exitCode !== 0) throw new Error(`exit code ${process.exitCode}`);
  });
}
