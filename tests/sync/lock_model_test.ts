/**
 * The algorithm of lock_words.ts as a model: every order of its steps is tried, with the death of processes between any two. A step is
 * one load or compare-exchange, or what a transaction does under the block's mutex; where the fast path of others may see the middle
 * of one, it is two steps, and a death there is undone as from the log.
 */

import { assert } from "@std/assert";
import { assertHolds, BLOCKED, DONE, explore, type Model, type Step, type Thread } from "../helpers/model.ts";
import {
  FREE,
  GRANTED,
  IMPATIENT,
  type Mortal,
  mortal,
  type Steps,
  undertaker,
  WAITING,
} from "../helpers/mortal_model.ts";

const HOLDER = 0xf;
const QUEUED = 0x10;
const ABANDONED = 0x20;

interface Lock extends Mortal {
  state: number;
  /** The block's mutex: whose, by number and one. */
  mutex: number;
  /** What the state was before the transaction that has changed it; -1 for none. */
  former: number;
  queue: number[];
  status: number[];
  inside: number[];
  /** Whether somebody died inside, and nobody was told yet. */
  untold: boolean;
}

interface Own {
  seen: number;
}

type LockStep = Step<Lock, Own>;

/** Faults to be planted in the lock. */
type LockFault =
  | "release without looking for QUEUED"
  | "join without looking again"
  | "forget a grant when giving up"
  | "leave what the dead held"
  | "take without compare-exchange";

function settleLock(lock: Lock): void {
  if (lock.state & HOLDER) return;
  if (lock.queue.length === 0) return void (lock.state &= ~QUEUED);
  const next = lock.queue.find((id) => !lock.dead[id]);
  if (next === undefined) return;
  lock.queue = lock.queue.filter((id) => id !== next);
  lock.status[next] = GRANTED;
  lock.state = next + 1 | lock.state & ABANDONED | (lock.queue.length === 0 ? 0 : QUEUED);
}

/** tryAcquire(). */
function taking(fault?: LockFault): Steps<Lock, Own> {
  return {
    acquire: (lock, own, id) => {
      own.seen = lock.state;
      if (own.seen !== 0) return "other";
      if (fault === "take without compare-exchange") return "take";
      lock.state = id + 1;
      return "enter";
    },
    take: (lock, _, id) => {
      lock.state = id + 1;
      return "enter";
    },
    other: (lock, { seen }, id) => {
      const holder = seen & HOLDER;
      if (holder !== 0) return lock.dead[holder - 1] ? "bury holder" : "look";
      if (seen & QUEUED) return "bury queue";
      if (lock.state !== seen) return "load";
      lock.state |= id + 1;
      return "enter";
    },
    load: (lock, own) => {
      own.seen = lock.state;
      return "other";
    },
    "bury holder": ({ dead }) => dead.includes(true) ? BLOCKED : "load",
    "bury queue": ({ dead }) => dead.includes(true) ? BLOCKED : "look again",
    "look again": ({ state }) => state & (QUEUED | HOLDER) ? "look" : "load",
    look: [() => "join", ({ state }) => state & (QUEUED | HOLDER) ? BLOCKED : "acquire"],
  };
}

/** withdraw(). */
function expiring(fault?: LockFault): LockStep {
  return (lock, _, id) => {
    // The others wait without a limit, or none would ever be found to wait in vain.
    if (lock.mutex !== 0 || id !== IMPATIENT) return BLOCKED;
    const came = lock.status[id] !== WAITING;
    if (!came) {
      lock.queue = lock.queue.filter((other) => other !== id);
      lock.status[id] = FREE;
    }
    settleLock(lock);
    return came && fault !== "forget a grant when giving up" ? "give" : "give up";
  };
}

/** join(), and the wait. */
function waiting(fault?: LockFault): Steps<Lock, Own> {
  const heard: LockStep = ({ mutex, status }, _, id) => mutex !== 0 || status[id] === WAITING ? BLOCKED : "give";
  return {
    join: (lock, _, id) => {
      if (lock.mutex !== 0) return BLOCKED;
      lock.mutex = id + 1;
      return "join: load";
    },
    "join: load": (lock, own) => {
      own.seen = lock.state;
      return "join: exchange";
    },
    "join: exchange": (lock, { seen }, id) => {
      if (lock.state !== seen) return "join: load";
      const free = (seen & (HOLDER | QUEUED)) === 0 && fault !== "join without looking again";
      lock.state |= free ? id + 1 : QUEUED;
      return free ? "join: took" : "enqueue";
    },
    "join: took": (lock) => {
      lock.mutex = 0;
      return "enter";
    },
    enqueue: (lock, _, id) => {
      lock.queue.push(id);
      lock.status[id] = WAITING;
      if (fault !== "join without looking again") settleLock(lock);
      lock.mutex = 0;
      return "wait";
    },
    wait: [heard, expiring(fault)],
    give: (lock, _, id) => {
      lock.status[id] = FREE;
      return "enter";
    },
    "give up": (lock, _, id) => {
      lock.status[id] = FREE;
      return DONE;
    },
  };
}

