/** The doorbell of waits.ts and doorbells.ts as a model: every order of its steps is tried. */

import { assertEquals } from "@std/assert";
import { assertHolds, BLOCKED, DONE, explore, type Model } from "../helpers/model.ts";
import type { Steps } from "../helpers/mortal_model.ts";

interface Own {
  seen: number;
}

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
