/** A process may be killed between any two writes: whoever is left goes on as if it had ended before or after what it was doing. */
import { assert, assertEquals } from "@std/assert";
import { BrokenBarrierError } from "../../src/base/errors.ts";
import { BarrierWords } from "../../src/sync/barrier_words.ts";
import { ConditionWords, LOCK_UNIT } from "../../src/sync/condition_words.ts";
import { EventWords } from "../../src/sync/event_words.ts";
import { Block, Kind } from "../../src/sync/layout.ts";
import { LockWords } from "../../src/sync/lock_words.ts";
import type { Agent, Primitive } from "../../src/sync/primitive.ts";
import { SemaphoreWords } from "../../src/sync/semaphore_words.ts";
import { inspect, permitsOf } from "../helpers/arena_laws.ts";
import { type Mortal, type Tidings, World } from "../helpers/mortal.ts";

/** Three processes, of which the first is killed. */
class Stage implements Disposable {
  readonly world: World;
  readonly victim: Mortal;
  readonly a: Mortal;
  readonly b: Mortal;
  readonly waits: Wait[] = [];
  /** Whether the victim died before the end, and before which step. */
  died = false;
  step = 0;

  constructor(tidings: Tidings) {
    this.world = new World(tidings);
    this.a = this.world.process("a");
    this.victim = this.world.process("victim");
    this.b = this.world.process("b");
  }

  /** A block as the victim, `a` and `b` know it. */
  share<W extends Primitive>(kind: number, make: new (agent: Agent, block: number) => W): [W, W, W] {
    const { victim, a, b } = this;
    const block = a.agent.holder.blockOf(a.agent.holder.make(kind));
    for (const { agent } of [victim, b]) agent.holder.hold(block);
    return [new make(victim.agent, block), new make(a.agent, block), new make(b.agent, block)];
  }

  /** A survivor's wait. */
  wait(outcome: Promise<unknown>): Wait {
    const wait: Wait = { state: "waits", outcome: undefined };
    outcome.then((value) => Object.assign(wait, { state: "over", outcome: value }), (error) => {
      Object.assign(wait, { state: "refused", outcome: error });
    });
    this.waits.push(wait);
    return wait;
  }

  /** Nothing is against the laws. */
  examine(): void {
    assertEquals(inspect(this.world.cells).faults, [], `died before step ${this.step}`);
  }

  [Symbol.dispose](): void {
    this.world[Symbol.dispose]();
  }
}

interface Wait {
  readonly state: "waits" | "over" | "refused";
  readonly outcome: unknown;
}

/** What the victim does, what was before, and what must be possible afterwards. */
interface Scene<T> {
  arrange(stage: Stage): T | Promise<T>;
  act(things: T, stage: Stage): void;
  /** What happens before others learn of the death. */
  before?(things: T, stage: Stage): void;
  after?(things: T, stage: Stage): Promise<void> | void;
}

/** Runs a scene once for each step before which the victim may die, and once to the end. */
function prove<T>(name: string, scene: Scene<T>): void {
  for (const tidings of ["told", "signed"] as const) {
    Deno.test(`${name}: its process may die before every write (${tidings})`, async () => {
      for (let step = 0; await survive(scene, tidings, step); step++);
    });
  }
}

async function survive<T>(scene: Scene<T>, tidings: Tidings, step: number): Promise<boolean> {
  using stage = new Stage(tidings);
  const { world, victim, a } = stage;
  const things = await scene.arrange(stage);
  await world.settle();
  stage.step = step;
  stage.died = world.dieAt(victim, step, () => scene.act(things, stage));
  scene.before?.(things, stage);
  world.mourn(a, victim);
  await world.settle();
  stage.examine();
  await scene.after?.(things, stage);
  await world.settle();
  stage.examine();
  return stage.died;
}

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

type Locks = [LockWords, LockWords, LockWords];

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

type Semaphores = [SemaphoreWords, SemaphoreWords, SemaphoreWords];

function semaphores(stage: Stage, permits: number, bound?: number): Semaphores {
  const shared = stage.share(Kind.SEMAPHORE, SemaphoreWords);
  shared[1].initialize(permits, bound);
  return shared;
}

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

// Condition

type Conditions = { locks: Locks; conditions: [ConditionWords, ConditionWords, ConditionWords] };

function conditions(stage: Stage, kind: number = Kind.RLOCK): Conditions {
  const locks = stage.share(kind, LockWords);
  const shared = stage.share(Kind.CONDITION, ConditionWords);
  const block = shared[0].block;
  stage.world.cells[block + LOCK_UNIT] = locks[0].block / 8;
  const [victim, a, b] = locks.map((lock) => new ConditionWords(lock.agent, block, lock));
  assert(victim && a && b);
  return { locks, conditions: [victim, a, b] };
}

/** Has a survivor wait, by number; it gives the lock back as soon as it was notified. */
async function waitAs({ locks, conditions }: Conditions, who: 1 | 2): Promise<boolean> {
  await locks[who].acquire({});
  const noticed = await conditions[who].waitForNotice({});
  locks[who].release();
  return noticed;
}

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

// Barrier

type Barriers = [BarrierWords, BarrierWords, BarrierWords];

function barriers(stage: Stage, parties: number): Barriers {
  const shared = stage.share(Kind.BARRIER, BarrierWords);
  shared[0].initialize(parties);
  return shared;
}

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
