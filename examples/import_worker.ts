/** What import_main.ts imports. */
import { share } from "@multiprocessing/deno";

export function worker(): void {
  console.log("Worker");
}

// Neither the main module nor the one that makes the process exports `worker`, so say where it is.
share(import.meta, { worker });
