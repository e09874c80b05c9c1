/** What the test of every primitive under stress sees and checks: who is where, and what there is to take. */
import { assert, assertEquals } from "@std/assert";
import { type Connection, type Context, Pipe, type Process } from "../../mod.ts";
import { play, type Playground, type Room, type Telling, type Told } from "../targets/stress.ts";

const LIMITS: Record<Room, number> = { lock: 1, rlock: 1, semaphore: 3, bounded: 2 };

/** Makes all that is shared. */
export function makePlayground(ctx: Context): Playground {
  return {
    lock: new ctx.Lock(),
    rlock: new ctx.RLock(),
    semaphore: new ctx.Semaphore(LIMITS.semaphore),
    bounded: new ctx.BoundedSemaphore(LIMITS.bounded),
    condition: new ctx.Condition(new ctx.Lock()),
    event: new ctx.Event(),
    barrier: new ctx.Barrier(3),
  };
}

/** A process that plays. */
interface Player {
  readonly process: Process;
  readonly connection: Connection<Told, Telling>;
  /** How many of its tasks are where. */
  readonly inside: Record<Room, number>;
  alive: boolean;
  stopped: PromiseWithResolvers<void>;
  heard: Promise<void>;
}

/** Watches over players. */
export class Umpire {
  readonly playground: Playground;
  readonly #ctx: Context;
  readonly #players = new Set<Player>();
  readonly #faults: string[] = [];
  #available = 0;
  #kills = 0;
  #entered = 0;
  #taken = 0;

  constructor(ctx: Context, playground: Playground) {
    this.#ctx = ctx;
    this.playground = playground;
  }

  /** What happened, in words. */
  get summary(): string {
    return `${this.#entered} entered, ${this.#taken} taken, ${this.#kills} killed`;
  }

  /** Starts one more player. */
  async start(seed: number, tasks: number): Promise<void> {
    const [connection, theirs] = Pipe<Told, Telling>();
    const process = new this.#ctx.Process<unknown[]>({
      target: play as (...args: never[]) => unknown as (...args: unknown[]) => unknown,
      args: [this.playground, theirs, seed, tasks],
    });
    await process.start();
    theirs.close();
    const player: Player = {
      process,
      connection,
      inside: { lock: 0, rlock: 0, semaphore: 0, bounded: 0 },
      alive: true,
      stopped: Promise.withResolvers(),
      heard: Promise.resolve(),
    };
    player.heard = this.#hear(player);
    this.#players.add(player);
  }

  /** Kills one of the players, whatever it is doing. */
  async kill(which: number): Promise<void> {
    const player = [...this.#players][which % this.#players.size];
    if (player === undefined) return;
    this.#players.delete(player);
    // What it says from now on is of no interest: it cannot be told from what it said before.
    player.alive = false;
    this.#kills++;
    player.process.kill();
    await player.process.join();
    player.connection.close();
    await player.heard;
    // It may have been notified and have left the thing for somebody else.
    await using _ = await this.playground.condition.guard();
    await this.playground.condition.notifyAll();
  }

  /** Puts a thing there to be taken. */
  async put(): Promise<void> {
    await using _ = await this.playground.condition.guard();
    this.#available++;
    await this.playground.condition.notify();
  }

  /** Has everyone end, and waits until they have. */
  async stop(): Promise<void> {
    const players = [...this.#players];
    await Promise.all(players.map(({ connection }) => connection.send({ kind: "stop" })));
    await Promise.all(players.map(({ stopped }) => stopped.promise));
    const { condition, event, barrier } = this.playground;
    await event.set();
    await barrier.abort();
    {
      await using _ = await condition.guard();
      await condition.notifyAll();
    }
    for (const { process, connection, heard } of players) {
      await process.join();
      connection.close();
      await heard;
      assertEquals(process.exitCode, 0);
    }
  }

  /** Nothing was amiss, and everything is as at the beginning. */
  async assertWell(): Promise<void> {
    assertEquals(this.#faults, []);
    const { lock, rlock, semaphore, bounded, condition, barrier } = this.playground;
    assertEquals([await lock.locked(), await rlock.locked()], [false, false]);
    assertEquals([await semaphore.getValue(), await bounded.getValue()], [LIMITS.semaphore, LIMITS.bounded]);
    assertEquals(await condition.acquire({ block: false }), true);
    await condition.release();
    assertEquals(await barrier.nWaiting(), 0);
    for (const door of [lock, rlock, semaphore, bounded]) {
      assertEquals(await door.acquire({ block: false }), true);
      await door.release();
    }
    assert(this.#entered > 0 && this.#taken > 0, this.summary);
  }

  async #hear(player: Player): Promise<void> {
    try {
      for await (const telling of player.connection) {
        if (!player.alive) continue;
        const value = this.#judge(player, telling);
        await player.connection.send({ kind: "answer", id: telling.id, value });
      }
    } catch (error) {
      // Killed, or closed when all was over.
      if (player.alive && !player.connection.closed) this.#faults.push(String(error));
    }
  }

  #judge(player: Player, telling: Telling): boolean {
    if (telling.kind === "stopped") {
      player.stopped.resolve();
      return true;
    }
    if (telling.kind === "take") {
      if (this.#available === 0) return false;
      this.#available--;
      this.#taken++;
      return true;
    }
    const { room } = telling;
    if (telling.kind === "leave") {
      player.inside[room]--;
      return true;
    }
    player.inside[room]++;
    this.#entered++;
    if (telling.abandoned && this.#kills === 0) this.#faults.push(`${room} was abandoned, but nobody was killed`);
    const inside = this.#countInside(room);
    if (inside > LIMITS[room]) this.#faults.push(`${inside} were in ${room}`);
    return true;
  }

  /** An RLock is held by a process, everything else by a task. */
  #countInside(room: Room): number {
    const counts = Array.from(this.#players, ({ inside }) => inside[room]);
    return counts.reduce((sum, count) => sum + (room === "rlock" ? Math.min(count, 1) : count), 0);
  }
}
