/**
 * How not to do it. A child imports the main module to find `f`, so what stands there unguarded happens in the child as well; here it
 * would start a child of its own, and so on without end. That is refused, in the child. See protected_main.ts.
 */
import { Process } from "@multiprocessing/deno";

export function f(): void {
  console.log("hello");
}

const process = new Process({ target: f });
await process.start();

/* Output:
*/

/* Errors:
...
* InvalidStateError: Cannot start process "Process-1:1": this process is itself a child that is still importing the main module, *
...
*/

// Exit code: 1

// Catalogue: EX-43
