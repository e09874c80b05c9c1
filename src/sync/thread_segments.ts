/**
 * Segments that the threads of this OS process find by their names, where the system's shared memory may not be used.
 *
 * @module
 */

import type { Segment, SegmentStore } from "../memory/shareable_segment.ts";
import { withName } from "../memory/shareable_segment.ts";
import { Kind } from "./layout.ts";
import { threadTerritory } from "./program_memory.ts";
import { SegmentWords } from "./segment_words.ts";
import { serialOf } from "./shared_object.ts";

const MOST_NAME_BYTES = 255;

/** Those whose names go with this thread, each with a handle of its own, as the segment may be closed before. */
const tracked = new Map<SegmentWords, number>();

/** Segments among threads. */
export const threadSegments: SegmentStore = {
  create: (name, size, tracked) => withName(name, (name) => create(name, size, tracked)),
  open(name, tracked) {
    const segment = new ThreadSegment(name, hold(name, "attach"));
    segment.tracked = tracked;
    return segment;
  },
  unlink(name) {
    const { agent } = threadTerritory();
    const handle = hold(name, "unlink");
    const unlinked = new SegmentWords(agent, agent.holder.blockOf(handle)).unlink();
    agent.holder.drop(handle);
    dropUnlinked();
    if (!unlinked) throw notFound(name, "unlink");
  },
};

/** What has no name any more, perhaps as another thread has taken it away, need not be kept for the end of this one. */
function dropUnlinked(): void {
  for (const [words, handle] of tracked) {
    if (words.linked) continue;
    tracked.delete(words);
    words.agent.holder.drop(handle);
  }
}

function create(name: string, size: number, tracked: boolean): Segment {
  const bytes = bytesOf(name, "create");
  dropUnlinked();
  const { agent } = threadTerritory();
  const handle = agent.holder.make(Kind.SEGMENT);
  const words = new SegmentWords(agent, agent.holder.blockOf(handle));
  try {
    if (!words.publish(bytes, size)) {
      throw new Deno.errors.AlreadyExists(
        `Cannot create shared memory ${JSON.stringify(name)}: there is a block of that name; choose another`,
      );
    }
  } catch (error) {
    agent.holder.drop(handle);
    throw error;
  }
  const segment = new ThreadSegment(name, handle);
  segment.tracked = tracked;
  return segment;
}

/** A handle on the segment of a name. */
function hold(name: string, what: string): number {
  const bytes = bytesOf(name, what);
  const { agent } = threadTerritory();
  // It is only to look through the names.
  const found = new SegmentWords(agent, 0).find(bytes);
  const handle = found && agent.holder.holdIf(found.block, found.serial);
  if (handle === undefined) throw notFound(name, what);
  return handle;
}

/** One that is not closed stays until its thread ends, as that of a process does: views of it may be about, of which nobody knows. */
class ThreadSegment implements Segment {
  readonly name: string;
  readonly size: number;
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
  readonly #words: SegmentWords;
  readonly #handle: number;
  readonly #serial: number;
  #tracked = false;
  #open = true;

  constructor(name: string, handle: number) {
    const { agent } = threadTerritory();
    this.#handle = handle;
    this.#words = new SegmentWords(agent, agent.holder.blockOf(handle));
    this.#serial = serialOf(agent, handle);
    this.name = name;
    this.size = this.#words.size;
    this.byteOffset = this.#words.byteOffset;
    this.buffer = agent.holder.arena.cells.buffer;
  }

  get tracked(): boolean {
    return this.#tracked;
  }

  set tracked(value: boolean) {
    if (value === this.#tracked) return;
    this.#tracked = value;
    if (value) this.#track();
    else this.#untrack();
  }

  #track(): void {
    const { agent, block } = this.#words;
    // It may be closed, and gone with its name.
    const handle = agent.holder.holdIf(block, this.#serial);
    if (handle === undefined) return;
    tracked.set(this.#words, handle);
    this.#words.owned = true;
  }

  #untrack(): void {
    const handle = tracked.get(this.#words);
    if (handle === undefined) return;
    tracked.delete(this.#words);
    if (this.#words.owned) this.#words.owned = false;
    this.#words.agent.holder.drop(handle);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#words.agent.holder.drop(this.#handle);
  }
}

function bytesOf(name: string, what: string): Uint8Array {
  const file = name.replace(/^\/+/, "");
  const bytes = new TextEncoder().encode(file);
  const fits = bytes.length > 0 && bytes.length <= MOST_NAME_BYTES;
  if (fits && !/[\0/]/.test(file) && file !== "." && file !== "..") return bytes;
  throw new RangeError(
    `Cannot ${what} shared memory ${JSON.stringify(name)}: the name must have 1 to ${MOST_NAME_BYTES} bytes, ` +
      'without "/" and NUL, and not be "." or ".."',
  );
}

function notFound(name: string, what: string): Error {
  return new Deno.errors.NotFound(
    `Cannot ${what} shared memory ${JSON.stringify(name)}: no thread of this process has made one of that name; ` +
      "make it first, or allow what others make by --allow-ffi",
  );
}
