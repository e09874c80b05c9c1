/**
 * An AbortSignal reaches into a task. It may clean up for as long as `grace` allows; one that does not listen is ended together with its
 * worker, which is replaced. No other task is touched.
 */
import { Pool, reportProgress, taskSignal } from "@multiprocessing/deno";

/** A task that notices: it waits, and takes its half-written file away. */
export async function careful(path: string): Promise<void> {
  await Deno.writeTextFile(path, "half of the");
  reportProgress("writing");
  try {
    const signal = taskSignal();
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  } finally {
    await Deno.remove(path);
  }
}

/** A task that does not. */
export function stubborn(): void {
  reportProgress("computing");
  while (true);
}

export function pid(): number {
  return Deno.pid;
}

if (import.meta.main) {
  await using pool = new Pool(1);
  const worker = await pool.apply(pid);
  const path = await Deno.makeTempFile();

  const changedMind = new AbortController();
  await pool.apply(careful, [path], {
    signal: changedMind.signal,
    grace: 60_000,
    onProgress: () => changedMind.abort(new Error("no longer needed")),
  }).catch((error) => console.log("careful:", error.message));
  console.log("the file is left:", await Deno.stat(path).then(() => true, () => false));
  console.log("the same worker:", await pool.apply(pid) === worker);

  await pool.apply(stubborn, [], { timeout: 50 })
    .catch((error) => console.log("stubborn:", error.name));
  console.log("the same worker:", await pool.apply(pid) === worker);
}

/* Output:
careful: no longer needed
the file is left: false
the same worker: true
stubborn: TimeoutError
the same worker: false
*/

// Start method: spawn, forkserver
