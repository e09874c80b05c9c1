/**
 * The algorithms of lock_words.ts, condition_words.ts and waits.ts as models: every order of their steps is tried, with the death of
 * processes between any two. A step is one load or compare-exchange, or what a transaction does under the block's mutex; where the
 * fast path of others may see the middle of one, it is two steps, and a death there is undone as from the log.
 */

import { assert, assertEquals } from "@std/assert";
import { assertHolds, BLOCKED, DONE, explore, type Model, type Step, type Thread } from "../helpers/model.ts";

/** The process that may give up waiting at any time. */
const IMPATIENT = 0;

const FREE = 0;
const WAITING = 1;
const GRANTED = 2;

const HOLDER = 0xf;
const QUEUED = 0x10;
const ABANDONED = 0x20;

type Steps<S, L> = Record<string, Step<S, L> | readonly Step<S, L>[]>;

/** What the death of processes needs to be told by. */
interface Mortal {
  /** Who has died and is not buried. */
  dead: boolean[];
  /** How many may die yet. */
  deaths: number;
  /** How many have ended, in whatever way. */
  over: number;
}

/** Adds to every step of a process that it may die before, and counts its end. */
function mortal<S extends Mortal, L>(
  steps: Steps<S, L>,
  onDeath: (shared: S, id: number) => void,
  immortalAt: readonly string[] = [],
): Steps<S, L> {
  const die: Step<S, L> = (shared, _, id) => {
    if (shared.deaths === 0) return BLOCKED;
    shared.deaths--;
    shared.dead[id] = true;
    shared.over++;
    onDeath(shared, id);
    return DONE;
  };
  const counted = (step: Step<S, L>): Step<S, L> => (shared, own, id) => {
    const next = step(shared, own, id);
    if (next === DONE) shared.over++;
    return next;
  };
  return Object.fromEntries(
    Object.entries(steps).map(([label, step]) => {
      const all = (typeof step === "function" ? [step] : step).map(counted);
      return [label, immortalAt.includes(label) ? all : [...all, die]];
    }),
  );
}

/** Buries the dead, a step of `burial` at a time; as another may have died over it, it may begin again at any of them. */
function undertaker<S extends Mortal>(
  processes: number,
  burial: readonly ((shared: S, dead: number) => void | typeof BLOCKED)[],
): Thread<S, { seen: number }> {
  const steps: Steps<S, { seen: number }> = {
    watch: (shared, own) => {
      own.seen = shared.dead.indexOf(true);
      if (own.seen >= 0) return "bury 0";
      return shared.over === processes ? DONE : BLOCKED;
    },
  };
  for (const [index, work] of burial.entries()) {
    const isLast = index === burial.length - 1;
    steps[`bury ${index}`] = [(shared, own) => {
      if (work(shared, own.seen) === BLOCKED) return BLOCKED;
      if (isLast) shared.dead[own.seen] = false;
      return isLast ? "watch" : `bury ${index + 1}`;
    }, () => index === 0 ? BLOCKED : "bury 0"];
  }
  return { name: "undertaker", own: { seen: 0 }, start: "watch", steps };
}

/* The lock. */

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

/* The condition. Its lock is a word that does what the models above show that a lock does. */

interface Condition extends Mortal {
  /** Who has the lock, by number and one. */
  holder: number;
  queue: number[];
  status: number[];
  toAll: boolean[];
  owed: number;
  /** Whether that has come which the waiters look for. */
  ready: boolean;
  /** Notifications for one, given and not heard yet. */
  unheard: number;
  /** Whether the notifier has told everyone whom it meant to, or has died. */
  notifier: "at work" | "done" | "died";
}

type ConditionStep = Step<Condition, Own>;

type ConditionFault =
  | "give the lock up before joining"
  | "forget the notification of the dead"
  | "forget the notification of one who gives up";

const NOTIFIER = 2;

function answerFirst(condition: Condition, toAll: boolean): void {
  const next = condition.queue.shift();
  if (next === undefined) return;
  condition.status[next] = GRANTED;
  condition.toAll[next] = toAll;
}

function settleCondition(condition: Condition): void {
  for (; condition.owed > 0 && condition.queue.length > 0; condition.owed--) answerFirst(condition, false);
  // With nobody there it goes the way of every notification without a sleeper.
  condition.unheard -= condition.owed;
  condition.owed = 0;
}

