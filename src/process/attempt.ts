/**
 * One attempt to run a process. A start that is refused was none: the next one is another process.
 *
 * @module
 */

import type { Address } from "../base/identity.ts";
import type { Child, Signal } from "./child.ts";
import type { Relative } from "./family.ts";
import { makeSentinel, Sentinel } from "./sentinel.ts";

/** What belongs to one launch. */
export interface Attempt {
  readonly address: Address;
  readonly sentinel: Sentinel;
  readonly relative: Relative;
  readonly end: PromiseWithResolvers<void>;
  child: Child | undefined;
  /** That of the attempt before, whose output may still be read. */
  readonly refused?: Child | undefined;
  exitCode: number | null;
  /** Signals for a child that is still being launched. */
  readonly due: Signal[];
  /** Whether it was ever sent one. */
  signalled: boolean;
}

/** Before the launch. */
export function attempt(
  subject: Relative["subject"],
  address: Address,
  ways: Pick<Relative, "isDaemon" | "terminate">,
): Attempt {
  const end = Promise.withResolvers<void>();
  const relative = { subject, ended: end.promise, ...ways };
  const sentinel = makeSentinel(address);
  return { address, end, relative, sentinel, child: undefined, exitCode: null, due: [], signalled: false };
}

/** There is a child. */
export function launched(attempt: Attempt, child: Child): void {
  attempt.child = child;
  // Its sentinel is ready all the same.
  child.exit.onceMissed(() => Sentinel.end(attempt.sentinel));
}

/** Sends a signal; one that is still being launched gets it from {@linkcode signalDue}. */
export function signal(attempt: Attempt, name: Signal): void {
  attempt.signalled = true;
  if (attempt.child === undefined) attempt.due.push(name);
  else attempt.child.signal(name);
}

/** Sends what was to be sent before there was anybody. */
export function signalDue({ child, due }: Attempt): void {
  for (const name of due.splice(0)) child?.signal(name);
}
