/**
 * One attempt to run a process. A start that is refused was none: the next one is another process.
 *
 * @module
 */

import type { Address } from "../base/identity.ts";
import type { Child } from "./child.ts";
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
}

/** Before the launch. */
export function attempt(
  subject: Relative["subject"],
  address: Address,
  ways: Pick<Relative, "isDaemon" | "terminate">,
): Attempt {
  const end = Promise.withResolvers<void>();
  const relative = { subject, ended: end.promise, ...ways };
  return { address, end, relative, sentinel: makeSentinel(address), child: undefined, exitCode: null };
}

/** There is a child. */
export function launched(attempt: Attempt, child: Child): void {
  attempt.child = child;
  // Its sentinel is ready all the same.
  child.exit.onceMissed(() => Sentinel.end(attempt.sentinel));
}
