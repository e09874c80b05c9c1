/** An object of a class of one's own in a queue: two methods say what of it travels and how it is made again. */
import { currentProcess, Process, Queue, reduce, revive } from "@multiprocessing/deno";

export class Greeter {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  [reduce](): string {
    return this.#name;
  }

  static [revive](name: string): Greeter {
    return new Greeter(name);
  }

  greet(): void {
    console.log(`${currentProcess().name} greets ${this.#name}!`);
  }
}

export async function worker(queue: Queue<Greeter>): Promise<void> {
  const greeter = await queue.get();
  greeter.greet();
}

if (import.meta.main) {
  const queue = new Queue<Greeter>();
  const process = new Process({ target: worker, args: [queue] });
  await process.start();
  await queue.put(new Greeter("Fancy Dan"));
  await process.join();
}

/* Output:
Process-1 greets Fancy Dan!
*/
