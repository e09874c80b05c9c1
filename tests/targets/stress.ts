/** Processes whose tasks use every primitive at random, and tell the test what they do. */
import {
  type AcquireOptions,
  type Barrier,
  type BoundedSemaphore,
  BrokenBarrierError,
  type Condition,
  type Connection,
  type Event,
  type Lock,
  type RLock,
  type Semaphore,
  share,
} from "../../mod.ts";
import { Random } from "../helpers/random.ts";

/** What all of them share. */
export interface Playground {
  readonly lock: Lock;
  readonly rlock: RLock;
  readonly semaphore: Semaphore;
  readonly bounded: BoundedSemaphore;
  /** On a Lock, as the tasks of a process share an RLock. */
  readonly condition: Condition;
  readonly event: Event;
  readonly barrier: Barrier;
}

/** Where only so many may be at a time. */
export type Room = "lock" | "rlock" | "semaphore" | "bounded";

/** What a process tells or asks; each is answered, so that it has been seen before the next is done. */
export type Telling =
  | { kind: "enter"; id: number; room: Room; abandoned: boolean }
  | { kind: "leave"; id: number; room: Room }
  | { kind: "take"; id: number }
  | { kind: "stopped"; id: number };

/** Answers, and the order to end. */
export type Told = { kind: "answer"; id: number; value: boolean } | { kind: "stop" };

/** Plays until told to stop. */
export async function play(
  playground: Playground,
  connection: Connection<Telling, Told>,
  seed: number,
  tasks: number,
): Promise<void> {
  await new Player(playground, connection).run(seed, tasks);
  connection.close();
}

class Player {
  readonly #all: Playground;
  readonly #connection: Connection<Telling, Told>;
  readonly #asked = new Map<number, (value: boolean) => void>();
  /** Changes under way that must not come after the test's last word. */
  readonly #changes = new Set<Promise<void>>();
  /** The test knows that nobody begins anything any more. */
  readonly #said = Promise.withResolvers<void>();
  #last = 0;
  #stopped = false;

  constructor(playground: Playground, connection: Connection<Telling, Told>) {
    this.#all = playground;
    this.#connection = connection;
  }

  async run(seed: number, tasks: number): Promise<void> {
    const over = new AbortController();
    const heard = this.#hear(over.signal);
    await Promise.all(Array.from({ length: tasks }, (_, task) => this.#task(new Random(seed * 100 + task))));
    // The last who asked has ended when it was answered.
    over.abort();
    await heard;
  }

  async #hear(over: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const told = await this.#connection.recv({ signal: over });
        if (told.kind === "answer") this.#answered(told);
        else this.#stop();
      }
    } catch (error) {
      if (error !== over.reason) throw error;
    }
  }

  async #stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#changes);
    await this.#ask({ kind: "stopped" });
    this.#said.resolve();
  }

  #answered({ id, value }: { id: number; value: boolean }): void {
    this.#asked.get(id)?.(value);
    this.#asked.delete(id);
  }

  async #ask(
    telling: { kind: "enter"; room: Room; abandoned: boolean } | { kind: "leave"; room: Room } | {
      kind: "take" | "stopped";
    },
  ): Promise<boolean> {
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#asked.set(id, resolve);
    await this.#connection.send({ ...telling, id });
    return await promise;
  }

  async #task(random: Random): Promise<void> {
    const { lock, rlock, semaphore, bounded } = this.#all;
    const games = [
      () => this.#visit("lock", lock, random),
      () => this.#visit("rlock", rlock, random),
      () => this.#visit("semaphore", semaphore, random),
      () => this.#visit("bounded", bounded, random),
      () => this.#consume(random),
      () => this.#watch(random),
      () => this.#meet(random),
    ];
    while (!this.#stopped) await random.pick(games)();
    await this.#said.promise;
  }

  /** Enters a room if it can, looks around, and leaves. */
  async #visit(room: Room, door: Lock | Semaphore, random: Random): Promise<void> {
    if (!await attempt(random, (options) => door.acquire(options))) return;
    const abandoned = "abandoned" in door && door.abandoned;
    await this.#ask({ kind: "enter", room, abandoned });
    if (room === "rlock" && random.below(2) === 0) {
      await door.acquire();
      await turn();
      await door.release();
    }
    if (random.below(3) === 0) await turn();
    await this.#ask({ kind: "leave", room });
    await door.release();
  }

  /** Waits for a thing to take, and takes it. */
  async #consume(random: Random): Promise<void> {
    const { condition } = this.#all;
    await using _ = await condition.guard();
    while (!await this.#ask({ kind: "take" })) {
      // Asked while the lock is held, so that the last notification of all cannot come in between.
      if (this.#stopped || !await attempt(random, (options) => condition.wait(options))) return;
    }
  }

  async #watch(random: Random): Promise<void> {
    const { event } = this.#all;
    const game = random.below(6);
    if (game === 0) await this.#change(() => event.set());
    else if (game === 1) await this.#change(() => event.clear());
    else if (await attempt(random, (options) => event.wait(options)) !== true && game === 2) await turn();
  }

  async #meet(random: Random): Promise<void> {
    const { barrier } = this.#all;
    try {
      await attempt(random, async (options) => {
        const index = await barrier.wait(options);
        if (!(index >= 0 && index < barrier.parties)) throw new Error(`Cannot have passed as number ${index}`);
        return true;
      });
    } catch (error) {
      if (!(error instanceof BrokenBarrierError)) throw error;
    }
    if (await barrier.broken()) await this.#change(() => barrier.reset());
  }

  async #change(change: () => Promise<void>): Promise<void> {
    if (this.#stopped) return;
    const done = change();
    this.#changes.add(done);
    await done;
    this.#changes.delete(done);
  }
}

/** Waits for ever, for a short time, until aborted, or not at all. */
async function attempt(random: Random, call: (options: AcquireOptions) => Promise<boolean>): Promise<boolean> {
  const way = random.below(4);
  if (way === 0) return await call({});
  if (way === 1) return await call({ timeout: 1 + random.below(4) });
  if (way === 2) return await call({ timeout: 0 });
  const signal = AbortSignal.timeout(random.below(4));
  try {
    return await call({ signal });
  } catch (error) {
    if (error === signal.reason) return false;
    throw error;
  }
}

/** Lets others have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Adds to a shared number under a lock, without an event loop. */
export function countSync(lock: Lock, cell: { value: number }, count: number): void {
  for (let round = 0; round < count; round++) {
    lock.acquireSync();
    cell.value++;
    lock.releaseSync();
  }
}

/** {@linkcode countSync}, in several tasks at a time. */
export async function countAsync(lock: Lock, cell: { value: number }, tasks: number, count: number): Promise<void> {
  await Promise.all(Array.from({ length: tasks }, async () => {
    for (let round = 0; round < count; round++) {
      await lock.acquire();
      const { value } = cell;
      if (round % 16 === 0) await turn();
      cell.value = value + 1;
      await lock.release();
    }
  }));
}

share(import.meta, { play, countSync, countAsync });
