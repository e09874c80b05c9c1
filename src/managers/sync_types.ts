/**
 * The types of {@linkcode SyncManager}, as every server can make them.
 *
 * @module
 */

import { boundClass } from "../memory/start_method_class.ts";
import { Barrier, barrierParts } from "../sync/barrier.ts";
import { Condition, conditionLock, conditionPort } from "../sync/condition.ts";
import { eventPort, SharedEvent } from "../sync/event.ts";
import { Lock, lockPort, RLock } from "../sync/lock.ts";
import { BoundedSemaphore, Semaphore, semaphorePort } from "../sync/semaphore.ts";
import { adopt } from "../sync/shared_object.ts";
import { ArrayOf, Dict, IteratorOf, List, SetOf, ValueOf } from "./container_proxies.ts";
import type { Holdings, View } from "./holdings.ts";
import {
  BarrierProxy,
  BoundedSemaphoreProxy,
  ConditionProxy,
  EventProxy,
  LockProxy,
  RLockProxy,
  SemaphoreProxy,
} from "./lock_proxies.ts";
import { NamespaceProxy } from "./namespace_proxy.ts";
import { ownObjectOf, type ProxyClass } from "./proxy.ts";
import { JoinableQueueProxy, QueueProxy } from "./queue_proxies.ts";
import { registerBuiltin } from "./registry.ts";
import { ServedArray } from "./served_array.ts";
import { type DictInit, ServedDict, ServedNamespace, ServedValue } from "./served_dict.ts";
import { ServedList } from "./served_list.ts";
import { QueueStore, ServedQueue } from "./served_queue.ts";
import { ServedSet } from "./served_set.ts";
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

/** A type whose objects can be asked for what their proxies ask for. */
function add(
  typeid: string,
  { exposed }: ProxyClass,
  callable: CreatedType["callable"],
  more: Partial<CreatedType> = {},
): void {
  registerBuiltin(SYNC_TYPES, { typeid, exposed, callable, ...more });
}

/** A primitive, which is the client's own place in it. Its waits are those of all of them: where options come, nothing else does. */
function addPrimitive(typeid: string, proxies: ProxyClass, callable: CreatedType["callable"], view: View): void {
  add(typeid, proxies, callable, { view, waits: { acquire: 0, wait: 0 } });
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

/** A lock that its holder can take again. */
class ServedRLock extends OwnRLock {
  /** Whether the last holder died. */
  wasAbandoned(): boolean {
    return this.abandoned;
  }
}

function lockView(lock: Lock, holdings: Holdings): Lock {
  return adopt(holdings.portTo(lockPort(lock)), () => new ServedLock());
}

addPrimitive("Lock", LockProxy, () => new ServedLock(), viewOf(lockView));
addPrimitive("RLock", RLockProxy, () => new ServedRLock(), viewOf(lockView));
const semaphoreView = viewOf((semaphore: Semaphore, holdings) =>
  adopt(holdings.portTo(semaphorePort(semaphore)), () => new OwnSemaphore())
);
addPrimitive("Semaphore", SemaphoreProxy, (value) => new OwnSemaphore(optional(value, 1)), semaphoreView);
addPrimitive("BoundedSemaphore", BoundedSemaphoreProxy, (value) => new OwnBounded(optional(value, 1)), semaphoreView);
addPrimitive(
  "Event",
  EventProxy,
  () => new OwnEvent(),
  viewOf((event: SharedEvent, holdings) => adopt(holdings.portTo(eventPort(event)), () => new OwnEvent())),
);
addPrimitive(
  "Condition",
  ConditionProxy,
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
  BarrierProxy,
  (parties, options) => new ServedBarrier(parties as number, options ?? {}),
  viewOf((barrier: Barrier, holdings) => {
    const { port, options } = barrierParts(barrier);
    return adopt(holdings.portTo(port), () => new ServedBarrier(barrier.parties, options));
  }),
);

const queueOptions = { view: viewOf(ServedQueue.viewOf), waits: { put: 1, get: 0, join: 0 } };
for (const [typeid, proxies] of [["Queue", QueueProxy], ["JoinableQueue", JoinableQueueProxy]] as const) {
  add(typeid, proxies, (maxSize) => new ServedQueue(new QueueStore(optional(maxSize, 0))), queueOptions);
}

function optional(value: unknown, otherwise: number): number {
  // What is no number is refused where it is used.
  return value === undefined ? otherwise : value as number;
}

add("list", List, (items) => new ServedList(items as Iterable<unknown> | undefined));
add("dict", Dict, (init) => new ServedDict(init as DictInit<unknown, unknown> | undefined));
add("set", SetOf, (items) => new ServedSet(items as Iterable<unknown> | undefined));
add("Namespace", NamespaceProxy, (init) => new ServedNamespace(init as Record<string, unknown> | undefined));
add("Value", ValueOf, (typecode, value) => new ServedValue(typecode as string, value));
add("Array", ArrayOf, (typecode, init) => new ServedArray(typecode as string, init as number[]));
add("Iterator", IteratorOf, undefined);
