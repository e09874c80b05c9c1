/**
 * Why a thread cannot block for a pool.
 *
 * @module
 */

import { InvalidStateError, NotSupportedError } from "../base/errors.ts";
import type { Address } from "../base/identity.ts";
import { node, refusalToBlock, refusalWithoutMemory } from "../channel/node.ts";
import { launcherOf, type StartMethod } from "../process/start_method.ts";
import type { PoolMember } from "./pool_member.ts";

/** What the outcome of a task may need. */
export const LATE = "an asynchronous callback or input, or a module that is still to be loaded to read the result,";
/** What the thread would block for, where nothing else is named. */
const FOR_THE_POOL = "for the pool";

/** Why nothing would ever be heard of workers, where this process can share no memory with them; in the words that name the flag. */
export function unshared(startMethod: StartMethod): NotSupportedError | undefined {
  return launcherOf(startMethod).leavesProcess ? refusalWithoutMemory(FOR_THE_POOL) : undefined;
}

/** Why nothing would be heard of these workers, for now. */
export function unheard(members: Iterable<PoolMember>): Error | undefined {
  const addresses: Address[] = [];
  for (const { process, address } of members) {
    if (address === undefined) continue;
    if (!process.isAlive() && process.exitCode === null) return needsTurn(FOR_THE_POOL, "to hear of a worker's end");
    addresses.push(address);
  }
  if (addresses.length === 0) return needsTurn(FOR_THE_POOL, "to launch its first worker");
  return refusalToBlock(FOR_THE_POOL, addresses) ?? node.bell.refusal;
}

/**
 * The runtime has to do something first.
 *
 * @param what What the thread would block for.
 * @param why What takes a turn of the event loop.
 */
export function needsTurn(what: string, why: string): NotSupportedError {
  return new NotSupportedError(
    `Cannot block ${what}: ${why} takes a turn of the event loop; await something first, or use the asynchronous twin`,
  );
}

/** The pool itself waits for this thread. */
export function withinCallback(): InvalidStateError {
  return new InvalidStateError(
    "Cannot block for the pool within one of its callbacks or inputs: until that returns, nothing goes on in it; await instead",
  );
}
