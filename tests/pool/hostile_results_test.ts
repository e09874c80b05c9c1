import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { type Context, EOFError, RemoteError, WorkerDiedError } from "../../mod.ts";
import { forEachStartMethod, HANG_MS } from "../helpers/methods.ts";
import { until } from "../helpers/within.ts";
import { upTo } from "../helpers/notes.ts";
import { Random } from "../helpers/random.ts";
import { report, same, square } from "../targets/pool.ts";
import {
  DeepGrievance,
  Grievance,
  HIDDEN,
  HOSTILE,
  hostile,
  rejectHostile,
  rejectShape,
  SHAPES,
  throwHostile,
  throwShape,
  UNSPEAKABLE,
} from "../targets/pool_pains.ts";

const SEED = Number(Deno.env.get("MP_POOL_SEED") ?? 4);

/** Every kind from each of the functions: each job fails once, and nothing else does. */
async function assertOneFailureEach(ctx: Context, kinds: readonly string[], wrapsOf: () => number[]): Promise<void> {
  await using pool = new ctx.Pool(1);
  let jobs = 0;
  for (const kind of kinds) {
    const heard: string[] = [];
    const listen = {
      callback: () => void heard.push("result"),
      errorCallback: () => void heard.push("error"),
    };
    for (const f of [hostile, throwHostile, rejectHostile]) {
      const wraps = wrapsOf();
      const results = [
        pool.applyAsync(f, [kind, wraps], listen),
        pool.starmapAsync(f, [[kind, wraps], [kind, wraps]], { ...listen, chunkSize: 2 }),
      ];
      const beside = pool.map(square, upTo(5), { chunkSize: 1 });
      for (const result of results) await result.wait();
      const told = `${f.name} of ${kind} in ${wraps}`;
      assertEquals(results.map((result) => result.successful()), [false, false], told);
      assertEquals(heard.splice(0), ["error", "error"], told);
      assertEquals(await beside, upTo(5).map(square), told);
      jobs += results.length;
      const { failed, restarts, running, queued } = pool.stats();
      assertEquals({ failed, restarts, running, queued }, { failed: jobs, restarts: 0, running: 0, queued: 0 }, told);
    }
  }
}

forEachStartMethod("Pool: a result or error that cannot be sent is one failure, of its task [pain 4]", async (ctx) => {
  await assertOneFailureEach(ctx, Object.keys(HOSTILE), () => []);
});

forEachStartMethod("Pool: nor does it matter where in a result the bad part lies [pain 4]", async (ctx) => {
  const random = new Random(SEED);
  const kinds = upTo(25).map(() => random.pick(Object.keys(HOSTILE)));
  await assertOneFailureEach(ctx, kinds, () => upTo(1 + random.below(6)).map(() => random.below(7)));
});

forEachStartMethod(
  "Pool: a result or error that does not even let itself be described is one failure, and no death [pain 4]",
  async (ctx) => {
    await assertOneFailureEach(ctx, Object.keys(UNSPEAKABLE), () => []);
  },
);

forEachStartMethod("Pool.imap() goes on behind each result that cannot be sent [pain 4]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  const kinds = Object.keys(HOSTILE);
  const stream = pool.imap(hostileOrSquare, kinds.flatMap((kind, x) => [kind, x]));
  for (const [x, kind] of kinds.entries()) {
    await stream.next().then(() => assert(false, kind), () => {});
    assertEquals(await stream.next(), { done: false, value: x * x }, kind);
  }
  assertEquals((await stream.next()).done, true);
  assertEquals(pool.stats().restarts, 0);
});

/** A square, or what cannot be sent. */
export function hostileOrSquare(kindOrNumber: string | number): unknown {
  return typeof kindOrNumber === "number" ? square(kindOrNumber) : hostile(kindOrNumber, []);
}

