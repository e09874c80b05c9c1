import { assert, assertEquals, assertThrows } from "@std/assert";
import { assertHolds, BLOCKED, DONE, explore, type Model, type Step, type Thread } from "./model.ts";

/** A word, who sleeps on it, and who is inside. */
interface Mutex {
  word: number;
  waiters: number;
  asleep: boolean[];
  inside: number;
}

interface Own {
  seen: number;
}

const initial: Mutex = { word: 0, waiters: 0, asleep: [false, false, false], inside: 0 };

/** Wakes any one of those who sleep. */
function wakeOne(next: string): Step<Mutex, Own>[] {
  const none: Step<Mutex, Own> = ({ asleep }) => asleep.includes(true) ? BLOCKED : next;
  return [
    none,
    ...initial.asleep.map((_, sleeper): Step<Mutex, Own> => ({ asleep }) => {
      if (!asleep[sleeper]) return BLOCKED;
      asleep[sleeper] = false;
      return next;
    }),
  ];
}

const inside: Thread<Mutex, Own>["steps"] = {
  enter: (mutex) => {
    mutex.inside++;
    return "leave";
  },
  leave: (mutex) => {
    mutex.inside--;
    return "unlock";
  },
};

const sleeping: Step<Mutex, Own> = ({ asleep }, _, id) => asleep[id] ? BLOCKED : "retry";

/** Sleeps without looking whether the lock is still taken: a release in between wakes nobody. */
const sleepsBlindly: Thread<Mutex, Own>["steps"] = {
  ...inside,
  lock: (mutex) => {
    if (mutex.word !== 0) return "count";
    mutex.word = 1;
    return "enter";
  },
  count: (mutex) => {
    mutex.waiters++;
    return "sleep";
  },
  sleep: (mutex, _, id) => {
    mutex.asleep[id] = true;
    return "asleep";
  },
  asleep: sleeping,
  retry: (mutex) => {
    mutex.waiters--;
    return "lock";
  },
  unlock: (mutex) => {
    mutex.word = 0;
    return mutex.waiters > 0 ? "wake" : DONE;
  },
  wake: wakeOne(DONE),
};

/** Three states, after Drepper: 0 free, 1 taken, 2 taken and perhaps waited for. `retaken` is the state that a sleeper takes it with. */
function futexMutex(retaken: 1 | 2): Thread<Mutex, Own>["steps"] {
  return {
    ...inside,
    lock: (mutex, own) => {
      own.seen = mutex.word;
      if (mutex.word !== 0) return "mark";
      mutex.word = 1;
      return "enter";
    },
    mark: (mutex, own) => {
      own.seen = mutex.word;
      mutex.word = 2;
      return own.seen === 0 ? "enter" : "sleep";
    },
    sleep: (mutex, _, id) => {
      if (mutex.word !== 2) return "retry";
      mutex.asleep[id] = true;
      return "asleep";
    },
    asleep: sleeping,
    retry: (mutex, own) => {
      own.seen = mutex.word;
      if (own.seen === 0) mutex.word = retaken;
      else mutex.word = 2;
      return own.seen === 0 ? "enter" : "sleep";
    },
    unlock: (mutex, own) => {
      own.seen = mutex.word;
      mutex.word = 0;
      return own.seen === 2 ? "wake" : DONE;
    },
    wake: wakeOne(DONE),
  };
}

function modelOf(steps: Thread<Mutex, Own>["steps"], threads: number): Model<Mutex, Own> {
  return {
    initial,
    threads: Array.from({ length: threads }, () => ({ own: { seen: 0 }, start: "lock", steps })),
    invariant: ({ inside }) => inside > 1 ? `${inside} are inside` : undefined,
    final: ({ word }) => word === 0 ? undefined : `the word is ${word}`,
  };
}

Deno.test("explore() finds the wake-up that is lost by a mutex that sleeps without looking", () => {
  const { fault } = explore(modelOf(sleepsBlindly, 2));
  assert(fault?.kind === "deadlock");
  assert(fault.message.includes("asleep"), fault.message);
  assert(fault.trace.some((line) => line.startsWith("thread 0: ")) && fault.trace.length < 12, fault.trace.join("\n"));
  assertThrows(() => assertHolds(modelOf(sleepsBlindly, 2)), Error, "deadlock");
});

Deno.test("explore() finds the wake-up that is lost when a sleeper forgets that others may sleep", () => {
  assertEquals(explore(modelOf(futexMutex(1), 2)).fault, undefined);
  assertEquals(explore(modelOf(futexMutex(1), 3)).fault?.kind, "deadlock");
});

Deno.test("explore() finds nothing wrong with a right futex mutex", () => {
  for (const threads of [1, 2, 3]) {
    const { states, steps, fault } = explore(modelOf(futexMutex(2), threads));
    assertEquals(fault, undefined);
    assert(states > 3 && steps >= states - 1);
  }
});

Deno.test("explore() finds two who are inside at once", () => {
  const steps: Thread<Mutex, Own>["steps"] = {
    ...inside,
    lock: (mutex, own) => {
      own.seen = mutex.word;
      return own.seen === 0 ? "take" : "lock";
    },
    take: (mutex) => {
      mutex.word = 1;
      return "enter";
    },
    unlock: (mutex) => {
      mutex.word = 0;
      return DONE;
    },
  };
  const { fault } = explore(modelOf(steps, 2));
  assertEquals([fault?.kind, fault?.message], ["invariant", "2 are inside"]);
  // lock, lock, take, enter, take, enter
  assertEquals(fault?.trace.length, 6);
});

Deno.test("explore() finds threads that go round for ever, wrong ends, errors, and models without an end", () => {
  const one = (steps: Thread<Mutex, Own>["steps"], rest: Partial<Model<Mutex, Own>> = {}): Model<Mutex, Own> => ({
    initial,
    threads: [{ name: "it", own: { seen: 0 }, start: "a", steps }],
    ...rest,
  });
  assertEquals(explore(one({ a: () => "b", b: () => "a" })).fault?.kind, "livelock");
  assertEquals(explore(one({ a: [() => "b", () => DONE], b: () => "b" })).fault?.kind, "livelock");
  assertEquals(explore(one({ a: () => DONE }, { final: () => "no good" })).fault?.message, "no good");
  assertEquals(explore(one({ a: () => "nowhere" })).fault?.kind, "error");
  const failing = one({
    a: () => {
      throw new RangeError("broke");
    },
  });
  assertEquals(explore(failing).fault?.message, "it at a: RangeError: broke");
  const endless: Step<Mutex, Own> = (mutex) => {
    mutex.word++;
    return "a";
  };
  assertThrows(() => explore(one({ a: endless }, { most: 100 })), RangeError, "100 states");
});
