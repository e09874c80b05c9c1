import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { ref, RemoteError, ThreadPool } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { Notes, upTo } from "../helpers/notes.ts";
import {
  fail,
  failAtFive,
  mishapAsResult,
  noteAndFailAtFive,
  PoolMishap,
  reportUnsendable,
  same,
  square,
  unsendable,
} from "../targets/pool.ts";

forEachStartMethod(
  "Pool: an error arrives with class, message, cause, fields and stack [POOL-16] [POOL-17]",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    const thrown = async (kind: string): Promise<unknown> =>
      await pool.apply(fail, [kind]).then(() => "none", (e) => e);
    const type = await thrown("type");
    assertInstanceOf(type, TypeError);
    assertEquals(type.message, "no such type");
    assertInstanceOf(type.cause, RangeError);
    assertStringIncludes(type.stack ?? "", "targets/pool.ts");
    const own = await thrown("own");
    assertInstanceOf(own, PoolMishap);
    assertEquals([own.name, own.message, own.code], ["PoolMishap", "a mishap", 42]);
    assertEquals(await thrown("null"), null);
    const both = await thrown("aggregate");
    assertInstanceOf(both, AggregateError);
    assertEquals(both.errors.map(String), ["Error: one", "TypeError: two"]);
    const dom = await thrown("dom");
    assertInstanceOf(dom, DOMException);
    assertEquals(dom.name, "NotFoundError");
    assertInstanceOf(await thrown("deno"), Deno.errors.NotFound);
    assertEquals((await thrown("unsendable") as Error).message, "with a symbol");
    for (const job of [() => pool.map(failAtFive, upTo(10)), () => Array.fromAsync(pool.imap(failAtFive, upTo(10)))]) {
      const error = await assertRejects(job, RangeError, "five");
      assertStringIncludes(error.stack ?? "", "failAtFive");
    }
    assertEquals(await pool.apply(square, [3]), 9);
  },
);

forEachStartMethod("Pool.map() waits for all of it, and then tells the first failure [POOL-18]", async (ctx) => {
  using notes = new Notes();
  await using pool = new ctx.Pool(2);
  const items = upTo(20).map((x) => [notes.path, x] as [string, number]);
  await assertRejects(() => pool.starmap(noteAndFailAtFive, items, { chunkSize: 1 }), RangeError, "five");
  assertEquals(notes.numbers, upTo(20));
});

forEachStartMethod("Pool: an error of the input comes to whoever gave it [POOL-20]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  function* failing(when: number) {
    for (let x = 0;; x++) {
      if (x === when) throw new RangeError("from the input");
      yield x;
    }
  }
  async function* failingLater(when: number) {
    for (const x of failing(when)) yield await Promise.resolve(x);
  }
  for (const input of [failing, failingLater]) {
    await assertRejects(() => pool.map(square, input(0)), RangeError, "from the input");
    await assertRejects(() => pool.map(square, input(7)), RangeError, "from the input");
    for (const [chunkSize, when, expected] of [[1, 3, 3], [2, 7, 6], [1, 0, 0]] as const) {
      const got: number[] = [];
      await assertRejects(
        async () => {
          for await (const x of pool.imap(square, input(when), { chunkSize })) got.push(x);
        },
        RangeError,
        "from the input",
      );
      assertEquals(got, upTo(expected).map(square));
      const error = await assertRejects(() => Array.fromAsync(pool.imapUnordered(square, input(when), { chunkSize })));
      assertEquals((error as Error).message, "from the input");
    }
  }
  assertEquals(await pool.map(square, upTo(4)), [0, 1, 4, 9]);
});

forEachStartMethod("Pool: an argument that cannot be sent fails its job only [POOL-21]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const result = pool.applyAsync(same<unknown>, [{ deep: [() => 1] }]);
  const error = await assertRejects(() => result.get(), TypeError);
  assertStringIncludes(error.message, "$[0].deep[0]");
  await assertRejects(() => pool.map(same<unknown>, [1, Symbol("x"), 3], { chunkSize: 1 }), TypeError);
  const stream = pool.imap(same<unknown>, [1, () => 2, 3]);
  assertEquals((await stream.next()).value, 1);
  await assertRejects(() => stream.next(), TypeError);
  assertEquals((await stream.next()).value, 3);
  assertEquals((await stream.next()).done, true);
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals(pool.stats().restarts, 0);
});

forEachStartMethod(
  "Pool: a result that cannot be sent fails its task only, 20 times in a row [POOL-22]",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    const results = upTo(20).map((x) => pool.applyAsync(unsendable, [x % 2 === 0 ? "function" : "symbol"]));
    for (const result of results) {
      const error = await assertRejects(() => result.get(), RemoteError);
      assert(/^Error sending result: '.*'. Reason: '.*'/s.test(error.message), error.message);
    }
    await assertRejects(() => pool.apply(unsendable, ["getter"]), Error, "hostile");
    await assertRejects(() => pool.apply(unsendable, ["deep"]), Error);
    await assertRejects(() => pool.map(unsendable, ["function"]), RemoteError);
    assertEquals(await pool.apply(reportUnsendable), "TypeError");
    assertEquals(await pool.map(square, upTo(20)), upTo(20).map(square));
    assertEquals([pool.stats().restarts, pool.stats().running], [0, 0]);
  },
);

