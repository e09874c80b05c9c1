import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { type Context, Empty, Full, type Queue } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { startParty } from "../helpers/party.ts";
import { beginHere, beginThere } from "../helpers/queues.ts";
import { collect, putTagged, type Tagged } from "../targets/queues.ts";

/** Every item came once, and those of one process in their order in each list. */
function assertInOrder(lists: readonly (readonly Tagged[])[], tags: readonly string[], count: number): void {
  for (const list of lists) {
    const last = new Map<string, number>();
    for (const [tag, number] of list) {
      assert(number > (last.get(tag) ?? -1), `${tag} ${number} came after ${last.get(tag)}`);
      last.set(tag, number);
    }
  }
  const all = lists.flat().map(([tag, number]) => `${tag} ${number}`).toSorted();
  const expected = tags.flatMap((tag) => Array.from({ length: count }, (_, number) => `${tag} ${number}`)).toSorted();
  assertEquals(all, expected);
}

async function exchange(ctx: Context, bound: number, producers: number, consumers: number): Promise<void> {
  const COUNT = 300;
  const [queue, results] = [new ctx.Queue<Tagged>(bound), new ctx.Queue<Tagged[]>()];
  const tags = Array.from({ length: producers }, (_, index) => `p${index}`);
  const takers = [];
  for (let left = consumers; left > 0; left--) takers.push(await start(ctx, collect, queue as Queue, results as Queue));
  const makers = await Promise.all(tags.map((tag) => start(ctx, putTagged, queue, tag, COUNT)));
  await finish(makers);
  await queue.shutdown();
  const lists = [];
  for (let left = consumers; left > 0; left--) lists.push(await results.get());
  await finish(takers);
  assertInOrder(lists, tags, COUNT);
}

for (const [what, bound] of [["without a bound", 0], ["with room for 1", 1], ["with room for 7", 7]] as const) {
  forEachStartMethod(
    `Queue ${what} keeps the order of each of many that put, for many that get [QUE-02]`,
    async (ctx) => {
      await exchange(ctx, bound, 3, 2);
    },
  );
}

forEachStartMethod("Queue keeps the order of puts and gets that are begun at once [QUE-02]", async (ctx) => {
  for (const bound of [0, 3]) {
    const queue = new ctx.Queue<number>(bound);
    const numbers = Array.from({ length: 50 }, (_, number) => number);
    const early = numbers.slice(0, 20).map(() => queue.get());
    const puts = numbers.map((number) => queue.put(number));
    const late = numbers.slice(20).map(() => queue.get());
    assertEquals(await Promise.all([...early, ...late]), numbers);
    await Promise.all(puts);
  }
});

forEachStartMethod("Queue gives first what was there first: of this process, then of a child [QUE-20]", async (ctx) => {
  const queue = new ctx.Queue<Tagged>();
  for (let number = 0; number < 10; number++) await queue.put(["here", number]);
  await finish([await start(ctx, putTagged, queue, "there", 10)]);
  for (const tag of ["here", "there"]) {
    for (let number = 0; number < 10; number++) assertEquals(await queue.get(), [tag, number]);
  }
  await assertRejects(() => queue.getNowait(), Empty);
});

forEachStartMethod("Queue: an abort before it begins takes nothing and leaves nothing", async (ctx) => {
  const queue = new ctx.Queue<number>();
  const reason = new RangeError("no longer");
  await queue.put(1);
  const signal = AbortSignal.abort(reason);
  assertStrictEquals(await assertRejects(() => queue.get({ signal })), reason);
  assertStrictEquals(await assertRejects(() => queue.put(2, { signal })), reason);
  assertEquals([await queue.get(), await queue.qsize()], [1, 0]);
});

