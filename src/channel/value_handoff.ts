/**
 * How typed values and arrays cross to another process: by the name of their memory, and their type. There is no way to them without
 * the memory.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";
import type { Handoff } from "../codec/handoff.ts";
import { registerSharedClass } from "../codec/reducer.ts";
import type { Block } from "../memory/block.ts";
import { needsFfi } from "../memory/libc.ts";
import { RawArrayObject } from "../memory/raw_array.ts";
import { RawValueObject } from "../memory/raw_value.ts";
import { Span, span } from "../memory/span.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { referencedType, type TypeReference, typeReference } from "../memory/type_reference.ts";
import { SharedArrayObject } from "../sync/array.ts";
import { Handle, Kind } from "../sync/layout.ts";
import type { Lock } from "../sync/lock.ts";
import { type ArenaReference, territoryAround, territoryOf } from "../sync/program_memory.ts";
import { blockAt, originOf } from "../sync/shared_block.ts";
import { ValueObject } from "../sync/value.ts";
import { NodeHandoff } from "./node_handoff.ts";
import type { Lease } from "./pipe_wire.ts";
import { dropShared, lendBlock } from "./shared_lease.ts";
import type { BlockName } from "./shared_wire.ts";

/** Memory on its way. */
interface SpanState {
  readonly type: TypeReference;
  readonly offset: number;
  readonly name: BlockName;
  readonly lease: Lease;
  readonly memory: ArenaReference | undefined;
}

function reduceSpan({ type, block, offset }: Span, handoff: Handoff): SpanState {
  const origin = originOf(block);
  if (origin === undefined || !(handoff instanceof NodeHandoff)) {
    throw new TypeError(
      `Cannot send a shared value to ${handoff.destination}: its memory is of use to the processes of this program only`,
    );
  }
  const { agent, handle } = origin;
  const { arena } = agent.holder;
  const { reference, forProcesses } = territoryAround(arena);
  const name: BlockName = {
    arena: reference.id,
    home: reference.home,
    block: agent.holder.blockOf(handle),
    serial: arena.cells[handle + Handle.SERIAL] ?? 0,
    kind: Kind.MEMORY,
  };
  const lease = lendBlock(name, handoff.custodian);
  handoff.leases.push(lease);
  return { type: typeReference(type), offset, name, lease, memory: forProcesses ? reference : undefined };
}

/** A block that is here already is not looked at twice, so that what shares it keeps doing so. */
const blocks = new Map<string, WeakRef<Block>>();

function reviveSpan({ type, offset, name, lease, memory }: SpanState): Span {
  const territory = territoryOf(name.arena, memory);
  if (territory === undefined) {
    dropShared(lease);
    throw memory === undefined
      ? new NotSupportedError(
        "Cannot receive a shared value: it lies in memory of another OS process; make it by the context of this process",
      )
      : needsFfi("receive a shared value", 'use context "worker"');
  }
  const key = `${name.arena} ${name.serial}`;
  const block = blocks.get(key)?.deref() ?? blockOf(territory.agent, name);
  blocks.set(key, new WeakRef(block));
  dropShared(lease);
  return new Span(referencedType(type), block, offset);
}

function blockOf(agent: Parameters<typeof blockAt>[0], { block, serial }: BlockName): Block {
  const handle = agent.holder.holdIf(block, serial);
  if (handle !== undefined) return blockAt(agent, handle);
  throw new NotSupportedError("Cannot receive a shared value: nobody has it any more; keep it until it has arrived");
}

for (const method of ["spawn", "forkserver", "worker", undefined]) {
  registerSharedClass("RawValue", boundClass(RawValueObject, method), {
    reduce: (value, handoff) => reduceSpan(value[span], handoff),
    revive: (state: SpanState) => new RawValueObject(reviveSpan(state)),
  });
  registerSharedClass("RawArray", boundClass(RawArrayObject, method), {
    reduce: (array, handoff) => reduceSpan(array[span], handoff),
    revive: (state: SpanState) => new RawArrayObject(reviveSpan(state)),
  });
  registerSharedClass("Value", boundClass(ValueObject, method), {
    reduce: (value, handoff) => ({ raw: reduceSpan(value[span], handoff), lock: value.getLock() }),
    revive: ({ raw, lock }: { raw: SpanState; lock: Lock }) =>
      new ValueObject(new RawValueObject(reviveSpan(raw)), { lock }),
  });
  registerSharedClass("Array", boundClass(SharedArrayObject, method), {
    reduce: (array, handoff) => ({ raw: reduceSpan(array[span], handoff), lock: array.getLock() }),
    revive: ({ raw, lock }: { raw: SpanState; lock: Lock }) =>
      new SharedArrayObject(new RawArrayObject(reviveSpan(raw)), undefined, { lock }),
  });
}
