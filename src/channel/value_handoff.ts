/**
 * How typed values and arrays cross to another process: by the name of their memory, and their type. There is no way to them without
 * the memory.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";
import type { Handoff } from "../codec/handoff.ts";
import type { Block } from "../memory/block.ts";
import { needsMappable } from "../memory/memory_file.ts";
import { RawArrayObject } from "../memory/raw_array.ts";
import { RawValueObject } from "../memory/raw_value.ts";
import { Span, span } from "../memory/span.ts";
import { referencedType, type TypeReference, typeReference } from "../memory/type_reference.ts";
import { SharedArrayObject } from "../sync/array.ts";
import { Kind } from "../sync/layout.ts";
import type { Lock } from "../sync/lock.ts";
import type { Agent } from "../sync/primitive.ts";
import { territoryOf } from "../sync/program_memory.ts";
import { blockAt, originOf } from "../sync/shared_block.ts";
import { ValueObject } from "../sync/value.ts";
import { NodeHandoff } from "./node_handoff.ts";
import { type BlockState, lendInMessage, nameOfHeld, registerBoundClasses } from "./shared_handoff.ts";
import { dropShared } from "./shared_lease.ts";
import type { BlockName } from "./shared_wire.ts";

/** Memory on its way. */
interface SpanState extends BlockState {
  readonly type: TypeReference;
  readonly offset: number;
}

function reduceSpan({ type, block, offset }: Span, handoff: Handoff): SpanState {
  const origin = originOf(block);
  if (origin === undefined || !(handoff instanceof NodeHandoff)) {
    throw new TypeError(
      `Cannot send a shared value to ${handoff.destination}: its memory is of use to the processes of this program only`,
    );
  }
  const name = nameOfHeld(origin.agent, origin.handle, Kind.MEMORY);
  if (handoff.leavesProcess && territoryOf(name.arena)?.forProcesses !== true) {
    throw new NotSupportedError(
      `Cannot send a shared value to ${handoff.destination}: it lies in memory that only threads of this OS process share; make it by the context of that process`,
    );
  }
  return { type: typeReference(type), offset, ...lendInMessage(name, handoff) };
}

/** A block that is here already is not looked at twice, so that what shares it keeps doing so. */
const blocks = new Map<string, WeakRef<Block>>();
const forgotten = new FinalizationRegistry<string>((key) => {
  // It may have come once more meanwhile.
  if (blocks.get(key)?.deref() === undefined) blocks.delete(key);
});

function reviveSpan({ type, offset, name, lease, memory }: SpanState): Span {
  const territory = territoryOf(name.arena, memory);
  if (territory === undefined) {
    dropShared(lease);
    throw memory === undefined
      ? new NotSupportedError(
        "Cannot receive a shared value: it lies in memory of another OS process; make it by the context of this process",
      )
      : needsMappable("receive a shared value", 'use context "worker"');
  }
  const block = blockOf(territory.agent, name);
  dropShared(lease);
  return new Span(referencedType(type), block, offset);
}

function blockOf(agent: Agent, { arena, block, serial }: BlockName): Block {
  const key = `${arena} ${serial}`;
  const known = blocks.get(key)?.deref();
  if (known !== undefined) return known;
  const handle = agent.holder.holdIf(block, serial);
  if (handle === undefined) {
    throw new NotSupportedError("Cannot receive a shared value: nobody has it any more; keep it until it has arrived");
  }
  const made = blockAt(agent, handle);
  blocks.set(key, new WeakRef(made));
  forgotten.register(made, key);
  return made;
}

registerBoundClasses("RawValue", RawValueObject, {
  reduce: (value, handoff) => reduceSpan(value[span], handoff),
  revive: (state: SpanState) => new RawValueObject(reviveSpan(state)),
});
registerBoundClasses("RawArray", RawArrayObject, {
  reduce: (array, handoff) => reduceSpan(array[span], handoff),
  revive: (state: SpanState) => new RawArrayObject(reviveSpan(state)),
});
registerBoundClasses("Value", ValueObject, {
  reduce: (value, handoff) => ({ raw: reduceSpan(value[span], handoff), lock: value.getLock() }),
  revive: ({ raw, lock }: { raw: SpanState; lock: Lock }) =>
    new ValueObject(new RawValueObject(reviveSpan(raw)), { lock }),
});
registerBoundClasses("Array", SharedArrayObject, {
  reduce: (array, handoff) => ({ raw: reduceSpan(array[span], handoff), lock: array.getLock() }),
  revive: ({ raw, lock }: { raw: SpanState; lock: Lock }) =>
    new SharedArrayObject(new RawArrayObject(reviveSpan(raw)), undefined, { lock }),
});
