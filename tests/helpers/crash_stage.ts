/** Processes of which one dies before a write, and the proof that the others go on whichever it was. */
import { assert, assertEquals } from "@std/assert";
import { BarrierWords } from "../../src/sync/barrier_words.ts";
import { ConditionWords } from "../../src/sync/condition_words.ts";
import { Kind } from "../../src/sync/layout.ts";
import { LockWords } from "../../src/sync/lock_words.ts";
import type { Agent, Primitive } from "../../src/sync/primitive.ts";
import { SemaphoreWords } from "../../src/sync/semaphore_words.ts";
import { inspect } from "./arena_laws.ts";
import { type Mortal, type Tidings, World } from "./mortal.ts";

/** Three processes, of which the first is killed. */
export class Stage implements Disposable {
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
  wait(outcome: unknown): Wait {
    const wait: Wait = { state: "waits", outcome: undefined };
    Promise.resolve(outcome).then((value) => Object.assign(wait, { state: "over", outcome: value }), (error) => {
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

/** A wait of a survivor. */
export interface Wait {
  readonly state: "waits" | "over" | "refused";
  readonly outcome: unknown;
}

/** What the victim does, what was before, and what must be possible afterwards. */
export interface Scene<T> {
  arrange(stage: Stage): T | Promise<T>;
  act(things: T, stage: Stage): void;
  /** What happens before others learn of the death. */
  before?(things: T, stage: Stage): void;
  after?(things: T, stage: Stage): Promise<void> | void;
}

/** Runs a scene once for each step before which the victim may die, and once to the end. */
export function prove<T>(name: string, scene: Scene<T>): void {
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

/** A lock as the victim, `a` and `b` know it. */
export type Locks = [LockWords, LockWords, LockWords];

/** A semaphore as they know it. */
export type Semaphores = [SemaphoreWords, SemaphoreWords, SemaphoreWords];

/** Makes a semaphore. */
export function semaphores(stage: Stage, permits: number, bound?: number): Semaphores {
  const shared = stage.share(Kind.SEMAPHORE, SemaphoreWords);
  shared[1].initialize(permits, bound);
  return shared;
}

/** A condition as they know it. */
export type Conditions = { locks: Locks; conditions: [ConditionWords, ConditionWords, ConditionWords] };

/** Makes a condition. */
export function conditions(stage: Stage, kind: number = Kind.RLOCK): Conditions {
  const locks = stage.share(kind, LockWords);
  const shared = stage.share(Kind.CONDITION, ConditionWords);
  const block = shared[0].block;
  shared[1].name(locks[0].block);
  const [victim, a, b] = locks.map((lock) => new ConditionWords(lock.agent, block, lock));
  assert(victim && a && b);
  return { locks, conditions: [victim, a, b] };
}

/** Has a survivor wait, by number; it gives the lock back as soon as it was notified. */
export async function waitAs({ locks, conditions }: Conditions, who: 1 | 2): Promise<boolean> {
  await locks[who].acquire({});
  const noticed = await conditions[who].waitForNotice({});
  locks[who].release();
  return noticed;
}

/** A barrier as they know it. */
export type Barriers = [BarrierWords, BarrierWords, BarrierWords];

/** Makes a barrier. */
export function barriers(stage: Stage, parties: number): Barriers {
  const shared = stage.share(Kind.BARRIER, BarrierWords);
  shared[0].initialize(parties);
  return shared;
}
