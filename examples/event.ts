/** An event: processes wait until it is set, or until they have waited long enough. */
import { Event, Process } from "@multiprocessing/deno";

export async function waitForEvent(event: Event): Promise<void> {
  console.log("waitForEvent: starting");
  await event.wait();
  console.log("waitForEvent: isSet is", await event.isSet());
}

export async function waitForEventTimeout(event: Event, timeout: number): Promise<void> {
  console.log("waitForEventTimeout: starting");
  await event.wait({ timeout });
  console.log("waitForEventTimeout: isSet is", await event.isSet());
}

if (import.meta.main) {
  const event = new Event();
  const patient = new Process({ target: waitForEvent, args: [event] });
  const impatient = new Process({ target: waitForEventTimeout, args: [event, 50] });
  await patient.start();
  await impatient.start();

  console.log("main: waiting before the event is set");
  await impatient.join();
  await event.set();
  console.log("main: event is set");
  await patient.join();
}

/* Output, interleaved:
waitForEvent: starting
waitForEvent: isSet is true

waitForEventTimeout: starting
waitForEventTimeout: isSet is false

main: waiting before the event is set
main: event is set
*/