/** Joins the queue, and gives the lock up. */
function joining(all: boolean, fault?: ConditionFault): Steps<Condition, Own> {
  const join = (condition: Condition, id: number) => {
    condition.queue.push(id);
    condition.status[id] = WAITING;
    condition.toAll[id] = false;
    settleCondition(condition);
  };
  const late = fault === "give the lock up before joining";
  return {
    acquire: (condition, _, id) => {
      if (condition.holder !== 0) return BLOCKED;
      condition.holder = id + 1;
      return "look";
    },
    look: ({ ready }) => all && ready ? "release" : late ? "give up lock" : "join",
    join: (condition, _, id) => {
      join(condition, id);
      return late ? "wait" : "give up lock";
    },
    "give up lock": (condition) => {
      condition.holder = 0;
      return late ? "join" : "wait";
    },
  };
}

/** Goes on as the holder, whatever ended the wait. */
function goingOn(aborts: boolean, fault?: ConditionFault): Steps<Condition, Own> {
  return {
    "leave queue": (condition, _, id) => {
      condition.queue = condition.queue.filter((other) => other !== id);
      return DONE;
    },
    give: (condition, _, id) => {
      const wasTold = condition.status[id] === GRANTED && !condition.toAll[id];
      if (wasTold && !(aborts && fault === "forget the notification of one who gives up")) condition.unheard--;
      condition.status[id] = FREE;
      return "take again";
    },
    "take again": (condition, _, id) => {
      if (condition.holder !== 0) return BLOCKED;
      condition.holder = id + 1;
      return "release";
    },
    release: (condition) => {
      condition.holder = 0;
      return DONE;
    },
  };
}

/** Waits once for a notification. Where `aborts`, giving up passes on what came; else it is a timeout, which tells of it. */
function waiter(aborts: boolean, inOne: boolean, all: boolean, fault?: ConditionFault): Steps<Condition, Own> {
  const heard: ConditionStep = ({ status }, _, id) => status[id] === WAITING ? BLOCKED : "give";
  const expire: ConditionStep = (condition, _, id) => {
    if (id !== IMPATIENT) return BLOCKED;
    const came = condition.status[id] !== WAITING;
    condition.queue = condition.queue.filter((other) => other !== id);
    const passes = came && aborts && fault !== "forget the notification of one who gives up";
    if (!came || inOne && passes) condition.status[id] = FREE;
    if (inOne && passes) {
      // One that was meant for all is passed on too: one wake-up too many does no harm.
      condition.unheard += condition.toAll[id] ? 1 : 0;
      condition.owed++;
    }
    settleCondition(condition);
    return passes && !inOne ? "free" : "give";
  };
  /** Nothing is left that could be heard. */
  const inVain: ConditionStep = ({ notifier, unheard, ready }, _, id) => {
    if (id === IMPATIENT || unheard > 0 || notifier === "at work") return BLOCKED;
    return all && ready && notifier === "done" ? BLOCKED : "leave queue";
  };
  return {
    ...joining(all, fault),
    ...goingOn(aborts, fault),
    wait: [heard, expire, inVain],
    free: (condition, _, id) => {
      condition.status[id] = FREE;
      return "pass on";
    },
    "pass on": (condition, _, id) => {
      condition.unheard += condition.toAll[id] ? 1 : 0;
      condition.owed++;
      settleCondition(condition);
      return "take again";
    },
  };
}

function notifier(all: boolean): Steps<Condition, Own> {
  return {
    acquire: (condition, _, id) => {
      if (condition.holder !== 0) return BLOCKED;
      condition.holder = id + 1;
      return "set";
    },
    set: (condition) => {
      condition.ready = true;
      return "count";
    },
    count: ({ queue }, own) => {
      own.seen = all ? queue.length : Math.min(1, queue.length);
      return "notify";
    },
    notify: (condition, own) => {
      if (own.seen === 0 || condition.queue.length === 0) return "release";
      own.seen--;
      if (!all) condition.unheard++;
      answerFirst(condition, all);
      settleCondition(condition);
      return "notify";
    },
    release: (condition) => {
      condition.holder = 0;
      condition.notifier = "done";
      return DONE;
    },
  };
}

