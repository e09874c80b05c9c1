import { assert, assertEquals, assertThrows } from "@std/assert";
import { dataOf, Holder, releaseTransit } from "../../src/sync/blocks.ts";
import { Block, FIRST_BYTES, Header, Kind, MOST_BYTES, TRANSIT_SLOT, UNIT_BYTES } from "../../src/sync/layout.ts";
import { agentOf } from "../../src/sync/program_memory.ts";
import { Arena } from "../../src/sync/arena.ts";
import type { Agent } from "../../src/sync/primitive.ts";
import { ThreadWords } from "../../src/sync/thread_words.ts";
import { caretakerFor } from "../../src/sync/undertaker.ts";
import { Waits } from "../../src/sync/waits.ts";
import { inspect } from "../helpers/arena_laws.ts";
import { type Mortal, World } from "../helpers/mortal.ts";
import { Random } from "../helpers/random.ts";

/** The data of a handle's block. */
function bytesAt({ arena, agent }: Mortal, handle: number): Uint8Array {
  const { buffer, byteOffset, byteLength } = dataOf(arena, agent.holder.blockOf(handle));
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The arena of a thread, which grows. */
function threadAgent(memory?: WebAssembly.Memory): Agent {
  const arena = new Arena(new ThreadWords(memory), [], caretakerFor(() => agent));
  const agent: Agent = agentOf(arena, arena.self, new Waits(arena));
  return agent;
}

Deno.test("Holder.make() gives zeroed data of its own, also where there was other data before", () => {
  using world = new World();
  const a = world.process("a");
  for (let round = 0; round < 3; round++) {
    const handles = [1, 31, 32, 33, 100, 1000].map((bytes) => {
      const handle = a.agent.holder.make(Kind.MEMORY, bytes);
      const data = bytesAt(a, handle);
      assertEquals([data.length, data.byteOffset % UNIT_BYTES, data.every((byte) => byte === 0)], [bytes, 0, true]);
      data.fill(255);
      return handle;
    });
    assertEquals(inspect(world.cells).faults, []);
    for (const handle of handles) a.agent.holder.drop(handle);
  }
  const top = world.cells[Header.HEAP_TOP];
  a.agent.holder.drop(a.agent.holder.make(Kind.MEMORY, 1000));
  assertEquals(world.cells[Header.HEAP_TOP], top);
});

Deno.test("Holder: a block lives until the last of those who hold it has dropped it", () => {
  using world = new World();
  const [a, b] = [world.process("a"), world.process("b")];
  const made = a.agent.holder.make(Kind.MEMORY, 8);
  const block = a.agent.holder.blockOf(made);
  const serial = world.cells[block + Block.SERIAL] ?? 0;
  const held = b.agent.holder.hold(block);
  const again = b.agent.holder.holdIf(block, serial);
  assert(again !== undefined);
  a.agent.holder.drop(made);
  b.agent.holder.drop(held);
  assertEquals([...inspect(world.cells).blocks.values()], [1]);
  b.agent.holder.drop(again);
  assertEquals([...inspect(world.cells).blocks.values()], []);
  assertEquals([a.agent.holder.holdIf(block, serial), inspect(world.cells).faults], [undefined, []]);
});

Deno.test("Holder.holdIf() does not take a block for another that was there before", () => {
  using world = new World();
  const a = world.process("a");
  const first = a.agent.holder.make(Kind.MEMORY);
  const block = a.agent.holder.blockOf(first);
  const serial = world.cells[block + Block.SERIAL] ?? 0;
  a.agent.holder.drop(first);
  const second = a.agent.holder.make(Kind.MEMORY);
  assertEquals(a.agent.holder.blockOf(second), block);
  assertEquals(a.agent.holder.holdIf(block, serial), undefined);
});

Deno.test("Holder: what is made, held and dropped at random keeps to the laws", () => {
  using world = new World();
  const processes = ["a", "b", "c"].map((name) => world.process(name));
  const random = new Random(7);
  const held: { by: Mortal; handle: number; mark: number }[] = [];
  for (let turn = 0; turn < 2000; turn++) {
    const by = random.pick(processes);
    const some = held.length > 0 ? random.pick(held) : undefined;
    const what = random.below(4);
    if (some !== undefined && what < 2) {
      // Nobody else has written to it.
      assert(bytesAt(some.by, some.handle).every((byte) => byte === some.mark));
      some.by.agent.holder.drop(some.handle);
      held.splice(held.indexOf(some), 1);
    } else if (some !== undefined && what === 2) {
      held.push({ by, handle: by.agent.holder.hold(some.by.agent.holder.blockOf(some.handle)), mark: some.mark });
    } else if (held.length < 20) {
      const handle = by.agent.holder.make(Kind.MEMORY, random.below(200));
      const mark = turn % 256;
      bytesAt(by, handle).fill(mark);
      held.push({ by, handle, mark });
    }
    if (turn % 50 === 0) assertEquals(inspect(world.cells).faults, []);
  }
  for (const { by, handle } of held) by.agent.holder.drop(handle);
  const { blocks, faults } = inspect(world.cells);
  assertEquals([blocks.size, faults], [0, []]);
});

Deno.test("Holder.make() refuses more than there can be, and what does not fit beside the rest", () => {
  using world = new World();
  const { agent } = world.process("a");
  assertThrows(() => agent.holder.make(Kind.MEMORY, 2 * MOST_BYTES), RangeError, "Cannot share");
  assertThrows(() => agent.holder.make(Kind.MEMORY, 2 ** 24), Error, "a world is small");
  assertEquals([inspect(world.cells).blocks.size, inspect(world.cells).faults], [0, []]);
});

Deno.test("Holder.make() has memory grow when it is full", () => {
  const { holder } = threadAgent();
  const { buffer, byteOffset, byteLength } = dataOf(
    holder.arena,
    holder.blockOf(holder.make(Kind.MEMORY, FIRST_BYTES)),
  );
  const data = new Uint8Array(buffer, byteOffset, byteLength);
  data[byteLength - 1] = 7;
  assertEquals([data[0], data.at(-1)], [0, 7]);
});

Deno.test("releaseTransit() drops what lies further than this thread has looked", () => {
  const words = new ThreadWords();
  const [near, far] = [threadAgent(words.reference), threadAgent(words.reference)];
  const big = far.holder.make(Kind.MEMORY, FIRST_BYTES);
  const block = far.holder.blockOf(far.holder.make(Kind.EVENT));
  const handle = new Holder(far.holder.arena, TRANSIT_SLOT).hold(block);
  assert(handle >= near.holder.arena.cells.length);
  releaseTransit(near.holder.arena, handle);
  assertEquals([far.holder.arena.cells[block + Block.REFS], inspect(far.holder.arena.cells).faults], [1, []]);
  far.holder.drop(big);
});

Deno.test("Holder: who writes to the data of a block that is free does not write to the lists", () => {
  using world = new World();
  const a = world.process("a");
  const handles = [8, 8, 100].map((bytes) => a.agent.holder.make(Kind.MEMORY, bytes));
  const views = handles.map((handle) => bytesAt(a, handle));
  for (const handle of handles) a.agent.holder.drop(handle);
  for (const view of views) view.fill(255);
  assertEquals(inspect(world.cells).faults, []);
  for (const bytes of [8, 8, 100, 0, 8]) {
    const data = bytesAt(a, a.agent.holder.make(Kind.MEMORY, bytes));
    assert(data.every((byte) => byte === 0));
  }
  assertEquals(inspect(world.cells).faults, []);
});

Deno.test("dataOf() knows the data of a block of 2 GiB", () => {
  const { holder } = threadAgent();
  assertEquals(dataOf(holder.arena, holder.blockOf(holder.make(Kind.MEMORY, 2 ** 31))).byteLength, 2 ** 31);
});

Deno.test("Holder.make() that fails keeps its handle for the next", () => {
  using world = new World();
  const { agent } = world.process("a");
  const block = agent.holder.blockOf(agent.holder.make(Kind.MEMORY));
  for (let round = 0; round < 20; round++) {
    assertThrows(() => agent.holder.make(Kind.MEMORY, 2 ** 24), Error, "a world is small");
    assertThrows(() => agent.holder.make(Kind.MEMORY, 2 * MOST_BYTES), RangeError, "Cannot share");
  }
  const top = world.cells[Header.HEAP_TOP] ?? 0;
  agent.holder.hold(block);
  assertEquals([world.cells[Header.HEAP_TOP], inspect(world.cells).faults], [top, []]);
});
