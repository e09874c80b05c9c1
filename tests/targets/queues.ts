/** What children do with queues. */
import {
  type Connection,
  type Event,
  type JoinableQueue,
  type Lock,
  type Queue,
  reduce,
  revive,
  share,
  type SimpleQueue,
  type Value,
} from "../../mod.ts";
import { Random } from "../helpers/random.ts";

/** Whose item it is, and its number among those of the same process. */
export type Tagged = readonly [tag: string, number: number];

/** Puts items, one after another. */
export async function putAll(queue: Queue | SimpleQueue, ...items: unknown[]): Promise<void> {
  for (const item of items) await queue.put(item);
}

/** Puts so many numbered items. */
export async function putTagged(queue: Queue<Tagged>, tag: string, count: number): Promise<void> {
  for (let number = 0; number < count; number++) await queue.put([tag, number]);
}

/** Puts so many numbered items, all at once; whether they arrive is for the end of the process to see to. */
export function putTaggedAtOnce(queue: Queue<Tagged>, tag: string, count: number): void {
  for (let number = 0; number < count; number++) queue.put([tag, number]);
}

/** Leaves behind what puts items one after another. */
export function putTaggedInTurn(queue: Queue<Tagged>, tag: string, count: number): void {
  const put = async () => {
    for (let number = 0; number < count; number++) await queue.put([tag, number]);
  };
  put();
}

/** Puts more than there is room for, and is content to lose it; tells when its target is at an end. */
export async function putToNoAvail(queue: Queue, done: Event): Promise<void> {
  queue.cancelJoinThread();
  queue.put("lost");
  await done.set();
}

/** Puts an item, closes the queue and waits until it is through. */
export async function putCloseAndJoin(queue: Queue, item: unknown, begun: Event): Promise<void> {
  queue.put(item);
  queue.close();
  await begun.set();
  await queue.joinThread();
}

/** Takes so many items, and forgets them. */
export async function toBeLost(queue: Queue, count: number): Promise<void> {
  for (let left = count; left > 0; left--) await queue.get();
}

/** Takes an item, and is killed as soon as it has it. */
export async function getAndDie(queue: Queue): Promise<void> {
  await queue.get();
  Deno.kill(Deno.pid, "SIGKILL");
}

/** Passes items on until the queue is shut down. */
export async function passOn(from: Queue, to: Queue): Promise<void> {
  for await (const item of from) await to.put(item);
}

/** Takes items until the queue is shut down, and then tells them all. */
export async function collect(queue: Queue, results: Queue): Promise<void> {
  const got: unknown[] = [];
  for await (const item of queue) got.push(item);
  await results.put(got);
}

/** The square of each number, each marked as done afterwards. */
export async function square(tasks: JoinableQueue<number>, results: Queue<number>): Promise<void> {
  for await (const task of tasks) {
    await results.put(task * task);
    await tasks.taskDone();
  }
}

/** Answers what it gets by its sum, until it gets nothing. */
export async function addUp(queue: SimpleQueue<number[] | null>, sums: SimpleQueue<number>): Promise<void> {
  for (let numbers; (numbers = await queue.get()) !== null;) await sums.put(numbers.reduce((sum, each) => sum + each));
}

/** What travels in an item. */
export interface Luggage {
  readonly lock: Lock;
  /** Where memory is shared. */
  readonly value: Value<number> | null;
  readonly back: Queue<string>;
  readonly connection: Connection<string, string>;
}

/** What can be put, and not be made again from that. */
export class Unrevivable {
  [reduce](): number {
    return 0;
  }

  static [revive](): never {
    throw new RangeError("not to be revived");
  }
}

/** Unpacks an item, and uses all that is in it. */
export async function unpack(queue: Queue<{ deep: [Luggage] }>): Promise<void> {
  const { deep: [{ lock, value, back, connection }] } = await queue.get();
  await using _ = await lock.guard();
  await connection.send(`${await connection.recv()} over the connection`);
  await back.put(`over the queue that came, with ${value?.value ?? 41}`);
  if (value !== null) value.value = 42;
  connection.close();
}

/** Answers how many bytes came, and whether all are as they should be. */
export async function checkBytes(queue: Queue<Uint8Array>, answers: Queue): Promise<void> {
  for await (const bytes of queue) await answers.put([bytes.length, isCounted(bytes)]);
}

/** So many bytes, each known by its place. */
export function countedBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = at % 251;
  return bytes;
}

function isCounted(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== at % 251) return false;
  return true;
}

/** Puts and gets with a blocked thread. */
export async function passOnSync(from: Queue, to: Queue, count: number, ready: Event): Promise<void> {
  await ready.set();
  for (let left = count; left > 0; left--) to.putSync(from.getSync());
}

/** Puts as many numbered items of many sizes as it lives for; what was put is noted in a file. */
export async function produceUntilKilled(queue: Queue, tag: string, notes: string, seed: number): Promise<void> {
  using file = await Deno.open(notes, { append: true });
  const random = new Random(seed);
  for (let number = 0;; number++) {
    await queue.put([tag, number, patterned(number, random.below(8) === 0 ? random.below(100_000) : random.below(60))]);
    // What was written is there whatever becomes of the process.
    file.writeSync(note(tag, number));
  }
}

/** Takes items for as long as it lives, or until the queue is shut down; what was got, wholly, is noted in a file. */
export async function consumeUntilKilled(queue: Queue, notes: string): Promise<void> {
  using file = await Deno.open(notes, { append: true });
  for await (const item of queue) file.writeSync(note(...checked(item)));
}

/** Who put an item, if it is wholly as it was put. */
export function checked(item: unknown): Tagged {
  const [tag, number, bytes] = item as [string, number, Uint8Array];
  const expected = patterned(number, bytes.length);
  return bytes.every((byte, at) => byte === expected[at]) ? [tag, number] : [`damaged ${tag}`, number];
}

function patterned(number: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => number + at);
}

function note(tag: string, number: number): Uint8Array {
  return new TextEncoder().encode(`${tag} ${number}\n`);
}

share(import.meta, {
  putAll,
  putTagged,
  putTaggedAtOnce,
  putTaggedInTurn,
  putToNoAvail,
  putCloseAndJoin,
  toBeLost,
  getAndDie,
  passOn,
  collect,
  square,
  addUp,
  unpack,
  checkBytes,
  passOnSync,
  produceUntilKilled,
  consumeUntilKilled,
  Unrevivable,
});
