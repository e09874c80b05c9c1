/** Classes that extend Process, as in Python's tests. */
import { type Connection, Process, share, type StartMethod } from "../../mod.ts";

/** Answers in capitals until it is told to stop. */
export class Capitals extends Process {
  readonly here: Connection<string | null, string>;
  readonly there: Connection<string, string | null>;
  readonly mark: { text: string };

  constructor([here, there]: [Connection<string | null, string>, Connection<string, string | null>], mark: string) {
    super();
    this.here = here;
    this.there = there;
    this.mark = { text: mark };
  }

  override async run(): Promise<void> {
    this.here.close();
    for (let text = await this.there.recv(); text !== null; text = await this.there.recv()) {
      await this.there.send(text.toUpperCase() + this.mark.text);
    }
  }

  async ask(text: string): Promise<string> {
    await this.here.send(text);
    return await this.here.recv();
  }

  async stop(): Promise<void> {
    await this.here.send(null);
    this.here.close();
  }
}

/** Has a field of its own where its class has an accessor; sends it. */
export class Labelled extends Process {
  static override readonly startMethod: StartMethod = "worker";
  readonly to: Connection<unknown>;

  constructor(to: Connection<unknown>) {
    super();
    this.to = to;
    Object.defineProperty(this, "pid", { value: "own", enumerable: true });
  }

  override async run(): Promise<void> {
    await this.to.send(this.pid);
  }
}

/** Started by `spawn`. */
export class SpawnCapitals extends Capitals {
  static override readonly startMethod: StartMethod = "spawn";
}

/** Started by `forkserver`. */
export class ForkserverCapitals extends Capitals {
  static override readonly startMethod: StartMethod = "forkserver";
}

/** Started as a worker. */
export class WorkerCapitals extends Capitals {
  static override readonly startMethod: StartMethod = "worker";
}

/** The class for each start method. */
export const capitalsFor: Record<StartMethod, typeof Capitals> = {
  spawn: SpawnCapitals,
  forkserver: ForkserverCapitals,
  worker: WorkerCapitals,
};

/** A field cannot be sent. */
export class Unsendable extends Process {
  readonly callback: () => void = () => {};
}

share(import.meta, { Capitals, SpawnCapitals, ForkserverCapitals, WorkerCapitals, Unsendable, Labelled });
