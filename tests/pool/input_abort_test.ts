import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TimeoutError } from "../../mod.ts";
import { forEachSharedMemory, forEachStartMethod } from "../helpers/methods.ts";
import { upTo } from "../helpers/notes.ts";
import { add, failAtFive, ignoreSignal, same, square } from "../targets/pool.ts";

const reason = new RangeError("not wanted");

/** An input that tells what was read of it and how often it was told that no more is wanted. */
class Source {
  read = 0;
  told = 0;
  readonly #last: number;

  constructor(last: number = Infinity) {
    this.#last = last;
  }

  *[Symbol.iterator](): Generator<number> {
    try {
      while (this.read < this.#last) yield this.read++;
    } finally {
      this.told++;
    }
  }

  async *later(): AsyncGenerator<number> {
    for (const x of this) yield await Promise.resolve(x);
  }

  /** After the last, nothing comes any more. */
  silent(): AsyncIterableIterator<number> {
    const never = new Promise<never>(() => {});
    const iterator: AsyncIterableIterator<number> = {
      next: async () => this.read < this.#last ? { done: false, value: this.read++ } : await never,
      return: () => {
        this.told++;
        // Nor does it ever answer.
        return never;
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }
}

/** How many listen to a signal, from now on. */
function listenersOf(signal: AbortSignal): Set<unknown> {
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (type: string, listener: unknown, options?: unknown) => {
    listeners.add(listener);
    Reflect.apply(addEventListener, signal, [type, listener, options]);
  };
  signal.removeEventListener = (type: string, listener: unknown) => {
    listeners.delete(listener);
    Reflect.apply(removeEventListener, signal, [type, listener]);
  };
  return listeners;
}

forEachStartMethod("Pool.imap(): an abort ends the job, and no more of the input is read", async (ctx) => {
  await using pool = new ctx.Pool(2);
  for (const imap of [pool.imap, pool.imapUnordered]) {
    for (const isLater of [false, true]) {
      for (const chunkSize of [1, 3]) {
        const [source, controller] = [new Source(), new AbortController()];
        const options = { signal: controller.signal, chunkSize };
        const results = imap.call(pool, square as never, isLater ? source.later() : source, options);
        assertEquals((await results.next()).done, false);
        controller.abort(reason);
        assertEquals(await assertRejects(() => results.next()), reason);
        assertEquals(await results.next(), { done: true, value: undefined });
        const { read } = source;
        assertEquals(await pool.map(square, upTo(50), { chunkSize: 1 }), upTo(50).map(square));
        assertEquals([source.read, source.told], [read, 1]);
      }
    }
  }
  pool.close();
  await pool.join();
  assertEquals([pool.stats().queued, pool.stats().running], [0, 0]);
});

forEachStartMethod("Pool.imap(): an abort reaches whoever waits for a result, and the tasks that run", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [begun, controller] = [new ctx.Event(), new AbortController()];
  const results = pool.imap(ignoreSignal, [begun, begun], { signal: controller.signal });
  const waiting = [results.next(), results.next()] as const;
  await begun.wait();
  controller.abort(reason);
  assertEquals(await assertRejects(() => waiting[0]), reason);
  assertEquals((await waiting[1]).done, true);
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals(pool.stats().restarts, 1);
});

forEachStartMethod("Pool.imap(): a task that was aborted is ended even if the rest is given up", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [begun, controller] = [new ctx.Event(), new AbortController()];
  const results = pool.imap(ignoreSignal, [begun], { signal: controller.signal, grace: 20 });
  await begun.wait();
  controller.abort(reason);
  await results.return();
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals(pool.stats().restarts, 1);
});

forEachStartMethod("Pool.imap() reads nothing if its signal has aborted already", async (ctx) => {
  await using pool = new ctx.Pool(1);
  for (const isLater of [false, true]) {
    const source = new Source();
    const results = pool.imap(square, isLater ? source.later() : source, { signal: AbortSignal.abort(reason) });
    assertEquals(await assertRejects(() => results.next()), reason);
    assertEquals([(await results.next()).done, source.read], [true, 0]);
  }
  assertEquals(await pool.apply(square, [3]), 9);
});

forEachStartMethod("Pool.imap() that was aborted ends with the reason, whatever comes after", async (ctx) => {
  const pool = new ctx.Pool(1);
  const begun = new ctx.Event();
  const running = pool.apply(ignoreSignal, [begun]);
  await begun.wait();
  const controllers = [new AbortController(), new AbortController()] as const;
  const next = () => {
    controllers[1].abort(reason);
    throw new TypeError("no more");
  };
  const failing: Iterable<number> = { [Symbol.iterator]: () => ({ next }) };
  const aborted = pool.imap(square, new Source(), { signal: controllers[0].signal });
  controllers[0].abort(reason);
  const dropped = [pool.terminate(), assertRejects(() => running)];
  await using other = new ctx.Pool(1);
  for (const results of [aborted, other.imap(square, failing, { signal: controllers[1].signal })]) {
    assertEquals(await assertRejects(() => results.next()), reason);
    assertEquals((await results.next({ timeout: 30_000 })).done, true);
  }
  await Promise.all(dropped);
});

forEachStartMethod("Pool.imap(): an abort that comes when all is done changes nothing", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const controller = new AbortController();
  const listeners = listenersOf(controller.signal);
  const results = pool.imap(square, upTo(3), { signal: controller.signal });
  assert(listeners.size > 0);
  pool.close();
  await pool.join();
  assertEquals(listeners.size, 0);
  controller.abort(reason);
  assertEquals(await Array.fromAsync(results), [0, 1, 4]);
});

