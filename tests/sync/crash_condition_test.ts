/** Conditions and events whose users are killed between any two writes; see crash_test.ts. */
import { assert, assertEquals } from "@std/assert";
import { ConditionWords } from "../../src/sync/condition_words.ts";
import { EventWords } from "../../src/sync/event_words.ts";
import { Block, Kind } from "../../src/sync/layout.ts";
import { inspect } from "../helpers/arena_laws.ts";
import { type Conditions, conditions, prove, Stage, waitAs } from "../helpers/crash_stage.ts";

// Condition

/** Notifies all in the name of a survivor. */
async function notifyAllAs({ locks, conditions }: Conditions, who: 1 | 2, { world }: Stage): Promise<void> {
  assert(locks[who].tryAcquire());
  conditions[who].notify(Infinity);
  locks[who].release();
  await world.settle();
}

/** So many of those who waited were notified; the others still can be. */
function noticed(...allowed: number[]): (things: Conditions, stage: Stage) => Promise<void> {
  return async (things, stage) => {
    const { waits, step } = stage;
    const over = waits.filter(({ state }) => state === "over").length;
    assert(allowed.includes(over), `died before step ${step}: ${over} were notified`);
    await notifyAllAs(things, 1, stage);
    assertEquals(waits.map(({ outcome }) => outcome), waits.map(() => true));
    const again = stage.wait(waitAs(things, 2));
    await stage.world.settle();
    assertEquals(again.state, "waits");
    await notifyAllAs(things, 1, stage);
    assertEquals(again.state, "over");
    assertEquals(things.locks[1].locked, false);
  };
}

for (const [count, allowed] of [[1, [0, 1]], [2, [0, 1, 2]], [Infinity, [0, 1, 2]]] as const) {
  prove(`Condition: notifying ${count} of two who wait`, {
    async arrange(stage) {
      const things = conditions(stage);
      stage.wait(waitAs(things, 1));
      stage.wait(waitAs(things, 2));
      await stage.world.settle();
      assert(things.locks[0].tryAcquire());
      return things;
    },
    act({ locks, conditions }) {
      conditions[0].notify(count);
      locks[0].release();
    },
    after: noticed(...allowed),
  });
}

prove("Condition: no longer waiting", {
  arrange(stage) {
    const things = conditions(stage);
    assert(things.locks[0].tryAcquire());
    return things;
  },
  act({ locks, conditions }, stage) {
    stage.world.whileAsleep(() => {
      assert(locks[2].tryAcquire());
      stage.wait(conditions[2].waitForNotice({}).finally(() => locks[2].release()));
    });
    conditions[0].waitForNoticeSync(1e-3);
    locks[0].release();
  },
  after: noticed(0),
});

prove("Condition: waiting, and being notified before somebody else who waits", {
  arrange(stage) {
    const things = conditions(stage);
    assert(things.locks[0].tryAcquire());
    return { ...things, told: { at: Infinity } };
  },
  act(things, stage) {
    const { locks, conditions } = things;
    stage.world.whileAsleep(() => {
      assert(locks[2].tryAcquire());
      stage.wait(conditions[2].waitForNotice({}).finally(() => locks[2].release()));
      assert(locks[1].tryAcquire());
      conditions[1].notify(1);
      locks[1].release();
      things.told.at = stage.world.steps;
    });
    conditions[0].waitForNoticeSync(Infinity);
    locks[0].release();
  },
  async after(things, stage) {
    // What it was told before it could hear goes to the next; from when on it has heard is up to the look that it takes.
    if (stage.step === things.told.at) assertEquals(stage.waits[0]?.state, "over");
    await noticed(0, 1)(things, stage);
  },
});

prove("Condition: naming its lock, and dropping both", {
  arrange: () => {},
  act(_, { victim: { agent } }) {
    const { holder } = agent;
    const [lock, condition] = [holder.make(Kind.RLOCK), holder.make(Kind.CONDITION)];
    new ConditionWords(agent, holder.blockOf(condition)).name(holder.blockOf(lock));
    // The lock stays as long as the condition.
    holder.drop(lock);
    holder.drop(condition);
  },
  after(_, { world }) {
    assertEquals(inspect(world.cells).blocks.size, 0);
  },
});

prove("Condition: being notified, out of time, and getting the lock later", {
  arrange(stage) {
    const things = conditions(stage);
    assert(things.locks[0].tryAcquire());
    return things;
  },
  act({ locks, conditions }, stage) {
    const { world } = stage;
    world.whileAsleep(() => {
      assert(locks[2].tryAcquire());
      stage.wait(conditions[2].waitForNotice({}).finally(() => locks[2].release()));
      assert(locks[1].tryAcquire());
      conditions[1].notify(1);
    });
    world.whileAsleep(() => locks[1].release());
    conditions[0].waitForNoticeSync(1e-3);
    locks[0].release();
  },
  async after(things, stage) {
    if (things.locks[1].mine) things.locks[1].release();
    await stage.world.settle();
    await noticed(0, 1)(things, stage);
  },
});

// Event

prove("Event: setting it for those who wait, and clearing it", {
  arrange(stage) {
    const events = stage.share(Kind.EVENT, EventWords);
    for (const event of [events[1], events[2]]) stage.wait(event.waitUntilSet({}));
    return events;
  },
  act([victim]) {
    victim.set();
    victim.clear();
  },
  async after([, a], { world, waits }) {
    // All or none.
    assertEquals(waits[0]?.state, waits[1]?.state);
    a.set();
    await world.settle();
    assertEquals(waits.map(({ outcome }) => outcome), [true, true]);
  },
});

prove("Event: setting it, and another sees that before he learns of the death", {
  arrange(stage) {
    const events = stage.share(Kind.EVENT, EventWords);
    stage.wait(events[2].waitUntilSet({}));
    return { events, seen: false };
  },
  act: ({ events: [victim] }) => victim.set(),
  before(things) {
    things.seen = things.events[1].isSet;
  },
  async after({ events: [, a], seen }, { world, waits, step }) {
    assertEquals([a.isSet, waits[0]?.state], [seen, seen ? "over" : "waits"], `died before step ${step}`);
    a.set();
    await world.settle();
    assertEquals(waits[0]?.state, "over");
  },
});

Deno.test("Event.clear() leaves nobody waiting who waited when it was set", async () => {
  using stage = new Stage("signed");
  const { world, waits } = stage;
  const [victim, a, b] = stage.share(Kind.EVENT, EventWords);
  for (const event of [a, b, b]) stage.wait(event.waitUntilSet({}));
  world.step = () => {
    // Between two changes by which they are let go.
    if (!a.isSet || world.cells[a.block + Block.MUTEX] !== 0) return;
    world.step = () => {};
    a.clear();
  };
  victim.set();
  await world.settle();
  assertEquals([a.isSet, waits.map(({ state }) => state)], [false, ["over", "over", "over"]]);
});

prove("Event: waiting for it, and no longer", {
  arrange: (stage) => stage.share(Kind.EVENT, EventWords),
  act([victim, a, b], stage) {
    const { world } = stage;
    world.whileAsleep(() => void stage.wait(b.waitUntilSet({})));
    victim.waitUntilSetSync(1e-3);
    world.whileAsleep(() => a.set());
    victim.waitUntilSetSync(Infinity);
  },
  async after([, a], { world, waits }) {
    a.set();
    await world.settle();
    assertEquals(waits.map(({ outcome }) => outcome), waits.map(() => true));
  },
});
