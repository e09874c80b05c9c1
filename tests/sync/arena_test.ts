import { assert, assertEquals, assertThrows } from "@std/assert";
import { slotAt, takeSlot } from "../../src/sync/slots.ts";
import { ThreadWords } from "../../src/sync/thread_words.ts";
import { endLife, newLife } from "../../src/base/thread_life.ts";
import {
  Handle,
  Header,
  LINEAGE_LEVELS,
  LOG_ENTRIES,
  MAX_SLOTS,
  Record,
  Slot,
  SlotState,
  UNIT_WORDS,
} from "../../src/sync/layout.ts";
import { threadMemory, threadTerritory } from "../../src/sync/program_memory.ts";
import { inspect } from "../helpers/arena_laws.ts";
import { World, WORLD_UNIT } from "../helpers/mortal.ts";
import { Random } from "../helpers/random.ts";

/** A word that nothing else uses. */
const WORD = WORLD_UNIT * UNIT_WORDS;

Deno.test("Arena gives each process a slot, and that of one that died to the next", () => {
  using world = new World("signed");
  const [a, b] = [world.process("a"), world.process("b")];
  assertEquals([a.slot, b.slot], [1, 2]);
  world.sign(b);
  assert(a.arena.isDead(b.slot));
  a.arena.buryDead();
  assertEquals([a.arena.isDead(b.slot), world.process("c").slot], [false, 2]);
  assertEquals(inspect(world.cells).faults, []);
});

Deno.test("Arena does not give the slot of a terminated thread to another, which may touch it still", () => {
  using world = new World("told");
  const [a, b] = [world.process("a"), world.process("b")];
  a.arena.declareDead(b.slot);
  a.arena.declareDead(b.slot);
  assertEquals(world.cells[slotAt(b.slot) + Slot.STATE], SlotState.DEAD);
  assertEquals(world.process("c").slot, 3);
});

Deno.test("Arena goes past the slots of terminated threads, however many there were", () => {
  using world = new World("told");
  const { arena } = world.process("a");
  const slots = Array.from({ length: 300 }, () => arena.takeSlot([], undefined));
  const random = new Random(1);
  const living = [arena.self, ...slots];
  while (living.length > 3) {
    const [dead] = living.splice(1 + random.below(living.length - 1), 1);
    arena.declareDead(dead ?? 0);
    if (living.length % 50 === 0) assertEquals([...arena.slots()], living);
  }
  assertEquals([...arena.slots()], living);
  const { load } = Atomics;
  let loads = 0;
  Object.assign(Atomics, { load: (cells: Int32Array, index: number) => (loads++, load(cells, index)) });
  arena.buryDead();
  assert(loads < 50, `${loads} words were read for ${living.length} slots`);
  assertEquals(arena.takeSlot([], undefined), 302);
});

Deno.test("Arena lets a terminated thread finish its transaction, whoever comes to bury it first", () => {
  using world = new World("told");
  const [dying, other] = [world.process("dying"), world.process("other")];
  const { cells } = world;
  const [holds, state] = [slotAt(dying.slot) + Slot.HOLDS, slotAt(dying.slot) + Slot.STATE];
  // In the middle of a transaction; and terminated, which its creator alone has seen so far.
  [cells[holds], cells[Header.MUTEX]] = [Header.MUTEX + 1, dying.slot + 1];
  world.sign(dying);
  const seen: unknown[] = [];
  world.meanwhile.push(() => {
    seen.push(cells[state], cells[Header.MUTEX]);
    [cells[holds], cells[Header.MUTEX]] = [0, 0];
  });
  other.arena.buryDead();
  assertEquals([seen, cells[state]], [[SlotState.ALIVE, dying.slot + 1], SlotState.DEAD]);
});

Deno.test("Arena buries a thread that takes its slot only when it was ended already, and lets it go no further", async () => {
  const territory = threadTerritory();
  const { arena, waits } = territory;
  const life = newLife();
  endLife(life, -9);
  // Whoever ended it has cleaned up already, and found nobody.
  arena.buryDead();
  const before = arena.cells[Header.SLOTS] ?? 0;
  const thread = new Worker(new URL("../targets/late_thread.ts", import.meta.url), { type: "module" });
  const wentOn = new Promise<boolean>((resolve) => thread.onmessage = () => resolve(true));
  thread.postMessage({ memory: threadMemory(), life });
  const buried = waits.wait(
    {},
    () => {
      const state = arena.cells[slotAt(before) + Slot.STATE];
      return state === SlotState.DEAD ? false : undefined;
    },
    () => true,
    () => {},
  );
  assertEquals(await Promise.race([wentOn, buried]), false);
  thread.terminate();
});

Deno.test("Arena: no two things lie in the same place", () => {
  for (const places of [Header, Slot, Record, Handle]) {
    const words = Object.values(places);
    assertEquals(new Set(words).size, words.length);
  }
});

