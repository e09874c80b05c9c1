/** What children use of the runtime, which a worker is to find as a process does. */
import { promisify } from "node:util";
import type { Connection } from "../../mod.ts";

/** Writes by many methods of the console. */
export function writeByConsole(): void {
  console.log("log %s", "text", { a: 1 });
  console.table([{ a: 1 }]);
  console.dir({ a: { b: { c: 1 } } }, { depth: 0 });
  console.group("group");
  console.log("within\nit");
  console.warn("warned");
  console.groupEnd();
  console.count("counted");
  console.count("counted");
  console.assert(false, "asserted");
  console.error();
}

/** Sends what is known of the timers. */
export async function sendTimers(to: Connection<unknown>): Promise<void> {
  const errors: unknown[] = [];
  for (const set of [setTimeout, setInterval]) {
    try {
      clearInterval(Number(set(undefined as unknown as () => void, 1)));
      errors.push("none");
    } catch (error) {
      errors.push((error as Error).name);
    }
  }
  const promised: unknown = await promisify(setTimeout)(1, "promised" as never);
  await to.send({ promised, errors, names: [setTimeout.name, clearInterval.name] });
}
