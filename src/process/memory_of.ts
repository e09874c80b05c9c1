/**
 * Where the shared objects of a start method live: with `worker` in memory of this OS process; with the others in memory that
 * processes share, or, where native code is not allowed, in memory of this process, which then acts for the others.
 *
 * @module
 */

import { keepProgram } from "../base/keep_program.ts";
import { node } from "../channel/node.ts";
import { type Block, setBlockSource } from "../memory/block.ts";
import { ffiGranted } from "../memory/libc.ts";
import { isMappable, needsMappable } from "../memory/memory_file.ts";
import { setSegmentStore } from "../memory/shareable_segment.ts";
import { Kind } from "../sync/layout.ts";
import { type Place, setPlaces } from "../sync/place.ts";
import { fileTerritory, threadTerritory } from "../sync/program_memory.ts";
import { blockAt } from "../sync/shared_block.ts";
import { threadSegments } from "../sync/thread_segments.ts";
import { startMethodOf } from "./start_method.ts";

/** Begins to make shared objects where their start methods want them. */
function placeOf(cls: object): Place {
  const method = startMethodOf(cls);
  if (method === "worker") return { agent: threadTerritory().agent, whyNotBlock: undefined };
  if (isMappable()) return { agent: fileTerritory().agent, whyNotBlock: undefined };
  const { message } = needsMappable(
    `share memory with a process of context "${method}"`,
    'use the asynchronous twin, or context "worker"',
  );
  return { agent: threadTerritory().agent, whyNotBlock: message };
}

function allocate(startMethod: string | undefined, byteLength: number): Block {
  const method = startMethodOf({ startMethod });
  if (method !== "worker" && !isMappable()) {
    throw needsMappable(`share memory with a process of context "${method}"`, 'use context "worker"');
  }
  const { agent } = method === "worker" ? threadTerritory() : fileTerritory();
  return blockAt(agent, agent.holder.make(Kind.MEMORY, byteLength));
}

setPlaces(placeOf);
setBlockSource((startMethod) => ({ allocate: (byteLength) => allocate(startMethod, byteLength) }));
setSegmentStore((startMethod) =>
  !ffiGranted() && startMethodOf({ startMethod }) === "worker" ? threadSegments : undefined
);
keepProgram.begin = () => node.beginWait();
keepProgram.end = () => node.endWait();
