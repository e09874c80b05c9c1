/** A process may be killed between any two writes of what it does with a queue: whoever is left loses none of their items. */
import { assert, assertEquals } from "@std/assert";
import { Kind } from "../../src/sync/layout.ts";
// Says how a queue is buried.
import "../../src/queue/queue_base.ts";
import { QueueWords } from "../../src/queue/queue_words.ts";
import { Writer } from "../../src/codec/writer.ts";
import { writeMessage } from "../../src/channel/pipe_wire.ts";
import { Reader } from "../../src/codec/reader.ts";
import { inspect } from "../helpers/arena_laws.ts";
import { prove, type Stage } from "../helpers/crash_stage.ts";

/** Bytes of a small item, and of one that is none. */
const SIZES = [8, 300];

/** A queue as the victim, `a` and `b` know it, and what became of its items. */
interface Things {
  readonly victim: QueueWords;
  readonly a: QueueWords;
  readonly b: QueueWords;
  readonly bytes: number;
  /** Items that are in the queue for certain, in order. */
  readonly there: number[];
  /** What the victim was about to put when it died; it may be there. */
  putting: number | undefined;
  /** Whether it may have taken one item that it never saw. */
  taking: boolean;
}

/** An item as it travels: a message that is a number and some more bytes. */
function item(number: number, bytes: number): Uint8Array {
  const writer = new Writer();
  writeMessage(writer, (into) => {
    into.u32(number);
    for (let left = bytes; left > 4; left--) into.u8(number);
  }, []);
  return writer.finish().slice();
}

function numberOf(bytes: Uint8Array): number {
  const reader = new Reader(bytes);
  reader.u32();
  return reader.u32();
}

function queues(stage: Stage, bytes: number, bound = 0): Things {
  const [victim, a, b] = stage.share(Kind.QUEUE, QueueWords);
  a.initialize(bound);
  return { victim, a, b, bytes, there: [], putting: undefined, taking: false };
}

/** A survivor puts something. */
function put(things: Things, number: number): void {
  things.a.putSync(item(number, things.bytes), 0);
  things.there.push(number);
}

/** The victim puts something. */
function putAsVictim(things: Things, number: number, timeout = Infinity): void {
  things.putting = number;
  things.victim.putSync(item(number, things.bytes), timeout);
  things.putting = undefined;
  things.there.push(number);
}

/** The victim gets something. */
function getAsVictim(things: Things, timeout = Infinity): void {
  things.taking = true;
  const number = things.victim.takeSync(timeout, numberOf);
  // It may have put the last of them itself.
  assertEquals(number, things.there.shift());
  things.taking = false;
}

/** Everything is there that must be, in order and once; afterwards nothing is left of the queue. */
async function nothingLost(things: Things, stage: Stage): Promise<void> {
  const { a, b } = things;
  const got = stage.waits.map(({ outcome }) => outcome).filter((outcome) => typeof outcome === "number");
  while (a.size > 0) got.push((got.length % 2 ? a : b).takeSync(0, numberOf));
  const expected = [...things.there];
  if (things.putting !== undefined && got.includes(things.putting)) expected.push(things.putting);
  // What had a getter that died goes back to where it was, but others may have had later ones meanwhile.
  const sorted = got.toSorted((x, y) => x - y);
  const lost = expected.length - got.length;
  assert(lost === 0 || lost === 1 && things.taking, `died before step ${stage.step}: ${got} of ${expected}`);
  assertEquals(sorted, lost === 0 ? expected : expected.slice(1), `died before step ${stage.step}`);
  // As good as new.
  a.putSync(item(90, things.bytes), 0);
  const waits = [stage.wait(b.take({}, numberOf)), stage.wait(b.take({}, numberOf))];
  a.putSync(item(91, things.bytes), 0);
  await stage.world.settle();
  assertEquals(waits.map(({ outcome }) => outcome), [90, 91]);
}

