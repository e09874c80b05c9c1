/**
 * The algorithm of lock_words.ts as a model: every order of its steps is tried, with the death of processes between any two. A step is
 * one load or compare-exchange, or a part of a transaction under the block's mutex: what it changes, who may go on then, and the
 * commit. The fast path of others sees what is between, and a death there is undone as from the log.
 */

import { assert } from "@std/assert";
import { everyMethod } from "../helpers/methods.ts";
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
/** What the undertaker is called in the mutex. */
const UNDERTAKER = 4;

/** What was before the transaction changed it. */
interface Log {
  state: number | null;
  queue: number[] | null;
  status: (number | null)[];
}

interface Lock extends Mortal {
  state: number;
  /** The block's mutex: whose, by number and one. */
  mutex: number;
  log: Log;
  queue: number[];
  status: number[];
  inside: number[];
  /** Whether somebody died inside, and nobody was told yet. */
  untold: boolean;
}

interface Own {
  seen: number;
  /** Where to go on after the transaction. */
  then?: string;
  /** Whether more may go on after it. */
  more?: boolean;
}

type LockStep = Step<Lock, Own>;

/** Faults to be planted in the lock. */
type LockFault =
  | "release without looking for QUEUED"
  | "join without looking again"
  | "forget a grant when giving up"
  | "leave what the dead held"
  | "take without compare-exchange"
  | "drop QUEUED in a change that may be undone"
  | "take from the dead without QUEUED";

const nothing = (): Log => ({ state: null, queue: null, status: [null, null, null] });

function setState(lock: Lock, state: number): void {
  lock.log.state ??= lock.state;
  lock.state = state;
}

function setQueue(lock: Lock, queue: number[]): void {
  lock.log.queue ??= lock.queue;
  lock.queue = queue;
}

function setStatus(lock: Lock, id: number, status: number): void {
  lock.log.status[id] ??= lock.status[id] ?? FREE;
  lock.status[id] = status;
}

function commit(lock: Lock): void {
  lock.log = nothing();
  lock.mutex = 0;
}

function undo(lock: Lock): void {
  const { state, queue, status } = lock.log;
  lock.state = state ?? lock.state;
  lock.queue = queue ?? lock.queue;
  lock.status = lock.status.map((now, id) => status[id] ?? now);
  commit(lock);
}

/** settle(); whether it must be called again. */
function settleLock(lock: Lock, fault?: LockFault): boolean {
  const careless = fault === "drop QUEUED in a change that may be undone";
  if (careless && lock.state & HOLDER) return false;
  if (lock.queue.length === 0) {
    if (!(lock.state & QUEUED)) return false;
    if (careless) setState(lock, lock.state & ~QUEUED);
    else if (JSON.stringify(lock.log) !== JSON.stringify(nothing())) return true;
    lock.state &= ~QUEUED;
    return false;
  }
  if (lock.state & HOLDER) return false;
  const next = lock.queue.find((id) => !lock.dead[id]);
  if (next === undefined) return false;
  setQueue(lock, lock.queue.filter((id) => id !== next));
  setStatus(lock, next, GRANTED);
  setState(lock, next + 1 | lock.state & ABANDONED | (careless && lock.queue.length === 0 ? 0 : QUEUED));
  return !careless && lock.queue.length === 0;
}

/** change(): `work` says where to go on afterwards. */
function transaction(name: string, work: (lock: Lock, id: number) => string, fault?: LockFault): Steps<Lock, Own> {
  const labels = { settle: `${name}: settle`, commit: `${name}: commit`, again: `${name}: again` };
  const settle: LockStep = (lock, own) => {
    if (settleLock(lock, fault)) own.more = true;
    return labels.commit;
  };
  return {
    [name]: (lock, own, id) => {
      if (lock.mutex !== 0) return BLOCKED;
      lock.mutex = id + 1;
      own.then = work(lock, id);
      return labels.settle;
    },
    [labels.settle]: settle,
    [labels.commit]: (lock, own) => {
      commit(lock);
      const { then = DONE, more } = own;
      delete own.more;
      if (more) return labels.again;
      delete own.then;
      return then;
    },
    [labels.again]: (lock, own, id) => {
      if (lock.mutex !== 0) return BLOCKED;
      lock.mutex = id + 1;
      return settle(lock, own, id);
    },
  };
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
    "bury queue": ({ dead }) => dead.includes(true) ? BLOCKED : "settle all",
    ...transaction("settle all", () => "look again", fault),
    "look again": ({ state }) => (state & (QUEUED | HOLDER)) === QUEUED ? "look" : "load",
    look: [(_, own) => {
      own.seen = 0;
      return "join";
    }, ({ state }) => state & (QUEUED | HOLDER) ? BLOCKED : "acquire"],
  };
}

/** withdraw(). */
function expiring(fault?: LockFault): Steps<Lock, Own> {
  return transaction("expire", (lock, id) => {
    const came = lock.status[id] !== WAITING;
    if (!came) {
      setQueue(lock, lock.queue.filter((other) => other !== id));
      setStatus(lock, id, FREE);
    }
    return came && fault !== "forget a grant when giving up" ? "give" : "give up";
  }, fault);
}

