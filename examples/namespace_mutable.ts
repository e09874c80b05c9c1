/** What is read from a namespace is a copy: a change of the copy does not come back. */
import { Manager, type Namespace, Process } from "@multiprocessing/deno";

export async function producer(namespace: Namespace<{ list: string[] }>): Promise<void> {
  (await namespace.list).push("This is the value"); // of the copy
}

if (import.meta.main) {
  await using manager = await Manager();
  const namespace = await manager.Namespace({ list: [] as string[] });

  console.log("Before:", await namespace.list);
  const process = new Process({ target: producer, args: [namespace] });
  await process.start();
  await process.join();
  console.log("After:", await namespace.list);

  await namespace.set("list", ["This is the value"]);
  console.log("Assigned:", await namespace.list);
}

/* Output:
Before: []
After: []
Assigned: [ "This is the value" ]
*/
