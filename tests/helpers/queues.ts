/** Calls of queues that wait, here and in parties, in an order that is certain. */
import { begin, type Party, type PartyCall, type Pending, pendingOf } from "./party.ts";

/** A queue, of whatever items. */
export interface Emptyable {
  empty(): Promise<boolean>;
}

/** Begins a call here, and resolves when it waits, if it has to. */
export async function beginHere<T>(queue: Emptyable, call: () => Promise<T>): Promise<Pending<T>> {
  const pending = await begin(queue, call);
  // Whoever hosts the queue answers in order, so it has heard of the call when it has heard of this.
  await queue.empty();
  return pending;
}

/** Begins a call in a party, of its first object, and resolves when it waits, if it has to. */
export async function beginThere(party: Party, member: string, ...args: unknown[]): Promise<PartyCall> {
  const call = await party.begin(member, ...args);
  await party.call("empty");
  return call;
}

/** Begins to put in a party. */
export async function putThere(party: Party, item: unknown): Promise<Pending> {
  const pending = pendingOf(party.call("put", item));
  await party.call("empty");
  return pending;
}
