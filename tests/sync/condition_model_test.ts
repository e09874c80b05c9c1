/**
 * The algorithm of condition_words.ts as a model: every order of its steps is tried, with the death of processes between any two. The
 * lock is one that does what lock_model_test.ts shows that a lock does; a step is what a transaction does under its mutex.
 */

import { assertEquals } from "@std/assert";
import { assertHolds, BLOCKED, DONE, explore, type Model, type Step } from "../helpers/model.ts";
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

interface Condition extends Mortal {
  /** Who has the lock, by number and one. */
  holder: number;
  /** Those who wait to be notified. */
  queue: number[];
  /** Those who wait for the lock, as they were notified or gave up. */
  lockQueue: number[];
  status: number[];
  /** Whether a notification for one is lost with him if he dies before he hears of it. */
  owes: boolean[];
  owed: number;
  /** Whether that has come which the waiters look for. */
  ready: boolean;
  /** Notifications for one, given and not heard yet. */
  unheard: number;
  /** Whether the notifier has told everyone whom it meant to, or has died. */
  notifier: "at work" | "done" | "died";
}

interface Own {
  seen: number;
}

type ConditionStep = Step<Condition, Own>;

type ConditionFault =
  | "give the lock up before joining"
  | "forget the notification of the dead"
  | "forget the notification of one who gives up"
  | "pass the notification on, and keep it"
  | "bury in one round";

const NOTIFIER = 2;

/** Moves the first who is alive to the queue of the lock. */
function moveFirst(condition: Condition, owes: boolean): boolean {
  const next = condition.queue.find((id) => !condition.dead[id]);
  if (next === undefined) return false;
  condition.queue = condition.queue.filter((id) => id !== next);
  condition.lockQueue.push(next);
  condition.owes[next] = owes;
  return true;
}

/** LockWords.settle(). */
function handOn(condition: Condition): void {
  if (condition.holder !== 0) return;
  const next = condition.lockQueue.find((id) => !condition.dead[id]);
  if (next === undefined) return;
  condition.lockQueue = condition.lockQueue.filter((id) => id !== next);
  condition.status[next] = GRANTED;
  condition.holder = next + 1;
}

/** ConditionWords.settle(), until nothing is left to do. */
function settle(condition: Condition): void {
  for (; condition.owed > 0; condition.owed--) {
    // With nobody there it goes the way of every notification without a sleeper.
    if (!moveFirst(condition, true)) condition.unheard--;
  }
  handOn(condition);
}

const acquire = (next: string): ConditionStep => (condition, _, id) => {
  if (condition.holder !== 0 || condition.lockQueue.length > 0) return BLOCKED;
  condition.holder = id + 1;
  return next;
};

/** Joins the queue, and gives the lock up. */
function joining(all: boolean, fault?: ConditionFault): Steps<Condition, Own> {
  const join = (condition: Condition, id: number) => {
    condition.queue.push(id);
    condition.status[id] = WAITING;
    condition.owes[id] = false;
  };
  const late = fault === "give the lock up before joining";
  return {
    acquire: acquire("look"),
    look: ({ ready }) => all && ready ? "release" : late ? "give up lock" : "join",
    join: (condition, _, id) => {
      join(condition, id);
      if (!late) condition.holder = 0;
      settle(condition);
      return "wait";
    },
    "give up lock": (condition) => {
      condition.holder = 0;
      handOn(condition);
      return "join";
    },
  };
}

/** Stops waiting to be notified; an abort passes on what has come, a timeout tells of it. */
function leaving(aborts: boolean, fault?: ConditionFault): ConditionStep {
  return (condition, _, id) => {
    if (id !== IMPATIENT) return BLOCKED;
    if (condition.queue.includes(id)) {
      condition.queue = condition.queue.filter((other) => other !== id);
      condition.lockQueue.push(id);
    } else if (aborts) {
      const forgets = fault === "forget the notification of one who gives up";
      if (!forgets) {
        // One that was meant for all is passed on too: one wake-up too many does no harm.
        if (!condition.owes[id]) condition.unheard++;
        condition.owed++;
      }
      if (fault !== "pass the notification on, and keep it") condition.owes[id] = false;
    }
    settle(condition);
    return "wait for lock";
  };
}

/** Waits once for a notification. */
function waiter(aborts: boolean, all: boolean, fault?: ConditionFault): Steps<Condition, Own> {
  const granted: ConditionStep = ({ status }, _, id) => status[id] === WAITING ? BLOCKED : "give";
  /** Nothing is left that could be heard. */
  const inVain: ConditionStep = (condition, _, id) => {
    const { notifier, unheard, ready, queue } = condition;
    if (id === IMPATIENT || unheard > 0 || notifier === "at work" || !queue.includes(id)) return BLOCKED;
    if (all && ready && notifier === "done") return BLOCKED;
    condition.queue = queue.filter((other) => other !== id);
    return DONE;
  };
  return {
    ...joining(all, fault),
    wait: [granted, leaving(aborts, fault), inVain],
    "wait for lock": granted,
    give: (condition, _, id) => {
      if (condition.owes[id]) condition.unheard--;
      condition.owes[id] = false;
      condition.status[id] = FREE;
      return "release";
    },
    release,
  };
}

