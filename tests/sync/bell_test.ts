import { assert, assertEquals, assertThrows } from "@std/assert";
import { getContext } from "../../mod.ts";
import { Bell, nextTurn, ring } from "../../src/sync/bell.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { runProgram } from "../helpers/program.ts";
import { within } from "../helpers/within.ts";

/** Resolves at the next answer of the bell. */
function nextAnswer(bell: Bell): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = bell.onRing(() => {
    stop();
    resolve();
  });
  return within(HANG_MS, promise);
}

Deno.test("Bell.onRing() calls back after a ring, as often as it is rung", async () => {
  const bell = new Bell();
  for (let round = 0; round < 200; round++) {
    const answered = nextAnswer(bell);
    ring(bell.words);
    await answered;
  }
});

Deno.test("Bell.onRing() calls everyone back, until told to stop", async () => {
  const bell = new Bell();
  const calls = { first: 0, second: 0 };
  const stopFirst = bell.onRing(() => calls.first++);
  bell.onRing(() => calls.second++);
  let answered = nextAnswer(bell);
  ring(bell.words);
  await answered;
  assertEquals(calls, { first: 1, second: 1 });
  stopFirst();
  answered = nextAnswer(bell);
  ring(bell.words);
  await answered;
  assertEquals(calls, { first: 1, second: 2 });
});

Deno.test("Bell hears a ring again after nobody had listened", async () => {
  const bell = new Bell();
  bell.onRing(() => {})();
  ring(bell.words);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const answered = nextAnswer(bell);
  ring(bell.words);
  await answered;
});

/** The event loop has turns: for a timer, and for sockets. */
async function assertTurns(): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await within(HANG_MS, new Promise((resolve) => setTimeout(resolve, 5)));
  const connecting = Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using near = await within(HANG_MS, listener.accept());
  using far = await within(HANG_MS, connecting);
  await far.write(new Uint8Array([1]));
  assertEquals(await within(HANG_MS, near.read(new Uint8Array(1))), 1);
}

Deno.test("Bell lets timers and sockets have their turn while it is rung without pause", async () => {
  const bell = new Bell();
  // Each answer rings again, so the bell never comes to rest by itself.
  const stop = bell.onRing(() => ring(bell.words));
  ring(bell.words);
  await assertTurns();
  stop();
});

Deno.test("nextTurn() is over in the next turn of the event loop, not before", async () => {
  // What a test does first, the runtime does before a turn.
  await nextTurn();
  const order: string[] = [];
  const turn = nextTurn().then(() => order.push("turn"));
  for (let round = 0; round < 100; round++) await undefined;
  order.push("this turn");
  await within(HANG_MS, turn);
  assertEquals(order, ["this turn", "turn"]);
});

Deno.test("Bell.answer() answers at once", () => {
  const bell = new Bell();
  let calls = 0;
  bell.onRing(() => calls++);
  bell.answer();
  assertEquals(calls, 1);
});

Deno.test("Bell.answer() lets all answer, though one fails", () => {
  const bell = new Bell();
  const answers: string[] = [];
  bell.onRing(() => {
    throw new RangeError("as told");
  });
  bell.onRing(() => void answers.push("the other"));
  assertThrows(() => bell.answer(), RangeError, "as told");
  assertThrows(() => bell.waitSync(() => true, 0), RangeError, "as told");
  assertEquals(answers, ["the other", "the other"]);
});

Deno.test("Bell.waitSync() looks before it blocks", () => {
  const bell = new Bell();
  let calls = 0;
  bell.onRing(() => calls++);
  assertEquals(bell.waitSync(() => calls === 1, Infinity), true);
});

Deno.test("Bell.waitSync() answers false when the time is up, not before", () => {
  const bell = new Bell();
  const began = performance.now();
  assertEquals(bell.waitSync(() => false, 20), false);
  assert(performance.now() - began >= 19);
  for (const timeout of [0, -1]) assertEquals(bell.waitSync(() => false, timeout), false);
});

Deno.test("Bell.waitSync() asks the time after each answer, however long that takes", () => {
  const bell = new Bell();
  let answers = 0;
  bell.onRing(() => {
    answers++;
    for (const end = performance.now() + 2; performance.now() < end;);
  });
  assertEquals(bell.waitSync(() => false, 1), false);
  // While it looks for itself, and once more before it would sleep.
  assertEquals(answers, 2);
});

