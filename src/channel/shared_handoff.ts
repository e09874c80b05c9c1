/**
 * How locks and their kin cross to another process: by the name of their block. Whoever shares the memory uses the block itself,
 * whoever does not reaches it through its home.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";
import type { Handoff } from "../codec/handoff.ts";
import { registerSharedClass } from "../codec/reducer.ts";
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

/** A port on its way. */
export interface PortState {
  readonly name: BlockName;
  readonly lease: Lease;
  /** What another process needs to share the memory, where processes can. */
  readonly memory: ArenaReference | undefined;
}

/** Puts a port into a message. */
export function reducePort(port: Port, handoff: Handoff, what: string): PortState {
  if (!(handoff instanceof NodeHandoff)) {
    throw new TypeError(
      `Cannot send ${what} to ${handoff.destination}: it is of use to the processes of this program only`,
    );
  }
  const name = nameOf(port);
  const lease = lendBlock(name, handoff.custodian);
  handoff.leases.push(lease);
  const territory = territoryOf(name.arena);
  return { name, lease, memory: territory?.forProcesses ? territory.reference : undefined };
}

/** Makes a port of what came in a message. */
export function revivePort({ name, lease, memory }: PortState): Port {
  const territory = territoryOf(name.arena, memory);
  // Held here before it is given up on its way.
  const port = territory === undefined ? remotePort(name) : portTo(territory.agent, name);
  dropShared(lease);
  return port;
}

function remotePort(name: BlockName): Port {
  return {
    host: new RemoteBlock(name),
    whyNotBlock: "its memory is not shared with this process; use the asynchronous twin",
  };
}

function nameOf({ words, handle, host }: Port): BlockName {
  if (host instanceof RemoteBlock) return host.name;
  if (words === undefined || handle === undefined) throw new Error("Cannot name a shared object: it is nowhere");
  const { agent, block } = words;
  const { reference } = territoryAround(agent.holder.arena);
  const serial = agent.holder.arena.cells[handle + Handle.SERIAL] ?? 0;
  return { arena: reference.id, home: reference.home, block, serial, kind: words.kind };
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
export function registerPrimitive<T extends object>(
  cls: (abstract new (...args: never[]) => T) & { readonly name: string },
  portOf: (object: T) => Port,
  make: () => T,
): void {
  for (const method of [...METHODS, undefined]) {
    registerSharedClass(cls.name, boundClass(cls, method), {
      reduce: (object, handoff) => reducePort(portOf(object), handoff, `a ${cls.name}`),
      revive: (state) => adoptPort(revivePort(state), make),
    });
  }
}

function adoptPort<T extends object>(port: Port, make: () => T): T {
  return adopt(port, make);
}

registerPrimitive(Lock, lockPort, () => new Lock());
registerPrimitive(RLock, lockPort, () => new RLock());
registerPrimitive(Semaphore, semaphorePort, () => new Semaphore());
registerPrimitive(BoundedSemaphore, semaphorePort, () => new BoundedSemaphore());
registerPrimitive(SharedEvent, eventPort, () => new SharedEvent());
for (const method of [...METHODS, undefined]) {
  registerSharedClass("Condition", boundClass(Condition, method), {
    reduce: (condition, handoff): { port: PortState; lock: Lock } => ({
      port: reducePort(conditionPort(condition), handoff, "a Condition"),
      lock: conditionLock(condition),
    }),
    revive: ({ port, lock }) => adoptPort(revivePort(port), () => new Condition(lock)),
  });
  registerSharedClass("Barrier", boundClass(Barrier, method), {
    reduce: (barrier, handoff): { port: PortState; parties: number; options: BarrierOptions } => {
      const { port, options } = barrierParts(barrier);
      return { port: reducePort(port, handoff, "a Barrier"), parties: barrier.parties, options };
    },
    revive: ({ port, parties, options }) => adoptPort(revivePort(port), () => new Barrier(parties, options)),
  });
}