for (const bytes of SIZES) {
  const what = bytes === SIZES[0] ? "a small item" : "a large item";

  prove(`Queue: putting ${what}`, {
    arrange: (stage) => queues(stage, bytes),
    act(things) {
      putAsVictim(things, 1);
      putAsVictim(things, 2);
    },
    after: nothingLost,
  });

  prove(`Queue: putting ${what} where one was, for one who waits`, {
    arrange(stage) {
      const things = queues(stage, bytes);
      put(things, 0);
      assertEquals(things.b.takeSync(0, numberOf), things.there.shift());
      stage.wait(things.b.take({}, numberOf));
      return things;
    },
    act(things) {
      putAsVictim(things, 1);
      putAsVictim(things, 2);
    },
    async after(things, stage) {
      if (stage.waits[0]?.state === "waits") {
        assertEquals([things.there, things.a.size], [[], 0]);
        things.putting = undefined;
        put(things, 3);
        await stage.world.settle();
      }
      await nothingLost(things, stage);
    },
  });

  prove(`Queue: getting ${what}`, {
    arrange(stage) {
      const things = queues(stage, bytes);
      for (const number of [1, 2, 3]) put(things, number);
      return things;
    },
    act(things) {
      getAsVictim(things);
      getAsVictim(things);
    },
    after: nothingLost,
  });

  prove(`Queue: waiting for ${what}, and getting it`, {
    arrange: (stage) => queues(stage, bytes),
    act(things, { world }) {
      world.whileAsleep(() => {
        put(things, 1);
        put(things, 2);
      });
      getAsVictim(things);
    },
    after: nothingLost,
  });

  prove(`Queue: putting ${what} when there is room at last`, {
    arrange(stage) {
      const things = queues(stage, bytes, 1);
      put(things, 1);
      return things;
    },
    act(things, { world }) {
      world.whileAsleep(() => assertEquals(things.a.takeSync(0, numberOf), things.there.shift()));
      putAsVictim(things, 2);
    },
    async after(things, stage) {
      // So that there is room for more than one.
      things.a.initialize(0);
      await nothingLost(things, stage);
    },
  });

  prove(`Queue: no longer waiting for room for ${what}`, {
    arrange(stage) {
      const things = queues(stage, bytes, 1);
      put(things, 1);
      return things;
    },
    act(things) {
      try {
        putAsVictim(things, 2, 1e-9);
      } catch (error) {
        if ((error as Error).name !== "Full") throw error;
        things.putting = undefined;
      }
    },
    async after(things, stage) {
      things.a.initialize(0);
      await nothingLost(things, stage);
    },
  });

  prove(`Queue: dropping one with ${what} in it`, {
    arrange: () => {},
    act(_, { victim: { agent } }) {
      const handle = agent.holder.make(Kind.QUEUE);
      const queue = new QueueWords(agent, agent.holder.blockOf(handle));
      queue.initialize(0);
      for (const number of [1, 2]) queue.putSync(item(number, bytes), 0);
      agent.holder.drop(handle);
    },
    after(_, { world }) {
      assertEquals(inspect(world.cells).blocks.size, 0);
    },
  });
}

prove("Queue: shutting it down at once, with a getter elsewhere", {
  arrange(stage) {
    const things = queues(stage, 8);
    for (const number of [1, 2, 3]) put(things, number);
    return things;
  },
  act: ({ victim }) => victim.shutDown(true),
  async after({ a, b }, stage) {
    const wait = stage.wait(b.join({}));
    a.shutDown(true);
    await stage.world.settle();
    assertEquals([a.size, a.readable], [0, true]);
    // What the victim had taken off to throw it away has nobody any more who says that it is done.
    if (wait.state === "waits") a.taskDone();
    await stage.world.settle();
    assertEquals(wait.state, "over");
  },
});

prove("Queue: saying that an item is done, for one who joins", {
  arrange(stage) {
    const things = queues(stage, 8);
    put(things, 1);
    assertEquals(things.a.takeSync(0, numberOf), 1);
    stage.wait(things.b.join({}));
    return things;
  },
  act: ({ victim }) => victim.taskDone(),
  async after({ a }, { world, waits }) {
    if (waits[0]?.state === "waits") a.taskDone();
    await world.settle();
    assertEquals(waits[0]?.state, "over");
  },
});