/** How those who wait are modelled. */
interface ConditionOptions {
  /** Whether the notifier tells all, who look for what it has made ready; else one. */
  readonly all: boolean;
  readonly deaths: number;
  /** Whether giving up is an abort; else a timeout. */
  readonly aborts?: boolean;
  /** Whether an abort passes on what came in the transaction that withdraws; else in one of its own. */
  readonly inOne?: boolean;
  readonly immortalAt?: readonly string[];
  readonly fault?: ConditionFault;
}

function conditionModel(options: ConditionOptions): Model<Condition, Own> {
  const { all, deaths, aborts = false, inOne = false, immortalAt = [], fault } = options;
  const onDeath = (condition: Condition, id: number) => {
    if (id === NOTIFIER) condition.notifier = "died";
  };
  const waits = mortal(waiter(aborts, inOne, all, fault), onDeath, immortalAt);
  const notifies = mortal(notifier(all), onDeath);
  const bury = undertaker<Condition>(3, [
    (condition, dead) => {
      if (condition.holder === dead + 1) condition.holder = 0;
    },
    (condition, dead) => {
      const meant = condition.status[dead] === GRANTED && !condition.toAll[dead];
      condition.queue = condition.queue.filter((id) => id !== dead);
      condition.status[dead] = FREE;
      if (meant && fault !== "forget the notification of the dead") condition.owed++;
    },
    settleCondition,
  ]);
  const thread = (steps: Steps<Condition, Own>) => ({ own: { seen: 0 }, start: "acquire", steps });
  return {
    initial: {
      holder: 0,
      queue: [],
      status: [FREE, FREE, FREE],
      toAll: [false, false, false],
      owed: 0,
      ready: false,
      unheard: 0,
      notifier: "at work",
      dead: [false, false, false],
      deaths,
      over: 0,
    },
    threads: [thread(waits), thread(waits), thread(notifies), bury],
    invariant: ({ unheard, owed }) => unheard < owed ? `${unheard} are unheard, and ${owed} owed` : undefined,
    final: ({ holder, queue }) => holder === 0 && queue.length === 0 ? undefined : `holder ${holder}, queue ${queue}`,
  };
}

for (const all of [false, true]) {
  const whom = all ? "all" : "one";
  Deno.test(`ConditionWords: no notification of ${whom} is lost, whoever dies or is out of time at whatever step`, () => {
    for (const deaths of [0, 1, 2]) assertHolds(conditionModel({ all, deaths }));
  });

  Deno.test(`ConditionWords: no notification of ${whom} is lost when a wait is aborted`, () => {
    assertHolds(conditionModel({ all, deaths: 0, aborts: true }));
    // Nobody dies here between giving the record back and passing on what came: what is lost then is tested for below.
    assertHolds(conditionModel({ all, deaths: 2, aborts: true, inOne: true }));
  });
}

Deno.test("explore() finds the notification that is lost with one who dies before passing it on in a second step", () => {
  assertEquals(explore(conditionModel({ all: false, deaths: 1, aborts: true })).fault?.kind, "deadlock");
});

const conditionFaults: [fault: ConditionFault, options: ConditionOptions][] = [
  ["give the lock up before joining", { all: true, deaths: 0 }],
  ["forget the notification of the dead", { all: false, deaths: 1 }],
  ["forget the notification of one who gives up", { all: false, deaths: 0, aborts: true }],
];

for (const [planted, options] of conditionFaults) {
  Deno.test(`explore() finds the fault of a condition: ${planted}`, () => {
    assertEquals(explore(conditionModel({ ...options, fault: planted })).fault?.kind, "deadlock");
  });
}

/* The doorbell. */

interface Doorbell {
  bell: number;
  /** What the event loop hears, where a thread sleeps on the bell in its place. */
  relay: number;
  granted: boolean[];
  /** Whether a thread sleeps on the bell. */
  asleep: boolean;
  /** The asynchronous wait. */
  wait: "none" | "pending" | "rung";
  over: boolean;
}

type BellSteps = Steps<Doorbell, Own>;
type BellFault =
  | "ring before the answer"
  | "look before reading"
  | "listen without looking once"
  | "relay before reading";

/** What an asynchronous wait is on: the bell itself, or the relay. */
type Heard = "bell" | "relay";

function granter(which: number, fault?: BellFault): BellSteps {
  const early = fault === "ring before the answer";
  return {
    grant: (doorbell) => {
      doorbell.granted[which] = true;
      return early ? DONE : "count";
    },
    count: (doorbell) => {
      doorbell.bell++;
      return "wake";
    },
    wake: (doorbell) => {
      doorbell.asleep = false;
      // Where it is on the relay, the thread in between is what sleeps.
      if (doorbell.relay < 0 && doorbell.wait === "pending") doorbell.wait = "rung";
      return early ? "grant" : DONE;
    },
  };
}

