/** What synchronize.ts is made of: the same objects between processes, between threads, and kept by a manager. */
import {
  type ConditionProxy,
  type Context,
  type EventProxy,
  type LockProxy,
  Manager,
  type QueueProxy,
  type RawValue,
  type SemaphoreProxy,
  type ValueProxy,
} from "@multiprocessing/deno";

// What objects of the module and proxies of a manager's have in common.
export type Cell = RawValue<number> | ValueProxy<number>;
export type Condition = Pick<
  ConditionProxy,
  "acquire" | "release" | "guard" | "wait" | "waitFor" | "notify" | "notifyAll"
>;
export type Event = Pick<EventProxy, "set" | "wait">;
export type Lock = Pick<LockProxy, "guard">;
export type Queue = Pick<QueueProxy<number | "STOP">, "put" | "get">;
export type Semaphore = Pick<SemaphoreProxy, "acquire" | "release" | "guard">;

/** What the tests need. */
export interface Kit {
  readonly context: Context;
  makeCell(value: number): Cell | Promise<Cell>;
  makeCondition(): Condition | Promise<Condition>;
  makeEvent(): Event | Promise<Event>;
  makeLock(): Lock | Promise<Lock>;
  makeQueue(): Queue | Promise<Queue>;
  makeSemaphore(value: number): Semaphore | Promise<Semaphore>;
}

/** Objects of a context. */
export function kitOf(context: Context): Kit {
  return {
    context,
    makeCell: (value) => new context.Value("i", value, { lock: false }),
    makeCondition: () => new context.Condition(),
    makeEvent: () => new context.Event(),
    makeLock: () => new context.Lock(),
    makeQueue: () => new context.Queue(),
    makeSemaphore: (value) => new context.Semaphore(value),
  };
}

/** Objects of a manager, for the processes of a context. */
export async function kitOfManager(context: Context): Promise<Kit> {
  const manager = await Manager();
  return {
    context,
    makeCell: (value) => manager.Value("i", value),
    makeCondition: () => manager.Condition(),
    makeEvent: () => manager.Event(),
    makeLock: () => manager.Lock(),
    makeQueue: () => manager.Queue(),
    makeSemaphore: (value) => manager.Semaphore(value),
  };
}

/** Adds to a cell, of which only one at a time may be at it; gives what is in it then. */
export async function add(cell: Cell, difference: number): Promise<number> {
  const value = await cell.value + difference;
  if ("set" in cell) await cell.set(value);
  else cell.value = value;
  return value;
}
