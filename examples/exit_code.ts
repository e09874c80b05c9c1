/** How processes end, seen from outside: 0, what they exit with, 1 for an uncaught error, the negative number of a signal. */
import { Process } from "@multiprocessing/deno";
import { delay } from "@std/async";

export function exitError(): void {
  Deno.exit(1);
}

export function exitOk(): void {}

export function returnValue(): number {
  return 1;
}

export function raises(): never {
  throw new Error("There was an error!");
}

export async function terminated(): Promise<void> {
  await delay(60_000);
}

if (import.meta.main) {
  const processes: Process[] = [];
  for (const target of [exitError, exitOk, returnValue, raises, terminated]) {
    console.log("Starting process for", target.name);
    const process = new Process({ name: target.name, target });
    await process.start();
    processes.push(process);
  }

  processes.at(-1)?.terminate();

  for (const process of processes) {
    await process.join();
    console.log(`${process.name}.exitCode = ${process.exitCode}`);
  }
}

/* Output:
Starting process for exitError
Starting process for exitOk
Starting process for returnValue
Starting process for raises
Starting process for terminated
exitError.exitCode = 1
exitOk.exitCode = 0
returnValue.exitCode = 0
raises.exitCode = 1
terminated.exitCode = -15
*/

/* Errors:
Process raises:
Error: There was an error!
    at raises *
...
*/

// Catalogue: EX-60