forEachStartMethod("Pool: a result that takes a while to be read is not taken for another one", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [mishap, ...squares] = await Promise.all([
    pool.apply(mishapAsResult),
    ...upTo(5).map((x) => pool.apply(square, [x])),
  ]);
  assertInstanceOf(mishap, PoolMishap);
  assertEquals(squares, [0, 1, 4, 9, 16]);
  // A function of a module that is unknown here until it arrives.
  const make = ref<() => unknown>(
    `data:text/javascript,export default function make() { return globalThis.escape; }`,
  );
  const [found, nine] = await Promise.all([pool.apply(make), pool.apply(square, [3])]);
  assertEquals([found, nine], [escape, 9]);
});

forEachStartMethod("Pool: what cannot be read here fails its task only [POOL-22]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const url = `data:text/javascript,${
    encodeURIComponent(`export default function make() { return make; }
      if (!("WorkerGlobalScope" in globalThis) && ${Deno.pid} === Deno.pid) throw new Error("not to be imported here");`)
  }`;
  const make = ref<() => unknown>(url);
  const outcome = pool.applyAsync(make);
  assertEquals(await pool.apply(square, [3]), 9);
  await outcome.wait();
  assertEquals(await pool.map(square, upTo(10)), upTo(10).map(square));
  assertEquals(pool.stats().running, 0);
});

forEachStartMethod("Pool: a function that is not there fails its tasks only", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const missing = ref<(x: number) => number>(new URL("../targets/pool.ts", import.meta.url), "noSuchFunction");
  const nowhere = ref<(x: number) => number>(new URL("./nowhere.ts", import.meta.url), "f");
  await assertRejects(() => pool.apply(missing, [1]), Error, "noSuchFunction");
  await assertRejects(() => pool.map(nowhere, [1, 2]), Error, "nowhere.ts");
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals(pool.stats().restarts, 0);
});

Deno.test("ThreadPool is a Pool of workers that takes neither a context nor maxTasksPerChild [THR-01] [THR-02]", async () => {
  for (const [option, value] of [["maxTasksPerChild", 1], ["context", {}]] as const) {
    try {
      new ThreadPool({ processes: 1, [option]: value } as { processes: number });
      assert(false, option);
    } catch (error) {
      assertInstanceOf(error, TypeError);
      assertStringIncludes(error.message, `${option} cannot be given`);
    }
  }
  await using pool = new ThreadPool({ processes: 1, initializer: same, initargs: [1] });
  assertEquals(String(pool), "<multiprocessing.pool.ThreadPool state=RUN pool_size=1>");
  assertEquals(await pool.map(square, [1, 2, 3]), [1, 4, 9]);
  const error = await assertRejects(() => pool.apply(fail, ["own"]), PoolMishap);
  assertFalse(error instanceof RemoteError);
});

forEachStartMethod("Pool.apply() that fails while nobody awaits it is an unhandled rejection", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const told = Promise.withResolvers<unknown>();
  const tell = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    told.resolve(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", tell, { once: true });
  pool.apply(fail, ["own"]);
  assertInstanceOf(await told.promise, PoolMishap);
});

forEachStartMethod("Pool.apply() with an argument whose reading submits another task", async (ctx) => {
  await using pool = new ctx.Pool(2);
  let inner: Promise<unknown> | undefined;
  const value = {
    before: 1,
    get twice() {
      inner ??= pool.apply(same, ["another"]);
      return 2;
    },
    after: 3,
  };
  assertEquals(await pool.apply(same, [value]), { before: 1, twice: 2, after: 3 });
  assertEquals(await inner, "another");
});

forEachStartMethod(
  "Pool refuses callbacks that are no functions, and lists of arguments that are none",
  async (ctx) => {
    await using pool = new ctx.Pool(1);
    const five = 5 as unknown as () => void;
    for (const which of ["callback", "errorCallback"]) {
      assertThrows(() => pool.applyAsync(square, [2], { [which]: five }), TypeError, `${which} must be a function`);
      assertThrows(() => pool.mapAsync(square, [2], { [which]: five }), TypeError, `${which} must be a function`);
    }
    const odd = [[1], 3] as unknown as [number][];
    const told = "items[1] must be a list of arguments, received 3";
    await assertRejects(() => pool.starmap(square, odd), TypeError, told);
    await assertRejects(() => pool.starmapAsync(square, odd).get(), TypeError, told);
    await assertRejects(() => pool.starmap(square, ReadableStream.from(odd)), TypeError, told);
    assertEquals(pool.stats().done, 0);
    assertEquals(await pool.starmap(square, [[2], [3]]), [4, 9]);
  },
);
