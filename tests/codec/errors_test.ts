import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { BufferTooShort, EOFError, TimeoutError, WorkerDiedError } from "../../src/base/errors.ts";
import { reduce, registerReducer, revive } from "../../src/codec/reducer.ts";
import { passed } from "../helpers/codec.ts";

class CodeError extends Error {
  override name = "CodeError";
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

// Known to the sender only, as the helper's handoff refuses what is called unknown.
const unknownError = class extends RangeError {
  override name = "HiddenError";
  status = 404;
};
Object.defineProperty(unknownError, "name", { value: "unknownError" });

function unknownHandler() {}

class Registered extends Error {
  constructor(readonly detail: string) {
    super(`registered ${detail}`);
  }
}
registerReducer(Registered, { reduce: ({ detail }) => detail, revive: (detail) => new Registered(detail) });

class Unrevivable {}
registerReducer(Unrevivable, {
  reduce: () => 0,
  revive: () => {
    throw new RangeError("It cannot be revived");
  },
});

class Returning {
  [reduce](): number {
    return 0;
  }

  static [revive](): Returning {
    throw new RangeError("It cannot be revived either");
  }
}

const own = Object.assign(new Error("own"), { code: "E1", list: [1, { a: 1 }], path: undefined });
const partly = Object.assign(new Error("partly"), { handler: unknownHandler, socket: new WeakMap(), fine: 1 });
const throwing = Object.defineProperty(new Error("throwing"), "bad", {
  enumerable: true,
  get() {
    throw new Error("no");
  },
});
const circular: Error & { self?: unknown } = new Error("circular");
circular.self = circular;
const causeOfItself = new Error("cause of itself");
causeOfItself.cause = causeOfItself;
const nameless = new Error("nameless");
nameless.name = "Custom";
const stackless = new Error("stackless");
delete stackless.stack;
function deepCause(): Error {
  let error = new Error("0");
  for (let depth = 1; depth < 2000; depth++) error = new Error(`${depth}`, { cause: error });
  return error;
}

/** Class that must arrive, for each error that is sent. */
const ERRORS: [error: Error, cls: unknown, name: string][] = [
  [new Error("plain"), Error, "Error"],
  [new EvalError("a"), EvalError, "EvalError"],
  [new RangeError("a"), RangeError, "RangeError"],
  [new ReferenceError("a"), ReferenceError, "ReferenceError"],
  [new SyntaxError("a"), SyntaxError, "SyntaxError"],
  [new TypeError("a"), TypeError, "TypeError"],
  [new URIError("a"), URIError, "URIError"],
  [new AggregateError([new TypeError("inner"), 1], "several"), AggregateError, "AggregateError"],
  [new SuppressedError(new Error("a"), new TypeError("b"), "c"), SuppressedError, "SuppressedError"],
  [new DOMException("aborted", "AbortError"), DOMException, "AbortError"],
  [new DOMException("timed out", "TimeoutError"), DOMException, "TimeoutError"],
  [new Deno.errors.NotFound("no file"), Deno.errors.NotFound, "NotFound"],
  [new Deno.errors.NotCapable("no"), Deno.errors.NotCapable, "NotCapable"],
  [new TimeoutError("late"), TimeoutError, "TimeoutError"],
  [new EOFError("over"), EOFError, "EOFError"],
  [new BufferTooShort(new Uint8Array([1, 2])), BufferTooShort, "BufferTooShort"],
  [new WorkerDiedError("died", { pid: 5, exitCode: -9, signal: "SIGKILL" }), WorkerDiedError, "WorkerDiedError"],
  [new CodeError(7, "seven"), CodeError, "CodeError"],
  [new unknownError("hidden"), RangeError, "HiddenError"],
  [new Registered("x"), Registered, "Error"],
  [new Error("with a cause", { cause: new TypeError("the cause") }), Error, "Error"],
  [new Error("with a cause that is none", { cause: { code: 1, list: [1] } }), Error, "Error"],
  [new Error("with undefined as its cause", { cause: undefined }), Error, "Error"],
  [own, Error, "Error"],
  [partly, Error, "Error"],
  [throwing, Error, "Error"],
  [circular, Error, "Error"],
  [causeOfItself, Error, "Error"],
  [nameless, Error, "Custom"],
  [stackless, Error, "Error"],
  [new Error(""), Error, "Error"],
  [new Error("😀\n\ud800"), Error, "Error"],
  [Object.assign(new Error("big"), { data: new Uint8Array(1 << 16) }), Error, "Error"],
  [new Error("an unsendable cause", { cause: Promise.resolve() }), Error, "Error"],
];

for (const [error, cls, name] of ERRORS) {
  Deno.test(`encode() and decode() keep ${name} "${error.message.slice(0, 40)}" what it is`, () => {
    const arrived = passed({ error }).error;
    assert(Object.getPrototypeOf(arrived) === (cls as typeof Error).prototype, `it is a ${arrived.constructor.name}`);
    assertEquals(arrived.name, name);
    assertEquals(arrived.message, error.message);
    // An error with a reducer is what that makes it.
    if (cls !== Registered) assertEquals(arrived.stack, error.stack);
    assertEquals(Object.hasOwn(arrived, "cause"), Object.hasOwn(error, "cause") && !error.message.startsWith("an uns"));
  });
}

Deno.test("encode() keeps own fields of errors and drops those that cannot be sent, one by one", () => {
  assertEquals({ ...passed(own) }, { ...own });
  assertEquals({ ...passed(partly) } as unknown, { fine: 1 });
  assertEquals(Object.keys(passed(throwing)), []);
  assertEquals(passed(new CodeError(7, "seven")).code, 7);
  assertEquals(passed(new unknownError("hidden")).status, 404);
  assertEquals(passed(new BufferTooShort(new Uint8Array([1, 2]))).data, new Uint8Array([1, 2]));
  assertEquals(passed(new WorkerDiedError("died", { exitCode: -9 })).exitCode, -9);
});

Deno.test("decode() gives errors their causes, errors and themselves", () => {
  const several = passed(new AggregateError([new TypeError("inner"), 1], "several"));
  assert(several.errors[0] instanceof TypeError);
  assertEquals(several.errors[1], 1);
  const suppressed = passed(new SuppressedError(new Error("a"), new TypeError("b")));
  assert(suppressed.suppressed instanceof TypeError);
  const self = passed(circular);
  assert(self.self === self);
  const cause = passed(causeOfItself);
  assert(cause.cause === cause);
});

Deno.test("decode() leaves out of an error what cannot be made here, and of nothing else", () => {
  const error = Object.assign(new Error("x"), { odd: [new Unrevivable()], itself: new Returning(), kept: 1 });
  const arrived = passed([error, error]);
  assertEquals({ ...arrived[0] } as object, { odd: [undefined], itself: undefined, kept: 1 });
  assert(arrived[0] === arrived[1]);
  assertThrows(() => passed([error, new Unrevivable()]), RangeError, "cannot be revived");
});

Deno.test("decode() gives a DOMException whose fields lead back to it", () => {
  const error: DOMException & { self?: unknown } = new DOMException("aborted", "AbortError");
  error.self = { error };
  const arrived = passed(error) as DOMException & { self: { error: unknown } };
  assertEquals([arrived.message, arrived.name], ["aborted", "AbortError"]);
  assert(arrived.self.error === arrived);
});

Deno.test("encode() sends an error whose causes are nested too deep without the last of them", () => {
  let arrived: unknown = passed(deepCause());
  let depth = 0;
  for (; arrived instanceof Error; depth++) arrived = arrived.cause;
  assert(depth > 100, `${depth} causes arrived`);
});

Deno.test("encode() sends an error beside objects that a dropped field had begun with", () => {
  const common = { a: 1 };
  const error = Object.assign(new Error("x"), { dropped: [common, { b: 1 }, unknownHandler], kept: common });
  const arrived = passed([error, common, { b: 2 }]) as [Error & { kept: object }, object, object];
  assert(arrived[0].kept === arrived[1]);
  assertEquals(arrived[2], { b: 2 });
  assertMatch(String(arrived[0]), /^Error: x$/);
});