Deno.test("Bell.waitSync() tells neighbours how to ring before it sleeps, also if an answer has blocked meanwhile", () => {
  const bell = new Bell();
  let armed = false;
  const armedAtPress: boolean[] = [];
  const press = () => armedAtPress.push(armed);
  bell.addFar({ arm: (writer) => armed = writer !== undefined, hush: () => {}, press });
  let blocked = false;
  bell.onRing(() => {
    if (!armed || blocked) return;
    blocked = true;
    bell.waitSync(() => true, 0);
  });
  try {
    // Long enough for a thread that is held up before it sleeps.
    assertEquals(bell.waitSync(() => false, 500), false);
    // Before this thread and the answer look for themselves, and before it sleeps.
    assertEquals(armedAtPress, [false, true, true]);
    assertEquals(armed, false);
  } finally {
    bell.close();
  }
});

Deno.test("Bell: neighbours in other processes hear what they were rung for before the thread blocks for an event", () => {
  let pressed = 0;
  const leave = new Bell().addFar({ arm: () => {}, hush: () => {}, press: () => pressed++ });
  const event = new (getContext("worker").Event)();
  assertEquals([event.waitSync({ timeout: 1 }), pressed], [false, 1]);
  leave();
  assertEquals([event.waitSync({ timeout: 1 }), pressed], [false, 1]);
});

Deno.test("Bell.waitSync() is woken by rings of another thread", async () => {
  const worker = new Worker(new URL("../targets/bell_ringer.ts", import.meta.url), { type: "module" });
  try {
    await within(HANG_MS, new Promise((resolve) => worker.onmessage = resolve));
    const bell = new Bell();
    const rings = new Int32Array(new SharedArrayBuffer(4));
    worker.postMessage({ bell: bell.words, rings, times: 1000 });
    // The worker rings once for each that was noticed, so one that is missed would end this.
    let noticed = 0;
    bell.onRing(() => {
      const number = Atomics.load(rings, 0);
      // Noticed before it was rung for.
      if (number < 0) return;
      noticed = number;
      Atomics.store(rings, 0, -number);
      Atomics.notify(rings, 0);
    });
    assertEquals(bell.waitSync(() => noticed === 1000, HANG_MS), true, `noticed ${noticed} rings`);
  } finally {
    worker.terminate();
  }
});

/** A neighbour that notes how it was told to ring. */
function noteStates(bell: Bell): { readonly states: string[]; readonly listening: Promise<void> } {
  const states: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const arm = (writer: number | undefined) => {
    states.push(writer === undefined ? "ring the event loop" : "ring the thread");
    resolve();
  };
  bell.addFar({ arm, hush: () => states.push("ring nobody"), press: () => {} });
  return { states, listening: within(HANG_MS, promise) };
}

Deno.test("Bell looks on after news, until nothing has come for a moment: meanwhile neighbours ring nobody", async () => {
  const bell = new Bell();
  const { states, listening } = noteStates(bell);
  let left = 3;
  bell.onRing(() => {
    if (left-- > 0) bell.heard();
  });
  bell.heard();
  assertEquals(states, []);
  await listening;
  // The neighbours are told again each time, as a wait within an answer may have told them otherwise.
  assertEquals(states, [...Array(4).fill("ring nobody"), "ring the event loop"]);
});

Deno.test("Bell that always hears something new lets timers and sockets have their turn", async () => {
  const bell = new Bell();
  const stop = bell.onRing(() => bell.heard());
  bell.heard();
  await assertTurns();
  stop();
});

Deno.test("Bell: an answer that fails while the thread looks on is reported, and leaves nobody deaf", async () => {
  const bell = new Bell();
  const { states, listening } = noteStates(bell);
  const { promise: reported, resolve: report } = Promise.withResolvers<unknown>();
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    report(event.reason);
  }, { once: true });
  let calls = 0;
  bell.onRing(() => {
    if (++calls === 1) throw new RangeError("as told");
  });
  bell.heard();
  await listening;
  assertEquals(states, ["ring nobody", "ring the event loop"]);
  assertEquals(String(await within(HANG_MS, reported)), "RangeError: as told");
});

for (
  const [state, program] of [
    ["at rest", "bell_alone.ts"],
    ["rung without pause", "bell_flood.ts"],
    ["always something new", "bell_news.ts"],
  ] as const
) {
  Deno.test(`Bell does not keep a program alive: ${state}`, async () => {
    const { code, stdout } = await runProgram(program, []);
    assertEquals({ code, stdout }, { code: 0, stdout: "end\n" });
  });
}
