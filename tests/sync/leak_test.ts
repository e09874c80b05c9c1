/** Nothing is left of what nobody uses any more: memory, descriptors, threads, records, timers. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Connection, type Context, getContext, type Lock, Pipe, type Queue, type StartMethod } from "../../mod.ts";
import type { Arena } from "../../src/sync/arena.ts";
import { Header } from "../../src/sync/layout.ts";
import { fileTerritory, threadTerritory } from "../../src/sync/program_memory.ts";
import { inspect, type Inventory } from "../helpers/arena_laws.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachSharedMemory } from "../helpers/methods.ts";
import { collectGarbage, everyKind, holdEverything, receiveAndForget } from "../targets/crashes.ts";

const WAITS = 1000;

function arenaOf(method: StartMethod): Arena {
  return (method === "worker" ? threadTerritory() : fileTerritory()).arena;
}

function heapTop({ cells }: Arena): number {
  return cells[Header.HEAP_TOP] ?? 0;
}

/** Descriptors of this process. */
function descriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

/** Threads of this process. */
function threads(): number {
  return [...Deno.readDirSync("/proc/self/task")].length;
}

/** Sends things to a child that forgets them, and forgets them. */
async function makeAndForget(ctx: Context, things: Connection<object[], string>): Promise<void> {
  for (let round = 0; round < 10; round++) {
    await things.send(everyKind(ctx));
    assertEquals(await things.recv(), "received 10");
  }
  await things.send([]);
  assertEquals(await things.recv(), "collected");
}

/** An arena without what is known to be dead, or not used any more, as that of tests before. */
async function tidied(arena: Arena): Promise<Inventory> {
  for (let before = Infinity;;) {
    arena.buryDead();
    await collectGarbage();
    const inventory = inspect(arena.cells);
    if (inventory.blocks.size >= before) return inventory;
    before = inventory.blocks.size;
  }
}

forEachSharedMemory("memory of objects that are made, sent and forgotten is used again", async (ctx) => {
  const arena = arenaOf(ctx.getStartMethod());
  const [things, received] = Pipe<object[], string>();
  const child = await start(ctx, receiveAndForget, received);
  received.close();
  const tops: number[] = [];
  for (let round = 0; round < 6; round++) {
    await makeAndForget(ctx, things);
    await collectGarbage();
    tops.push(heapTop(arena));
  }
  things.close();
  await finish([child]);
  // A round sends more than a hundred blocks; some may be on their way still.
  const grown = (tops.at(-1) ?? 0) - (tops.at(2) ?? 0);
  assert(grown < 100, `the heap grows: ${tops}`);
});

forEachSharedMemory("memory of a process that was killed is given back", async (ctx) => {
  const method = ctx.getStartMethod();
  const arena = arenaOf(method);
  const lock = new ctx.Lock();
  const semaphore = new ctx.Semaphore(1);
  const never = new ctx.Event();
  const before = await tidied(arena);
  for (let round = 0; round < 3; round++) {
    const [said, tell] = Pipe<never, string>();
    const args = [tell, method, lock, semaphore, never] as const;
    const child = await start(ctx, holdEverything, ...args);
    assertEquals(await said.recv(), "holds");
    assert(inspect(arena.cells).blocks.size >= before.blocks.size + 200);
    child.kill();
    await child.join();
    said.close();
    tell.close();
    // It had both.
    assert(await lock.acquire() && await semaphore.acquire());
    assert(lock.abandoned);
    await lock.release();
    await semaphore.release();
  }
  const { blocks, faults } = await tidied(arena);
  assertEquals([faults, blocks.size], [[], before.blocks.size]);
});

forEachSharedMemory("what travels in items that a queue throws away is given back", async (ctx) => {
  const arena = arenaOf(ctx.getStartMethod());
  const before = (await tidied(arena)).blocks.size;
  const fill = async (queue: Queue<Lock>) => {
    for (let left = 20; left > 0; left--) await queue.put(new ctx.Lock());
  };
  const shutDown = async () => {
    const queue = new ctx.Queue<Lock>();
    await fill(queue);
    await queue.shutdown({ immediate: true });
  };
  await shutDown();
  // One that nobody uses any more.
  await fill(new ctx.Queue<Lock>());
  await collectGarbage();
  assertEquals((await tidied(arena)).blocks.size, before);
});

/** Starts a child that receives things made by another context, forgets them and ends. */
async function sendToOneMore(ctx: Context, maker: Context): Promise<void> {
  const [things, received] = Pipe<object[], string>();
  const child = await start(ctx, receiveAndForget, received);
  received.close();
  await things.send(everyKind(maker));
  assertEquals(await things.recv(), "received 10");
  things.close();
  await finish([child]);
}