const release: ConditionStep = (condition, _, id) => {
  if (condition.holder !== id + 1) throw new Error("somebody goes on who does not hold the lock");
  condition.holder = 0;
  handOn(condition);
  if (id === NOTIFIER) condition.notifier = "done";
  return DONE;
};

function notifier(all: boolean): Steps<Condition, Own> {
  return {
    acquire: acquire("set"),
    set: (condition) => {
      condition.ready = true;
      return "count";
    },
    count: ({ queue }, own) => {
      own.seen = all ? queue.length : Math.min(1, queue.length);
      return "notify";
    },
    notify: (condition, own) => {
      if (own.seen === 0 || !moveFirst(condition, !all)) return "release";
      own.seen--;
      if (!all) condition.unheard++;
      settle(condition);
      return "notify";
    },
    release,
  };
}

/** How those who wait are modelled. */
interface ConditionOptions {
  /** Whether the notifier tells all, who look for what it has made ready; else one. */
  readonly all: boolean;
  readonly deaths: number;
  /** Whether giving up is an abort; else a timeout. */
  readonly aborts?: boolean;
  readonly fault?: ConditionFault;
}

/** Both blocks are buried twice: the condition's first, then the lock's. */
function burial(fault?: ConditionFault): readonly ((condition: Condition, dead: number) => void)[] {
  const buryCondition = (condition: Condition, dead: number) => {
    if (condition.queue.includes(dead)) condition.status[dead] = FREE;
    condition.queue = condition.queue.filter((id) => id !== dead);
    settle(condition);
  };
  const buryRecord = (condition: Condition, dead: number) => {
    condition.lockQueue = condition.lockQueue.filter((id) => id !== dead);
    if (condition.status[dead] !== FREE && condition.owes[dead]) {
      if (fault !== "forget the notification of the dead") condition.owed++;
      condition.owes[dead] = false;
    }
    condition.status[dead] = FREE;
  };
  const buryHolder = (condition: Condition, dead: number) => {
    if (condition.holder === dead + 1) condition.holder = 0;
    handOn(condition);
  };
  const round = [buryCondition, buryRecord, buryHolder];
  return fault === "bury in one round" ? round : [...round, ...round];
}

function conditionModel({ all, deaths, aborts = false, fault }: ConditionOptions): Model<Condition, Own> {
  const onDeath = (condition: Condition, id: number) => {
    if (id === NOTIFIER) condition.notifier = "died";
  };
  const waits = mortal(waiter(aborts, all, fault), onDeath);
  const notifies = mortal(notifier(all), onDeath);
  const thread = (steps: Steps<Condition, Own>) => ({ own: { seen: 0 }, start: "acquire", steps });
  return {
    initial: {
      holder: 0,
      queue: [],
      lockQueue: [],
      status: [FREE, FREE, FREE],
      owes: [false, false, false],
      owed: 0,
      ready: false,
      unheard: 0,
      notifier: "at work",
      dead: [false, false, false],
      deaths,
      over: 0,
    },
    threads: [thread(waits), thread(waits), thread(notifies), undertaker<Condition>(3, burial(fault))],
    invariant: ({ unheard, owed }) => unheard < owed ? `${unheard} are unheard, and ${owed} owed` : undefined,
    final: ({ holder, queue, lockQueue }) =>
      holder === 0 && queue.length + lockQueue.length === 0
        ? undefined
        : `holder ${holder}, queue ${queue}, lock ${lockQueue}`,
  };
}

for (const all of [false, true]) {
  const whom = all ? "all" : "one";
  Deno.test(`ConditionWords: no notification of ${whom} is lost, whoever dies or is out of time at whatever step`, () => {
    for (const deaths of [0, 1, 2]) assertHolds(conditionModel({ all, deaths }));
  });

  Deno.test(`ConditionWords: no notification of ${whom} is lost when a wait is aborted`, () => {
    for (const deaths of [0, 2]) assertHolds(conditionModel({ all, deaths, aborts: true }));
  });
}

const conditionFaults: [fault: ConditionFault, kinds: string[], options: ConditionOptions][] = [
  ["give the lock up before joining", ["deadlock"], { all: true, deaths: 0 }],
  ["forget the notification of the dead", ["deadlock"], { all: false, deaths: 1 }],
  ["forget the notification of one who gives up", ["deadlock"], { all: false, deaths: 0, aborts: true }],
  ["pass the notification on, and keep it", ["invariant"], { all: false, deaths: 1, aborts: true }],
  ["bury in one round", ["deadlock", "final", "invariant"], { all: false, deaths: 1 }],
];

for (const [planted, kinds, options] of conditionFaults) {
  Deno.test(`explore() finds the fault of a condition: ${planted}`, () => {
    const { fault } = explore(conditionModel({ ...options, fault: planted }));
    assertEquals(kinds.includes(fault?.kind ?? "none"), true, `${fault?.kind}: ${fault?.message}`);
  });
}
