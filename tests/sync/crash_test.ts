/** A process may be killed between any two writes: whoever is left goes on as if it had ended before or after what it was doing. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvalidStateError } from "../../src/base/errors.ts";
import { Block, Kind } from "../../src/sync/layout.ts";
import { LockWords } from "../../src/sync/lock_words.ts";
import { inspect, permitsOf } from "../helpers/arena_laws.ts";
import { type Locks, prove, type Semaphores, semaphores, Stage } from "../helpers/crash_stage.ts";
import type { Mortal } from "../helpers/mortal.ts";

// Blocks

const SIZES: Readonly<Record<string, number>> = { "without data": 0, "with data": 100 };

for (const [what, bytes] of Object.entries(SIZES)) {
  const make = ({ agent }: Mortal) => agent.holder.make(Kind.MEMORY, bytes);
  const makesAgain = <T>(_: T, stage: Stage) => {
    const before = inspect(stage.world.cells).blocks.size;
    make(stage.a);
    assertEquals(inspect(stage.world.cells).blocks.size, before + 1);
  };
  prove(`making a block ${what}`, {
    arrange: () => {},
    act: (_, { victim }) => make(victim),
    after: makesAgain,
  });
  prove(`making a block ${what} where one was`, {
    arrange: ({ victim }) => victim.agent.holder.drop(make(victim)),
    act: (_, { victim }) => make(victim),
    after: makesAgain,
  });
  prove(`dropping a block ${what}`, {
    arrange: ({ victim }) => make(victim),
    act: (handle, { victim }) => victim.agent.holder.drop(handle),
    after: makesAgain,
  });
  prove(`dropping a block ${what} that somebody else holds`, {
    arrange({ victim, a }) {
      const handle = make(a);
      return victim.agent.holder.hold(a.agent.holder.blockOf(handle));
    },
    act: (handle, { victim }) => victim.agent.holder.drop(handle),
    after(_, { world }) {
      assertEquals(inspect(world.cells).blocks.size, 1);
    },
  });
}

prove("holding a block that somebody else made", {
  arrange: ({ a }) => a.agent.holder.blockOf(a.agent.holder.make(Kind.EVENT)),
  act: (block, { victim }) => victim.agent.holder.hold(block),
  after(_, { world }) {
    assertEquals(inspect(world.cells).blocks.size, 1);
  },
});

prove("holding a block by its serial", {
  arrange: ({ a }) => a.agent.holder.blockOf(a.agent.holder.make(Kind.EVENT)),
  act(block, { victim, world }) {
    victim.agent.holder.holdIf(block, (world.cells[block + Block.SERIAL] ?? 0) + 1);
    victim.agent.holder.holdIf(block, world.cells[block + Block.SERIAL] ?? 0);
  },
  after(_, { world }) {
    assertEquals(inspect(world.cells).blocks.size, 1);
  },
});

// Lock and RLock

/** Whoever waits gets the lock in turn, and then it is as good as new. */
async function lockWorks([, a, b]: Locks, { world, waits }: Stage): Promise<void> {
  while (a.locked) {
    const holder = a.mine ? a : b;
    assert(holder.mine, "somebody dead holds it");
    holder.release();
    await world.settle();
  }
  assertEquals(waits.map(({ state }) => state), waits.map(() => "over"));
  assertEquals([a.tryAcquire(), b.tryAcquire()], [true, false]);
  let got = false;
  b.acquire({}).then(() => got = true);
  a.release();
  await world.settle();
  assert(got, "the next did not get it");
  b.release();
  assertEquals(a.locked, false);
}

