/** Tasks that go on when nobody waits for them, or leave something behind. */
import { type Connection, type Event, type Queue, reduce, reportProgress, revive, taskSignal } from "../../mod.ts";
import { note } from "./pool.ts";

/** Comes to an end at once; or says that it has begun, and never does. */
export async function endlessWith(begun: Event | null): Promise<void> {
  await begun?.set();
  while (begun !== null);
}

/** Reports its argument, and never comes to an end. */
export function reportForever(x: number): void {
  reportProgress(x);
  for (;;);
}

/** Reports its argument, and goes on until it is told that nobody wants it. */
export async function reportAndHear(notes: string, x: number): Promise<void> {
  const signal = taskSignal();
  reportProgress(x);
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  note(notes, String(signal.reason));
}

/** Leaves a timer behind that would keep a process for ever. */
export function leaveInterval(x: number): number {
  setInterval(() => {}, 1000);
  return x;
}

/** Leaves something behind that says when it blocks the thread, for ever. */
export function leaveBusy(begun: Event): void {
  setTimeout(async () => {
    await begun.set();
    for (;;);
  }, 0);
}

/** As an initializer: leaves something behind that blocks the thread as soon as the worker has said that it is ready, for ever. */
export function hog(): void {
  const later = async () => {
    for (let turns = 0; turns < 50; turns++) await undefined;
    for (;;);
  };
  later();
}

/** Puts numbers, of which all but the first have to wait, and waits for none of them. */
export function putAndLeave(queue: Queue<number>, count: number): void {
  for (let number = 0; number < count; number++) queue.put(number);
}

/** What cannot be read by who gets it. */
export class Unreadable {
  [reduce](): null {
    return null;
  }

  static [revive](): never {
    throw new Error("nobody can read it");
  }
}

/** What it gets, beside something that cannot be read. */
export function besideUnreadable(connection: Connection): unknown[] {
  return [new Unreadable(), connection];
}
