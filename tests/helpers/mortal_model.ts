/** Processes of a model that may die between any two steps, and who buries them. */
import { BLOCKED, DONE, type Step, type Thread } from "./model.ts";

/** The process that may give up waiting at any time. */
export const IMPATIENT = 0;

/** States of a record. */
export const FREE = 0;
export const WAITING = 1;
export const GRANTED = 2;

/** Steps of a thread by label. */
export type Steps<S, L> = Record<string, Step<S, L> | readonly Step<S, L>[]>;

/** What the death of processes needs to be told by. */
export interface Mortal {
  /** Who has died and is not buried. */
  dead: boolean[];
  /** How many may die yet. */
  deaths: number;
  /** How many have ended, in whatever way. */
  over: number;
}

/** Adds to every step of a process that it may die before, and counts its end. */
export function mortal<S extends Mortal, L>(
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
export function undertaker<S extends Mortal>(
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