/** What a callback may do that is not nice. */
const OUTRAGES: readonly (() => unknown)[] = [
  () => {
    throw new RangeError("from the callback");
  },
  ...[null, undefined, Symbol("thrown"), Object.create(null)].map((reason) => () => {
    throw reason;
  }),
  () => Promise.reject(new RangeError("from the callback, later")),
  () => Promise.reject(),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
];

forEachStartMethod("Pool: a callback that fails, in whatever way, fails its job only [pain 7]", async (ctx) => {
  await using pool = new ctx.Pool(2);
  for (const outrage of OUTRAGES) {
    const callbacks = { callback: outrage, errorCallback: outrage };
    const jobs = [
      pool.applyAsync(square, [1], callbacks),
      pool.applyAsync<[string], unknown>(throwShape, ["null"], callbacks),
      pool.mapAsync(square, upTo(9), { ...callbacks, chunkSize: 1 }),
      pool.starmapAsync<[string], unknown>(throwShape, [["an error"], ["text"]], { ...callbacks, chunkSize: 1 }),
    ];
    const later = pool.map(square, upTo(20), { chunkSize: 1 });
    for (const job of jobs) {
      await job.wait();
      assertEquals(job.successful(), false, String(outrage));
    }
    assertEquals(await later, upTo(20).map(square));
  }
  // One that listens to progress fails its task at once, and the rest of what is reported is nobody's.
  for (const onProgress of OUTRAGES.slice(0, 5)) {
    await pool.apply(report, [50], { onProgress }).then(() => assert(false, String(onProgress)), () => {});
  }
  assertEquals(await pool.map(square, upTo(100)), upTo(100).map(square));
  assertEquals(pool.stats().restarts, 0);
  // The last to report may still be at it, for nobody.
  await until(HANG_MS, () => pool.stats().running === 0);
});

/** What does not arrive as it was thrown: another class, or without some fields. */
const CHANGES: Readonly<Record<string, { cls?: unknown; dropped?: readonly string[] }>> = {
  // The nearest class that every process has.
  "an error of a class that is not exported": { cls: RangeError },
  "an error of such a class of another": { cls: Error },
  "an error with a function that is not exported": { dropped: ["handler"] },
  "a cause that cannot be sent": { dropped: ["cause"] },
  "an error with fields that cannot be sent": {
    dropped: ["handler", "mark", "promise", "revoked", "deep", "getter"],
  },
  "an error with a cause that throws": { dropped: ["cause"] },
};

/** Some of the classes in words, so that the test does not only compare with itself. */
const CLASSES: Readonly<Record<string, unknown>> = {
  "an error": Error,
  "an error with a huge message": RangeError,
  "an error of a class": Grievance,
  "an error of a class of a class": DeepGrievance,
  "an error of a class of the library": WorkerDiedError,
  "another error of the library": EOFError,
  "an error of Deno": Deno.errors.NotFound,
  "an error of a system call": Deno.errors.NotFound,
  "a DOMException": DOMException,
  "a DOMException of the runtime": DOMException,
  "an error of the engine": SyntaxError,
  "an exhausted stack": RangeError,
  "several errors, itself among them": AggregateError,
  "a suppressed error": SuppressedError,
  "an error behind a proxy": RangeError,
  "an error with another name": TypeError,
};

/** Everything of an error that crosses; what was met before by its number. */
function portrait(value: unknown, dropped: readonly string[] = [], met: Map<unknown, number> = new Map()): unknown {
  if (!(value instanceof Error)) return value;
  const known = met.get(value);
  if (known !== undefined) return `error ${known}`;
  met.set(value, met.size);
  const fields = Object.getOwnPropertyNames(value).filter((key) =>
    key !== "stack" && !dropped.includes(key) && !(value instanceof DOMException && key === "code")
  );
  return {
    cls: Object.getPrototypeOf(value).constructor,
    text: [value.name, value.message],
    fields: Object.fromEntries(
      fields.map((key) => {
        const field: unknown = Reflect.get(value, key);
        return [key, Array.isArray(field) ? field.map((each) => portrait(each, [], met)) : portrait(field, [], met)];
      }),
    ),
  };
}

