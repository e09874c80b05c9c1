import { assert, assertEquals, assertRejects } from "@std/assert";
import { taskSignal, TimeoutError } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { upTo } from "../helpers/notes.ts";
import { add, failAtFive, hold, type ignoreSignal, same, square } from "../targets/pool.ts";

/** An endless input that counts what was read of it, and whether it was told to end. */
class Endless {
  read = 0;
  ended = 0;

  *[Symbol.iterator](): Generator<number> {
    try {
      for (;;) yield this.read++;
    } finally {
      this.ended++;
    }
  }

  async *later(): AsyncGenerator<number> {
    for (const x of this) yield await Promise.resolve(x);
  }
}

forEachStartMethod("Pool.imap() gives results one by one and in order [POOL-13]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  for (const chunkSize of [1, 3, 100]) {
    assertEquals(await Array.fromAsync(pool.imap(square, upTo(20), { chunkSize })), upTo(20).map(square));
    const unordered = await Array.fromAsync(pool.imapUnordered(square, upTo(20), { chunkSize }));
    assertEquals(unordered.sort((a, b) => a - b), upTo(20).map(square));
  }
  const iterator = pool.imap(square, [3, 4]);
  assertEquals([iterator[Symbol.asyncIterator]() === iterator, (await iterator.next()).value], [true, 9]);
  const rest = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
  assertEquals(rest, [{ done: false, value: 16 }, { done: true, value: undefined }, { done: true, value: undefined }]);
});

forEachStartMethod("Pool.imapUnordered() gives results as they come [POOL-13]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  const iterator = pool.imapUnordered(holdIfFirst, [[begun, goOn, 0], [begun, goOn, 1], [begun, goOn, 2]]);
  assertEquals([(await iterator.next()).value, (await iterator.next()).value].sort(), [1, 2]);
  await goOn.set();
  assertEquals((await iterator.next()).value, 0);
  assertEquals((await iterator.next()).done, true);
});

/** Only 0 is held. */
export async function holdIfFirst(
  [begun, goOn, x]: readonly [Parameters<typeof hold>[0], Parameters<typeof hold>[1], number],
): Promise<number> {
  return x === 0 ? await hold(begun, goOn, x) : x;
}

forEachStartMethod("Pool.imap() goes on after a failure; in chunks it ends there [POOL-16] [POOL-19]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const iterator = pool.imap(failAtFive, upTo(10));
  for (const x of upTo(10)) {
    if (x === 5) await assertRejects(() => iterator.next(), RangeError, "five");
    else assertEquals((await iterator.next()).value, x * x);
  }
  assertEquals((await iterator.next()).done, true);
  const input = new Endless();
  const chunked = pool.imap(failAtFive, input, { chunkSize: 2 });
  for (const x of upTo(4)) assertEquals((await chunked.next()).value, x * x);
  await assertRejects(() => chunked.next(), RangeError, "five");
  assertEquals([(await chunked.next()).done, input.ended], [true, 1]);
});

forEachStartMethod("PoolIterator.next({ timeout }) loses nothing [POOL-14]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [begun, goOn] = [new ctx.Event(), new ctx.Event()];
  const iterator = pool.imap(holdIfFirst, [[begun, goOn, 0], [begun, goOn, 1]]);
  await assertRejects(() => iterator.next({ timeout: 5 }), TimeoutError, "not ready within 5 ms; ask again");
  await assertRejects(() => iterator.next({ timeout: 0 }), TimeoutError);
  const reason = new Error("enough");
  assertEquals(await assertRejects(() => iterator.next({ signal: AbortSignal.abort(reason) })), reason);
  await goOn.set();
  assertEquals([(await iterator.next()).value, (await iterator.next({ timeout: 30_000 })).value], [0, 1]);
  assertEquals((await iterator.next({ timeout: 30_000 })).done, true);
});

forEachStartMethod("Pool.imap() reads its input only as far ahead as needed [POOL-15] [pain 10]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  for (const isLater of [false, true]) {
    const input = new Endless();
    const stalled = pool.imap(square, isLater ? input.later() : input);
    // Whoever does not take results holds up nobody else.
    assertEquals(await pool.map(square, upTo(50), { chunkSize: 1 }), upTo(50).map(square));
    assert(input.read > 0 && input.read <= 40, `${input.read} read`);
    const results: number[] = [];
    for await (const result of stalled) {
      results.push(result);
      assert(input.read <= results.length + 40, `${input.read} read, ${results.length} taken`);
      if (results.length === 300) break;
    }
    assertEquals(results, upTo(300).map(square));
    assertEquals(input.ended, 1, "break tells the input");
    assertEquals((await stalled.next()).done, true);
  }
  assertEquals(await pool.apply(square, [3]), 9);
});

forEachStartMethod("Pool.imap() over a slow input holds up nobody [pain 10]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const gates = upTo(3).map(() => Promise.withResolvers<number>());
  async function* slow() {
    for (const { promise } of gates) yield await promise;
  }
  const iterator = pool.imap(square, slow());
  const first = iterator.next();
  assertEquals(await pool.map(square, upTo(20)), upTo(20).map(square));
  gates.forEach(({ resolve }, x) => resolve(x + 5));
  assertEquals([(await first).value, ...await Array.fromAsync(iterator)], [25, 36, 49]);
});

forEachStartMethod("Pool.imap() that is given up does not wait for an input that has nothing", async (ctx) => {
  await using pool = new ctx.Pool(1);
  async function* silent() {
    yield 1;
    await new Promise(() => {});
  }
  for await (const one of pool.imap(square, silent())) {
    assertEquals(one, 1);
    break;
  }
  await using iterator = pool.imap(square, silent());
  assertEquals((await iterator.next()).value, 1);
});

forEachStartMethod(
  "Pool.imap() that is given up aborts what runs, drops what waits, and leaves the worker",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    const begun = new ctx.Event();
    const iterator = pool.imap(untilGivenUp, [begun, begun, begun]);
    await begun.wait();
    const pending = iterator.next();
    await iterator.return();
    assertEquals((await pending).done, true);
    assertEquals(await pool.apply(square, [3]), 9);
    assertEquals([pool.stats().restarts, pool.stats().running, pool.stats().queued], [0, 0, 0]);
  },
);

/** Goes on until its signal is aborted. */
export async function untilGivenUp(begun: Parameters<typeof ignoreSignal>[0]): Promise<void> {
  const signal = taskSignal();
  await begun.set();
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

forEachStartMethod("Pool: streams share the workers with other jobs", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const [a, b] = [new Endless(), new Endless()];
  const streams = [pool.imap(square, a), pool.imapUnordered(square, b.later(), { chunkSize: 5 })];
  for (let round = 0; round < 30; round++) {
    for (const stream of streams) assertEquals((await stream.next()).done, false);
    assertEquals(await pool.apply(add, [round, 1]), round + 1);
  }
  for (const stream of streams) await stream.return();
  assertEquals([a.ended, b.ended], [1, 1]);
});

forEachStartMethod("Pool.imap(): to terminate the pool ends the stream and tells its input", async (ctx) => {
  const pool = new ctx.Pool(1);
  const inputs = [new Endless(), new Endless()] as const;
  const streams = [pool.imap(same, inputs[0]), pool.imap(same, inputs[1].later())];
  for (const stream of streams) assertEquals((await stream.next()).value, 0);
  await pool.terminate();
  for (const [index, stream] of streams.entries()) {
    await assertRejects(
      async () => {
        for await (const _ of stream);
      },
      Error,
      "the pool was terminated",
    );
    assertEquals(inputs[index]?.ended, 1);
  }
});
