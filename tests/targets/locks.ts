/** What children do with locks and their kin. */
import {
  Condition,
  type Connection,
  type Context,
  type Event as SharedEvent,
  getContext,
  type Lock,
  Pipe,
  share,
  type StartMethod,
} from "../../mod.ts";

/** A primitive, as far as it matters here. */
export type Shared = object;

/** What a party is told. */
export type PartyOrder =
  | { kind: "call" | "begin"; id: number; object: number; member: string; args: unknown[] }
  | { kind: "abort"; id: number; reason: string }
  | { kind: "end"; how: "return" | "exit" | "throw" };

/** What a party tells: how a call went, or that it has begun and waits. */
export type PartyAnswer =
  | { kind: "begun"; id: number }
  | { kind: "value"; id: number; value: unknown }
  | { kind: "error"; id: number; name: string; message: string };

/** Questions that change nothing and that every kind of primitive but Condition has one of. */
const PROBES = ["locked", "getValue", "isSet", "nWaiting", "empty"] as const;

/**
 * Resolves when what was begun with the object before now waits, if it has to. Where somebody else hosts the object, its requests
 * are answered in their order: an answer to a later one tells that the earlier one was heard.
 */
export async function probe(object: object): Promise<void> {
  for (const name of PROBES) {
    const member: unknown = Reflect.get(object, name);
    if (typeof member === "function") return void await member.call(object);
  }
}

/** Does with its objects as it is told. Calls begin in their order, and need not wait for each other. */
export async function serveParty(orders: Connection<PartyAnswer, PartyOrder>, ...objects: Shared[]): Promise<void> {
  const controllers = new Map<number, AbortController>();
  const guards: (Disposable | AsyncDisposable)[] = [];
  for await (const order of orders) {
    if (order.kind === "end") return endAs(order.how);
    if (order.kind === "abort") {
      controllers.get(order.id)?.abort(new Error(order.reason));
      continue;
    }
    const object = objects[order.object];
    if (object === undefined) throw new RangeError(`Cannot call: there is no object ${order.object}`);
    const sync = order.member.endsWith("Sync");
    // Afterwards the thread is blocked.
    if (order.kind === "begin" && sync) await orders.send({ kind: "begun", id: order.id });
    const [options, ...rest] = order.args;
    const args = order.kind === "begin" && !sync
      ? [{ ...options as object, signal: controllerOf(controllers, order.id).signal }, ...rest]
      : order.args;
    const outcome = callMember(object, order.member, args, guards);
    answer(orders, order.id, outcome);
    if (order.kind !== "begin" || sync) continue;
    await probe(object);
    await orders.send({ kind: "begun", id: order.id });
  }
}

function controllerOf(controllers: Map<number, AbortController>, id: number): AbortController {
  const controller = new AbortController();
  controllers.set(id, controller);
  return controller;
}

/** Calls a method or reads a property. Guards stay here, and are disposed of by `dispose`. */
async function callMember(
  object: object,
  member: string,
  args: unknown[],
  guards: (Disposable | AsyncDisposable)[],
): Promise<unknown> {
  if (member === "dispose") return await disposeLast(guards);
  if (member === "waitFor") return await waitForCount(object, args);
  const value: unknown = Reflect.get(object, member);
  const result: unknown = typeof value === "function" ? await value.apply(object, args) : value;
  if (member !== "guard" && member !== "guardSync") return result;
  guards.push(result as Disposable | AsyncDisposable);
  return "guarded";
}

async function disposeLast(guards: (Disposable | AsyncDisposable)[]): Promise<void> {
  const guard = guards.pop();
  if (guard === undefined) throw new Error("Cannot dispose of a guard: there is none");
  if (Symbol.asyncDispose in guard) await guard[Symbol.asyncDispose]();
  else guard[Symbol.dispose]();
}

/** `waitFor` with a predicate that holds when it is asked for the given time. */
async function waitForCount(object: object, [options, count]: unknown[]): Promise<unknown> {
  let asked = 0;
  const waitFor: unknown = Reflect.get(object, "waitFor");
  if (typeof waitFor !== "function") throw new TypeError("Cannot wait: the object has no waitFor()");
  return await waitFor.call(object, () => ++asked >= Number(count), options);
}

async function answer(orders: Connection<PartyAnswer>, id: number, outcome: Promise<unknown>): Promise<void> {
  try {
    const value = await outcome;
    await orders.send({ kind: "value", id, value });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    await orders.send({ kind: "error", id, name, message });
  }
}

function endAs(how: "return" | "exit" | "throw"): void {
  if (how === "exit") Deno.exit(0);
  if (how === "throw") throw new Error("as told");
}

/** Serves as a party in a process of its own start, which it waits for. */
export async function servePartyBelow(
  method: StartMethod,
  orders: Connection<PartyAnswer, PartyOrder>,
  ...objects: Shared[]
): Promise<void> {
  const context: Context = getContext(method);
  const child = new context.Process<unknown[]>({
    target: serveParty as (...args: unknown[]) => unknown,
    args: [orders, ...objects],
  });
  await child.start();
  orders.close();
  await child.join();
}

