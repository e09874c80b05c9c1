/** Names of processes: given, or counted. */
import { currentProcess, Process } from "@multiprocessing/deno";
import { delay } from "@std/async";

export async function worker(): Promise<void> {
  console.log(currentProcess().name, "Starting");
  await delay(200);
  console.log(currentProcess().name, "Exiting");
}

export async function service(): Promise<void> {
  console.log(currentProcess().name, "Starting");
  await delay(300);
  console.log(currentProcess().name, "Exiting");
}

if (import.meta.main) {
  const processes = [
    new Process({ name: "my_service", target: service }),
    new Process({ name: "worker 1", target: worker }),
    new Process({ target: worker }),
  ];
  for (const process of processes) await process.start();
}

/* Output, interleaved:
worker 1 Starting
worker 1 Exiting

Process-3 Starting
Process-3 Exiting

my_service Starting
my_service Exiting
*/

// Catalogue: EX-55
