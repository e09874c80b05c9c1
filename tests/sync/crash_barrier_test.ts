/** Barriers whose users are killed between any two writes, and undertakers that are; see crash_test.ts. */
import { assert, assertEquals } from "@std/assert";
import { BrokenBarrierError } from "../../src/base/errors.ts";
import { BarrierWords } from "../../src/sync/barrier_words.ts";
import { ConditionWords } from "../../src/sync/condition_words.ts";
import { Kind } from "../../src/sync/layout.ts";
import { LockWords } from "../../src/sync/lock_words.ts";
import type { Agent, Primitive } from "../../src/sync/primitive.ts";
import { SemaphoreWords } from "../../src/sync/semaphore_words.ts";
import { permitsOf } from "../helpers/arena_laws.ts";
import {
  type Barriers,
  barriers,
  type Conditions,
  conditions,
  prove,
  semaphores,
  Stage,
  waitAs,
} from "../helpers/crash_stage.ts";
import type { Mortal } from "../helpers/mortal.ts";

// Barrier

/** Nobody waits who cannot go on, and two can pass it again. */
function passes(parties: number): (things: Barriers, stage: Stage) => Promise<void> {
  return async ([, a, b], stage) => {
    const { world, waits, step } = stage;
    // Whoever waits does so because not all have come, and not in vain.
    const left = waits.filter(({ state }) => state === "waits").length;
    if (left > 0) assertEquals([a.broken, a.waiting, left < parties], [false, left, true], `died before step ${step}`);
    a.reset();
    await world.settle();
    for (const { state } of waits) assert(state !== "waits");
    assertEquals([a.broken, a.waiting], [false, 0]);
    const again = [stage.wait(a.arrive({})), stage.wait(b.arrive({}))];
    if (parties === 3) again.push(stage.wait(a.arrive({})));
    await world.settle();
    (parties === 3 ? a : b).finish();
    await world.settle();
    assertEquals(again.map(({ state }) => state), again.map(() => "over"));
  };
}

prove("Barrier: arriving last, and letting the others go", {
  arrange(stage) {
    const shared = barriers(stage, 3);
    for (const barrier of [shared[1], shared[2]]) stage.wait(barrier.arrive({}));
    return shared;
  },
  act([victim]) {
    victim.arriveSync(Infinity);
    victim.finish();
  },
  async after(things, stage) {
    // Together or not at all.
    assertEquals(stage.waits[0]?.state, stage.waits[1]?.state);
    await passes(3)(things, stage);
  },
});
for (const how of ["break", "reset"] as const) {
  prove(`Barrier: ${how}() with others at it`, {
    arrange(stage) {
      const shared = barriers(stage, 3);
      for (const barrier of [shared[1], shared[2]]) stage.wait(barrier.arrive({}));
      return shared;
    },
    act: ([victim]) => victim[how](),
    async after(things, stage) {
      const states = stage.waits.map(({ state }) => state);
      assertEquals(states[0], states[1]);
      things[1].reset();
      await stage.world.settle();
      await passes(3)(things, stage);
    },
  });
}
prove("Barrier: arriving first, and passing", {
  arrange: (stage) => barriers(stage, 2),
  act([victim, a], stage) {
    stage.world.whileAsleep(() => {
      stage.wait(a.arrive({}));
      a.finish();
    });
    victim.arriveSync(Infinity);
  },
  after: passes(2),
});
prove("Barrier: no longer waiting at it", {
  arrange: (stage) => barriers(stage, 3),
  act([victim, a], stage) {
    stage.world.whileAsleep(() => void stage.wait(a.arrive({})));
    try {
      victim.arriveSync(1e-3);
    } catch (error) {
      if (!(error instanceof BrokenBarrierError)) throw error;
    }
  },
  after: passes(3),
});
prove("Barrier: arriving too early for the next round", {
  arrange(stage) {
    const shared = barriers(stage, 2);
    for (const barrier of [shared[1], shared[2]]) stage.wait(barrier.arrive({}));
    let acting = true;
    const finish = () => {
      if (acting) shared[2].finish();
      acting = false;
    };
    return { shared, finish };
  },
  act({ shared: [victim, a], finish }, stage) {
    stage.world.whileAsleep(() => {
      finish();
      stage.wait(a.arrive({}));
      a.finish();
    });
    victim.arriveSync(Infinity);
  },
  async after({ shared, finish }, stage) {
    finish();
    await stage.world.settle();
    assertEquals(stage.waits.slice(0, 2).map(({ state }) => state), ["over", "over"]);
    await passes(2)(shared, stage);
  },
});

