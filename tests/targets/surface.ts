/** What children do in the tests of the surface as a whole. */
import {
  type Connection,
  currentProcess,
  getContext,
  type Lock,
  type Queue,
  reduce,
  registerReducer,
  revive,
  setStartMethod,
  share,
  type ShareableList,
  type SharedMemory,
  type StartMethod,
} from "../../mod.ts";

/** A class with a private field, sent by a registered reducer. */
export class Celsius {
  readonly #degrees: number;

  constructor(degrees: number) {
    this.#degrees = degrees;
  }

  /** The temperature. */
  get degrees(): number {
    return this.#degrees;
  }
}
registerReducer(Celsius, { reduce: ({ degrees }) => degrees, revive: (degrees: number) => new Celsius(degrees) });

/** A class that says itself how it is sent. */
export class Fahrenheit {
  readonly #degrees: number;

  constructor(degrees: number) {
    this.#degrees = degrees;
  }

  /** The temperature on the other scale. */
  toCelsius(): Celsius {
    return new Celsius((this.#degrees - 32) / 1.8);
  }

  [reduce](): number {
    return this.#degrees;
  }

  static [revive](degrees: number): Fahrenheit {
    return new Fahrenheit(degrees);
  }
}

/** Sends what comes over a queue on another scale. */
export async function convert(from: Queue<Fahrenheit>, to: Connection<Celsius>): Promise<void> {
  await to.send((await from.get()).toCelsius());
}

/** Sends why the start method cannot be set here. */
export async function setMethodAgain(to: Connection<string>): Promise<void> {
  try {
    setStartMethod("worker");
    await to.send("done");
  } catch (error) {
    await to.send(String(error));
  }
}

/** Uses what it was given after whoever gave it has let go. */
export async function useLater(to: Connection<string>, lock: Lock, queue: Queue<string>): Promise<void> {
  await to.send("runs");
  await to.recv();
  await using _ = await lock.guard();
  await queue.put("still there");
  await to.send(await queue.get());
}

/** A pool's task: whether its process is a daemon, and why it cannot start another one. */
export async function startInTask(method: StartMethod): Promise<string> {
  try {
    await new (getContext(method).Process)().start();
    return "started";
  } catch (error) {
    return `${currentProcess().daemon} ${error}`;
  }
}

/** Writes into what it was given, which is not its own to remove. */
export function writeIntoMemory(memory: SharedMemory, list: ShareableList): void {
  memory.buf[3] = 7;
  list.set(0, "after");
  memory.close();
  list.shm.close();
}

share(import.meta, { convert, setMethodAgain, useLater, startInTask, writeIntoMemory });

/** Nothing. */
export function nothing(): void {}

/** Two of it. */
export function twice(x: number): number {
  return 2 * x;
}