forEachStartMethod("Queue.get() that is aborted takes nothing, and the next goes on", async (ctx) => {
  const queue = new ctx.Queue<number>();
  const there = await startParty(ctx, queue);
  const controller = new AbortController();
  const reason = new RangeError("no longer");
  const ours = await beginHere(
    queue,
    () => queue.get({ signal: controller.signal, timeout: 1e9 }).catch((error) => error),
  );
  const theirs = await beginThere(there, "get", {});
  const last = await beginHere(queue, () => queue.get());
  controller.abort(reason);
  assertStrictEquals(await ours.outcome, reason);
  await theirs.abort("no longer either");
  assertEquals((await assertRejects(() => theirs.outcome, Error)).message, "no longer either");
  assertEquals(last.settled, false);
  await there.call("put", 1);
  assertEquals([await last.outcome, await queue.empty()], [1, true]);
  await there.stop();
});

forEachStartMethod("Queue.put() that is aborted leaves nothing, and the next goes on", async (ctx) => {
  const queue = new ctx.Queue<number>(1);
  const controller = new AbortController();
  const reason = new RangeError("no longer");
  await queue.put(1);
  const aborted = await beginHere(
    queue,
    () => queue.put(2, { signal: controller.signal }).then(() => undefined, (error) => error),
  );
  const last = await beginHere(queue, () => queue.put(3));
  controller.abort(reason);
  assertStrictEquals(await aborted.outcome, reason);
  assertEquals([last.settled, await queue.qsize()], [false, 1]);
  assertEquals(await queue.get(), 1);
  await last.outcome;
  assertEquals([await queue.get(), await queue.qsize()], [3, 0]);
});

forEachStartMethod("Queue.get() that is aborted when its item has come gives it back, in its place", async (ctx) => {
  const queue = new ctx.Queue<number>();
  const there = await startParty(ctx, queue);
  for (let round = 0; round < 10; round++) {
    const controllers = [0, 1, 2].map(() => new AbortController());
    const gets = controllers.map(({ signal }) => queue.get({ signal }).then(String, () => "aborted"));
    await queue.empty();
    // Handed out, but nobody here has looked yet: or so it may be.
    const puts = [0, 1, 2, 3].map((item) => there.call("put", item));
    await puts[round % 4];
    for (const controller of controllers) controller.abort();
    const got = (await Promise.all(gets)).filter((outcome) => outcome !== "aborted");
    await Promise.all(puts);
    while (got.length < 4) got.push(String(await queue.get()));
    assertEquals(got, ["0", "1", "2", "3"], `round ${round}`);
    assertEquals(await queue.qsize(), 0);
  }
  await there.stop();
});

forEachStartMethod("Queue loses nothing to timeouts that meet their item", async (ctx) => {
  const COUNT = 60;
  const queue = new ctx.Queue<Tagged>(2);
  const producer = await start(ctx, putTagged, queue, "there", COUNT);
  const got: Tagged[] = [];
  for (let round = 0; got.length < COUNT; round++) {
    const gets = [0, 1, 2].map((more) => queue.get({ timeout: (round + more) % 3 }).catch((error) => error));
    for (const item of await Promise.all(gets)) {
      if (item instanceof Error) assert(item instanceof Empty, String(item));
      else got.push(item);
    }
  }
  await finish([producer]);
  assertInOrder([got], ["there"], COUNT);
});

forEachStartMethod("Queue puts nothing twice when timeouts meet room", async (ctx) => {
  const queue = new ctx.Queue<Tagged>(1);
  const results = new ctx.Queue<Tagged[]>();
  const consumer = await start(ctx, collect, queue as Queue, results as Queue);
  const put: Tagged[] = [];
  for (let number = 0; number < 200; number++) {
    const item: Tagged = ["here", number];
    const failure = await queue.put(item, { timeout: number % 3 }).catch((error) => error);
    if (failure === undefined) put.push(item);
    else assert(failure instanceof Full, String(failure));
  }
  await queue.shutdown();
  assertEquals(await results.get(), put);
  await finish([consumer]);
});