/** Serves as a party with the objects that it receives in the first message, wherever they are in it. */
export async function servePartyLater(
  orders: Connection<PartyAnswer, PartyOrder>,
  gifts: Connection<string, { deep: [Map<string, Shared>] }>,
): Promise<void> {
  const { deep: [objects] } = await gifts.recv();
  await gifts.send("received");
  await serveParty(orders, ...objects.values());
}

/**
 * Calls a method whose last argument are options, and aborts it: before, at once, or as soon as an event says so to this thread, which
 * hears of nothing else meanwhile. What comes of it.
 */
export async function callAndAbort(
  to: Connection<string>,
  when: "before" | "at once" | SharedEvent,
  object: Shared,
  member: string,
  ...args: unknown[]
): Promise<void> {
  await hold(object);
  const controller = new AbortController();
  const abort = () => controller.abort(new RangeError("no longer"));
  if (when === "before") abort();
  const outcome = callMember(object, member, [...args, { signal: controller.signal }], []);
  if (typeof when === "object") {
    await to.send("begun");
    when.waitSync();
  }
  abort();
  await to.send(await outcome.then(() => "done", ({ message }) => message));
}

/** Begins a call, and then blocks for ever, deaf to whoever keeps the object; a file says so. */
export async function beginAndGoNumb(
  file: string,
  probed: Shared,
  object: Shared,
  member: string,
  ...args: unknown[]
): Promise<void> {
  await hold(object);
  callMember(object, member, args, []);
  await probe(probed);
  Deno.writeTextFileSync(file, "numb");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** A condition can be waited for only by who holds it. */
async function hold(object: Shared): Promise<void> {
  if (object instanceof Condition) await object.acquire();
}

/** Receives two objects, and tells whether locking the one locks the other. */
export async function compareLocks(end: Connection<unknown, [Lock, { also: Lock }, Lock]>): Promise<void> {
  const [first, { also: second }, other] = await end.recv();
  await first.acquire();
  await end.send([await second.locked(), await other.locked(), await second.acquire({ block: false })]);
  await second.release();
  await end.send([await first.locked()]);
}

/** Makes a primitive of its own, sends it away, and serves as a party with it. */
export async function servePartyOfOwn(
  orders: Connection<PartyAnswer, PartyOrder>,
  gifts: Connection<Shared>,
  method: StartMethod,
  kind: "Lock" | "RLock" | "Semaphore" | "Event" | "Condition",
): Promise<void> {
  const object = new (getContext(method)[kind])();
  await gifts.send(object);
  await serveParty(orders, object);
}

/** Receives a message, takes a lock and ends without releasing it. */
export async function receiveAndHold(end: Connection<string>, lock: Lock): Promise<void> {
  await end.recv();
  await lock.acquire();
  await end.send("held");
}

/** Blocks for a lock that a child of its own held which has ended; sends whether it got it, and whether that was told. */
export async function blockForChild(to: Connection<[boolean, boolean]>, method: StartMethod): Promise<void> {
  const ctx = getContext(method);
  const [here, there] = Pipe<string>();
  const lock = new ctx.Lock();
  const child = new ctx.Process({ target: receiveAndHold, args: [there, lock] });
  await child.start();
  await here.send("hold it");
  await here.recv();
  await to.send([lock.acquireSync({ timeout: 20_000 }), lock.abandoned]);
  lock.releaseSync();
  await child.join();
}

/** Appends a line in pieces, so that others could get between them, as often as told. */
export async function writeLines(lock: Lock, path: string, name: number, count: number): Promise<void> {
  using file = await Deno.open(path, { append: true });
  for (let line = 0; line < count; line++) {
    await lock.acquire();
    for (const piece of ["hello ", "world ", `${name}`, "\n"]) await file.write(new TextEncoder().encode(piece));
    await lock.release();
  }
}

/** Adds one to the number in a file, as often as told, in several tasks at a time. */
export async function countInFile(lock: Lock, path: string, tasks: number, count: number): Promise<void> {
  await Promise.all(Array.from({ length: tasks }, async () => {
    for (let round = 0; round < count; round++) {
      await using _ = await lock.guard();
      await Deno.writeTextFile(path, String(Number(await Deno.readTextFile(path)) + 1));
    }
  }));
}

/** Adds one to the number in a file, as often as told, without an event loop. */
export function countInFileSync(lock: Lock, path: string, count: number): void {
  for (let round = 0; round < count; round++) {
    using _ = lock.guardSync();
    Deno.writeTextFileSync(path, String(Number(Deno.readTextFileSync(path)) + 1));
  }
}

share(import.meta, {
  callAndAbort,
  beginAndGoNumb,
  serveParty,
  servePartyBelow,
  servePartyLater,
  servePartyOfOwn,
  compareLocks,
  writeLines,
  countInFile,
  countInFileSync,
});