for (const [name, kind] of [["Lock", Kind.LOCK], ["RLock", Kind.RLOCK]] as const) {
  const arrange = (stage: Stage): Locks => stage.share(kind, LockWords);
  prove(`${name}: taking a free one`, { arrange, act: ([victim]) => victim.acquireSync(Infinity), after: lockWorks });
  prove(`${name}: giving it back`, {
    arrange(stage) {
      const locks = arrange(stage);
      locks[0].acquireSync(0);
      if (kind === Kind.RLOCK) locks[0].acquireSync(0);
      return locks;
    },
    act([victim]) {
      if (kind === Kind.RLOCK) victim.release();
      victim.release();
    },
    after: lockWorks,
  });
  prove(`${name}: handing it over to the next of two`, {
    arrange(stage) {
      const locks = arrange(stage);
      const [victim, a, b] = locks;
      victim.acquireSync(0);
      for (const lock of [a, b, b]) stage.wait(lock.acquire({}));
      return locks;
    },
    act: ([victim]) => victim.release(),
    after: lockWorks,
  });
  prove(`${name}: waiting for it, and getting it`, {
    arrange(stage) {
      const locks = arrange(stage);
      locks[1].acquireSync(0);
      return locks;
    },
    act([victim, a, b], stage) {
      stage.world.whileAsleep(() => {
        stage.wait(b.acquire({}));
        a.release();
      });
      victim.acquireSync(Infinity);
      victim.release();
    },
    after: lockWorks,
  });
  prove(`${name}: no longer waiting for it, before somebody else`, {
    arrange(stage) {
      const locks = arrange(stage);
      locks[1].acquireSync(0);
      return locks;
    },
    act([victim, , b], stage) {
      stage.world.whileAsleep(() => void stage.wait(b.acquire({})));
      victim.acquireSync(1e-3);
    },
    after: lockWorks,
  });
  prove(`${name}: no longer waiting for it, behind somebody else`, {
    arrange(stage) {
      const locks = arrange(stage);
      locks[1].acquireSync(0);
      stage.wait(locks[2].acquire({}));
      return locks;
    },
    act: ([victim]) => victim.acquireSync(1e-9),
    after: lockWorks,
  });
  prove(`${name}: taking what a dead one left`, {
    arrange(stage) {
      const locks = arrange(stage);
      const dead = stage.world.process("dead");
      dead.agent.holder.hold(locks[0].block);
      new LockWords(dead.agent, locks[0].block).acquireSync(0);
      stage.world.mourn(stage.b, dead);
      return locks;
    },
    act([victim]) {
      victim.acquireSync(Infinity);
      victim.release();
    },
    after: lockWorks,
  });
}

/** A lock that a survivor takes, if it is free, before he learns of the death. */
interface Race {
  readonly locks: Locks;
  readonly dead: Mortal;
  took: boolean;
}

/** Dies over something that sets a lock free; whoever has taken the lock meanwhile has it still, and nobody else. */
function proveTaken(name: string, kind: number, act: (race: Race, stage: Stage) => void): void {
  prove(`${name}, and another takes it`, {
    arrange(stage) {
      const locks = stage.share(kind, LockWords);
      const dead = stage.world.process("dead");
      dead.agent.holder.hold(locks[0].block);
      return { locks, dead, took: false };
    },
    act,
    before(race, { world, b, victim }) {
      // Whoever finds that he must know of it learns it first.
      world.whileAsleep(() => world.mourn(b, victim));
      race.took = race.locks[1].tryAcquire();
    },
    async after({ locks, dead, took }, stage) {
      stage.world.mourn(stage.a, dead);
      const [, a, b] = locks;
      assertEquals([a.mine, a.mine && b.tryAcquire()], [took, false], `died before step ${stage.step}`);
      await lockWorks(locks, stage);
    },
  });
}

for (const [name, kind] of [["Lock", Kind.LOCK], ["RLock", Kind.RLOCK]] as const) {
  proveTaken(`${name}: giving it back`, kind, ({ locks: [victim, , b] }, { world }) => {
    victim.acquireSync(0);
    // Who waits no longer.
    world.byOthers(() => b.acquireSync(1e-9));
    victim.release();
  });
  proveTaken(`${name}: burying its holder`, kind, ({ locks: [{ block }], dead }, { world, victim }) => {
    world.byOthers(() => new LockWords(dead.agent, block).acquireSync(0));
    world.mourn(victim, dead);
  });
}

Deno.test("Lock.release() by two at once is once too often", () => {
  using stage = new Stage("signed");
  const [victim, a, b] = stage.share(Kind.LOCK, LockWords);
  victim.acquireSync(0);
  let step: (() => void) | undefined = () => a.release();
  stage.world.step = () => {
    const before = step;
    step = undefined;
    before?.();
  };
  assertThrows(() => b.release(), InvalidStateError, "released too many times");
  assertEquals([a.locked, a.tryAcquire(), b.tryAcquire()], [false, true, false]);
});

for (const tidings of ["told", "signed"] as const) {
  Deno.test(`Lock of a process that died says so to the next holder (${tidings})`, async () => {
    using stage = new Stage(tidings);
    const locks = stage.share(Kind.LOCK, LockWords);
    locks[0].acquireSync(0);
    stage.wait(locks[1].acquire({}));
    stage.world.mourn(stage.b, stage.victim);
    await stage.world.settle();
    assertEquals([locks[1].mine, locks[1].abandoned], [true, true]);
    await lockWorks(locks, stage);
  });
}

