/** Who is who: the ids of a process, of its parent and of its child. Workers are threads of one process and share its id. */
import { parentProcess, Process } from "@multiprocessing/deno";

function info(title: string): void {
  console.log(title);
  console.log("main module:", import.meta.main);
  console.log("parent process:", parentProcess()?.pid ?? Deno.ppid);
  console.log("process id:", Deno.pid);
}

export function f(name: string): void {
  info("function f");
  console.log("hello", name);
}

if (import.meta.main) {
  info("main line");
  const process = new Process({ target: f, args: ["bob"] });
  await process.start();
  await process.join();
}

/* Output:
main line
main module: true
parent process: *
process id: *
function f
main module: false
parent process: *
process id: *
hello bob
*/

// Catalogue: EX-03
