/** What the managers' tests run elsewhere, and the types that they register. */
import { BaseManager, type Connection, currentProcess, Process, share, SyncManager } from "../../mod.ts";
import type {
  Creator,
  DictProxy,
  IteratorProxy,
  ListProxy,
  LockProxy,
  Proxied,
  ProxyToken,
  QueueProxy,
} from "../../mod.ts";
import { BaseProxy, GeneratorProxy, MakeProxyType } from "../../mod.ts";

/** A class with state, a private method and a getter. */
export class Maths {
  #sum = 0;
  add(x: number, y: number): number {
    return x + y;
  }
  mul(x: number, y: number): number {
    return x * y;
  }
  accumulate(x: number): number {
    return this.#sum += x;
  }
  _hidden(): string {
    return "hidden";
  }
  get secret(): string {
    throw new Error("A getter was run");
  }
}

/** Its methods are exposed in three ways. */
export class Foo {
  f(): string {
    return "you called Foo.f()";
  }
  g(): string {
    return "you called Foo.g()";
  }
  _h(): string {
    return "you called Foo._h()";
  }
}

/** Numbers, squared. */
export function* squares(): Generator<number> {
  for (let i = 0; i < 10; i++) yield i * i;
}

/** Counts, and does not mind if nobody goes on. */
export function counting(): Pick<Iterator<number>, "next"> {
  let n = 0;
  return { next: () => ({ value: n++ }) };
}

/** The operators that the documentation serves. */
export const operator = {
  add: (x: number, y: number): number => x + y,
  pow: (x: bigint, y: bigint): bigint => x ** y,
};

/** An error of the program's own. */
export class OddError extends Error {
  override name = "OddError";
  constructor(readonly number: number) {
    super(`Cannot halve ${number}`);
  }
}

/** Fails in many ways, and waits. */
export class Troubles {
  aborted: string[] = [];
  half(number: number): number {
    if (number % 2 !== 0) throw new OddError(number);
    return number / 2;
  }
  unsendable(): unknown {
    return Promise.withResolvers();
  }
  throwUnsendable(): never {
    throw { promise: Promise.resolve() };
  }
  part(): Maths {
    return new Maths();
  }
  nothing(): Maths | null {
    return null;
  }
  /** Resolves when its signal aborts, or never. */
  async wait({ signal }: { signal?: AbortSignal } = {}): Promise<string> {
    await new Promise<void>((resolve) =>
      signal?.addEventListener("abort", () => {
        this.aborted.push(String(signal.reason?.name));
        resolve();
      })
    );
    return "aborted";
  }
  forEver(): Promise<never> {
    return new Promise(() => {});
  }
  seen(): string[] {
    return this.aborted;
  }
}

/** A constructor that fails. */
export class Broken {
  constructor() {
    throw new TypeError("Cannot be made");
  }
}

/** A class of proxies of the program's own. */
export class TallProxy extends BaseProxy {
  static override readonly exposed: readonly string[] = ["add"];
  constructor(token: ProxyToken) {
    super(token);
  }
  async addTwice(x: number, y: number): Promise<number> {
    return 2 * Number(await this.callMethod("add", [x, y]));
  }
}

/** What an initializer has left in the process of a manager. */
export class Notes {
  notes(): string[] {
    return notes;
  }
  async startChild(): Promise<number | null> {
    const child = new Process({ target: initialize, args: ["child"] });
    await child.start();
    await child.join();
    return child.exitCode;
  }
}
const notes: string[] = [];
export function initialize(note: string): void {
  notes.push(`${note} in ${currentProcess().name}`);
}
export function failToInitialize(): never {
  setInterval(() => {}, 60_000);
  throw new RangeError("no way");
}

/** An initializer that never comes to an end. */
export async function neverInitialize(): Promise<void> {
  await new Promise(() => setInterval(() => {}, 60_000));
}

/** An object that is not made at once, or not at all. */
export async function later(error?: string): Promise<Foo> {
  await Promise.resolve();
  if (error !== undefined) throw new OddError(1);
  return new Foo();
}

