/** The library as a contender. */
import { type Connection, type Context, getContext, type StartMethod } from "../mod.ts";
import { echo, echoSync, nothing, swallow } from "./children.ts";
import type { Contender } from "./measure.ts";

/** The start methods that are measured. */
export const METHODS: readonly StartMethod[] = ["spawn", "worker", "forkserver"];

/** Starts children and joins them, one after another. */
export function startAndJoin(method: StartMethod): Contender {
  const context = getContext(method);
  return { name: `ours, ${method}`, run: (times) => timed(() => startAndJoinTimes(context, times)) };
}

async function startAndJoinTimes(context: Context, times: number): Promise<void> {
  for (let left = times; left > 0; left--) {
    const process = new context.Process({ target: nothing });
    await process.start();
    await process.join();
    if (process.exitCode !== 0) throw new Error(`Cannot measure: the child ended with ${process.exitCode}`);
  }
}

/** Children at the other end of pipes, and what can be measured with them. */
export class Partner implements AsyncDisposable {
  readonly method: StartMethod;
  readonly #echo: Connection;
  readonly #echoSync: Connection;
  readonly #swallow: Connection;
  readonly #stop: () => Promise<void>;

  private constructor(method: StartMethod, ends: readonly Connection[], stop: () => Promise<void>) {
    const [echo, echoSync, swallow] = ends;
    if (echo === undefined || echoSync === undefined || swallow === undefined) {
      throw new Error("Cannot measure: there are too few children");
    }
    this.method = method;
    this.#echo = echo;
    this.#echoSync = echoSync;
    this.#swallow = swallow;
    this.#stop = stop;
  }

  /** Starts the children. */
  static async start(method: StartMethod): Promise<Partner> {
    const context = getContext(method);
    const ends = await Promise.all([echo, echoSync, swallow].map(async (target) => {
      const [mine, its] = context.Pipe();
      const process = new context.Process({ target, args: [its] });
      await process.start();
      its.close();
      return { mine, process };
    }));
    return new Partner(method, ends.map(({ mine }) => mine), async () => {
      for (const { mine } of ends) mine.close();
      await Promise.all(ends.map(({ process }) => process.join()));
    });
  }

  /** Sends a value and waits for it to come back. */
  roundTrip(value: unknown): Contender {
    return this.#contender(", async", async (times) => {
      for (let left = times; left > 0; left--) {
        await this.#echo.send(value);
        await this.#echo.recv();
      }
    });
  }

  /** {@linkcode Partner.roundTrip} by threads that block. */
  roundTripSync(value: unknown): Contender {
    // deno-lint-ignore require-await -- a contender may wait
    return this.#contender(", sync", async (times) => {
      for (let left = times; left > 0; left--) {
        this.#echoSync.sendSync(value);
        this.#echoSync.recvSync();
      }
    });
  }

  /** Sends values one way, each after the one before was sent. */
  oneWay(value: unknown): Contender {
    return this.#contender(", awaited", async (times) => {
      await this.#swallow.send(times);
      for (let left = times; left > 0; left--) await this.#swallow.send(value);
      await this.#swallow.recv();
    });
  }

  /** Sends values one way without waiting in between. */
  oneWayAtOnce(value: unknown): Contender {
    return this.#contender(", un-awaited", async (times) => {
      const sent = [this.#swallow.send(times)];
      for (let left = times; left > 0; left--) sent.push(this.#swallow.send(value));
      await Promise.all(sent);
      await this.#swallow.recv();
    });
  }

  /** Ends the children. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }

  #contender(how: string, act: (times: number) => Promise<void>): Contender {
    return { name: `ours, ${this.method}${how}`, run: (times) => timed(() => act(times)) };
  }
}

async function timed(act: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await act();
  return (performance.now() - start) / 1e3;
}
