/**
 * Processes are killed at random while they put and get. MP_QUEUE_KILLS says how often for each start method, MP_QUEUE_SEED in which
 * way. What a process has put or got is noted by it in a file, so nothing but the moment of the kill decides what is known of it.
 */
import { assert, assertEquals } from "@std/assert";
import { type Context, getAllStartMethods, getContext, type Process, type Queue } from "../../mod.ts";
import { queuePort } from "../../src/queue/queue.ts";
import { Header } from "../../src/sync/layout.ts";
import { start } from "../helpers/children.ts";
import { HANG_MS, methodsOf } from "../helpers/methods.ts";
import { Random } from "../helpers/random.ts";
import { within } from "../helpers/within.ts";
import { checked, consumeUntilKilled, produceUntilKilled } from "../targets/queues.ts";

const KILLS = Number(Deno.env.get("MP_QUEUE_KILLS") ?? 17);
const SEED = Number(Deno.env.get("MP_QUEUE_SEED") ?? 1);
const BOUND = 20;
/** Items that each member has handled at least, before one is killed. */
const ITEMS_BETWEEN = 25;

interface Member {
  readonly tag: string;
  readonly role: "producer" | "consumer";
  readonly notes: string;
  readonly process: Process<never[]>;
}

/** Producers and consumers of one queue, and what each of them did. */
class Mill implements AsyncDisposable {
  readonly queue: Queue;
  readonly #ctx: Context;
  readonly #folder = Deno.makeTempDirSync({ prefix: "kills-" });
  readonly #members: Member[] = [];
  readonly #all: Member[] = [];
  readonly #random = new Random(SEED);
  #lostAtMost = 0;

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.queue = new ctx.Queue(BOUND);
  }

  /** Starts one more. */
  async start(role: Member["role"]): Promise<void> {
    const tag = `${role}-${this.#all.length}`;
    const notes = `${this.#folder}/${tag}`;
    Deno.writeTextFileSync(notes, "");
    const process = role === "producer"
      ? await start(this.#ctx, produceUntilKilled, this.queue, tag, notes, SEED + this.#all.length)
      : await start(this.#ctx, consumeUntilKilled, this.queue, notes);
    const member = { tag, role, notes, process: process as unknown as Process<never[]> };
    this.#members.push(member);
    this.#all.push(member);
  }

  /** Resolves when somebody, whoever it is, has handled so many items more. */
  async turn(items: number): Promise<void> {
    const { notes, process, tag } = this.#random.pick(this.#members);
    const aim = linesOf(notes).length + items;
    using watcher = Deno.watchFs(notes);
    const reached = async () => {
      if (linesOf(notes).length >= aim) return;
      for await (const _ of watcher) if (linesOf(notes).length >= aim) return;
    };
    const ended = async () => {
      await process.join();
      throw new Error(`Cannot go on: ${tag} ended by itself with exit code ${process.exitCode}`);
    };
    const end = ended();
    // It is killed later on.
    end.catch(() => {});
    await Promise.race([reached(), end]);
  }

  /** Kills one at any moment, and starts another in its place. */
  async kill(): Promise<void> {
    const [member] = this.#members.splice(this.#random.below(this.#members.length), 1);
    assert(member !== undefined);
    member.process.kill();
    await member.process.join();
    if (member.role === "consumer") this.#lostAtMost++;
    await this.start(member.role);
  }

  /** Kills all that are left, and takes what is in the queue. */
  async finish(): Promise<readonly string[]> {
    for (const { process, role } of this.#members) {
      process.kill();
      await process.join();
      if (role === "consumer") this.#lostAtMost++;
    }
    const size = await this.queue.qsize();
    const left: string[] = [];
    for (let items = size; items > 0; items--) left.push(checked(await this.queue.getNowait()).join(" "));
    assertEquals([await this.queue.qsize(), await this.queue.empty()], [0, true]);
    return left;
  }

  /** Nothing came twice, nothing came that was not put, no more is missing than may be, and in order. */
  assertAllArrived(left: readonly string[]): string {
    const lists = this.#all.filter(({ role }) => role === "consumer").map(({ notes }) => linesOf(notes));
    const got = [...lists, left].flat();
    const arrived = new Set(got);
    assertEquals(got.length, arrived.size, "an item came twice");
    assertEquals(got.filter((item) => item.startsWith("damaged")), [], "an item was damaged");
    // Only what a dead one had been handed and had not received may come later than it was put.
    const late = [...lists, left].reduce((sum, list) => sum + countLate(list), 0);
    assert(late <= this.#lostAtMost, `${late} came after later ones of the same producer`);
    const put = this.#all.filter(({ role }) => role === "producer").flatMap(({ notes }) => linesOf(notes));
    const missing = put.filter((item) => !arrived.has(item));
    assert(missing.length <= this.#lostAtMost, `${missing.length} of ${put.length} are lost: ${missing.slice(0, 9)}`);
    const unnoted = got.length + missing.length - put.length;
    // Each producer may have died between a put and its note.
    assert(unnoted <= this.#all.length, `${unnoted} came that nobody put`);
    return `${put.length} put, ${got.length} got, ${missing.length} lost with those that had taken them`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process } of this.#members) if (process.isAlive()) process.kill();
    for (const { process } of this.#members) await process.join();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function linesOf(path: string): string[] {
  return Deno.readTextFileSync(path).split("\n").slice(0, -1);
}

/** How many come after later ones of the same producer. */
function countLate(list: readonly string[]): number {
  const last = new Map<string, number>();
  let late = 0;
  for (const item of list) {
    const [tag = "", number] = item.split(" ");
    const before = last.get(tag) ?? -1;
    if (Number(number) < before) late++;
    last.set(tag, Math.max(Number(number), before));
  }
  return late;
}

/** Units of the shared memory that were ever in use. */
function heapTop(queue: Queue): number {
  return queuePort(queue).words?.agent.holder.arena.cells[Header.HEAP_TOP] ?? 0;
}

async function grind(ctx: Context): Promise<void> {
  await using mill = new Mill(ctx);
  for (const role of ["producer", "consumer", "producer", "consumer"] as const) await mill.start(role);
  const tops: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await mill.turn(ITEMS_BETWEEN);
    await mill.kill();
    tops.push(heapTop(mill.queue));
  }
  const left = await mill.finish();
  const summary = mill.assertAllArrived(left);
  // What the first half needed suffices for all, but for sizes of which more came together later.
  const [middle = 0, end = 0] = [tops[tops.length >> 1], tops.at(-1)];
  const LARGEST_ITEM_UNITS = 4096;
  assert(end - middle <= 8 * LARGEST_ITEM_UNITS, `shared memory grew from ${middle} to ${end} units: ${summary}`);
  if (Deno.env.has("MP_QUEUE_KILLS")) {
    console.log(`${KILLS} kills: ${summary}; heap ${tops[0]} ${middle} ${end}`);
  }
}

for (const method of methodsOf("Queue: a process killed", getAllStartMethods())) {
  Deno.test(`Queue: a process killed while it puts or gets harms no item of others (${method})`, async () => {
    const ctx = getContext(method);
    try {
      await within(HANG_MS + KILLS * 1000, grind(ctx));
    } finally {
      for (const child of ctx.activeChildren()) child.kill();
    }
  });
}
