/**
 * In a worker: the timers that are pending. A Deno Worker never ends by itself and does not tell when its event loop is empty, so what a
 * target left to timers is counted here, to be finished before the worker ends. Timers that were unreferenced do not count.
 *
 * @module
 */

type Callback = (...args: unknown[]) => unknown;

/** What the end of a worker waits for. */
export interface TimerCount {
  /** Whether a timer is pending. */
  readonly pending: boolean;
  /** Waits until no timer is pending. */
  finished(): Promise<void>;
}

/** Counts from now on. */
export function countTimers(): TimerCount {
  const timers = new Timers();
  replaceWhenUsed(["setTimeout", "setInterval", "clearTimeout", "clearInterval"], () => counted(timers));
  const { refTimer, unrefTimer } = Deno;
  Deno.unrefTimer = (timer) => {
    timers.remove(timer);
    unrefTimer(timer);
  };
  Deno.refTimer = (timer) => {
    timers.add(timer);
    refTimer(timer);
  };
  return timers;
}

/** Deno 2.9 loads its timers when a program looks at one of them, which takes 5 ms: so we do not look before it does. */
function replaceWhenUsed(names: readonly string[], replacements: () => Record<string, unknown>): void {
  const originals = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
  const replace = () => {
    for (const [name, original] of originals) Object.defineProperty(globalThis, name, original ?? {});
    for (const [name, value] of Object.entries(replacements())) define(name, value);
  };
  for (const name of names) {
    Object.defineProperty(globalThis, name, {
      get: () => {
        replace();
        return Reflect.get(globalThis, name);
      },
      set: (value: unknown) => {
        replace();
        define(name, value);
      },
      enumerable: true,
      configurable: true,
    });
  }
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true });
}

function counted(timers: Timers): Record<string, unknown> {
  const { setTimeout: delay, setInterval: repeat, clearTimeout: stop, clearInterval: stopRepeating } = globalThis;
  return {
    setTimeout: like(delay, (callback: unknown, ms?: number, ...args: unknown[]) => {
      // What is none is for the original to refuse.
      if (!isCallback(callback)) return Reflect.apply(delay, undefined, [callback, ms, ...args]);
      const timer = delay(() => {
        timers.remove(timer);
        callback(...args);
      }, ms);
      return timers.add(timer);
    }),
    setInterval: like(repeat, (callback: unknown, ms?: number, ...args: unknown[]) => {
      if (!isCallback(callback)) return Reflect.apply(repeat, undefined, [callback, ms, ...args]);
      return timers.add(repeat(() => void callback(...args), ms));
    }),
    clearTimeout: like(stop, (timer?: number) => {
      timers.remove(timer);
      stop(timer);
    }),
    clearInterval: like(stopRepeating, (timer?: number) => {
      timers.remove(timer);
      stopRepeating(timer);
    }),
  };
}

function isCallback(value: unknown): value is Callback {
  return typeof value === "function";
}

/** The replacement with all that the original has besides, as `util.promisify` looks for. */
function like(original: object, replacement: object): object {
  return Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
}

/** Timers by their number, which is what a timer turns into, if it is an object. */
class Timers implements TimerCount {
  readonly #pending = new Map<number, unknown>();
  #changed: (() => void) | undefined;

  get pending(): boolean {
    return [...this.#pending.values()].some(isReferenced);
  }

  add<T>(timer: T): T {
    this.#pending.set(Number(timer), timer);
    return timer;
  }

  remove(timer: unknown): void {
    if (this.#pending.delete(Number(timer))) this.#changed?.();
  }

  async finished(): Promise<void> {
    while (this.pending) await new Promise<void>((resolve) => this.#changed = resolve);
  }
}

/** Deno 2.9's timers are objects that may have been unreferenced by a method of theirs. */
function isReferenced(timer: unknown): boolean {
  if (typeof timer !== "object" || timer === null) return true;
  const hasRef: unknown = Reflect.get(timer, "hasRef");
  return typeof hasRef !== "function" || hasRef.call(timer) !== false;
}
