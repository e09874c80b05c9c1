/**
 * The types of {@linkcode SyncManager}, as every server can make them.
 *
 * @module
 */

import { boundClass } from "../memory/start_method_class.ts";
import { RawArray } from "../memory/raw_array.ts";
import { Barrier, barrierParts } from "../sync/barrier.ts";
import { Condition, conditionLock, conditionPort } from "../sync/condition.ts";
import { eventPort, SharedEvent } from "../sync/event.ts";
import { Lock, lockPort, RLock } from "../sync/lock.ts";
import { BoundedSemaphore, Semaphore, semaphorePort } from "../sync/semaphore.ts";
import { adopt } from "../sync/shared_object.ts";
import { contents, plain, textOf } from "./contents.ts";
import type { Holdings, View } from "./holdings.ts";
import { ownObjectOf } from "./proxy.ts";
import { registerBuiltin } from "./registry.ts";
import { type DictInit, ServedDict, ServedNamespace, ServedValue } from "./served_dict.ts";
import { ServedList } from "./served_list.ts";
import { QueueStore, ServedQueue } from "./served_queue.ts";
import type { CreatedType } from "./server_core.ts";

/** Name of the set of types. */
export const SYNC_TYPES = "sync";

// Within one thread there is no other memory to share, and none that needs a permission.
const [OwnLock, OwnRLock, OwnEvent] = [
  boundClass(Lock, "worker"),
  boundClass(RLock, "worker"),
  boundClass(SharedEvent, "worker"),
];
const [OwnSemaphore, OwnBounded] = [boundClass(Semaphore, "worker"), boundClass(BoundedSemaphore, "worker")];
const [OwnCondition, OwnBarrier] = [boundClass(Condition, "worker"), boundClass(Barrier, "worker")];
const OwnRawArray = boundClass(RawArray, "worker");

function add(
  typeid: string,
  exposed: readonly string[],
  callable: CreatedType["callable"],
  more: Partial<CreatedType> = {},
): void {
  registerBuiltin(SYNC_TYPES, { typeid, exposed, callable, ...more });
}

/** A primitive, which is the client's own place in it. */
function addPrimitive(typeid: string, exposed: readonly string[], callable: CreatedType["callable"], view: View): void {
  add(typeid, exposed, callable, { view, isPatient: true });
}

/** A view is only ever asked for of an object that the type itself has made. */
function viewOf<T extends object>(make: (object: T, holdings: Holdings) => object): View {
  return (object, holdings) => make(object as T, holdings);
}

/** A lock, which is asked for as all else whether it came from a dead holder. */
class ServedLock extends OwnLock {
  /** Whether the last holder died. */
  wasAbandoned(): boolean {
    return this.abandoned;
  }
}

function lockView(lock: Lock, holdings: Holdings): Lock {
  return adopt(holdings.portTo(lockPort(lock)), () => new ServedLock());
}

const LOCK = ["acquire", "release", "locked"];
const SEMAPHORE = [...LOCK, "getValue"];
const QUEUE = ["put", "get", "putNowait", "getNowait", "qsize", "empty", "full", "shutdown", "taskDone", "join"];

addPrimitive("Lock", [...LOCK, "wasAbandoned"], () => new OwnLock(), viewOf(lockView));
addPrimitive("RLock", [...LOCK, "wasAbandoned"], () => new OwnRLock(), viewOf(lockView));
const semaphoreView = viewOf((semaphore: Semaphore, holdings) =>
  adopt(holdings.portTo(semaphorePort(semaphore)), () => new OwnSemaphore())
);
addPrimitive("Semaphore", SEMAPHORE, (value) => new OwnSemaphore(optional(value, 1)), semaphoreView);
addPrimitive("BoundedSemaphore", SEMAPHORE, (value) => new OwnBounded(optional(value, 1)), semaphoreView);
addPrimitive(
  "Event",
  ["isSet", "set", "clear", "wait"],
  () => new OwnEvent(),
  viewOf((event: SharedEvent, holdings) => adopt(holdings.portTo(eventPort(event)), () => new OwnEvent())),
);
addPrimitive(
  "Condition",
  ["acquire", "release", "wait", "notify", "notifyAll"],
  (lock) => lock === undefined ? new OwnCondition() : new OwnCondition(ownObjectOf(lock) as Lock),
  viewOf((condition: Condition, holdings) => {
    const lock = lockView(conditionLock(condition), holdings);
    return adopt(holdings.portTo(conditionPort(condition)), () => new OwnCondition(lock));
  }),
);