forEachSharedMemory("threads that use what processes share leave no descriptor behind", async (ctx) => {
  const worker = getContext("worker");
  await sendToOneMore(worker, ctx);
  await sendToOneMore(worker, ctx);
  const before = descriptors();
  const rounds = 12;
  for (let round = 0; round < rounds; round++) await sendToOneMore(worker, ctx);
  assert(descriptors() < before + rounds, `${before} descriptors became ${descriptors()}`);
}, { except: ["worker", "forkserver"] });

forEachSharedMemory("processes with shared objects leave no descriptor, thread or file behind", async (ctx) => {
  const oneMore = () => sendToOneMore(ctx, ctx);
  const shared = () => [...Deno.readDirSync("/dev/shm")].filter(({ name }) => name.includes("multiprocessing"));
  await oneMore();
  await oneMore();
  const before = { descriptors: descriptors(), threads: threads() };
  const rounds = 12;
  for (let round = 0; round < rounds; round++) await oneMore();
  const after = { descriptors: descriptors(), threads: threads() };
  // The runtime takes its time to close those of the last thread, which are more than one.
  for (const what of ["descriptors", "threads"] as const) {
    assert(after[what] < before[what] + rounds, `${before[what]} ${what} became ${after[what]}`);
  }
  assertEquals(shared(), []);
});

forEachSharedMemory("a thousand pending waits cost one doorbell and no thread", async (ctx) => {
  const arena = arenaOf(ctx.getStartMethod());
  const event = new ctx.Event();
  const { words } = arena;
  const { listen, turn } = words;
  let listened = 0;
  // Nothing comes soon.
  words.turn = () => undefined;
  words.listen = (...args) => {
    listened++;
    return listen.apply(words, args);
  };
  try {
    // The first wait starts the thread that listens, where one is needed.
    const first = event.wait();
    const before = threads();
    const waits = Array.from({ length: WAITS }, () => event.wait());
    const top = heapTop(arena);
    assertEquals(listened, 1);
    // Those of the runtime come and go.
    assert(threads() - before < 10);
    await event.set();
    assertEquals((await Promise.all([first, ...waits])).every((came) => came), true);
    await event.clear();
    const again = Array.from({ length: WAITS }, () => event.wait());
    assertEquals([heapTop(arena), listened], [top, 2]);
    await event.set();
    await Promise.all(again);
  } finally {
    Object.assign(words, { listen, turn });
  }
});

forEachSharedMemory("waits whose time was up leave no asynchronous wait behind, one after another", async (ctx) => {
  const { waitAsync } = Atomics;
  let pending = 0;
  const lock = new ctx.Lock();
  await lock.acquire();
  // The first starts the thread that listens, where one is needed.
  assertEquals(await lock.acquire({ timeout: 0.1 }), false);
  Object.assign(Atomics, {
    waitAsync: (...args: Parameters<typeof waitAsync>) => {
      const wait = waitAsync(...args);
      if (wait.async) {
        pending++;
        wait.value.then(() => pending--);
      }
      return wait;
    },
  });
  try {
    for (let round = 0; round < 200; round++) assertEquals(await lock.acquire({ timeout: 0.1 }), false);
    // The doorbell may have been rung once meanwhile, as by a thread that began late.
    assert(pending <= 2, `${pending} asynchronous waits of V8 for 200`);
  } finally {
    Object.assign(Atomics, { waitAsync });
  }
  await lock.release();
});

forEachSharedMemory("a wait that was aborted or whose time was up leaves its record to the next", async (ctx) => {
  const arena = arenaOf(ctx.getStartMethod());
  const [event, lock, semaphore, condition] = [
    new ctx.Event(),
    new ctx.Lock(),
    new ctx.Semaphore(0),
    new ctx.Condition(),
  ];
  await lock.acquire();
  await condition.acquire();
  const giveUp = async () => {
    assertEquals(await event.wait({ timeout: 0.1 }), false);
    assertEquals(await lock.acquire({ timeout: 0.1 }), false);
    assertEquals(await semaphore.acquire({ timeout: 0.1 }), false);
    assertEquals(await condition.wait({ timeout: 0.1 }), false);
    const controller = new AbortController();
    const { signal } = controller;
    const waits = [event.wait({ signal }), lock.acquire({ signal }), semaphore.acquire({ signal })];
    const refused = Promise.all(waits.map((wait) => assertRejects(() => wait, Error, "enough")));
    controller.abort(new Error("enough"));
    await refused;
  };
  await giveUp();
  const { records } = inspect(arena.cells);
  const top = heapTop(arena);
  for (let round = 0; round < 100; round++) await giveUp();
  assertEquals([inspect(arena.cells).records.length, heapTop(arena)], [records.length, top]);
  await condition.release();
  await lock.release();
});