Deno.test("Arena.rollBack() of a thread that was in its shelter leaves the list of spare handles alone", () => {
  using world = new World("told");
  const [a, b] = [world.process("a"), world.process("b")];
  // The unit of a handle may be the number by which that thread takes a mutex.
  world.cells[Header.SPARE] = b.slot + 1;
  world.cells[slotAt(b.slot) + Slot.HOLDS] = Header.SHELTER + 1;
  a.arena.rollBack(b.slot);
  assertEquals([world.cells[Header.SPARE], world.cells[slotAt(b.slot) + Slot.HOLDS]], [b.slot + 1, 0]);
});

Deno.test("takeSlot() takes the last of all slots, and refuses one more", () => {
  const words = new ThreadWords();
  for (let slot = 1; slot < MAX_SLOTS - 1; slot++) words.cells[slotAt(slot) + Slot.STATE] = SlotState.ALIVE;
  assertEquals(takeSlot(words, [], undefined), MAX_SLOTS - 1);
  assertThrows(() => takeSlot(words, [], undefined), RangeError, "Cannot share memory with one process more");
});

Deno.test("Arena.declareLineageDead() is about a process and those below it", () => {
  using world = new World("told");
  const { arena } = world.process("a");
  const slots = [[5], [5, 6], [5, 7], [8], [8, 6]].map((lineage) => {
    const slot = arena.takeSlot(lineage, undefined);
    return slot;
  });
  arena.declareLineageDead([5]);
  const alive = slots.filter((slot) => world.cells[slotAt(slot) + Slot.STATE] === SlotState.ALIVE);
  assertEquals(alive, slots.slice(3));
});

Deno.test("Arena.declareLineageDead() finds those who are many levels down", () => {
  using world = new World("told");
  const { arena } = world.process("a");
  for (const levels of [6, 7, 20, LINEAGE_LEVELS]) {
    const lineage = Array.from({ length: levels }, (_, level) => 100 * levels + level);
    const slots = [lineage, lineage.with(levels - 1, 5)].map((each) => arena.takeSlot(each, undefined));
    arena.declareLineageDead(lineage);
    const states = slots.map((slot) => world.cells[slotAt(slot) + Slot.STATE]);
    assertEquals(states, [SlotState.DEAD, SlotState.ALIVE], `${levels} levels`);
  }
  const deeper = Array.from({ length: LINEAGE_LEVELS + 1 }, () => 1);
  assertThrows(() => arena.takeSlot(deeper, undefined), RangeError, "33 levels down");
});

Deno.test("Arena.declareLineageDead() buries those of whom the kernel has told, whether anybody watched them or not", () => {
  using world = new World("signed");
  const [a, b] = [world.process("a"), world.process("b")];
  world.sign(b);
  a.arena.declareLineageDead([1]);
  assertEquals([a.arena.isDead(b.slot), world.cells[slotAt(b.slot) + Slot.STATE]], [false, SlotState.FREE]);
});

Deno.test("Arena.atomically() undoes all of a change that throws", () => {
  using world = new World();
  const { arena } = world.process("a");
  const change = () => {
    arena.set(WORD, 1);
    arena.set(WORD + 1, 2);
    arena.set(WORD, 3);
    throw new RangeError("no");
  };
  assertThrows(() => arena.atomically(Header.MUTEX, change), RangeError, "no");
  assertEquals([world.cells[WORD], world.cells[WORD + 1], inspect(world.cells).faults], [0, 0, []]);
  arena.atomically(Header.MUTEX, () => arena.set(WORD, 4));
  assertEquals(world.cells[WORD], 4);
});

Deno.test("Arena.atomically() refuses a change within a change, and one that its log has no room for", () => {
  using world = new World();
  const { arena } = world.process("a");
  const nested = () => arena.atomically(Header.MUTEX, () => {});
  assertThrows(() => arena.atomically(Header.MUTEX, nested), Error, "another is not finished");
  const large = () => {
    for (let entry = 0; entry <= LOG_ENTRIES; entry++) arena.set(WORD + entry, 1);
  };
  assertThrows(() => arena.atomically(Header.MUTEX, large), Error, "too large");
  assertEquals([world.cells[WORD], inspect(world.cells).faults], [0, []]);
});

Deno.test("Arena rings and does the rest when a change is over, not before", () => {
  using world = new World();
  const [a, b] = [world.process("a"), world.process("b")];
  const bell = slotAt(b.slot) + Slot.BELL;
  const rings = () => world.cells[bell] ?? 0;
  const before = rings();
  const seen: number[] = [];
  a.arena.atomically(Header.MUTEX, () => {
    a.arena.ringAfterwards(b.slot);
    a.arena.ringAfterwards(b.slot);
    a.arena.afterwards(() => seen.push(world.cells[Header.MUTEX] ?? -1));
    seen.push(rings() - before);
  });
  assertEquals([seen, rings() - before], [[0, 0], 1]);
});
