import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { checkWaitOptions, suspend } from "../../src/base/deadline.ts";

/** A signal that counts its listeners. */
function countedSignal(): { signal: AbortSignal; abort(reason?: unknown): void; listeners(): number } {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners.add(args[1]);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners.delete(args[1]);
    removeEventListener.apply(signal, args);
  };
  return { signal, abort: (reason) => controller.abort(reason), listeners: () => listeners.size };
}

/** A wait that the test settles; it counts how often its removal was asked for. */
function openWait<T>() {
  const wait = {
    resolve: (_value: T) => {},
    reject: (_reason: unknown) => {},
    removals: 0,
    subscribe(resolve: (value: T | PromiseLike<T>) => void, reject: (reason: unknown) => void) {
      wait.resolve = resolve;
      wait.reject = reject;
      return () => void wait.removals++;
    },
  };
  return wait;
}

function neverExpires(): never {
  throw new Error("expired");
}

Deno.test("suspend() yields what it is resolved with and leaves neither listener nor timer", async () => {
  const { signal, listeners } = countedSignal();
  const wait = openWait<string>();
  const suspended = suspend({ timeout: 1e6, signal }, wait.subscribe, neverExpires);
  assertEquals(listeners(), 1);
  wait.resolve("done");
  assertEquals(await suspended, "done");
  assertEquals([listeners(), wait.removals], [0, 1]);
});

Deno.test("suspend() rejects with what it is rejected with and leaves neither listener nor timer", async () => {
  const { signal, listeners } = countedSignal();
  const wait = openWait<string>();
  const suspended = suspend({ timeout: 1e6, signal }, wait.subscribe, neverExpires);
  wait.reject(new RangeError("no"));
  await assertRejects(() => suspended, RangeError, "no");
  assertEquals([listeners(), wait.removals], [0, 1]);
});

Deno.test("suspend() yields what expire gives when the time is up, not before", async () => {
  const { signal, listeners } = countedSignal();
  const wait = openWait<string>();
  const began = performance.now();
  assertEquals(await suspend({ timeout: 30, signal }, wait.subscribe, () => "late"), "late");
  // Timers count whole milliseconds.
  assert(performance.now() - began >= 29);
  assertEquals([listeners(), wait.removals], [0, 1]);
});

Deno.test("suspend() rejects with what expire throws", async () => {
  const wait = openWait<string>();
  await assertRejects(() => suspend({ timeout: 1 }, wait.subscribe, neverExpires), Error, "expired");
  assertEquals(wait.removals, 1);
});

Deno.test("suspend() rejects with the reason of an abort and leaves neither listener nor timer", async () => {
  const { signal, abort, listeners } = countedSignal();
  const wait = openWait<string>();
  const suspended = suspend({ timeout: 1e6, signal }, wait.subscribe, neverExpires);
  const reason = { any: "value" };
  abort(reason);
  assertEquals(await suspended.catch((error) => error === reason), true);
  assertEquals([listeners(), wait.removals], [0, 1]);
});

Deno.test("suspend() does not begin to wait when the signal has aborted before", async () => {
  const { signal, abort, listeners } = countedSignal();
  abort(new RangeError("before"));
  let subscribed = false;
  const subscribe = () => {
    subscribed = true;
    return () => {};
  };
  await assertRejects(() => suspend({ signal }, subscribe, neverExpires), RangeError, "before");
  assertEquals([subscribed, listeners()], [false, 0]);
});

Deno.test("suspend() takes what is there at once, whatever the timeout", async () => {
  for (const timeout of [undefined, 1e6, 0, -1, -Infinity]) {
    const { signal, listeners } = countedSignal();
    let removals = 0;
    const subscribe = (resolve: (value: string) => void) => {
      resolve("there");
      return () => void removals++;
    };
    const options = timeout === undefined ? { signal } : { timeout, signal };
    assertEquals(await suspend(options, subscribe, neverExpires), "there");
    assertEquals([listeners(), removals], [0, 1]);
  }
});

Deno.test("suspend() does not wait when the timeout is 0 or negative", async () => {
  for (const timeout of [0, -1, -Infinity]) {
    const { signal, listeners } = countedSignal();
    const wait = openWait<string>();
    const suspended = suspend({ timeout, signal }, wait.subscribe, () => "at once");
    assertEquals(wait.removals, 1);
    assertEquals(await suspended, "at once");
    assertEquals(listeners(), 0);
  }
});

Deno.test("suspend() settles once: what comes later changes nothing", async () => {
  const { signal, abort } = countedSignal();
  const wait = openWait<string>();
  const suspended = suspend({ signal }, wait.subscribe, neverExpires);
  wait.resolve("first");
  wait.resolve("second");
  wait.reject(new Error("third"));
  abort();
  assertEquals(await suspended, "first");
  assertEquals(wait.removals, 1);
});

Deno.test("suspend() waits for ever without a timeout and with Infinity", () => {
  const { armed, restore } = recordTimers();
  try {
    suspend({ timeout: Infinity }, openWait<string>().subscribe, neverExpires);
    suspend({}, openWait<string>().subscribe, neverExpires);
    assertEquals(armed, []);
  } finally {
    restore();
  }
});

Deno.test("suspend() waits longer than one timer can", async () => {
  const month = 31 * 24 * 3600 * 1000;
  const { armed, fire, restore } = recordTimers();
  try {
    const suspended = suspend({ timeout: month }, openWait<string>().subscribe, () => "after a month");
    fire();
    fire();
    assertEquals(await suspended, "after a month");
    assertEquals(armed.reduce((sum, delay) => sum + delay, 0), month);
    assert(armed.every((delay) => delay < 2 ** 31), String(armed));
  } finally {
    restore();
  }
});

/** Takes the place of `setTimeout`: tells the delays asked for, and fires on demand. */
function recordTimers(): { armed: number[]; fire(): void; restore(): void } {
  const { setTimeout } = globalThis;
  const armed: number[] = [];
  let due: (() => void) | undefined;
  const record = (callback: () => void, delay = 0) => {
    armed.push(delay);
    due = callback;
    return 0;
  };
  Object.assign(globalThis, { setTimeout: record });
  return { armed, fire: () => due?.(), restore: () => Object.assign(globalThis, { setTimeout }) };
}

Deno.test("checkWaitOptions() refuses what is no time and no signal", () => {
  for (const timeout of ["5", null, {}, NaN, 5n]) {
    const error = assertThrows(() => checkWaitOptions({ timeout } as unknown as { timeout: number }), TypeError);
    assertStringIncludes(error.message, `received ${Deno.inspect(timeout)}`);
  }
  for (const signal of [{ aborted: true }, null, new EventTarget(), new AbortController()]) {
    assertThrows(() => checkWaitOptions({ signal } as unknown as { signal: AbortSignal }), TypeError, "AbortSignal");
  }
});

Deno.test("checkWaitOptions() accepts all times and signals", () => {
  for (const timeout of [0, -1, 0.5, Infinity, -Infinity]) checkWaitOptions({ timeout });
  checkWaitOptions({});
  checkWaitOptions({ signal: AbortSignal.abort() });
});