/** join(), and the wait. */
function waiting(fault?: LockFault): Steps<Lock, Own> {
  const heard: LockStep = ({ mutex, status }, _, id) => mutex !== 0 || status[id] === WAITING ? BLOCKED : "give";
  return {
    ...transaction("joined", () => "wait", fault),
    join: (lock, _, id) => {
      if (lock.mutex !== 0) return BLOCKED;
      lock.mutex = id + 1;
      return "join: load";
    },
    "join: load": (lock, own) => {
      own.seen = lock.state;
      return "join: exchange";
    },
    "join: exchange": (lock, own, id) => {
      const { seen } = own;
      if (lock.state !== seen) return "join: load";
      own.seen = 0;
      const free = (seen & (HOLDER | QUEUED)) === 0 && fault !== "join without looking again";
      lock.state |= free ? id + 1 : QUEUED;
      return free ? "join: took" : "enqueue";
    },
    enqueue: (lock, own, id) => {
      setQueue(lock, [...lock.queue, id]);
      setStatus(lock, id, WAITING);
      own.then = "wait";
      return fault === "join without looking again" ? "joined: commit" : "joined: settle";
    },
    "join: took": (lock) => {
      lock.mutex = 0;
      return "enter";
    },
    // The others wait without a limit, or none would ever be found to wait in vain.
    wait: [heard, (_, __, id) => id === IMPATIENT ? "expire" : BLOCKED],
    ...expiring(fault),
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
    enter: (lock, own, id) => {
      // What is not needed any more, and would make two states of one.
      own.seen = 0;
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
    release: (lock, own) => {
      const { seen } = own;
      own.seen = 0;
      const plain = !(seen & QUEUED) && lock.state === seen;
      if (!plain && fault !== "release without looking for QUEUED") return "release slowly";
      lock.state = 0;
      return DONE;
    },
    ...transaction("release slowly", (lock) => {
      lock.state |= QUEUED;
      setState(lock, QUEUED);
      return DONE;
    }, fault),
  };
}

/** A transaction of the undertaker, over which it may die as well. */
function burying(work: (lock: Lock, dead: number) => void): ((lock: Lock, dead: number) => void | typeof BLOCKED)[] {
  return [
    (lock, dead) => {
      if (lock.mutex !== 0) return BLOCKED;
      lock.mutex = UNDERTAKER;
      work(lock, dead);
    },
    commit,
  ];
}

/** takeFrom(). */
function takeFrom(lock: Lock, dead: number, flags: number, fault?: LockFault): void {
  if ((lock.state & HOLDER) !== dead + 1 || fault === "leave what the dead held") return;
  if (fault !== "take from the dead without QUEUED") lock.state |= QUEUED;
  setState(lock, lock.state & ~HOLDER | flags);
}

function buryOfLock(processes: number, fault?: LockFault): Thread<Lock, Own> {
  return undertaker<Lock>(processes, [
    (lock) => {
      // Whichever of the dead has it: who waits for the mutex of another finds him dead, and undoes what he had begun.
      if (lock.mutex === UNDERTAKER || lock.dead[lock.mutex - 1]) undo(lock);
    },
    ...burying((lock, dead) => {
      // It never knew that it had the lock.
      if (lock.status[dead] === GRANTED) takeFrom(lock, dead, 0, fault);
      setQueue(lock, lock.queue.filter((id) => id !== dead));
      setStatus(lock, dead, FREE);
    }),
    ...burying((lock, dead) => takeFrom(lock, dead, ABANDONED, fault)),
    // If it must be called again, that is for the flag only, and whoever releases the lock does so too.
    ...burying((lock) => void settleLock(lock, fault)),
  ]);
}

function lockModel(deaths: number, fault?: LockFault, processes = 3): Model<Lock, Own> {
  const steps = mortal<Lock, Own>({ ...taking(fault), ...waiting(fault), ...releasing(fault) }, (lock, id) => {
    if (lock.inside.includes(id)) lock.untold = true;
    lock.inside = lock.inside.filter((other) => other !== id);
  });
  const nobody = new Array<boolean>(processes).fill(false);
  return {
    initial: {
      state: 0,
      mutex: 0,
      log: nothing(),
      queue: [],
      status: nobody.map(() => FREE),
      inside: [],
      untold: false,
      dead: nobody,
      deaths,
      over: 0,
    },
    threads: [
      ...nobody.map(() => ({ own: { seen: 0 }, start: "acquire", steps })),
      buryOfLock(processes, fault),
    ],
    invariant: ({ inside }) => inside.length > 1 ? `${inside.join(" and ")} are inside` : undefined,
    final: ({ state, queue }) =>
      (state & ~ABANDONED) === 0 && queue.length === 0 ? undefined : `state ${state}, queue ${queue}`,
  };
}

Deno.test("LockWords: no order of steps of three lets two in, or leaves one waiting at a free lock", () => {
  assertHolds(lockModel(0));
});

// Two who die in turn, or, which takes a minute on a busy machine, one of three.
for (const [deaths, processes] of everyMethod ? [[2, 2], [1, 3]] as const : [[2, 2]] as const) {
  Deno.test(`LockWords: nor does any when ${deaths} of ${processes} processes die between any two steps`, () => {
    const { states } = assertHolds(lockModel(deaths, undefined, processes));
    assert(states > 5_000, `only ${states} states`);
  });
}

const lockFaults: [fault: LockFault, deaths: number, kinds: string[]][] = [
  ["release without looking for QUEUED", 0, ["deadlock", "livelock", "final"]],
  ["join without looking again", 0, ["deadlock", "livelock", "final"]],
  ["forget a grant when giving up", 0, ["deadlock", "livelock", "final"]],
  ["leave what the dead held", 1, ["deadlock", "livelock", "final"]],
  ["take without compare-exchange", 0, ["invariant"]],
  ["drop QUEUED in a change that may be undone", 1, ["invariant"]],
  ["take from the dead without QUEUED", 1, ["invariant", "error"]],
];

for (const [planted, deaths, kinds] of lockFaults) {
  Deno.test(`explore() finds the fault of a lock: ${planted}`, () => {
    const { fault } = explore(lockModel(deaths, planted));
    assert(kinds.includes(fault?.kind ?? "none"), `${fault?.kind}: ${fault?.message}`);
  });
}