/** A barrier, whose number of parties is asked for as all else. */
class ServedBarrier extends OwnBarrier {
  /** How many have to arrive. */
  getParties(): number {
    return this.parties;
  }
}

addPrimitive(
  "Barrier",
  ["wait", "abort", "reset", "nWaiting", "broken", "getParties"],
  (parties, options) => new ServedBarrier(parties as number, options ?? {}),
  viewOf((barrier: Barrier, holdings) => {
    const { port, options } = barrierParts(barrier);
    return adopt(holdings.portTo(port), () => new ServedBarrier(barrier.parties, options));
  }),
);

const queueOptions = { view: viewOf(ServedQueue.viewOf), isPatient: true };
for (const typeid of ["Queue", "JoinableQueue"]) {
  add(typeid, QUEUE, (maxSize) => new ServedQueue(new QueueStore(optional(maxSize, 0))), queueOptions);
}

/** Typed numbers, each held against its type. */
class ServedArray {
  readonly #typecode: string;
  readonly #items: { readonly length: number; [index: number]: number | bigint };

  constructor(typecode: string, init: number | readonly number[]) {
    this.#typecode = typecode;
    this.#items = new OwnRawArray(typecode as "d", init as number[]);
  }

  length(): number {
    return this.#items.length;
  }

  get(index: number): number | bigint {
    return this.#items[this.#place(index)] ?? 0;
  }

  /** @throws {RangeError} If there is no such place, or the value does not fit. */
  set(index: number, value: number): void {
    this.#items[this.#place(index)] = value;
  }

  slice(start?: number, end?: number): (number | bigint)[] {
    return this[plain]().slice(start, end);
  }

  some(from: number, count: number): (number | bigint)[] {
    return this.slice(from, from + count);
  }

  [contents](): Iterable<unknown> {
    return [];
  }

  [plain](): (number | bigint)[] {
    return Array.from(this.#items);
  }

  toString(): string {
    return `Array(${textOf(this.#typecode)}, ${textOf(this[plain]())})`;
  }

  #place(index: number): number {
    const place = index < 0 ? index + this.#items.length : index;
    if (Number.isInteger(place) && place >= 0 && place < this.#items.length) return place;
    throw new RangeError(
      `Cannot use array index ${index}: it is out of range, the array has ${this.#items.length} items`,
    );
  }
}

function optional(value: unknown, otherwise: number): number {
  // What is no number is refused where it is used.
  return value === undefined ? otherwise : value as number;
}

function methodsOf(cls: { readonly prototype: object }): string[] {
  return Object.getOwnPropertyNames(cls.prototype).filter((name) => name !== "constructor" && name !== "toString");
}

add("list", methodsOf(ServedList), (items) => new ServedList(items as Iterable<unknown> | undefined));
add("dict", methodsOf(ServedDict), (init) => new ServedDict(init as DictInit<unknown, unknown> | undefined));
add(
  "Namespace",
  methodsOf(ServedNamespace),
  (init) => new ServedNamespace(init as Record<string, unknown> | undefined),
);
add("Value", methodsOf(ServedValue), (typecode, value) => new ServedValue(typecode as string, value));
add("Array", methodsOf(ServedArray), (typecode, init) => new ServedArray(typecode as string, init as number[]));
add("Iterator", ["next", "return", "throw"], undefined);

export type { ServedArray };
