/** What the workers of the tests of blocking pools do. Named with a query, it is a module that nobody has loaded. */
import { type Event, registerReducer, reportProgress, type Semaphore, share } from "../../mod.ts";

/** Gives a permit; also as an initializer. */
export function release(permits: Semaphore): void {
  permits.releaseSync();
}

/** Waits for a permit. */
export async function acquire(permits: Semaphore): Promise<string> {
  await permits.acquire();
  return "acquired";
}

/** Returns, and ends its worker once it is told. */
export function endWhen(told: Event): void {
  told.wait().then(() => Deno.exit(3));
}

/** An error of whose class the caller knows nothing. */
export class Far extends Error {
  override name = "Far";
}

/** Fails with an error that takes a while to be read. */
export function failFar(): never {
  throw new Far("from afar");
}

/** Reports something that takes a while to be read, and waits until it may go on. */
export async function reportFar(goOn: Event): Promise<string> {
  reportProgress(new Far("from afar"));
  await goOn.wait();
  return "done";
}

/** What can be sent, but not be read. */
export class Riddle {
  readonly text = "?";
}

/** What happens when one is read. */
export const riddles = {
  read(text: string): Riddle {
    throw new RangeError(`cannot read ${text}`);
  },
};

registerReducer(Riddle, { reduce: ({ text }: Riddle) => text, revive: (text: string) => riddles.read(text) });

/** Gives back what cannot be read. */
export function riddle(): Riddle {
  return new Riddle();
}

/** A text of a MiB. */
export function large(index: number): string {
  return String.fromCharCode(65 + index).repeat(1 << 20);
}

share(import.meta, { release, acquire, endWhen, Far, failFar, reportFar, Riddle, riddle, large });