/** What is done with the lock, and release(). */
function releasing(fault?: LockFault): Steps<Lock, Own> {
  return {
    enter: (lock, _, id) => {
      if (lock.untold && !(lock.state & ABANDONED)) throw new Error("somebody died inside, and the next is not told");
      lock.untold = false;
      lock.inside.push(id);
      return "leave";
    },
    leave: (lock, own, id) => {
      lock.inside = lock.inside.filter((other) => other !== id);
      own.seen = lock.state;
      return "release";
    },
    release: (lock, { seen }) => {
      const plain = !(seen & QUEUED) && lock.state === seen;
      if (!plain && fault !== "release without looking for QUEUED") return "release: lock";
      lock.state = 0;
      return DONE;
    },
    "release: lock": (lock, _, id) => {
      if (lock.mutex !== 0) return BLOCKED;
      lock.mutex = id + 1;
      return "release: store";
    },
    "release: store": (lock) => {
      lock.former = lock.state;
      lock.state &= QUEUED;
      return "release: settle";
    },
    "release: settle": (lock) => {
      settleLock(lock);
      lock.former = -1;
      lock.mutex = 0;
      return DONE;
    },
  };
}

function buryOfLock(fault?: LockFault): Thread<Lock, Own> {
  return undertaker<Lock>(3, [
    (lock) => {
      // Whichever of the dead has it: who waits for the mutex of another finds him dead, and undoes what he had begun.
      if (lock.mutex === 0 || !lock.dead[lock.mutex - 1]) return;
      if (lock.former >= 0) lock.state = lock.former;
      lock.former = -1;
      lock.mutex = 0;
    },
    (lock, dead) => {
      if (lock.mutex !== 0) return BLOCKED;
      // It never knew that it had the lock.
      const held = lock.status[dead] === GRANTED && (lock.state & HOLDER) === dead + 1;
      if (held && fault !== "leave what the dead held") lock.state &= QUEUED | ABANDONED;
      lock.queue = lock.queue.filter((id) => id !== dead);
      lock.status[dead] = FREE;
    },
    (lock, dead) => {
      if (lock.mutex !== 0) return BLOCKED;
      if ((lock.state & HOLDER) !== dead + 1 || fault === "leave what the dead held") return;
      lock.state = lock.state & QUEUED | ABANDONED;
    },
    (lock) => lock.mutex !== 0 ? BLOCKED : settleLock(lock),
  ]);
}

function lockModel(deaths: number, fault?: LockFault): Model<Lock, Own> {
  const steps = mortal<Lock, Own>({ ...taking(fault), ...waiting(fault), ...releasing(fault) }, (lock, id) => {
    if (lock.inside.includes(id)) lock.untold = true;
    lock.inside = lock.inside.filter((other) => other !== id);
  });
  const nobody = [false, false, false];
  return {
    initial: {
      state: 0,
      mutex: 0,
      former: -1,
      queue: [],
      status: [FREE, FREE, FREE],
      inside: [],
      untold: false,
      dead: nobody,
      deaths,
      over: 0,
    },
    threads: [...nobody.map(() => ({ own: { seen: 0 }, start: "acquire", steps })), buryOfLock(fault)],
    invariant: ({ inside }) => inside.length > 1 ? `${inside.join(" and ")} are inside` : undefined,
    final: ({ state, queue }) =>
      (state & ~ABANDONED) === 0 && queue.length === 0 ? undefined : `state ${state}, queue ${queue}`,
  };
}

Deno.test("LockWords: no order of steps of three lets two in, or leaves one waiting at a free lock", () => {
  assertHolds(lockModel(0));
});

Deno.test("LockWords: nor does any when processes die between any two steps", () => {
  const { states } = assertHolds(lockModel(1));
  assert(states > 10_000, `only ${states} states`);
});

const lockFaults: [fault: LockFault, deaths: number, kinds: string[]][] = [
  ["release without looking for QUEUED", 0, ["deadlock", "livelock", "final"]],
  ["join without looking again", 0, ["deadlock", "livelock", "final"]],
  ["forget a grant when giving up", 0, ["deadlock", "livelock", "final"]],
  ["leave what the dead held", 1, ["deadlock", "livelock", "final"]],
  ["take without compare-exchange", 0, ["invariant"]],
];

for (const [planted, deaths, kinds] of lockFaults) {
  Deno.test(`explore() finds the fault of a lock: ${planted}`, () => {
    const { fault } = explore(lockModel(deaths, planted));
    assert(kinds.includes(fault?.kind ?? "none"), `${fault?.kind}: ${fault?.message}`);
  });
}
