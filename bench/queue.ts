/** Queues, beside Python's. */
import { type Connection, getContext, type Process, type Queue, type StartMethod } from "../mod.ts";
import { type Add, type Contender, type Extent, race, type Result } from "./measure.ts";
import { METHODS } from "./ours.ts";
import type { Peer } from "./peer.ts";
import { partner, putTimes, type QueueOrder } from "./queue_children.ts";

/** What is measured: who puts and gets, what, how often, and the aim as our time over Python's. */
interface QueueRow {
  readonly row: string;
  readonly name: string;
  readonly unit: "messages/s" | "MiB/s" | "µs";
  readonly times: number;
  readonly bytes?: number;
  readonly aim: number;
}

const ROWS: readonly QueueRow[] = [
  { row: "1to1:integer", name: "queue, 1 puts, 1 gets", unit: "messages/s", times: 20_000, aim: 1 / 3 },
  { row: "4to2:integer", name: "queue, 4 put, 2 get", unit: "messages/s", times: 20_000, aim: 1 / 3 },
  { row: "1to1:64KiB", name: "queue, 64 KiB", unit: "MiB/s", times: 1000, bytes: 1 << 16, aim: 1 / 3 },
  { row: "1to1:1MiB", name: "queue, 1 MiB", unit: "MiB/s", times: 100, bytes: 1 << 20, aim: 1 / 3 },
  { row: "echo:integer", name: "queue, there and back", unit: "µs", times: 2000, aim: 0.7 },
];
const PARTNERS = 6;

/** Measures all rows, and hands them over as they come. */
export async function benchQueues(python: Peer | undefined, extent: Extent, add: Add): Promise<void> {
  for (const method of METHODS) {
    await using partners = await Partners.start(method);
    for (const row of ROWS) add(await raceOf(row, partners, python, extent));
  }
}

async function raceOf(what: QueueRow, partners: Partners, python: Peer | undefined, extent: Extent): Promise<Result> {
  const { row, name, unit, bytes = 0, aim } = what;
  const ours = [partners.contender(row, "async"), partners.contender(row, "sync")];
  return await race({
    topic: "queue",
    name,
    unit,
    times: Math.ceil(what.times * extent.share / 4) * 4,
    rounds: extent.rounds,
    bytes,
    contenders: python === undefined ? ours : [...ours, python.contender(row)],
    aim: () => ({ most: aim }),
  });
}

/** Processes that put and get. */
class Partners implements AsyncDisposable {
  readonly #method: StartMethod;
  readonly #queue: Queue<unknown>;
  readonly #back: Queue<unknown>;
  readonly #ends: { orders: Connection<QueueOrder, null>; process: Process<never[]> }[] = [];

  private constructor(method: StartMethod) {
    this.#method = method;
    const context = getContext(method);
    this.#queue = new context.Queue();
    this.#back = new context.Queue();
  }

  static async start(method: StartMethod): Promise<Partners> {
    const partners = new Partners(method);
    await Promise.all(Array.from({ length: PARTNERS }, () => partners.#startOne()));
    return partners;
  }

  async #startOne(): Promise<void> {
    const context = getContext(this.#method);
    const [orders, its] = context.Pipe<QueueOrder, null>();
    const process = new context.Process({ target: partner, args: [its, this.#queue, this.#back] });
    await process.start();
    its.close();
    this.#ends.push({ orders, process: process as unknown as Process<never[]> });
  }

  /** Does a row so many times. */
  contender(row: string, how: "sync" | "async"): Contender {
    const [kind = "", item = ""] = row.split(":");
    return {
      name: `ours, ${this.#method}, ${how}`,
      run: async (times) => {
        // A warm-up may be of any number.
        const even = Math.ceil(times / 4) * 4;
        const start = performance.now();
        if (kind === "1to1") await this.#oneToOne(how, item, even);
        else if (kind === "4to2") await this.#fourToTwo(how, item, even);
        else await this.#thereAndBack(how, even);
        return (performance.now() - start) / 1e3 * times / even;
      },
    };
  }

  async #oneToOne(how: "sync" | "async", item: string, times: number): Promise<void> {
    await this.#tell(0, { act: "get", how, item, times });
    await putTimes(this.#queue, how, item, times);
    await this.#heard(1);
  }

  async #fourToTwo(how: "sync" | "async", item: string, times: number): Promise<void> {
    for (let index = 0; index < PARTNERS; index++) {
      await this.#tell(index, { act: index < 4 ? "put" : "get", how, item, times: times / (index < 4 ? 4 : 2) });
    }
    await this.#heard(PARTNERS);
  }

  async #thereAndBack(how: "sync" | "async", times: number): Promise<void> {
    await this.#tell(0, { act: "echo", how, item: "integer", times });
    for (let left = times; left > 0; left--) {
      if (how === "sync") {
        this.#queue.putSync(0);
        this.#back.getSync();
      } else {
        await this.#queue.put(0);
        await this.#back.get();
      }
    }
    await this.#heard(1);
  }

  async #tell(index: number, order: QueueOrder): Promise<void> {
    await this.#ends[index]?.orders.send(order);
  }

  async #heard(count: number): Promise<void> {
    for (const { orders } of this.#ends.slice(0, count)) await orders.recv();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { orders } of this.#ends) orders.close();
    for (const { process } of this.#ends) await process.join();
  }
}
