import { assert, assertEquals } from "@std/assert";
import { Block, Header, Hears, Kind, Record, Slot, Status } from "../../src/sync/layout.ts";
import { slotAt } from "../../src/sync/slots.ts";
import { answer, chainOf, dequeue, enqueue, first, nextOf, queueLength } from "../../src/sync/records.ts";
import { inspect } from "../helpers/arena_laws.ts";
import { type Mortal, World } from "../helpers/mortal.ts";
import { Random } from "../helpers/random.ts";

function eventOf({ agent: { holder } }: Mortal): number {
  return holder.blockOf(holder.make(Kind.EVENT));
}

/** A change of a block. */
function change({ arena }: Mortal, block: number, work: () => void): void {
  arena.atomically(block + Block.MUTEX, work);
}

Deno.test("enqueue() and dequeue() keep the order of arrival, whoever leaves", () => {
  using world = new World();
  const processes = ["a", "b"].map((name) => world.process(name));
  const [a] = processes;
  assert(a);
  const block = eventOf(a);
  const random = new Random(3);
  const expected: { by: Mortal; record: number }[] = [];
  for (let turn = 0; turn < 1000; turn++) {
    const by = processes[turn % 2];
    assert(by);
    if (expected.length < 8 && random.below(2) === 0) {
      const record = by.agent.records.take(block);
      change(by, block, () => enqueue(by.arena, record, Status.WAITING));
      expected.push({ by, record });
    } else {
      const [left] = expected.splice(random.below(expected.length), 1);
      if (left === undefined) continue;
      change(left.by, block, () => dequeue(left.by.arena, left.record, Status.FREE));
      left.by.agent.records.give(left.record);
    }
    const queue: number[] = [];
    for (let record = first(a.arena, block); record !== 0; record = nextOf(a.arena, record)) queue.push(record);
    assertEquals(queue, expected.map(({ record }) => record));
    assertEquals(queueLength(a.arena, block), expected.length);
    if (turn % 50 === 0) assertEquals(inspect(world.cells).faults, []);
  }
});

Deno.test("answer() takes a record out of its queue and rings its process", () => {
  using world = new World();
  const [a, b] = [world.process("a"), world.process("b")];
  const block = eventOf(a);
  const record = b.agent.records.take(block);
  change(b, block, () => enqueue(b.arena, record, Status.WAITING));
  const bell = slotAt(b.slot) + Slot.BELL;
  const before = world.cells[bell] ?? 0;
  world.rung.clear();
  change(a, block, () => answer(a.arena, record, Status.GRANTED));
  assertEquals([first(a.arena, block), world.cells[record + Record.STATUS]], [0, Status.GRANTED]);
  // It is not waked where it looks by itself.
  assertEquals([(world.cells[bell] ?? 0) - before, world.rung.size], [1, 0]);
});

Deno.test("a process is waked by the doorbell where it sleeps: blocked, listening, or both", () => {
  using world = new World();
  const [a, b] = [world.process("a"), world.process("b")];
  const words = [slotAt(b.slot) + Slot.BELL, slotAt(b.slot) + Slot.EAR];
  for (const hears of [0, Hears.BLOCKED, Hears.LISTENING, Hears.BLOCKED | Hears.LISTENING]) {
    b.arena.bells.hear(hears);
    world.rung.clear();
    a.arena.bells.ring(b.slot);
    const waked = words.map((word) => world.rung.has(word));
    assertEquals(waked, [(hears & Hears.BLOCKED) !== 0, (hears & Hears.LISTENING) !== 0]);
  }
});

Deno.test("Records takes those again that were given back", () => {
  using world = new World();
  const a = world.process("a");
  const block = eventOf(a);
  const top = () => world.cells[Header.HEAP_TOP];
  const taken = Array.from({ length: 10 }, () => a.agent.records.take(block));
  const before = top();
  for (let round = 0; round < 20; round++) {
    for (const record of taken) a.agent.records.give(record);
    for (const index of taken.keys()) taken[index] = a.agent.records.take(block);
  }
  assertEquals([new Set(taken).size, top()], [10, before]);
});

Deno.test("Records finds those that others have set free, before it makes many more", () => {
  using world = new World();
  const a = world.process("a");
  const block = eventOf(a);
  for (let turn = 0; turn < 1000; turn++) {
    const record = a.agent.records.take(block);
    a.agent.records.lend(record);
    // As whoever gives a permit back that this process held.
    world.cells[record + Record.STATUS] = Status.FREE;
  }
  const made = [...chainOf(a.arena, a.slot)].length;
  assert(made < 100, `${made} records were made`);
});

Deno.test("Records takes no record again that others have set free before its wait was heard", () => {
  using world = new World();
  const a = world.process("a");
  const block = eventOf(a);
  const record = a.agent.records.take(block);
  const others = Array.from({ length: 100 }, () => a.agent.records.take(block));
  assertEquals([world.cells[record + Record.STATUS], others.includes(record)], [Status.FREE, false]);
  a.agent.records.lend(record);
  assert(Array.from({ length: 100 }, () => a.agent.records.take(block)).includes(record));
});
