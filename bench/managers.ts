/** Managers, beside Python's. */
import {
  type Connection,
  type DictProxy,
  getContext,
  type ListProxy,
  type Process,
  share,
  type StartMethod,
  type SyncManager,
} from "../mod.ts";
import { type Add, type Contender, type Extent, race } from "./measure.ts";
import { METHODS } from "./ours.ts";
import type { Peer } from "./peer.ts";

/** What is measured, how often, and the aim as our time over Python's. */
interface ManagerRow {
  readonly row: "get" | "set" | "clients" | "list";
  readonly name: string;
  readonly unit: "µs" | "ms";
  readonly times: number;
  readonly aim: number;
}

const ROWS: readonly ManagerRow[] = [
  { row: "get", name: "dict of a manager, get", unit: "µs", times: 2000, aim: 1 },
  { row: "set", name: "dict of a manager, set", unit: "µs", times: 2000, aim: 1 },
  { row: "clients", name: "dict of a manager, 4 clients get", unit: "µs", times: 4000, aim: 0.5 },
  { row: "list", name: "list of a manager, 100,000 items fetched", unit: "ms", times: 20, aim: 0.5 },
];
const CLIENTS = 4;
const ITEMS = 100_000;

/** Measures all rows, and hands them over as they come. */
export async function benchManagers(python: Peer | undefined, extent: Extent, add: Add): Promise<void> {
  for (const method of METHODS) {
    await using clients = await Clients.start(method);
    for (const { row, name, unit, times, aim } of ROWS) {
      const ours = clients.contender(row);
      const contenders = python === undefined ? [ours] : [ours, python.contender(row)];
      const count = Math.ceil(times * extent.share / CLIENTS) * CLIENTS;
      add(
        await race({
          topic: "manager",
          name,
          unit,
          times: count,
          rounds: extent.rounds,
          contenders,
          aim: () => ({ most: aim }),
        }),
      );
    }
  }
}

/** A manager and the processes that use it. */
class Clients implements AsyncDisposable {
  readonly #method: StartMethod;
  readonly #manager: SyncManager;
  readonly #dict: DictProxy<string, number>;
  readonly #list: ListProxy<number>;
  readonly #ends: { orders: Connection<number, null>; process: Process<never[]> }[] = [];

  private constructor(
    method: StartMethod,
    manager: SyncManager,
    dict: DictProxy<string, number>,
    list: ListProxy<number>,
  ) {
    this.#method = method;
    this.#manager = manager;
    this.#dict = dict;
    this.#list = list;
  }

  static async start(method: StartMethod): Promise<Clients> {
    const manager = await getContext(method).Manager();
    const list = await manager.list(Array.from({ length: ITEMS }, (_, index) => index));
    const clients = new Clients(method, manager, await manager.dict({ a: 1 }), list);
    for (let left = CLIENTS; left > 0; left--) await clients.#startOne();
    return clients;
  }

  async #startOne(): Promise<void> {
    const { Pipe, Process } = getContext(this.#method);
    const [orders, its] = Pipe<number, null>();
    const process = new Process({ target: getTimes, args: [its, this.#dict] });
    await process.start();
    its.close();
    this.#ends.push({ orders, process: process as unknown as Process<never[]> });
  }

  /** Does a row so many times. */
  contender(row: ManagerRow["row"]): Contender {
    return {
      name: `ours, ${this.#method}`,
      run: async (times) => {
        const start = performance.now();
        if (row === "clients") await this.#allGet(Math.ceil(times / CLIENTS));
        else for (let left = times; left > 0; left--) await this.#once(row, left);
        return (performance.now() - start) / 1e3;
      },
    };
  }

  async #once(row: ManagerRow["row"], value: number): Promise<void> {
    if (row === "get") await this.#dict.get("a");
    else if (row === "set") await this.#dict.set("a", value);
    else await this.#list.getValue();
  }

  async #allGet(times: number): Promise<void> {
    for (const { orders } of this.#ends) await orders.send(times);
    for (const { orders } of this.#ends) await orders.recv();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { orders } of this.#ends) orders.close();
    for (const { process } of this.#ends) await process.join();
    await this.#manager.shutdown();
  }
}

/** Gets from the dict as often as it is told, until the connection is closed. */
async function getTimes(orders: Connection<null, number>, dict: DictProxy<string, number>): Promise<void> {
  for await (const times of orders) {
    for (let left = times; left > 0; left--) await dict.get("a");
    await orders.send(null);
  }
}

share(import.meta, { getTimes });