// The burial itself

/** Leaves a process dead that had its hands in everything, in the middle of a change. */
async function leaveChaos(stage: Stage, dead: Mortal): Promise<Chaos> {
  const { world, a, b } = stage;
  const as = <W extends Primitive>(who: Mortal, make: new (agent: Agent, block: number) => W, block: number): W => {
    who.agent.holder.hold(block);
    return new make(who.agent, block);
  };
  const [, lock] = stage.share(Kind.LOCK, LockWords);
  const [, other] = stage.share(Kind.LOCK, LockWords);
  const permits = semaphores(stage, 2, 2)[1];
  const things = conditions(stage);
  const barrier = barriers(stage, 2)[1];
  const guest = world.guestOf(dead, "guest");
  dead.agent.holder.make(Kind.MEMORY, 100);
  as(dead, LockWords, lock.block).acquireSync(0);
  as(guest, LockWords, other.block).acquireSync(0);
  as(dead, SemaphoreWords, permits.block).acquireSync(0);
  as(guest, SemaphoreWords, permits.block).acquireSync(0);
  for (const wait of [lock.acquire({}), other.acquire({}), permits.acquire({})]) stage.wait(wait);
  const deadLock = as(dead, LockWords, things.locks[0].block);
  dead.agent.holder.hold(things.conditions[0].block);
  deadLock.acquireSync(0);
  new ConditionWords(dead.agent, things.conditions[0].block, deadLock).waitForNotice({}).catch(() => {});
  stage.wait(waitAs(things, 2));
  stage.wait(as(dead, BarrierWords, barrier.block).arrive({}));
  stage.waits.pop();
  await world.settle();
  // It is notified, and does not hear it.
  assert(things.locks[1].tryAcquire());
  things.conditions[1].notify(1);
  things.locks[1].release();
  world.dieAt(dead, 9, () => as(dead, LockWords, lock.block).release());
  assert(a.slot !== b.slot);
  return { things, permits, barrier };
}

interface Chaos {
  readonly things: Conditions;
  readonly permits: SemaphoreWords;
  readonly barrier: BarrierWords;
}

async function chaosIsOver({ things, permits, barrier }: Chaos, stage: Stage): Promise<void> {
  await stage.world.settle();
  assertEquals(stage.waits.map(({ state }) => state), stage.waits.map(() => "over"), `died before step ${stage.step}`);
  assertEquals([things.locks[1].locked, permitsOf(stage.world.cells, permits.block)], [false, 2]);
  assertEquals([permits.value, barrier.broken], [1, true]);
}

prove("burying somebody", {
  async arrange(stage) {
    const dead = stage.world.process("dead");
    return { dead, chaos: await leaveChaos(stage, dead) };
  },
  act: ({ dead }, { world, victim }) => world.mourn(victim, dead),
  before({ dead }, { world, b }) {
    // Nobody would hear of it any more.
    if (world.tidings === "told") world.mourn(b, dead);
  },
  after: ({ chaos }, stage) => chaosIsOver(chaos, stage),
});

Deno.test("Barrier.arrive() that is aborted when it has passed leaves the next round alone", async () => {
  using stage = new Stage("signed");
  const [, a, b] = barriers(stage, 2);
  const controller = new AbortController();
  const aborted = stage.wait(a.arrive({ signal: controller.signal }));
  stage.wait(b.arrive({}));
  await stage.world.settle();
  b.finish();
  const next = stage.wait(b.arrive({}));
  // It has been let go, and has not looked.
  controller.abort("no longer");
  await stage.world.settle();
  assertEquals([aborted.state, a.broken, next.state], ["refused", false, "waits"]);
  stage.wait(a.arrive({}));
  a.finish();
  await stage.world.settle();
  assertEquals(next.state, "over");
});
