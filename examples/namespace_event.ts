/** One process writes to a namespace, another waits until it has. */
import { Event, Manager, type Namespace, Process } from "@multiprocessing/deno";

export async function producer(namespace: Namespace, event: Event): Promise<void> {
  await namespace.set("value", "This is the value");
  await event.set();
}

export async function consumer(namespace: Namespace, event: Event, started: Event): Promise<void> {
  try {
    console.log("Before the event:", await namespace.value);
  } catch (error) {
    console.log("Before the event:", error instanceof Error ? error.name : error);
  }
  await started.set();
  await event.wait();
  console.log("After the event:", await namespace.value);
}

if (import.meta.main) {
  await using manager = await Manager();
  const namespace = await manager.Namespace();
  const [event, started] = [new Event(), new Event()];

  const second = new Process({ target: consumer, args: [namespace, event, started] });
  await second.start();
  await started.wait();
  const first = new Process({ target: producer, args: [namespace, event] });
  await first.start();
  for (const process of [first, second]) await process.join();
}

/* Output:
Before the event: *
After the event: This is the value
*/