function assertArrived(shape: string, arrived: unknown): void {
  const thrown = (SHAPES[shape] ?? HIDDEN[shape])?.();
  const { cls, dropped = [] } = CHANGES[shape] ?? {};
  const expected = portrait(thrown, dropped);
  if (cls !== undefined) Reflect.set(expected as object, "cls", cls);
  assertEquals(portrait(arrived, [...dropped, "name"]), withoutName(expected), shape);
  if (!(thrown instanceof Error)) return;
  assertInstanceOf(arrived, Error);
  const expectedClass = CLASSES[shape] ?? cls;
  if (expectedClass !== undefined) assertEquals(Object.getPrototypeOf(arrived).constructor, expectedClass, shape);
  for (const key of dropped) assert(!Object.hasOwn(arrived, key), `${shape}: ${key}`);
  assertStack(shape, thrown, arrived);
}

/** A name may have become a field: some classes have it on the prototype alone, which the receiver does not have. */
function withoutName(expected: unknown): unknown {
  if (typeof expected === "object" && expected !== null && "fields" in expected) {
    Reflect.deleteProperty(expected.fields as object, "name");
  }
  return expected;
}

/** Where a stack can be read here, the one that arrived tells of the same file. */
function assertStack(shape: string, thrown: Error, arrived: Error): void {
  if (shape.includes("stack that throws")) return assertEquals(arrived.stack, undefined);
  if (thrown.stack?.includes("targets/pool_pains.ts")) {
    assertStringIncludes(arrived.stack ?? "", "targets/pool_pains.ts", shape);
  }
}

forEachStartMethod("Pool: errors of all shapes arrive as they were thrown [POOL-17] [pain 17]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const shapes = Object.keys(SHAPES);
  assert(shapes.length >= 30);
  for (const f of [throwShape, rejectShape]) {
    const jobs = shapes.map((shape) => pool.applyAsync<[string], unknown>(f, [shape]));
    const stream = pool.imap<string, unknown>(f, shapes);
    for (const [index, shape] of shapes.entries()) {
      const outcomes = [jobs[index]?.get(), stream.next()].map((outcome) =>
        (outcome ?? Promise.resolve()).then(() => assert(false, shape), (error) => error)
      );
      for (const arrived of await Promise.all(outcomes)) assertArrived(shape, arrived);
    }
  }
  assertEquals([pool.stats().restarts, pool.stats().failed], [0, 4 * shapes.length]);
});

forEachStartMethod(
  "Pool: an error arrives without what cannot be found here, the first that a worker has to name as well [pain 17]",
  async (ctx) => {
    for (const shape of Object.keys(HIDDEN)) {
      await using pool = new ctx.Pool(1);
      for (const f of [throwShape, rejectShape]) {
        const error: unknown = await pool.apply<[string], unknown>(f, [shape]).then(() => "done", (error) => error);
        assertArrived(shape, error);
      }
    }
  },
);

forEachStartMethod("Pool: what was thrown and cannot be sent arrives as a RemoteError of it [pain 17]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  for (const [kind, text] of [["a function", "Function"], ["a symbol", "Symbol"], ["a WeakMap", "WeakMap"]] as const) {
    for (const f of [throwHostile, rejectHostile]) {
      const error = await assertRejects(() => pool.apply<[string, number[]], unknown>(f, [kind, []]), RemoteError);
      assertStringIncludes(error.message, "Error sending result");
      assertStringIncludes(error.message, text);
    }
  }
});

forEachStartMethod("Pool: an error that is the result of a task is no failure of it [pain 17]", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const mishap = new Grievance("as an argument", { code: 9, cause: new RangeError("why") });
  const arrived = await pool.apply(same<Grievance>, [mishap]);
  assertEquals(portrait(arrived), portrait(mishap));
  assertEquals(pool.stats().failed, 0);
});