/** A manager of them all. */
export class MyManager extends BaseManager {
  declare Maths: Creator<typeof Maths>;
  declare later: (error?: string) => Promise<Proxied<Foo>>;
  declare Foo1: Creator<typeof Foo>;
  declare Foo2: (...args: unknown[]) => Promise<BaseProxy & { g(): Promise<string>; _h(): Promise<string> }>;
  declare Foo3: (...args: unknown[]) => Promise<BaseProxy>;
  declare squares: () => Promise<IteratorProxy<number>>;
  declare counting: () => Promise<IteratorProxy<number>>;
  declare operator: () => Promise<Proxied<typeof operator>>;
  declare Troubles: () => Promise<Proxied<Omit<Troubles, "part">> & { part(): Promise<Proxied<Maths>> }>;
  declare Broken: Creator<typeof Broken>;
  declare Tall: () => Promise<TallProxy>;
  declare Notes: Creator<typeof Notes>;
}
MyManager.register("Maths", { callable: Maths });
MyManager.register("later", { callable: later });
MyManager.register("Foo1", { callable: Foo });
MyManager.register("Foo2", { callable: Foo, exposed: ["g", "_h"] });
MyManager.register("Foo3", { callable: Foo, proxyType: MakeProxyType("Foo3Proxy", ["f"]) });
MyManager.register("squares", { callable: squares, proxyType: GeneratorProxy });
MyManager.register("counting", { callable: counting, proxyType: GeneratorProxy });
export function getOperator(): typeof operator {
  return operator;
}
MyManager.register("operator", { callable: getOperator });
MyManager.register("part", { createMethod: false });
MyManager.register("Troubles", { callable: Troubles, methodToTypeid: { part: "part", nothing: "part" } });
MyManager.register("Broken", { callable: Broken });
MyManager.register("Tall", { callable: Maths, proxyType: TallProxy });
MyManager.register("Notes", { callable: Notes });

share(import.meta, { MyManager });

/** Has a lock in the process of its manager. */
export class LockUser {
  async use(lock: LockProxy): Promise<boolean[]> {
    await using _ = await lock.guard();
    return [await lock.locked(), await lock.abandoned];
  }
}
/** Has a queue in the process of its manager, and gives up waiting for it; what it was told, and how much is left of one item. */
export class Hasty {
  async get(queue: QueueProxy<string>): Promise<unknown[]> {
    const controller = new AbortController();
    const limits = [{ timeout: 1 }, { signal: controller.signal }];
    const waits = limits.map((limit) => queue.callMethod("get", [], limit).catch((error) => error.name));
    controller.abort(new OddError(1));
    const told = await Promise.all(waits);
    await queue.put("precious");
    return [...told, await queue.qsize()];
  }
}
/** Locks and queues, and who uses them. */
export class LockManager extends SyncManager {
  declare LockUser: Creator<typeof LockUser>;
  declare Hasty: Creator<typeof Hasty>;
}
LockManager.register("LockUser", { callable: LockUser });
LockManager.register("Hasty", { callable: Hasty });

/** Fills what it is given. */
export async function fill(dict: DictProxy<string | number, unknown>, list: ListProxy<number>): Promise<void> {
  await dict.set(1, "1");
  await dict.set("2", 2);
  await dict.set(0.25, null);
  await list.reverse();
}

/** Takes a lock and says so, until it is killed. */
export async function holdLock(lock: LockProxy, list: ListProxy, told: Connection<string>): Promise<void> {
  await lock.acquire();
  await list.append("held");
  await told.send("held");
  await new Promise(() => {});
}

/** Waits for an item, until it is killed. */
export async function getItem(queue: QueueProxy, told: Connection<string>): Promise<void> {
  const got = queue.get();
  await queue.qsize();
  await told.send("waiting");
  await got;
}

/** Waits for an item; why it did not come. */
export async function getInVain(queue: QueueProxy, told: Connection<string>): Promise<void> {
  const got = queue.get().then(String, (error: Error) => `${error.name}: ${error.message}`);
  await queue.qsize();
  await told.send("waiting");
  await told.send(await got);
}

/** Passes on what comes, without looking at it. */
export async function passOn(from: Connection<unknown, BaseProxy>, to: Connection<BaseProxy>): Promise<void> {
  await to.send(await from.recv());
}

/** Receives a list, and adds to it. */
export async function addTo(from: Connection<unknown, ListProxy<string>>, item: string): Promise<void> {
  const list = await from.recv();
  await list.append(item);
}

/** Receives a list, adds to it, and gives it up. */
export async function addAndGiveUp(from: Connection<unknown, ListProxy<string>>, item: string): Promise<void> {
  await using list = await from.recv();
  await list.append(item);
}

/** Adds what is changed at once, and what cannot be sent, before the manager can have answered; what came of them. */
export async function addHastily(parent: Connection<unknown[], ListProxy<unknown>>): Promise<void> {
  await using list = await parent.recv();
  const item = ["as it was"];
  const added = [list.append(item), list.append(() => {})];
  item[0] = "changed";
  await parent.send((await Promise.allSettled(added)).map((each) => each.status === "rejected" && each.reason.name));
}

/** Adds one under a lock, many times. */
export async function increment(dict: DictProxy<string, number>, lock: LockProxy, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await using _ = await lock.guard();
    await dict.set("n", Number(await dict.get("n")) + 1);
  }
}

/** Tasks for a pool. */
export function square(x: number): number {
  return x * x;
}
export function add(x: number, y: number): number {
  return x + y;
}
export function halve(x: number): number {
  return new Troubles().half(x);
}
export function sleepForEver(): Promise<never> {
  return new Promise(() => {});
}