Deno.test("Lock of a process that died is found by whoever needs it next, without being told", () => {
  for (let step = 0;; step++) {
    using stage = new Stage("signed");
    const [victim, a, b] = stage.share(Kind.LOCK, LockWords);
    stage.died = stage.world.dieAt(stage.victim, step, () => {
      victim.acquireSync(Infinity);
      stage.world.byOthers(() => void stage.wait(b.acquire({})));
      victim.release();
    });
    stage.world.sign(stage.victim);
    // It blocks only as long as `b` has it.
    stage.world.whileAsleep(() => b.release());
    assert(a.tryAcquire() || a.acquireSync(Infinity), `died before step ${step}`);
    a.release();
    stage.world.mourn(stage.a, stage.victim);
    stage.examine();
    if (!stage.died) break;
  }
});

// Semaphore

/** So many permits there are, for whoever waits and, in the end, for all. */
function permitsAre(...allowed: number[]): (things: Semaphores, stage: Stage) => Promise<void> {
  return async ([, a, b], { world, waits, step }) => {
    const permits = permitsOf(world.cells, a.block);
    assert(allowed.includes(permits), `died before step ${step}: ${permits} permits`);
    // By one of whom it is not known whether it still holds any.
    while (permitsOf(world.cells, a.block) > a.value || waits.some(({ state }) => state === "waits")) {
      a.release(1);
      await world.settle();
      assert(a.value <= permits + waits.length, `died before step ${step}: there is no end of permits`);
    }
    assertEquals(waits.map(({ state }) => state), waits.map(() => "over"));
    for (let left = a.value; left > 0; left--) assert(b.tryAcquire());
    assertEquals(a.tryAcquire(), false);
  };
}

prove("Semaphore: taking permits", {
  arrange: (stage) => semaphores(stage, 3),
  act([victim]) {
    victim.tryAcquire();
    victim.acquireSync(Infinity);
  },
  after: permitsAre(3),
});
prove("Semaphore: giving permits back that it holds", {
  arrange(stage) {
    const shared = semaphores(stage, 2, 2);
    for (const _ of "12") shared[0].acquireSync(0);
    for (const semaphore of [shared[1], shared[2]]) stage.wait(semaphore.acquire({}));
    return shared;
  },
  act: ([victim]) => victim.release(2),
  after: permitsAre(2),
});
prove("Semaphore: giving permits back that others hold", {
  arrange(stage) {
    const shared = semaphores(stage, 2, 2);
    for (const semaphore of [shared[1], shared[2]]) semaphore.acquireSync(0);
    stage.wait(shared[2].acquire({}));
    return shared;
  },
  act: ([victim]) => victim.release(1),
  after: permitsAre(2),
});
prove("Semaphore: making permits", {
  arrange(stage) {
    const shared = semaphores(stage, 0);
    for (const semaphore of [shared[1], shared[2]]) stage.wait(semaphore.acquire({}));
    return shared;
  },
  act: ([victim]) => victim.release(3),
  after: permitsAre(0, 3),
});
prove("Semaphore: waiting for a permit, and getting it", {
  arrange(stage) {
    const shared = semaphores(stage, 1, 1);
    shared[1].acquireSync(0);
    return shared;
  },
  act([victim, a, b], stage) {
    stage.world.whileAsleep(() => {
      stage.wait(b.acquire({}));
      a.release(1);
    });
    victim.acquireSync(Infinity);
    victim.release(1);
  },
  after: permitsAre(1),
});
prove("Semaphore: no longer waiting for a permit", {
  arrange(stage) {
    const shared = semaphores(stage, 1, 1);
    shared[1].acquireSync(0);
    return shared;
  },
  act([victim, , b], stage) {
    stage.world.whileAsleep(() => void stage.wait(b.acquire({})));
    victim.acquireSync(1e-3);
  },
  after: permitsAre(1),
});
prove("Semaphore: giving a permit back for one who waits by its record before he learns of the death", {
  arrange(stage) {
    // So many that the next look for a record finds that of the permit, if that is free.
    for (let count = 1; count < 15; count++) semaphores(stage, 1)[1].acquireSync(0);
    const shared = semaphores(stage, 1, 1);
    const locks = stage.share(Kind.LOCK, LockWords);
    shared[1].acquireSync(0);
    locks[2].acquireSync(0);
    return { shared, locks };
  },
  act: ({ shared: [victim] }) => victim.release(1),
  before({ locks }, stage) {
    // It may wait for the change that the dead one has begun.
    stage.world.whileAsleep(() => stage.world.mourn(stage.b, stage.victim));
    stage.wait(locks[1].acquire({}));
  },
  async after({ shared, locks: [, a, b] }, stage) {
    assertEquals([b.mine, stage.waits[0]?.state], [true, "waits"], `died before step ${stage.step}`);
    b.release();
    await stage.world.settle();
    assertEquals([a.mine, stage.waits[0]?.state], [true, "over"], `died before step ${stage.step}`);
    await permitsAre(1)(shared, stage);
  },
});
