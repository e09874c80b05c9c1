/** A program whose pool has an initializer of the main module, which is still being evaluated. */
import { contextOfArgs } from "./programs/_method.ts";

let told = "nothing";

/** As an initializer: what it is told. */
export function tell(what: string): void {
  told = what;
}

/** What the initializer was told. */
export function whatWasTold(): string {
  return told;
}

if (import.meta.main) {
  await using pool = new (contextOfArgs().Pool)({ processes: 1, initializer: tell, initargs: ["early"] });
  console.log(await pool.apply(whatWasTold));
}