forEachStartMethod("Pool: nothing listens to a signal whose job is over", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const { signal } = new AbortController();
  const listeners = listenersOf(signal);
  const given = pool.imap(square, new Source(), { signal });
  await given.next();
  await given.return();
  assertEquals(listeners.size, 0);
  const failing = pool.imap(failAtFive, new Source(), { signal, chunkSize: 3 });
  await assertRejects(() => Array.fromAsync(failing), RangeError, "five");
  const unreadable = pool.imap(square, failingInput(), { signal });
  await assertRejects(() => Array.fromAsync(unreadable), TypeError, "no more");
  assertEquals(await pool.map(square, new Source(3).later(), { signal }), [0, 1, 4]);
  await assertRejects(() => pool.map(square, failingInput(), { signal }), TypeError, "no more");
  // What the chunks that failed had left is behind them.
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals(listeners.size, 0);
});

async function* failingInput(): AsyncGenerator<number> {
  yield await Promise.resolve(1);
  throw new TypeError("no more");
}

forEachStartMethod("Pool: a task that is aborted while its arguments are read never runs", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const buffer = new ArrayBuffer(1);
  type Options = { signal: AbortSignal; transfer: ArrayBuffer[] };
  const submissions = [
    (item: unknown, options: Options) => pool.apply(same, [item], options),
    (item: unknown, options: Options) => pool.map(same, [item], options),
    (item: unknown, options: Options) => pool.imap(same, [item], options).next(),
  ];
  for (const submit of submissions) {
    const controller = new AbortController();
    const item = {
      get x() {
        controller.abort(reason);
        return buffer;
      },
    };
    const options = { signal: controller.signal, transfer: [buffer] };
    assertEquals(await assertRejects(() => submit(item, options)), reason);
  }
  assertEquals([await pool.apply(square, [3]), buffer.byteLength, pool.stats().done], [9, 1, 1]);
});

forEachSharedMemory("PoolIterator.nextSync(): an input that aborts the job ends it", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const controller = new AbortController();
  let told = 0;
  const source: Iterator<number> = {
    next: () => {
      controller.abort(reason);
      return { done: false, value: 1 };
    },
    return: () => {
      told++;
      return { done: true, value: undefined };
    },
  };
  const input = { [Symbol.iterator]: () => source };
  const results = pool.imap(square, input, { signal: controller.signal });
  assertEquals(assertThrows(() => results.nextSync({ timeout: 20_000 })), reason);
  assertEquals([results.nextSync().done, told], [true, 1]);
  assertEquals(await pool.apply(square, [3]), 9);
});

forEachStartMethod("Pool.map(): an abort does not wait for an input that is slow or never ends", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const jobs = [
    (source: Source, signal: AbortSignal) => pool.mapAsync(square, source.silent(), { signal }),
    (source: Source, signal: AbortSignal) => pool.map(square, source.silent(), { signal }),
    (source: Source, signal: AbortSignal) => pool.starmapAsync(add, source.silent() as never, { signal }),
    (source: Source, signal: AbortSignal) => pool.map(square, source.later(), { signal }),
  ];
  for (const begin of jobs) {
    const [source, controller] = [new Source(3), new AbortController()];
    const job = begin(source, controller.signal);
    controller.abort(reason);
    assertEquals(await assertRejects(async () => await job), reason);
    assertEquals(await pool.apply(square, [3]), 9);
    assertEquals(source.told, 1);
  }
  const source = new Source();
  const aborted = { signal: AbortSignal.abort(reason) };
  assertEquals(await assertRejects(() => pool.map(square, source.later(), aborted)), reason);
  assertEquals(await assertRejects(() => pool.map(square, source, aborted)), reason);
  assertEquals(source.read, 0);
  pool.close();
  await pool.join();
});

forEachStartMethod("Pool.map(): to terminate the pool tells an input that has not ended", async (ctx) => {
  const pool = new ctx.Pool(1);
  const source = new Source(3);
  const job = pool.mapAsync(square, source.silent());
  await assertRejects(() => job.get({ timeout: 0 }), TimeoutError);
  await pool.terminate();
  await assertRejects(() => job.get(), Error, "the pool was terminated");
  assertEquals(source.told, 1);
});

forEachStartMethod("Pool: an input that fails is an error, whatever its callback does", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const errorCallback = async () => await Promise.resolve();
  const failed = pool.mapAsync(square, failingInput(), { errorCallback });
  await assertRejects(() => failed.get(), TypeError, "no more");
  const mute = { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(7 as never) }) };
  await assertRejects(() => pool.map(same, mute), TypeError, "which is no object");
  await assertRejects(() => pool.imap(same, mute).next(), TypeError, "which is no object");
});
