/**
 * The kinds of primitives by their number in shared memory: how their words are read, and what can be done with them.
 *
 * @module
 */

import { barrierOperations } from "./barrier.ts";
import { BarrierWords } from "./barrier_words.ts";
import { conditionOperations, LockedConditionWords, type OfferedNotice } from "./condition.ts";
import { eventOperations } from "./event.ts";
import { EventWords } from "./event_words.ts";
import { Kind } from "./layout.ts";
import { lockOperations } from "./lock.ts";
import { LockWords } from "./lock_words.ts";
import type { Agent, Primitive } from "./primitive.ts";
import { semaphoreOperations } from "./semaphore.ts";
import { SemaphoreWords } from "./semaphore_words.ts";
import type { Operations } from "./shared_object.ts";

/** Something to be done with a primitive: an operation by its name, and its arguments. */
export type Order = readonly [operation: string, ...args: unknown[]];

/** A kind of primitive. */
export interface KindOfPrimitive {
  readonly words: new (agent: Agent, block: number) => Primitive;
  readonly operations: Operations<never>;
  /**
   * The operations that a caller may turn away from before it knows what they came to, and what takes that back, if there is something
   * to take back. Any other is done when it is done: what it came to counts, though the caller may have wanted to give it up.
   */
  readonly undo?: Readonly<Record<string, (outcome: unknown) => Order | undefined>>;
  /** What says that the outcome of an operation has arrived at its caller, if it is given back should that one die before. */
  readonly confirm?: Readonly<Record<string, (outcome: unknown) => Order | undefined>>;
}

/** Takes back what leaves nothing behind. */
export const nothingToUndo = (): undefined => {};

const lock: KindOfPrimitive = { words: LockWords, operations: lockOperations, undo: { acquire: () => ["release"] } };
const kinds: Record<number, KindOfPrimitive> = {
  [Kind.LOCK]: lock,
  [Kind.RLOCK]: lock,
  [Kind.SEMAPHORE]: {
    words: SemaphoreWords,
    operations: semaphoreOperations,
    undo: { acquire: () => ["release", 1] },
  },
  [Kind.CONDITION]: {
    words: LockedConditionWords,
    operations: conditionOperations,
    confirm: { wait: (notice) => receiptOf(notice as OfferedNotice) },
  },
  [Kind.EVENT]: { words: EventWords, operations: eventOperations, undo: { wait: nothingToUndo } },
  [Kind.BARRIER]: { words: BarrierWords, operations: barrierOperations },
};

function receiptOf({ record }: OfferedNotice): Order | undefined {
  return record === 0 ? undefined : ["received", record];
}

/** A kind, if it is one of a primitive. */
export function kindOfPrimitive(kind: number): KindOfPrimitive | undefined {
  return kinds[kind];
}

/** Adds a kind that is made further right. */
export function registerKind(kind: number, what: KindOfPrimitive): void {
  kinds[kind] = what;
}
