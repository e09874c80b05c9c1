/**
 * How locks and their kin cross to another process: by the name of their block. Whoever shares the memory uses the block itself,
 * whoever does not reaches it through its home.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";
import type { Handoff } from "../codec/handoff.ts";
import { registerSharedClass, type SharedReducer } from "../codec/reducer.ts";
import { isMappable, needsMappable } from "../memory/memory_file.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { Barrier, type BarrierOptions, barrierParts } from "../sync/barrier.ts";
import { Condition, conditionLock, conditionPort } from "../sync/condition.ts";
import { eventPort, SharedEvent } from "../sync/event.ts";
import { Handle } from "../sync/layout.ts";
import { kindOfPrimitive } from "../sync/kinds.ts";
import { Lock, lockPort, RLock } from "../sync/lock.ts";
import type { Agent } from "../sync/primitive.ts";
import { type ArenaReference, territoryAround, territoryOf } from "../sync/program_memory.ts";
import { BoundedSemaphore, Semaphore, semaphorePort } from "../sync/semaphore.ts";
import { adopt, localPort, type Port } from "../sync/shared_object.ts";
import { NodeHandoff } from "./node_handoff.ts";
import type { Lease } from "./pipe_wire.ts";
import { RemoteBlock } from "./remote_block.ts";
import "./shared_home.ts";
import { dropShared, lendBlock } from "./shared_lease.ts";
import type { BlockName } from "./shared_wire.ts";

const METHODS = ["spawn", "forkserver", "worker"];

/** A block on its way. */
export interface BlockState {
  readonly name: BlockName;
  readonly lease: Lease;
  /** What another process needs to share the memory, where processes can. */
  readonly memory: ArenaReference | undefined;
}

/** The name of a block that this process holds. */
export function nameOfHeld({ holder }: Agent, handle: number, kind: number): BlockName {
  const { reference } = territoryAround(holder.arena);
  const serial = holder.arena.cells[handle + Handle.SERIAL] ?? 0;
  return { arena: reference.id, home: reference.home, block: holder.blockOf(handle), serial, kind };
}

/** Puts a block into a message. */
export function lendInMessage(name: BlockName, handoff: NodeHandoff): BlockState {
  const lease = lendBlock(name, handoff.custodian);
  handoff.leases.push(lease);
  const territory = territoryOf(name.arena);
  return { name, lease, memory: territory?.forProcesses ? territory.reference : undefined };
}

function reducePort(port: Port, handoff: Handoff, what: string): BlockState {
  if (!(handoff instanceof NodeHandoff)) {
    throw new TypeError(
      `Cannot send ${what} to ${handoff.destination}: it is of use to the processes of this program only`,
    );
  }
  return lendInMessage(nameOf(port), handoff);
}

function revivePort({ name, lease, memory }: BlockState): Port {
  const territory = territoryOf(name.arena, memory);
  // Held here before it is given up on its way.
  const port = territory === undefined ? remotePort(name) : portTo(territory.agent, name);
  dropShared(lease);
  return port;
}

function remotePort(name: BlockName): Port {
  return {
    host: new RemoteBlock(name),
    whyNotBlock: isMappable()
      ? "its memory is not shared with this process; use the asynchronous twin"
      : needsMappable("share its memory with this process", "use the asynchronous twin").message,
  };
}

function nameOf({ words, handle, host }: Port): BlockName {
  if (host instanceof RemoteBlock) return host.name;
  if (words === undefined || handle === undefined) throw new Error("Cannot name a shared object: it is nowhere");
  return nameOfHeld(words.agent, handle, words.kind);
}

function portTo(agent: Agent, { block, serial, kind }: BlockName): Port {
  const words = kindOfPrimitive(kind)?.words;
  const handle = agent.holder.holdIf(block, serial);
  if (handle === undefined || words === undefined) {
    throw new NotSupportedError("Cannot receive a shared object: nobody has it any more; keep it until it has arrived");
  }
  return localPort(agent, handle, words, undefined);
}

/** Registers a class and those of it that are bound to a start method. */
export function registerBoundClasses<T extends object, S>(
  tag: string,
  cls: abstract new (...args: never[]) => T,
  reducer: SharedReducer<T, S>,
): void {
  for (const method of [...METHODS, undefined]) registerSharedClass(tag, boundClass(cls, method), reducer);
}

/** {@linkcode registerBoundClasses}, for a class that is all port. */
export function registerPrimitive<T extends object>(
  cls: (abstract new (...args: never[]) => T) & { readonly name: string },
  portOf: (object: T) => Port,
  make: () => T,
): void {
  registerBoundClasses(cls.name, cls, {
    reduce: (object, handoff) => reducePort(portOf(object), handoff, `a ${cls.name}`),
    revive: (state: BlockState) => adopt(revivePort(state), make),
  });
}

registerPrimitive(Lock, lockPort, () => new Lock());
registerPrimitive(RLock, lockPort, () => new RLock());
registerPrimitive(Semaphore, semaphorePort, () => new Semaphore());
registerPrimitive(BoundedSemaphore, semaphorePort, () => new BoundedSemaphore());
registerPrimitive(SharedEvent, eventPort, () => new SharedEvent());
registerBoundClasses("Condition", Condition, {
  reduce: (condition, handoff): { port: BlockState; lock: Lock } => ({
    port: reducePort(conditionPort(condition), handoff, "a Condition"),
    lock: conditionLock(condition),
  }),
  revive: ({ port, lock }) => adopt(revivePort(port), () => new Condition(lock)),
});
registerBoundClasses("Barrier", Barrier, {
  reduce: (barrier, handoff): { port: BlockState; parties: number; options: BarrierOptions } => {
    const { port, options } = barrierParts(barrier);
    return { port: reducePort(port, handoff, "a Barrier"), parties: barrier.parties, options };
  },
  revive: ({ port, parties, options }) => adopt(revivePort(port), () => new Barrier(parties, options)),
});