function blocking(fault?: BellFault): BellSteps {
  const early = fault === "look before reading";
  return {
    begin: () => early ? "look" : "read",
    read: (doorbell, own) => {
      own.seen = doorbell.bell;
      return early ? "block" : "look";
    },
    look: ({ granted }) => granted.includes(false) ? early ? "read" : "block" : DONE,
    block: (doorbell, { seen }) => {
      doorbell.asleep = doorbell.bell === seen;
      return "asleep";
    },
    asleep: ({ asleep }) => asleep ? BLOCKED : "begin",
  };
}

function listening(heard: Heard, fault?: BellFault): BellSteps {
  const early = fault === "look before reading";
  const look = (doorbell: Doorbell, next: string) => {
    doorbell.over = !doorbell.granted.includes(false);
    return doorbell.over ? DONE : next;
  };
  const wait = (doorbell: Doorbell, seen: number) => {
    doorbell.wait = doorbell[heard] === seen ? "pending" : "rung";
  };
  return {
    begin: (doorbell, own) => {
      own.seen = doorbell[heard];
      return "register";
    },
    register: (doorbell, { seen }) => {
      wait(doorbell, seen);
      return fault === "listen without looking once" ? "idle" : "look once";
    },
    "look once": (doorbell) => look(doorbell, "idle"),
    idle: (doorbell) => {
      if (doorbell.wait !== "rung") return BLOCKED;
      doorbell.wait = "none";
      return early ? "look" : "read";
    },
    read: (doorbell, own) => {
      own.seen = doorbell[heard];
      return early ? "listen" : "look";
    },
    look: (doorbell) => look(doorbell, early ? "read" : "listen"),
    listen: (doorbell, { seen }) => {
      wait(doorbell, seen);
      return "idle";
    },
  };
}

/** The thread of futex_thread.ts; it ends with the program. */
function relaying(fault?: BellFault): BellSteps {
  const early = fault === "relay before reading";
  return {
    begin: () => early ? "relay" : "read",
    read: (doorbell, own) => {
      own.seen = doorbell.bell;
      return early ? "block" : "relay";
    },
    relay: (doorbell) => {
      doorbell.relay++;
      return "wake";
    },
    wake: (doorbell) => {
      if (doorbell.wait === "pending") doorbell.wait = "rung";
      return early ? "read" : "block";
    },
    block: (doorbell, { seen }) => {
      doorbell.asleep = doorbell.bell === seen;
      return "asleep";
    },
    asleep: ({ asleep, over }) => over ? DONE : asleep ? BLOCKED : "begin",
  };
}

type Way = "blocking" | "listening" | "listening to a relay";

function bellModel(way: Way, fault?: BellFault): Model<Doorbell, Own> {
  const relayed = way === "listening to a relay";
  const waits = way === "blocking" ? blocking(fault) : listening(relayed ? "relay" : "bell", fault);
  const thread = (name: string, start: string, steps: BellSteps) => ({ name, own: { seen: 0 }, start, steps });
  const first = fault === "ring before the answer" ? "count" : "grant";
  const granters = [0, 1].map((which) => thread(`granter ${which}`, first, granter(which, fault)));
  return {
    initial: { bell: 0, relay: relayed ? 0 : -1, granted: [false, false], asleep: false, wait: "none", over: false },
    threads: [
      thread("waiter", "begin", waits),
      ...granters,
      ...relayed ? [thread("relay", "begin", relaying(fault))] : [],
    ],
  };
}

for (const way of ["blocking", "listening", "listening to a relay"] as const) {
  Deno.test(`Waits: no order of steps loses a ring for one who is ${way}`, () => {
    assertHolds(bellModel(way));
  });

  const faults: BellFault[] = ["ring before the answer"];
  if (way === "listening to a relay") faults.push("relay before reading");
  if (way !== "listening to a relay") faults.push("look before reading");
  if (way === "listening") faults.push("listen without looking once");
  for (const planted of faults) {
    Deno.test(`explore() finds the fault of a doorbell for one who is ${way}: ${planted}`, () => {
      assertEquals(explore(bellModel(way, planted)).fault?.kind, "deadlock");
    });
  }
}
